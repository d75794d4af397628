// Command bench measures the functions as they ship, and programs to compare them
// with. README.md says what it measures, and what it does not.
//
//	bench [-short] [-out file]
//
// It exits with 1 if a goal was missed, and with 2 if it could not measure.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	status, err := benchmark()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		status = 2
	}
	os.Exit(status)
}

func benchmark() (status int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	quick := flag.Bool("short", false, "fewer rounds, in about two minutes")
	out := flag.String("out", ".local/bench.json", "`file` of the results")
	events := flag.String("events", "events", "`folder` of the sample events")
	flag.Parse()
	if status, ran := enclose(ctx); ran {
		return status, nil
	}
	progress := newProgress(os.Stderr)
	progress.show("building")
	rig, err := newRig(ctx, *events, all()...)
	if err != nil {
		return 0, err
	}
	defer rig.close()
	b := bench{rig: rig, amount: full, samples: newSamples(), progress: progress.show}
	if *quick {
		b.amount = short
	}
	if err := b.run(ctx); err != nil {
		return 0, err
	}
	progress.end()
	r := b.results(time.Now())
	r.print(os.Stdout)
	if err := r.write(*out); err != nil {
		return 0, err
	}
	fmt.Println("results:", *out)
	if r.busy() {
		fmt.Println("the machine was busy with other things: repeat this when it is not")
	}
	if n := r.missed(); n > 0 {
		fmt.Printf("%d of %d goals missed\n", n, len(r.Goals))
		return 1, nil
	}
	return 0, nil
}
