package anchor_test

import (
	"context"
	"sync"
	"testing"
)

// While a block runs, someone else may resume the recording. The next block pauses again, nested
// or not.
func TestNextBlockPausesAgainAfterAResume(t *testing.T) {
	server, client := newSession(t)
	other := newClient(t, server)
	resumes := map[string]func(){
		"this client":    func() { checkNil(t, client.Recordings.Resume(context.Background(), "one")) },
		"another client": func() { checkNil(t, other.Recordings.Resume(context.Background(), "one")) },
		"a block of another client": func() {
			checkNil(t, other.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", noop)))
		},
		"another program": func() { server.resume(t, "one") },
	}
	for who, resume := range resumes {
		t.Run(who, func(t *testing.T) {
			resumed := func() {
				resume()
				server.checkRecording(t, "one", "recording") // The block cannot prevent that.
			}
			block := func(body func()) { runBlock(t, server, client, body) }
			for range 3 {
				block(func() {
					resumed()
					block(func() {
						resumed()
						block(func() {})
						// The inner block does not resume, because the outer one is still running.
						server.checkRecording(t, "one", "paused")
					})
					server.checkRecording(t, "one", "paused")
					resumed()
					block(func() {})
				})
				server.checkRecording(t, "one", "recording")
				block(resumed)
				block(func() {})
				server.checkRecording(t, "one", "recording")
			}
		})
	}
}

// Someone else resumes the recording while several blocks run. Then each of them starts a nested
// block at the same time.
func TestConcurrentBlocksPauseAgainAfterAResume(t *testing.T) {
	server, client := newSession(t)
	ctx := context.Background()
	const blocks, rounds = 16, 5
	failIfHanging(t, func() {
		for range rounds {
			var begun, ended sync.WaitGroup
			resumed := make(chan struct{})
			for range blocks {
				begun.Add(1)
				ended.Add(1)
				go func() {
					defer ended.Done()
					arrive := sync.OnceFunc(begun.Done)
					defer arrive() // In case the body does not run.
					err := client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", func(context.Context) error {
						arrive()
						<-resumed
						return client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", noop))
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
