package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const sampleInterval = 10 * time.Millisecond

// runConcurrently makes each call on its own goroutine, and prints a line of JSON: the total
// seconds, and the peak of threads and memory of the process.
func runConcurrently(call func() error, calls int) {
	var group sync.WaitGroup
	start, threads := time.Now(), 0
	for range calls {
		group.Add(1)
		go func() {
			defer group.Done()
			must(0, call())
		}()
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	for ticker := time.NewTicker(sampleInterval); ; {
		select {
		case <-ticker.C:
			threads = max(threads, processStatus("Threads:"))
		case <-done:
			fmt.Printf(`{"wall": %.4f, "threads": %d, "megabytes": %.2f}`+"\n", time.Since(start).Seconds(), threads,
				float64(processStatus("VmHWM:"))/1024)
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
