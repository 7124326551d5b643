package anchor_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// With 2 goroutines the last block often ends before the next one begins. With 8 they always
// overlap.
func TestOverlappingBodiesAreNeverRecorded(t *testing.T) {
	for goroutines, rounds := range map[int]int{2: 100, 8: 50} {
		server, client := newSession(t)
		failIfHanging(t, func() {
			var group sync.WaitGroup
			for number := range goroutines {
				group.Add(1)
				go func() {
					defer group.Done()
					for round := range rounds {
						if err := nestedBlocks(t, server, client, (number+round)%3); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Duration((3*number+round)%5) * time.Millisecond)
					}
				}()
			}
			group.Wait()
		})
		server.checkRecording(t, "one", "recording")
		counts := map[string]int{}
		for _, request := range server.requests(t, "one") {
			counts[request]++
		}
		if counts["POST pause"] != 2*goroutines*rounds || counts["POST resume"] < 1 {
			t.Errorf("%v", counts)
		}
		t.Logf("%d goroutines: %v", goroutines, counts)
	}
}

// nestedBlocks checks the recording at the beginning, in the middle and at the end of two nested
// blocks.
func nestedBlocks(t *testing.T, server *sandbox, client *anchor.Client, milliseconds int) error {
	ctx := context.Background()
	return client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", func(context.Context) error {
		time.Sleep(time.Duration(milliseconds) * time.Millisecond)
		server.checkRecording(t, "one", "paused")
		err := client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", noop))
		server.checkRecording(t, "one", "paused")
		return err
	}))
}

// More bodies run at the same time than there are permits for calls.
func TestBodiesHoldNeitherThreadsNorPermits(t *testing.T) {
	server, client := newSession(t)
	failIfHanging(t, func() {
		var inside, outside sync.WaitGroup
		inside.Add(manyGoroutines)
		checked := make(chan struct{})
		for range manyGoroutines {
			outside.Add(1)
			go func() {
				defer outside.Done()
				arrive := sync.OnceFunc(inside.Done)
				defer arrive() // In case the body does not run.
				err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
					arrive()
					<-checked
					return nil
				}))
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
	requests := server.requests(t, "one")
	last := len(requests) - 1
	if last != manyGoroutines || slices.Index(requests, "POST resume") != last {
		t.Errorf("%d requests, and the first resume has the index %d", len(requests), slices.Index(requests, "POST resume"))
	}
}

// The hanging calls hold all permits, and more calls wait for one.
func TestResumeDoesNotWaitForHangingCalls(t *testing.T) {
	server := newSandbox(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server, anchor.WithTimeout(time.Hour))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var group sync.WaitGroup
	failIfHanging(t, func() {
		err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
			for range 1000 {
				group.Add(1)
				go func() {
					defer group.Done()
					client.Recordings.Pause(ctx, "stall")
				}()
			}
			server.awaitRequests(t, "stall", 256)
			return nil
		}))
		if err != nil {
			t.Error(err)
		}
		server.checkRecording(t, "one", "recording")
		cancel()
		group.Wait()
	})
}
