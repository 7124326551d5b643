package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const sampleInterval = 10 * time.Millisecond

// runConcurrently makes each call on its own goroutine, and prints a line of JSON: the milliseconds
// since the start, how many calls failed, and the peak of threads and memory of the process.
func runConcurrently(call func() error, calls int, start time.Time) {
	var group sync.WaitGroup
	var failed atomic.Int64
	threads, wall := 0, 0.0
	for range calls {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := call(); err != nil && failed.Add(1) == 1 {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		wall = microseconds(time.Since(start)) / 1000
		close(done)
	}()
	for ticker := time.NewTicker(sampleInterval); ; {
		select {
		case <-ticker.C:
			threads = max(threads, processStatus("Threads:"))
		case <-done:
			fmt.Printf(`{"wall": %.3f, "failed": %d, "threads": %d, "megabytes": %.2f}`+"\n", wall, failed.Load(),
				threads, float64(processStatus("VmHWM:"))/1024)
			return
		}
	}
}

// processStatus returns a number from /proc/self/status, such as kilobytes.
func processStatus(name string) int {
	for line := range strings.Lines(string(must(os.ReadFile("/proc/self/status")))) {
		if fields := strings.Fields(line); fields[0] == name {
			return must(strconv.Atoi(fields[1]))
		}
	}
	panic(name + " is missing from /proc/self/status")
}
