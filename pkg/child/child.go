// Package child runs programs that must not outlive the program that started
// them.
package child

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// grace is the time from SIGTERM to SIGKILL, and the longest time to read the output
// of a program that has ended.
const grace = 3 * time.Second

// Process is a started program.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts cmd in a process group of its own, so that a Ctrl-C at the terminal
// reaches only its parent, which then stops it in order. On Linux the kernel kills it
// if the parent ends without that. When the program ends, the rest of its group is
// killed.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = grace
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		p.signal(syscall.SIGKILL)
		close(p.done)
	}()
	return p, nil
}

// PID returns the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done returns a channel that is closed when the process has ended, its output has
// been read, and the rest of its group was killed.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit waits for the end of the process and returns how it ended, such as "exit
// status 1" or "signal: killed".
func (p *Process) Exit() string {
	<-p.done
	if p.err == nil {
		return "exit status 0"
	}
	return p.err.Error()
}

// Stop sends SIGTERM, kills the process if it has not ended three seconds later, and
// returns when it has ended.
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

// signal sends s to the whole process group, so that the processes that it started
// end too. Its only failure, that the group has ended already, is what callers want.
func (p *Process) signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.PID(), s)
	}
}
