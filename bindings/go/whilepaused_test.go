package anchor_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

var errBody = errors.New("the body failed")

// onceHeld is what a server sees of bodies that overlap.
var onceHeld = []string{"POST pause", "POST resume"}

// paused wraps a body: when the body begins, the recording is paused, as the server itself says.
func (s *sandbox) paused(t *testing.T, id string, body func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		s.checkRecording(t, id, "paused")
		return body(ctx)
	}
}

func nothing(context.Context) error { return nil }

// held is a server with a session "one", and a client of it.
func held(t *testing.T, options ...anchor.Option) (*sandbox, *anchor.Client) {
	t.Helper()
	server := special(t, "--session", "one")
	return server, newClient(t, server, options...)
}

func TestWhilePausedEnds(t *testing.T) {
	server, client := held(t)
	type keyOfContext struct{}
	ctx := context.WithValue(context.Background(), keyOfContext{}, "value")
	for _, result := range []error{nil, errBody} {
		err := client.Recordings.WhilePaused(ctx, "one", server.paused(t, "one", func(inside context.Context) error {
			if inside.Value(keyOfContext{}) != "value" {
				t.Error("the body got another context")
			}
			return result
		}))
		if err != result {
			t.Errorf("%v, want %v itself", err, result)
		}
		server.checkRecording(t, "one", "recording")
	}
	server.checkRequests(t, "one", append(onceHeld, onceHeld...)...)
}

func TestWhilePausedPanics(t *testing.T) {
	server, client := held(t)
	for _, ended := range []bool{false, true} { // Also if resuming fails, it is the body's panic that goes on.
		panicked := func() (value any) {
			defer func() { value = recover() }()
			client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
				if ended {
					server.end(t, "one")
				}
				panic(errBody)
			}))
			return nil
		}()
		if panicked != errBody {
			t.Errorf("%v, want the body's panic", panicked)
		}
		if !ended {
			server.checkRecording(t, "one", "recording")
			server.checkRequests(t, "one", onceHeld...)
		}
	}
}

func TestWhilePausedWhenTheGoroutineEnds(t *testing.T) {
	server, client := held(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
			runtime.Goexit()
			return nil
		}))
		t.Error("Goexit did not go on")
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the goroutine hangs")
	}
	server.checkRequests(t, "one", onceHeld...)
}

func TestWhilePausedIsCancelled(t *testing.T) {
	server, client := held(t)
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
	server.checkRequests(t, "one", onceHeld...)
}

func TestWhilePausedWhenPausingFails(t *testing.T) {
	server := special(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server)
	forbidden := func(context.Context) error {
		t.Error("the body ran")
		return nil
	}
	rows := map[string]anchor.Status{
		"401": 401, "404": 404, "429": 429, "500": 500, "302": 302, "html": anchor.StatusBadResponse,
		"error-in-200": anchor.StatusBadResponse, "close": anchor.StatusConnectionLost, "": anchor.StatusInvalidArgument,
	}
	for session, status := range rows {
		err := client.Recordings.WhilePaused(context.Background(), session, forbidden)
		check(t, err, nil, status)
		if errors.Is(err, anchor.ErrNotResumed) || slices.Contains(server.requests(t, session), "POST resume") {
			t.Errorf("%q: %v, %q", session, err, server.requests(t, session))
		}
	}
	hasty := newClient(t, server, anchor.WithTimeout(200*time.Millisecond))
	err := hasty.Recordings.WhilePaused(context.Background(), "stall", forbidden)
	check(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	err = client.Recordings.WhilePaused(cancelled, "one", forbidden)
	check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	var none context.Context
	err = client.Recordings.WhilePaused(none, "one", forbidden)
	check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	err = client.Recordings.WhilePaused(context.Background(), "one", nil)
	check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	server.checkRequests(t, "one")
}

// A resume that failed is told from a pause that failed, and why is there to be found.
func TestWhilePausedWhenResumingFails(t *testing.T) {
	for _, result := range []error{nil, errBody, &anchor.Error{Status: 429, Message: "the body's"}} {
		server, client := held(t)
		ran := false
		err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
			ran = true
			server.end(t, "one")
			return result
		}))
		var notResumed *anchor.NotResumedError
		if !ran || !errors.Is(err, anchor.ErrNotResumed) || !errors.As(err, &notResumed) || notResumed.SessionID != "one" {
			t.Fatalf("%v does not tell that resuming failed", err)
		}
		cause := check(t, err, anchor.ErrNotFound, anchor.StatusNotFound) // Also if the body's error is an *Error.
		if notResumed.Err != error(cause) || errors.Unwrap(notResumed) != error(cause) || cause.HTTPStatus != 404 {
			t.Errorf("%#v", notResumed)
		}
		message := `the body ran, and the recording of session "one" may still be paused: call Recordings.Resume: ` + cause.Error()
		if !strings.Contains(cause.Error(), `while resuming session "one"`) || notResumed.Error() != message {
			t.Errorf("%v", notResumed)
		}
		if result == nil && err != error(notResumed) {
			t.Errorf("%v is more than the error of resuming", err)
		}
		if result != nil && (!errors.Is(err, result) || err.Error() != result.Error()+"; "+message) {
			t.Errorf("%v, want %v too", err, result)
		}
	}
}

// Each session whose resume failed is named, the outermost first.
func TestWhilePausedWhenResumingOfBothSessionsFails(t *testing.T) {
	server := special(t, "--session", "one", "--session", "two")
	client := newClient(t, server)
	err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(ctx context.Context) error {
		inner := client.Recordings.WhilePaused(ctx, "two", server.paused(t, "two", func(context.Context) error {
			server.end(t, "one")
			server.end(t, "two")
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
	if !strings.Contains(err.Error(), `session "two" may still be paused`) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q", err)
	}
}

// A closed client cannot resume, and says so.
func TestWhilePausedWhenTheClientIsClosed(t *testing.T) {
	server, client := held(t)
	err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
		return client.Close()
	}))
	if !errors.Is(err, anchor.ErrNotResumed) || !errors.Is(err, anchor.ErrClosed) {
		t.Errorf("%v", err)
	}
	server.checkRecording(t, "one", "paused")
}

// Each pauses, and only the last resumes.
func TestWhilePausedNested(t *testing.T) {
	server, client := held(t)
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

// After a pause or a resume that failed nothing is held: the next body is paused for anew.
func TestWhilePausedAfterAFailure(t *testing.T) {
	server := special(t, "--fault", "one=500-once")
	client := newClient(t, server)
	check(t, client.Recordings.WhilePaused(context.Background(), "one", nothing), anchor.ErrServerError, 500)
	body := server.paused(t, "one", nothing)
	if err := client.Recordings.WhilePaused(context.Background(), "one", body); err != nil {
		t.Error(err)
	}
	server.checkRequests(t, "one", append([]string{"POST pause"}, onceHeld...)...)

	server, client = held(t)
	err := client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
		server.end(t, "one")
		return nil
	}))
	check(t, err, anchor.ErrNotResumed, 404)
	check(t, client.Recordings.WhilePaused(context.Background(), "one", nothing), anchor.ErrNotFound, 404)
	server.checkRequests(t, "one", "POST pause", "DELETE one", "POST resume", "POST pause")
}
