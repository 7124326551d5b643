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

// threads counts this process's threads.
func threads(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// Without a bound these would need more threads than Go allows, and the program would end.
func TestManyCallsThatHangHoldFewThreads(t *testing.T) {
	server := special(t, "--session-per-fault")
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
	// As many as the descriptors let: those of the sandbox count, too.
	server.await(t, "stall", 400)
	if held := threads(t); held > 64 {
		t.Errorf("%d threads are held", held)
	}
	checkThatTheWaitEnds(t, client)
	cancelled := time.Now()
	cancel()
	group.Wait()
	t.Logf("%d goroutines returned %v after the cancel", manyGoroutines, time.Since(cancelled))
	if err := client.Recordings.Pause(context.Background(), "503-once", anchor.WithMaxRetries(1)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// checkThatTheWaitEnds makes one call more than can run, with a context that is done before its turn comes.
func checkThatTheWaitEnds(t *testing.T, client *anchor.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := client.Recordings.Pause(ctx, "demo")
	failed := check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	if !errors.Is(err, context.DeadlineExceeded) || failed.Attempts != 0 {
		t.Errorf("%v", err)
	}
}

func TestManyCallsThatSucceed(t *testing.T) {
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
