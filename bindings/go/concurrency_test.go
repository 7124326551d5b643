package anchor_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// countThreads returns how many threads this process has.
func countThreads(t *testing.T) int {
	t.Helper()
	requestLog, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(requestLog)
}

// With a thread for each call, Go would end the program, which may not have that many.
func TestHangingCallsUseFewThreads(t *testing.T) {
	server := newSandbox(t, "--session-per-fault")
	client := newClient(t, server, anchor.WithTimeout(time.Minute))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var group sync.WaitGroup
	for range manyGoroutines {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := client.Recordings.Pause(ctx, "stall"); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		}()
	}
	// The limit of open files bounds the calls that run, and also the sandbox.
	server.awaitRequests(t, "stall", 400)
	if held := countThreads(t); held > 64 {
		t.Errorf("the process has %d threads", held)
	}
	checkWaitIsCancelled(t, client)
	cancelled := time.Now()
	cancel()
	group.Wait()
	t.Logf("%d goroutines returned %v after the cancel", manyGoroutines, time.Since(cancelled))
	if err := client.Recordings.Pause(context.Background(), "503-once", anchor.WithMaxRetries(1)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// checkWaitIsCancelled makes a call while no permit is free, with a context that becomes done
// before one is.
func checkWaitIsCancelled(t *testing.T, client *anchor.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := client.Recordings.Pause(ctx, "demo")
	failed := checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	if !errors.Is(err, context.DeadlineExceeded) || failed.Attempts != 0 {
		t.Errorf("%v", err)
	}
}

func TestManyConcurrentCallsSucceed(t *testing.T) {
	client := newClient(t, shared)
	begun := time.Now()
	var group sync.WaitGroup
	for range manyGoroutines {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := client.Recordings.Pause(context.Background(), "busy"); err != nil {
				t.Errorf("%v", err)
			}
		}()
	}
	group.Wait()
	t.Logf("%d calls took %v", manyGoroutines, time.Since(begun))
}
