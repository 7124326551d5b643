package anchor_test

import (
	"context"
	"slices"
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

// Few goroutines end and begin blocks by turns; many always overlap.
func TestBodiesThatOverlapAreNeverRecorded(t *testing.T) {
	for goroutines, rounds := range map[int]int{2: 100, 8: 50} {
		server, client := held(t)
		inTime(t, func() {
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

// nestedBlocks looks at the server at the beginning, in the middle and at the end of two blocks in
// each other.
func nestedBlocks(t *testing.T, server *sandbox, client *anchor.Client, milliseconds int) error {
	ctx := context.Background()
	return client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", func(context.Context) error {
		time.Sleep(time.Duration(milliseconds) * time.Millisecond)
		server.checkRecording(t, "one", "paused")
		err := client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", nothing))
		server.checkRecording(t, "one", "paused")
		return err
	}))
}

// Blocks that begin at once, after somebody else has resumed while other blocks hold the recording
// paused.
func TestBlocksThatBeginAfterSomebodyResumed(t *testing.T) {
	server, client := held(t)
	ctx := context.Background()
	const blocks, rounds = 16, 5
	inTime(t, func() {
		for range rounds {
			var begun, ended sync.WaitGroup
			resumed := make(chan struct{})
			for range blocks {
				begun.Add(1)
				ended.Add(1)
				go func() {
					defer ended.Done()
					arrive := sync.OnceFunc(begun.Done)
					defer arrive() // Also if the body does not run.
					err := client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", func(context.Context) error {
						arrive()
						<-resumed
						return client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", nothing))
					}))
					if err != nil {
						t.Error(err)
					}
				}()
			}
			begun.Wait()
			server.resume(t, "one")
			server.checkRecording(t, "one", "recording")
			close(resumed)
			ended.Wait()
			server.checkRecording(t, "one", "recording")
		}
	})
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
		t.Errorf("%d requests, the first resume is number %d", len(requests), slices.Index(requests, "POST resume"))
	}
}

// Calls that hang and others that wait for them do not keep a recording paused.
func TestResumingDoesNotWaitForCallsThatHang(t *testing.T) {
	server := special(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server, anchor.WithTimeout(time.Hour))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var group sync.WaitGroup
	inTime(t, func() {
		err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
			for range 1000 {
				group.Add(1)
				go func() {
					defer group.Done()
					client.Recordings.Pause(ctx, "stall")
				}()
			}
			server.await(t, "stall", 256)
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
