package main

import (
	"fmt"
	"os"
	"runtime/metrics"
	"time"
)

// watch ends this process when it holds more memory than it may, and says so.
func watch(most uint64) {
	held := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	for {
		time.Sleep(10 * time.Millisecond)
		metrics.Read(held)
		if held[0].Value.Uint64()-held[1].Value.Uint64() > most {
			fmt.Fprintln(os.Stderr, "out of memory")
			os.Exit(3)
		}
	}
}
