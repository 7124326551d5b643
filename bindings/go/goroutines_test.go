package anchor_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// After the last call no goroutine of the package is left, whether or not the client is closed, so
// that tests that look for leaked goroutines find none. A call that follows works again.
func TestNoGoroutineIsLeft(t *testing.T) {
	client := newClient(t, shared)
	closed := newClient(t, shared)
	closed.Close()
	queued := anchor.WithProgress(func(done, total int64) {})
	pause := func(ctx context.Context, client *anchor.Client, session string) error {
		return client.Recordings.Pause(ctx, session, queued)
	}
	stalled := func(end func(cancel context.CancelFunc)) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		ended := make(chan error)
		go func() { ended <- pause(ctx, client, "stall") }()
		waitFor(t, func() bool { return strings.Contains(ownGoroutines(), "dispatch") })
		end(cancel)
		checkError(t, <-ended, anchor.ErrCancelled, anchor.StatusCancelled)
	}
	for name, work := range map[string]func(){
		"one call": func() { checkNil(t, pause(context.Background(), client, "demo")) },
		"many calls": func() {
			var calls sync.WaitGroup
			for range 200 {
				calls.Add(1)
				go func() {
					defer calls.Done()
					checkNil(t, pause(context.Background(), client, "demo"))
				}()
			}
			calls.Wait()
		},
		"a cancelled call": func() { stalled(func(cancel context.CancelFunc) { cancel() }) },
		"a call that does not start while another one runs": func() {
			stalled(func(cancel context.CancelFunc) {
				if err := pause(context.Background(), closed, "demo"); !errors.Is(err, anchor.ErrClosed) {
					t.Errorf("got %v, want ErrClosed", err)
				}
				cancel()
			})
		},
		"a panic": func() {
			panics := anchor.WithProgress(func(done, total int64) { panic("progress") })
			if value := panicValue(func() { client.Recordings.Pause(context.Background(), "delay", panics) }); value != "progress" {
				t.Errorf("panicked with %v", value)
			}
		},
		"WhilePaused": func() {
			checkNil(t, client.Recordings.WhilePaused(context.Background(), "demo",
				func(ctx context.Context) error { return pause(ctx, client, "demo") }, queued))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 {
				failIfHanging(t, work)
				waitFor(t, func() bool { return ownGoroutines() == "" })
			}
		})
	}
}

// waitFor fails the test if the condition does not become true within 30 seconds.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still waiting after 30 s; the goroutines of the package are:\n%s", ownGoroutines())
		}
	}
}

// ownGoroutines returns the stacks of the goroutines that the package has started.
func ownGoroutines() string {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var own []string
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		if strings.Contains(stack, "created by github.com/libanchor/libanchor/bindings/go.") {
			own = append(own, stack)
		}
	}
	return strings.Join(own, "\n\n")
}
