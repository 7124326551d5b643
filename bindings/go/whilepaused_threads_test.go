package anchor_test

import (
	"context"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// inTime fails the test when work hangs.
func inTime(t *testing.T, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		t.Fatal("it hangs")
	}
}

func TestBodiesThatOverlapAreNeverRecorded(t *testing.T) {
	server, client := held(t)
	inTime(t, func() {
		var group sync.WaitGroup
		for range 2 {
			group.Add(1)
			go func() {
				defer group.Done()
				for round := range 40 {
					err := client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
						server.checkRecording(t, "one", "paused")
						time.Sleep(time.Duration(round%3) * time.Millisecond)
						server.checkRecording(t, "one", "paused")
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			}()
		}
		group.Wait()
	})
	server.checkRecording(t, "one", "recording")
}

// A body holds neither a thread nor one of the places in which calls run.
func TestManyBodiesAtOnce(t *testing.T) {
	server, client := held(t)
	inTime(t, func() {
		var inside, outside sync.WaitGroup
		inside.Add(manyGoroutines)
		checked := make(chan struct{})
		for range manyGoroutines {
			outside.Add(1)
			go func() {
				defer outside.Done()
				arrive := sync.OnceFunc(inside.Done)
				defer arrive() // Also if the body does not run.
				err := client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
					arrive()
					<-checked
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}()
		}
		inside.Wait()
		server.checkRecording(t, "one", "paused")
		close(checked)
		outside.Wait()
	})
	server.checkRecording(t, "one", "recording")
	server.checkRequests(t, "one", onceHeld...)
}

// Calls that hang and others that wait for them do not keep a recording paused.
func TestResumingDoesNotWaitForCallsThatHang(t *testing.T) {
	server := special(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server, anchor.WithTimeout(time.Hour))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var group sync.WaitGroup
	inTime(t, func() {
		err := client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
			for range 1000 {
				group.Add(1)
				go func() {
					defer group.Done()
					client.Recordings.Pause(ctx, "stall")
				}()
			}
			server.await(t, "stall", 256)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		server.checkRecording(t, "one", "recording")
		cancel()
		group.Wait()
	})
}
