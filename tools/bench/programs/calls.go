// Command calls measures API calls from Go through libanchor or net/http.
//
// Usage: calls KIND URL CALLS [CALLERS], where KIND is libanchor or net/http. Each of CALLERS
// goroutines makes CALLS calls, one after another. Without CALLERS, all calls are in flight at the
// same time. The result is a line of JSON. BENCH_TIMEOUT is the longest time of a call of net/http,
// if not 30 seconds.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// warmUp is the number of unmeasured calls of each goroutine.
const warmUp = 50

// must exits with a message if a step fails.
func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// libanchor makes calls through one client that all goroutines share.
func libanchor(url string) func() error {
	client := must(anchor.New(anchor.WithAPIKey("sk-benchmark"), anchor.WithBaseURL(url)))
	return func() error { return client.Recordings.Pause(context.Background(), "session-id") }
}

// netHTTP makes calls as a careful program would: with a timeout, and with the body read to its end
// and checked.
func netHTTP(url string, callers int) func() error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = callers, callers
	timeout := 30 * time.Second
	if limit, ok := os.LookupEnv("BENCH_TIMEOUT"); ok {
		timeout = must(time.ParseDuration(limit))
	}
	// A handshake may take as long as the call, whose server is busy with thousands of them.
	transport.TLSHandshakeTimeout = timeout
	client := &http.Client{Transport: transport, Timeout: timeout}
	return func() error {
		request, err := http.NewRequest("POST", url+"/v1/sessions/session-id/recordings/pause", nil)
		if err != nil {
			return err
		}
		request.Header.Set("anchor-api-key", "sk-benchmark")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		var result map[string]any
		if err := json.Unmarshal(body, &result); err != nil || response.StatusCode != 200 || result["error"] != nil {
			return fmt.Errorf("%s: %s", response.Status, body)
		}
		return nil
	}
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func microseconds(duration time.Duration) float64 {
	return float64(duration) / 1000
}

func main() {
	kind, url, calls := os.Args[1], os.Args[2], must(strconv.Atoi(os.Args[3]))
	start, callers := time.Now(), calls
	if len(os.Args) > 4 {
		callers = must(strconv.Atoi(os.Args[4]))
	}
	call := libanchor(url)
	if kind == "net/http" {
		call = netHTTP(url, callers)
	}
	if len(os.Args) > 4 {
		runSequentially(call, calls, callers)
	} else {
		runConcurrently(call, calls, start)
	}
}

// runSequentially makes the calls one after another from each caller, and prints a line of JSON
// with microseconds: wall and CPU time per call, and the latency at the 50th and 99th percentile.
func runSequentially(call func() error, calls, callers int) {
	var warm, done sync.WaitGroup
	begin := make(chan struct{})
	latencies := make([]time.Duration, calls*callers)
	for ofCaller := range slices.Chunk(latencies, calls) {
		warm.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			for range warmUp {
				must(0, call())
			}
			warm.Done()
			<-begin
			for each := range ofCaller {
				start := time.Now()
				must(0, call())
				ofCaller[each] = time.Since(start)
			}
		}()
	}
	warm.Wait()
	start, cpuBefore := time.Now(), cpuTime()
	close(begin)
	done.Wait()
	wall, cpu, all := time.Since(start), cpuTime()-cpuBefore, time.Duration(len(latencies))
	slices.Sort(latencies)
	fmt.Printf(`{"wall": %.3f, "cpu": %.3f, "p50": %.3f, "p99": %.3f}`+"\n", microseconds(wall/all),
		microseconds(cpu/all), microseconds(latencies[all/2]), microseconds(latencies[all*99/100]))
}
