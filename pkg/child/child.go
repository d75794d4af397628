// Package child runs programs that must not outlive the program that started
// them.
package child

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// grace is how long a program may take to end after SIGTERM before it is
// killed, and how long its output is still read after it ended.
const grace = 3 * time.Second

// Process is a started program.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts cmd in a process group of its own, so that a Ctrl-C at the
// terminal reaches only its parent, which then stops it in order. On Linux the
// kernel kills it when the parent dies without doing so.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = grace
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// PID is the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed once the process has ended and its output has been read.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit says how the process ended, such as "exit status 1" or "signal:
// killed". It waits until then.
func (p *Process) Exit() string {
	<-p.done
	if p.err == nil {
		return "exit status 0"
	}
	return p.err.Error()
}

// Stop asks the process to end, kills it if it does not within three seconds,
// and returns when it has ended.
func (p *Process) Stop() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(grace):
		p.Kill()
	}
}

// Kill ends the process at once and returns when it has ended.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// signal reaches the process's whole group, so that what it started ends too.
// It fails only where the group has ended already, which is what its callers
// want.
func (p *Process) signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.PID(), s)
	}
}
