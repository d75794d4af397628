//go:build !linux

package main

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// errLinux is the error of all measurements but the binaries' sizes.
var errLinux = errors.New("the benchmark measures processes through Linux's interfaces: run it on Linux, not on " + runtime.GOOS)

func enclose(context.Context) (int, bool) { return 0, false }
func mountRoots(string) error             { return errLinux }
func cpuTime(int) (time.Duration, error)  { return 0, errLinux }
func settle(int) (time.Duration, error)   { return 0, errLinux }
func residentMemory(int) (float64, error) { return 0, errLinux }
func transfers(int) (float64, error)      { return 0, errLinux }

func times(int) (idle, ours time.Duration, err error) { return 0, 0, errLinux }

type limiter struct{}

func newLimiter() (*limiter, error) { return nil, errLinux }
func (*limiter) set(int) error      { return errLinux }
func (*limiter) add(int) error      { return errLinux }
func (*limiter) close() error       { return nil }

func thisMachine(engine string) machine {
	return machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Engine: engine, Processor: runtime.GOARCH}
}
