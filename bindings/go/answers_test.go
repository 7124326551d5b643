package anchor_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestPausePausesTheRecording(t *testing.T) {
	server := special(t, "--session", "one")
	client := newClient(t, server)
	if state := server.session(t, "one"); state.Recording != "recording" {
		t.Fatalf("before: %+v", state)
	}
	for range 2 { // Pausing what is paused is no error.
		if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
			t.Fatal(err)
		}
		if state := server.session(t, "one"); state.Recording != "paused" {
			t.Fatalf("after: %+v", state)
		}
	}
}

func TestRequestsNameTheWrapper(t *testing.T) {
	server := special(t, "--session", "one")
	if err := newClient(t, server).Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(server.log)
	if err != nil || !strings.Contains(string(log), `"x-anchor-sdk":"libanchor-go/`+anchor.Version()+`"`) {
		t.Errorf("%v: %s", err, log)
	}
}

// Only HTTP 200 confirms a pause, whatever the server has done.
func TestNoContentIsNoConfirmation(t *testing.T) {
	err := newClient(t, shared).Recordings.Pause(context.Background(), "no-content")
	failed := check(t, err, anchor.ErrBadResponse, anchor.StatusBadResponse)
	if failed.HTTPStatus != 204 || failed.Attempts != 1 || !strings.Contains(failed.Message, "still being recorded") {
		t.Errorf("%+v", failed)
	}
	if state := shared.session(t, "no-content"); state.Recording != "paused" {
		t.Fatalf("%+v", state)
	}
}

func TestAnswersNestedOnce(t *testing.T) {
	client := newClient(t, special(t, "--single", "--session", "one"))
	if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	err := client.Recordings.Pause(context.Background(), "two")
	check(t, err, anchor.ErrNotFound, anchor.StatusNotFound)
	if !strings.Contains(err.Error(), "Session not found") {
		t.Errorf("the API's own words are missing: %v", err)
	}
}

// check expects an *Error with the sentinel and the status, and a message of one line.
func check(t *testing.T, err, sentinel error, status anchor.Status) *anchor.Error {
	t.Helper()
	var failed *anchor.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want an *anchor.Error with status %v", err, status)
	}
	if failed.Status != status || (sentinel != nil && !errors.Is(err, sentinel)) {
		t.Fatalf("got status %d and %q, want %d and %q", failed.Status, err, status, sentinel)
	}
	if failed.Message == "" || strings.ContainsAny(err.Error(), "\n\r") {
		t.Fatalf("message %q is not one line", err)
	}
	return failed
}

func TestRefusalsOfTheAPI(t *testing.T) {
	client := newClient(t, shared)
	rows := []struct {
		session  string
		sentinel error
		status   anchor.Status
	}{
		{"400", nil, 400},
		{"401", anchor.ErrUnauthorized, anchor.StatusUnauthorized},
		{"403", nil, 403},
		{"404", anchor.ErrNotFound, anchor.StatusNotFound},
		{"422", nil, 422},
		{"429", anchor.ErrRateLimited, anchor.StatusRateLimited},
		{"429-long", anchor.ErrRateLimited, anchor.StatusRateLimited},
		{"500", anchor.ErrServerError, anchor.StatusServerError},
		{"502-page", anchor.ErrServerError, 502},
		{"301", nil, 301},
		{"302", nil, 302},
		{"303", nil, 303},
		{"307", nil, 307},
		{"308", nil, 308},
	}
	for _, row := range rows {
		t.Run(row.session, func(t *testing.T) {
			failed := check(t, client.Recordings.Pause(context.Background(), row.session), row.sentinel, row.status)
			if failed.HTTPStatus != int(row.status) || failed.Attempts != 1 || failed.RequestID == "" {
				t.Errorf("%+v", failed)
			}
			if state := shared.session(t, row.session); state.Recording != "recording" || state.Requests != 1 {
				t.Errorf("%+v", state)
			}
		})
	}
}

func TestUnknownSessionAndWrongKey(t *testing.T) {
	err := newClient(t, shared).Recordings.Pause(context.Background(), "no such session")
	check(t, err, anchor.ErrNotFound, anchor.StatusNotFound)
	err = newClient(t, shared, anchor.WithAPIKey("wrong")).Recordings.Pause(context.Background(), "demo")
	check(t, err, anchor.ErrUnauthorized, anchor.StatusUnauthorized)
}

// Only the API's own word counts: everything else that is answered with 200, or half answered, is an error.
func TestPausedOnlyWhenTheAPISaidSo(t *testing.T) {
	client := newClient(t, shared)
	badResponse := []string{"html", "empty", "garbage", "array", "error-in-200", "gzip", "long", "deep", "endless"}
	connectionLost := []string{"truncated", "truncated-chunk", "close", "reset"}
	for _, session := range badResponse {
		t.Run(session, func(t *testing.T) {
			err := client.Recordings.Pause(context.Background(), session)
			failed := check(t, err, anchor.ErrBadResponse, anchor.StatusBadResponse)
			if failed.HTTPStatus != 200 || failed.Attempts != 1 {
				t.Errorf("%+v", failed)
			}
		})
	}
	for _, session := range connectionLost {
		t.Run(session, func(t *testing.T) {
			err := client.Recordings.Pause(context.Background(), session)
			check(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
		})
	}
}

func TestWhatFailsOnceIsTriedAgain(t *testing.T) {
	once := []string{
		"400-once-retry", "408-once", "409-once", "429-once", "429-once-ms", "429-once-date", "500-once", "503-once",
		"close-once", "reset-once",
	}
	client := newClient(t, shared, anchor.WithMaxRetries(2))
	for _, session := range once {
		t.Run(session, func(t *testing.T) {
			t.Parallel()
			if err := client.Recordings.Pause(context.Background(), session); err != nil {
				t.Fatal(err)
			}
			if state := shared.session(t, session); state.Recording != "paused" || state.Requests != 2 {
				t.Errorf("%+v", state)
			}
		})
	}
}

func TestRetriesEnd(t *testing.T) {
	server := special(t, "--session-per-fault")
	rows := []struct {
		session  string
		options  []anchor.Option
		sentinel error
		attempts int
	}{
		{"500", []anchor.Option{anchor.WithMaxRetries(2)}, anchor.ErrServerError, 3},
		{"500-no-retry", []anchor.Option{anchor.WithMaxRetries(2)}, anchor.ErrServerError, 1},
		{"429", []anchor.Option{anchor.WithMaxRetries(1)}, anchor.ErrRateLimited, 2},
		{"429-long", []anchor.Option{anchor.WithMaxRetries(1)}, anchor.ErrRateLimited, 2},
		{"truncated", []anchor.Option{anchor.WithMaxRetries(1)}, anchor.ErrConnectionLost, 2},
		{"302", []anchor.Option{anchor.WithMaxRetries(1)}, nil, 1},
	}
	for _, row := range rows {
		t.Run(row.session, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, server, row.options...)
			err := client.Recordings.Pause(context.Background(), row.session)
			var failed *anchor.Error
			if !errors.As(err, &failed) || (row.sentinel != nil && !errors.Is(err, row.sentinel)) {
				t.Fatalf("got %v, want %v", err, row.sentinel)
			}
			if state := server.session(t, row.session); failed.Attempts != row.attempts || state.Requests != row.attempts {
				t.Errorf("%d attempts reported, %d seen, want %d", failed.Attempts, state.Requests, row.attempts)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	client := newClient(t, shared, anchor.WithTimeout(200*time.Millisecond))
	for _, session := range []string{"stall", "trickle"} {
		err := client.Recordings.Pause(context.Background(), session)
		check(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, anchor.ErrCancelled) {
			t.Errorf("%s: no context ended this: %v", session, err)
		}
	}
}

func TestConnectionRefused(t *testing.T) {
	address := refused(t)
	client := newClient(t, shared, anchor.WithBaseURL("http://"+address))
	err := client.Recordings.Pause(context.Background(), "demo")
	failed := check(t, err, anchor.ErrConnectFailed, anchor.StatusConnectFailed)
	if failed.HTTPStatus != 0 || failed.RequestID != "" || !strings.Contains(failed.Message, address) {
		t.Errorf("%+v", failed)
	}
}

// refused is an address where nobody listens.
func refused(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
