package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"users-organizations/pkg/coldstart"
)

// limiter limits processes to a share of one processor, with a control group.
type limiter struct {
	group string
	v1    bool // the kernel's older interface is mounted
}

// newLimiter makes a control group, in either of the kernel's interfaces. It fails
// if this process may not.
func newLimiter() (*limiter, error) {
	const root = "/sys/fs/cgroup"
	name := fmt.Sprintf("users-organizations-bench-%d", os.Getpid())
	controllers, _ := os.ReadFile(root + "/cgroup.subtree_control")
	l := &limiter{group: filepath.Join(root, name)}
	if !strings.Contains(string(controllers), "cpu") {
		l = &limiter{group: filepath.Join(root, "cpu", name), v1: true}
	}
	if err := os.Mkdir(l.group, 0o755); err != nil { //nolint:gosec // A control group's usual mode.
		return nil, fmt.Errorf("making a control group: %w", err)
	}
	if err := l.set(coldstart.WholeProcessor); err != nil {
		_ = l.close()
		return nil, err
	}
	return l, nil
}

// set gives the group the share of one processor that Lambda gives a function with
// memory MB.
func (l *limiter) set(memory int) error {
	quota := strconv.FormatInt(period.Microseconds()*int64(memory)/coldstart.WholeProcessor, 10)
	length := strconv.FormatInt(period.Microseconds(), 10)
	if !l.v1 {
		return l.write("cpu.max", quota+" "+length)
	}
	if err := l.write("cpu.cfs_period_us", length); err != nil {
		return err
	}
	return l.write("cpu.cfs_quota_us", quota)
}

// add puts a process with all its threads into the group.
func (l *limiter) add(pid int) error { return l.write("cgroup.procs", strconv.Itoa(pid)) }

func (l *limiter) write(file, text string) error {
	if err := os.WriteFile(filepath.Join(l.group, file), []byte(text), 0o644); err != nil { //nolint:gosec // The kernel's file.
		return fmt.Errorf("limiting a process: %w", err)
	}
	return nil
}

// close removes the group. The processes in it must have ended; the kernel may
// need a moment to notice.
func (l *limiter) close() error {
	var err error
	for range 100 {
		if err = os.Remove(l.group); !errors.Is(err, syscall.EBUSY) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}
