package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// What the Go runtime takes for itself before anything is allocated: memory, and address space that it
// reserves and never fills.
const (
	ownMemory  = 128 << 20
	ownAddress = 2 << 30
)

// confine bounds what this process may use, for good. Where memory is refused the Go runtime crashes in one of
// many ways; so the bound lies where it is met only by what is too quick for the watch.
func confine(memory, cpu int64) error {
	if memory > 0 {
		if err := lower(syscall.RLIMIT_DATA, uint64(2*memory+ownMemory)); err != nil {
			return err
		}
		if err := lower(syscall.RLIMIT_AS, uint64(2*memory+ownAddress)); err != nil {
			return err
		}
	}
	if cpu == 0 {
		return nil
	}
	spent := make(chan os.Signal, 1)
	signal.Notify(spent, syscall.SIGXCPU)
	go func() {
		<-spent
		fmt.Fprintln(os.Stderr, "out of processor time")
		os.Exit(3)
	}()
	return lower(syscall.RLIMIT_CPU, uint64(cpu))
}

// used is the processor time, in seconds, that this process took so far.
func used() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// grace is what lies between a limit that is said and one that kills, of any kind.
const grace = 2

// lower sets a limit, up to what this process may have at all.
func lower(kind int, most uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(kind, &limit); err != nil {
		return err
	}
	limit.Cur = min(limit.Max, most)
	limit.Max = min(limit.Max, most+grace)
	return syscall.Setrlimit(kind, &limit)
}
