// Makes calls from Go: calls KIND URL CALLS CALLERS, where KIND is libanchor or net/http. Prints a
// line of JSON. Without CALLERS all calls are in flight at the same time.
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

const warmUp = 50

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func libanchor(url string) func() error {
	client := must(anchor.New(anchor.WithAPIKey("sk-benchmark"), anchor.WithBaseURL(url)))
	return func() error { return client.Recordings.Pause(context.Background(), "session-id") }
}

// Like a careful program: a timeout, the body read to its end, and a checked answer.
func netHTTP(url string, callers int) func() error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = callers, callers
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
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
		var answer map[string]any
		if err := json.Unmarshal(body, &answer); err != nil || response.StatusCode != 200 || answer["error"] != nil {
			return fmt.Errorf("%s: %s", response.Status, body)
		}
		return nil
	}
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func microseconds(length time.Duration) float64 {
	return float64(length) / 1000
}

func main() {
	kind, url, calls := os.Args[1], os.Args[2], must(strconv.Atoi(os.Args[3]))
	callers := calls
	if len(os.Args) > 4 {
		callers = must(strconv.Atoi(os.Args[4]))
	}
	call := libanchor(url)
	if kind == "net/http" {
		call = netHTTP(url, callers)
	}
	if len(os.Args) > 4 {
		oneAfterTheOther(call, calls, callers)
	} else {
		atOnce(call, calls)
	}
}

// oneAfterTheOther makes the calls of each caller in sequence, and prints the time per call.
func oneAfterTheOther(call func() error, calls, callers int) {
	var warm, done sync.WaitGroup
	begin := make(chan struct{})
	times := make([]time.Duration, calls*callers)
	for ofCaller := range slices.Chunk(times, calls) {
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
				begun := time.Now()
				must(0, call())
				ofCaller[each] = time.Since(begun)
			}
		}()
	}
	warm.Wait()
	wall, cpu := time.Now(), processorTime()
	close(begin)
	done.Wait()
	wallTime, cpuTime, all := time.Since(wall), processorTime()-cpu, time.Duration(len(times))
	slices.Sort(times)
	fmt.Printf(`{"wall": %.3f, "cpu": %.3f, "p50": %.3f, "p99": %.3f}`+"\n", microseconds(wallTime/all),
		microseconds(cpuTime/all), microseconds(times[all/2]), microseconds(times[all*99/100]))
}
