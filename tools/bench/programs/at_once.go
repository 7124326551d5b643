package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const betweenLooks = 10 * time.Millisecond

// atOnce makes one call from each of many goroutines, and prints the resources that the process
// used.
func atOnce(call func() error, calls int) {
	var group sync.WaitGroup
	begun, threads := time.Now(), 0
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
	for look := time.NewTicker(betweenLooks); ; {
		select {
		case <-look.C:
			threads = max(threads, statusOf("Threads:"))
		case <-done:
			fmt.Printf(`{"wall": %.4f, "threads": %d, "megabytes": %.2f}`+"\n", time.Since(begun).Seconds(), threads,
				float64(statusOf("VmHWM:"))/1024)
			return
		}
	}
}

// statusOf returns a number, or a size in kilobytes, from /proc/self/status.
func statusOf(name string) int {
	for line := range strings.Lines(string(must(os.ReadFile("/proc/self/status")))) {
		if fields := strings.Fields(line); fields[0] == name {
			return must(strconv.Atoi(fields[1]))
		}
	}
	panic(name + " is missing in /proc/self/status")
}
