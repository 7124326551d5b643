// A Go service with the library inside, judged by how it ends: main LOOPS. It begins more calls at once than Go has
// threads, writes to connections that were reset, and makes clients while the garbage collector never rests.
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
	time.AfterFunc(deadline, func() { fail("not done in time") })
	loops, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(err)
	}
	manyAtOnce()
	resetConnections()
	restlessCollector(loops)
	fmt.Printf("%d goroutines at once, %d resets survived, %d clients beside the collector, 0 failed\n",
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

func manyAtOnce() {
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

func resetConnections() {
	for range resets {
		client := newClient("SANDBOX_TLS_URL")
		pause(client, "answer-then-reset")
		time.Sleep(30 * time.Millisecond) // The reset comes 10 ms after the answer.
		pause(client, "abc")
		client.Close()
	}
}

// restlessCollector leaves every second client to the collector. The stacks that hold handles grow and shrink.
func restlessCollector(loops int) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	var group sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(loops))
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for left.Add(-1) >= 0 {
				makeGarbage(64)
			}
		}()
	}
	group.Wait()
}

func makeGarbage(depth int) []byte {
	if depth > 0 {
		return append(makeGarbage(depth-1), make([]byte, 100)...)
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
