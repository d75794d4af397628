package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the processor time of a process with all its threads, to the
// nanosecond.
func cpuTime(pid int) (time.Duration, error) {
	// The clock of another process (clock_getcpuclockid(3)); 2 is CPUCLOCK_SCHED.
	clock := int32(^pid<<3 | 2) //nolint:gosec // Process ids fit into 22 bits.
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0, fmt.Errorf("reading the clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// settle waits until a process is idle, 100 ms at most, and gives its processor
// time.
func settle(pid int) (time.Duration, error) {
	var before time.Duration
	for range 100 {
		now, err := cpuTime(pid)
		if err != nil || now == before {
			return now, err
		}
		before = now
		time.Sleep(time.Millisecond)
	}
	return before, nil
}

// residentMemory is the memory of a process that is in use now, in bytes.
func residentMemory(pid int) (float64, error) {
	kilobytes, err := procValue(pid, "status", "VmRSS")
	return kilobytes * 1024, err
}

// transfers is the number of a process's system calls that read or write, also
// those that found nothing (proc_pid_io(5)).
func transfers(pid int) (float64, error) {
	reads, err := procValue(pid, "io", "syscr")
	if err != nil {
		return 0, err
	}
	writes, err := procValue(pid, "io", "syscw")
	return reads + writes, err
}

// procValue reads the number after "name:" in a file of /proc/pid.
func procValue(pid int, file, name string) (float64, error) {
	path := filepath.Join("/proc", strconv.Itoa(pid), file)
	text, err := os.ReadFile(path) //nolint:gosec // Below /proc.
	if err != nil {
		return 0, fmt.Errorf("asking the kernel about a process: %w", err)
	}
	for line := range bytes.Lines(text) {
		key, value, _ := strings.Cut(string(line), ":")
		if key == name {
			return strconv.ParseFloat(strings.Fields(value)[0], 64)
		}
	}
	return 0, fmt.Errorf("%s has no %s", path, name)
}
