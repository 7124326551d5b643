// Main is a Go service under stress: main LOOPS. It succeeds if it ends normally. It makes more
// calls at the same time than Go can have threads, writes to connections that were reset, and
// makes LOOPS clients while the garbage collector runs all the time.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

const (
	goroutines = 12_000
	resets     = 20
	deadline   = 4 * time.Minute
)

func main() {
	time.AfterFunc(deadline, func() { fail(fmt.Sprint("not done within ", deadline)) })
	loops, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(err)
	}
	makeConcurrentCalls()
	useResetConnections()
	stressCollector(loops)
	fmt.Printf("%d goroutines at once, %d resets survived, %d clients during garbage collection, 0 failed\n",
		goroutines, resets, loops)
}

func fail(reason any) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}

func newClient(urlVariable string, options ...anchor.Option) *anchor.Client {
	options = append(options, anchor.WithBaseURL(os.Getenv(urlVariable)), anchor.WithCAFile(os.Getenv("SANDBOX_CA")))
	client, err := anchor.New(options...)
	if err != nil {
		fail(err)
	}
	return client
}

func pause(client *anchor.Client, sessionID string) {
	if err := client.Recordings.Pause(context.Background(), sessionID); err != nil {
		fail(err)
	}
}

func makeConcurrentCalls() {
	client := newClient("SANDBOX_URL", anchor.WithTimeout(2*time.Minute))
	defer client.Close()
	var group sync.WaitGroup
	for range goroutines {
		group.Add(1)
		go func() {
			defer group.Done()
			pause(client, "abc")
		}()
	}
	group.Wait()
}

func useResetConnections() {
	for range resets {
		client := newClient("SANDBOX_TLS_URL")
		pause(client, "answer-then-reset")
		time.Sleep(30 * time.Millisecond) // The reset comes 10 ms after the answer.
		pause(client, "abc")
		client.Close()
	}
}

// stressCollector leaves about every second client to the garbage collector. The stacks that hold
// the handles grow and shrink.
func stressCollector(loops int) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	var group sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(loops))
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for left.Add(-1) >= 0 {
				pauseAtDepth(64)
			}
		}()
	}
	group.Wait()
}

func pauseAtDepth(depth int) []byte {
	if depth > 0 {
		return append(pauseAtDepth(depth-1), make([]byte, 100)...)
	}
	client := newClient("SANDBOX_URL")
	pause(client, "abc")
	if err := client.Recordings.Pause(context.Background(), ".."); !errors.Is(err, anchor.ErrInvalidArgument) {
		fail(err)
	}
	if time.Now().UnixNano()%2 == 0 {
		client.Close()
	}
	return nil
}
