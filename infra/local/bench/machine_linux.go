package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

func thisMachine(engine string) machine {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Engine: engine, Processor: runtime.GOARCH}
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			m.Processor = strings.TrimSpace(value) + ", " + runtime.GOARCH
			break
		}
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.Memory = fmt.Sprintf("%.0f GB", float64(info.Totalram)*float64(info.Unit)/1e9)
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		release := strings.SplitN(unix.ByteSliceToString(name.Release[:]), ".", 3)
		m.System = unix.ByteSliceToString(name.Sysname[:]) + " " + strings.Join(release[:min(2, len(release))], ".")
	}
	return m
}

// loadAverage is how many processes ran or waited for a processor in the last
// minute, on average.
func loadAverage() float64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return float64(info.Loads[0]) / (1 << 16)
}
