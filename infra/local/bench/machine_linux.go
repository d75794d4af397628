package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

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

// times gives how long the machine's processors have been idle so far, and the
// processor time of the engine, of this process, and of its children that have
// ended.
func times(engine int) (idle, ours time.Duration, err error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, fmt.Errorf("asking the kernel about its processors: %w", err)
	}
	var user, nice, system, free, wait int64
	if _, err := fmt.Sscanf(string(stat), "cpu %d %d %d %d %d", &user, &nice, &system, &free, &wait); err != nil {
		return 0, 0, fmt.Errorf("reading /proc/stat: %w", err)
	}
	// The unit of proc_stat(5), a hundredth of a second wherever Go runs.
	idle = time.Duration(free+wait) * (time.Second / 100)
	if ours, err = cpuTime(engine); err != nil {
		return 0, 0, err
	}
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var usage unix.Rusage
		if err := unix.Getrusage(who, &usage); err != nil {
			return 0, 0, fmt.Errorf("asking the kernel about this process: %w", err)
		}
		ours += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return idle, ours, nil
}
