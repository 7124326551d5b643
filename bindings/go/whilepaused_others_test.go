package anchor_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// While a block runs, somebody else may resume. The next block, nested or not, pauses again.
func TestSomebodyElseResumes(t *testing.T) {
	server, client := held(t)
	other := newClient(t, server)
	resumes := map[string]func(){
		"this client":    func() { must(t, client.Recordings.Resume(context.Background(), "one")) },
		"another client": func() { must(t, other.Recordings.Resume(context.Background(), "one")) },
		"a block of another client": func() {
			must(t, other.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", nothing)))
		},
		"another program": func() { server.resume(t, "one") },
	}
	for who, resume := range resumes {
		t.Run(who, func(t *testing.T) {
			resumed := func() {
				resume()
				server.checkRecording(t, "one", "recording") // Nothing can keep it paused.
			}
			block := func(body func()) {
				must(t, client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one",
					func(context.Context) error {
						body()
						return nil
					})))
			}
			for range 3 {
				block(func() {
					resumed()
					block(func() {
						resumed()
						block(func() {})
						// An inner block does not resume what an outer one holds.
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// The options are those of the call, whatever the body does to the slice.
func TestABodyThatChangesTheOptions(t *testing.T) {
	server, client := held(t)
	options := []anchor.CallOption{anchor.WithTimeout(time.Minute)}
	for range 2 {
		err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
			options[0] = nil
			return nil
		}), options...)
		must(t, err)
		server.checkRecording(t, "one", "recording")
		options[0] = anchor.WithTimeout(time.Minute)
	}
}

// A progress function may end the goroutine after the pause was confirmed, and before anybody
// knows. Then the recording is resumed, and a later block is too.
func TestAProgressFunctionThatPanicsWhilePausing(t *testing.T) {
	server := special(t, "--session", "one")
	// Slow enough for a progress function to be called.
	api := newAPI(t, server, func(http.ResponseWriter, *http.Request, string, bool) bool {
		time.Sleep(100 * time.Millisecond)
		return true
	})
	client := newClient(t, server, anchor.WithBaseURL(api.url))
	failure := errors.New("the progress function failed")
	forbidden := func(context.Context) error {
		t.Error("the body ran")
		return nil
	}
	rows := map[string]func(anchor.CallOption) any{
		"panic": func(option anchor.CallOption) any {
			return recovered(func() {
				client.Recordings.WhilePaused(context.Background(), "one", forbidden, option)
			})
		},
		"Goexit": func(option anchor.CallOption) any {
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				client.Recordings.WhilePaused(context.Background(), "one", forbidden, option)
				t.Error("Goexit did not continue")
			}()
			<-ended
			return failure
		},
	}
	for how, run := range rows {
		t.Run(how, func(t *testing.T) {
			calls := 0
			option := anchor.WithProgress(func(int64, int64) {
				// A second call would be one about resuming, which the panic would cancel.
				if calls++; calls > 1 {
					panic("called again")
				}
				for end := time.Now().Add(10 * time.Second); server.session(t, "one").Recording != "paused"; {
					if time.Now().After(end) {
						t.Error("never paused")
						break
					}
				}
				time.Sleep(time.Second) // Until the answer has come, on a busy machine too.
				if how == "Goexit" {
					runtime.Goexit()
				}
				panic(failure)
			})
			inTime(t, func() {
				if panicked := run(option); panicked != failure {
					t.Errorf("%v, want the function's panic", panicked)
				}
			})
			server.checkRecording(t, "one", "recording")
			must(t, client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", nothing)))
			server.checkRecording(t, "one", "recording")
		})
	}
}
