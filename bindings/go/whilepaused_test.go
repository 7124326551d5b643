package anchor_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

var errBody = errors.New("the body failed")

// onePause are the requests of one WhilePaused.
var onePause = []string{"POST pause", "POST resume"}

// paused returns a body that first checks that the recording is paused, according to the sandbox.
func (s *sandbox) paused(t *testing.T, id string, body func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		s.checkRecording(t, id, "paused")
		return body(ctx)
	}
}

// forbiddenBody returns a body that must not run.
func forbiddenBody(t *testing.T) func(context.Context) error {
	return func(context.Context) error {
		t.Error("the body ran")
		return nil
	}
}

// runBlock runs a function while the recording of the session "one" is paused.
func runBlock(t *testing.T, server *sandbox, client *anchor.Client, body func()) {
	t.Helper()
	checkNil(t, client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one",
		func(context.Context) error {
			body()
			return nil
		})))
}

func noop(context.Context) error { return nil }

// newSession starts a sandbox with a session "one", and makes a client of it.
func newSession(t *testing.T, options ...anchor.Option) (*sandbox, *anchor.Client) {
	t.Helper()
	server := newSandbox(t, "--session", "one")
	return server, newClient(t, server, options...)
}

func TestWhilePausedReturnsTheErrorOfItsBody(t *testing.T) {
	server, client := newSession(t)
	type keyOfContext struct{}
	ctx := context.WithValue(context.Background(), keyOfContext{}, "value")
	for _, result := range []error{nil, errBody} {
		err := client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", func(inside context.Context) error {
			if inside.Value(keyOfContext{}) != "value" {
				t.Error("the body got a different context")
			}
			return result
		}))
		if err != result {
			t.Errorf("%v, want %v itself", err, result)
		}
		server.checkRecording(t, "one", "recording")
	}
	server.checkRequests(t, "one", append(onePause, onePause...)...)
}

func TestWhilePausedResumesAfterAPanic(t *testing.T) {
	server, client := newSession(t)
	for _, ended := range []bool{false, true} { // The panic continues even if resuming fails.
		panicked := func() (value any) {
			defer func() { value = recover() }()
			client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
				if ended {
					server.endSession(t, "one")
				}
				panic(errBody)
			}))
			return nil
		}()
		if panicked != errBody {
			t.Errorf("%v, want the panic of the body", panicked)
		}
		if !ended {
			server.checkRecording(t, "one", "recording")
			server.checkRequests(t, "one", onePause...)
		}
	}
}

func TestWhilePausedResumesAfterGoexit(t *testing.T) {
	server, client := newSession(t)
	body := server.paused(t, "one", func(context.Context) error {
		runtime.Goexit()
		return nil
	})
	failIfHanging(t, func() {
		expectGoexit(t, func() { client.Recordings.WhilePaused(context.Background(), "one", body) })
	})
	server.checkRequests(t, "one", onePause...)
}

func TestWhilePausedResumesAfterACancel(t *testing.T) {
	server, client := newSession(t)
	ctx, cancel := context.WithCancel(context.Background())
	err := client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", func(inside context.Context) error {
		cancel()
		<-inside.Done()
		return inside.Err()
	}))
	if err != context.Canceled {
		t.Errorf("%v", err)
	}
	server.checkRecording(t, "one", "recording")
	server.checkRequests(t, "one", onePause...)
}

func TestWhilePausedSkipsTheBodyIfPausingFails(t *testing.T) {
	server := newSandbox(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server)
	forbidden := forbiddenBody(t)
	rows := map[string]anchor.Status{
		"401": 401, "404": 404, "429": 429, "500": 500, "302": 302, "html": anchor.StatusBadResponse,
		"error-in-200": anchor.StatusBadResponse, "close": anchor.StatusConnectionLost, "": anchor.StatusInvalidArgument,
	}
	for session, status := range rows {
		err := client.Recordings.WhilePaused(context.Background(), session, forbidden)
		checkError(t, err, nil, status)
		if errors.Is(err, anchor.ErrNotResumed) || slices.Contains(server.requests(t, session), "POST resume") {
			t.Errorf("%q: %v, %q", session, err, server.requests(t, session))
		}
	}
	hasty := newClient(t, server, anchor.WithTimeout(200*time.Millisecond))
	err := hasty.Recordings.WhilePaused(context.Background(), "stall", forbidden)
	checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	err = client.Recordings.WhilePaused(cancelled, "one", forbidden)
	checkError(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	var none context.Context
	err = client.Recordings.WhilePaused(none, "one", forbidden)
	checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	err = client.Recordings.WhilePaused(context.Background(), "one", nil)
	checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	server.checkRequests(t, "one")
}

// A failed resume can be told apart from a failed pause, and its reason is in the chain.
func TestWhilePausedReportsAFailedResume(t *testing.T) {
	for _, result := range []error{nil, errBody, &anchor.Error{Status: 429, Message: "the body's"}} {
		server, client := newSession(t)
		ran := false
		err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
			ran = true
			server.endSession(t, "one")
			return result
		}))
		var notResumed *anchor.NotResumedError
		if !ran || !errors.Is(err, anchor.ErrNotResumed) || !errors.As(err, &notResumed) || notResumed.SessionID != "one" {
			t.Fatalf("%v does not report that resuming failed", err)
		}
		cause := checkError(t, err, anchor.ErrNotFound, anchor.StatusNotFound) // Even if the error of the body is an *Error.
		if notResumed.Err != error(cause) || errors.Unwrap(notResumed) != error(cause) || cause.HTTPStatus != 404 {
			t.Errorf("%#v", notResumed)
		}
		message := `anchor: the body ran, and the recording of session "one" was not resumed: ` + cause.Message
		if !strings.Contains(cause.Error(), `while resuming session "one"`) || notResumed.Error() != message {
			t.Errorf("%v", notResumed)
		}
		if result == nil && err != error(notResumed) {
			t.Errorf("%v wraps the NotResumedError", err)
		}
		if result != nil && (!errors.Is(err, result) || err.Error() != result.Error()+"; "+message) {
			t.Errorf("%v, want it to wrap %v", err, result)
		}
	}
}

// The message names both sessions.
func TestWhilePausedNamesTheOuterOfTwoSessionsFirst(t *testing.T) {
	server := newSandbox(t, "--session", "one", "--session", "two")
	client := newClient(t, server)
	err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(ctx context.Context) error {
		inner := client.Recordings.WhilePaused(ctx, "two", server.paused(t, "two", func(context.Context) error {
			server.endSession(t, "one")
			server.endSession(t, "two")
			return nil
		}))
		var notResumed *anchor.NotResumedError
		if !errors.As(inner, &notResumed) || notResumed.SessionID != "two" {
			t.Errorf("%v", inner)
		}
		return inner
	}))
	var notResumed *anchor.NotResumedError
	if !errors.As(err, &notResumed) || notResumed.SessionID != "one" {
		t.Errorf("%v", err)
	}
	if !strings.Contains(err.Error(), `session "two" was not resumed`) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q", err)
	}
}

func TestWhilePausedCannotResumeWithAClosedClient(t *testing.T) {
	server, client := newSession(t)
	err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
		return client.Close()
	}))
	if !errors.Is(err, anchor.ErrNotResumed) || !errors.Is(err, anchor.ErrClosed) {
		t.Errorf("%v", err)
	}
	server.checkRecording(t, "one", "paused")
}

// Each block sends its own pause.
func TestOnlyTheOuterWhilePausedResumes(t *testing.T) {
	server, client := newSession(t)
	for range 2 {
		err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(ctx context.Context) error {
			inner := client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", func(context.Context) error {
				return errBody
			}))
			server.checkRecording(t, "one", "paused")
			return inner
		}))
		if err != errBody {
			t.Errorf("%v", err)
		}
		server.checkRecording(t, "one", "recording")
	}
	nested := []string{"POST pause", "POST pause", "POST resume"}
	server.checkRequests(t, "one", append(nested, nested...)...)
}

// After a failed pause or resume nothing is counted, so the next block pauses again.
func TestWhilePausedPausesAgainAfterAFailure(t *testing.T) {
	server := newSandbox(t, "--fault", "one=500-once")
	client := newClient(t, server)
	checkError(t, client.Recordings.WhilePaused(context.Background(), "one", noop), anchor.ErrServerError, 500)
	body := server.paused(t, "one", noop)
	if err := client.Recordings.WhilePaused(context.Background(), "one", body); err != nil {
		t.Error(err)
	}
	server.checkRequests(t, "one", append([]string{"POST pause"}, onePause...)...)

	server, client = newSession(t)
	err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
		server.endSession(t, "one")
		return nil
	}))
	checkError(t, err, anchor.ErrNotResumed, 404)
	checkError(t, client.Recordings.WhilePaused(context.Background(), "one", noop), anchor.ErrNotFound, 404)
	server.checkRequests(t, "one", "POST pause", "DELETE one", "POST resume", "POST pause")
}

func TestWhilePausedUsesItsOptionsForBothCalls(t *testing.T) {
	for _, failing := range []string{"pause", "resume"} {
		server := newSandbox(t, "--session", "one")
		front := failFirst(t, server, failing)
		client := newClient(t, server, anchor.WithBaseURL(front.url))
		body := func(context.Context) error {
			server.checkRecording(t, "one", "paused")
			return nil
		}
		err := client.Recordings.WhilePaused(context.Background(), "one", body, anchor.WithMaxRetries(1))
		if err != nil {
			t.Error(err)
		}
		if failing == "pause" {
			front.checkActions(t, "pause", "pause", "resume")
		} else {
			front.checkActions(t, "pause", "resume", "resume")
		}
	}
}

// The body may change the slice of options.
func TestWhilePausedCopiesItsOptions(t *testing.T) {
	server, client := newSession(t)
	options := []anchor.CallOption{anchor.WithTimeout(time.Minute)}
	for range 2 {
		err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
			options[0] = nil
			return nil
		}), options...)
		checkNil(t, err)
		server.checkRecording(t, "one", "recording")
		options[0] = anchor.WithTimeout(time.Minute)
	}
}

// A progress function may panic after the API has confirmed the pause and before the call returns.
// The recording is resumed then, and a later block works as usual.
func TestWhilePausedResumesIfAProgressFunctionPanics(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	// The delay gives the progress function time to be called.
	front := intercept(t, server, func(http.ResponseWriter, *http.Request, string, bool) bool {
		time.Sleep(100 * time.Millisecond)
		return true
	})
	client := newClient(t, server, anchor.WithBaseURL(front.url))
	failure := errors.New("the progress function failed")
	forbidden := forbiddenBody(t)
	rows := map[string]func(anchor.CallOption) any{
		"panic": func(option anchor.CallOption) any {
			return panicValue(func() {
				client.Recordings.WhilePaused(context.Background(), "one", forbidden, option)
			})
		},
		"Goexit": func(option anchor.CallOption) any {
			expectGoexit(t, func() {
				client.Recordings.WhilePaused(context.Background(), "one", forbidden, option)
			})
			return failure
		},
	}
	for how, run := range rows {
		t.Run(how, func(t *testing.T) {
			calls := 0
			option := anchor.WithProgress(func(int64, int64) {
				// A second report would be one of the resume, which a panic would cancel.
				if calls++; calls > 1 {
					panic("called again")
				}
				for end := time.Now().Add(10 * time.Second); server.state(t, "one").Recording != "paused"; {
					if time.Now().After(end) {
						t.Error("the recording was not paused within 10 s")
						break
					}
				}
				time.Sleep(time.Second) // Let the answer arrive, even on a busy machine.
				if how == "Goexit" {
					runtime.Goexit()
				}
				panic(failure)
			})
			failIfHanging(t, func() {
				if panicked := run(option); panicked != failure {
					t.Errorf("%v, want the panic of the function", panicked)
				}
			})
			server.checkRecording(t, "one", "recording")
			checkNil(t, client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", noop)))
			server.checkRecording(t, "one", "recording")
		})
	}
}

// The handler panics after the pause has succeeded. The resume needs a second attempt.
func TestWhilePausedResumesIfALogHandlerPanics(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	for range 20 {
		front := failFirst(t, server, "resume")
		client := newClient(t, server, anchor.WithBaseURL(front.url), anchor.WithMaxRetries(1), logTo(
			func(context.Context, slog.Record) { panic(errHandler) }))
		panicked := panicValue(func() {
			client.Recordings.WhilePaused(context.Background(), "one", forbiddenBody(t))
		})
		if panicked != errHandler {
			t.Errorf("%v, want the panic of the handler", panicked)
		}
		front.checkActions(t, "pause", "resume", "resume")
		server.checkRecording(t, "one", "recording")
	}
}
