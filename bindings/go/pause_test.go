package anchor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestPausePausesARecording(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	client := newClient(t, server)
	if state := server.state(t, "one"); state.Recording != "recording" {
		t.Fatalf("before: %+v", state)
	}
	for range 2 { // A paused recording can be paused again.
		if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
			t.Fatal(err)
		}
		if state := server.state(t, "one"); state.Recording != "paused" {
			t.Fatalf("after: %+v", state)
		}
	}
}

// Only HTTP 200 confirms a pause, even if the server has paused the recording.
func TestNoContentDoesNotConfirmAPause(t *testing.T) {
	err := newClient(t, shared).Recordings.Pause(context.Background(), "no-content")
	failed := checkError(t, err, anchor.ErrBadResponse, anchor.StatusBadResponse)
	if failed.HTTPStatus != 204 || failed.Attempts != 1 || !strings.Contains(failed.Message, "still being recorded") {
		t.Errorf("%+v", failed)
	}
	if state := shared.state(t, "no-content"); state.Recording != "paused" {
		t.Fatalf("%+v", state)
	}
}

func TestPauseAcceptsAnswersThatAreNestedOnce(t *testing.T) {
	client := newClient(t, newSandbox(t, "--single", "--session", "one"))
	if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	err := client.Recordings.Pause(context.Background(), "two")
	checkError(t, err, anchor.ErrNotFound, anchor.StatusNotFound)
	if !strings.Contains(err.Error(), "Session not found") {
		t.Errorf("the message of the API is missing: %v", err)
	}
}

// HTTP 200 alone is not a confirmation, and neither is a truncated answer.
func TestPauseSucceedsOnlyIfTheAPIConfirmsIt(t *testing.T) {
	client := newClient(t, shared)
	badResponse := []string{"html", "empty", "garbage", "array", "error-in-200", "gzip", "long", "deep", "endless"}
	connectionLost := []string{"truncated", "truncated-chunk", "close", "reset"}
	for _, session := range badResponse {
		t.Run(session, func(t *testing.T) {
			err := client.Recordings.Pause(context.Background(), session)
			failed := checkError(t, err, anchor.ErrBadResponse, anchor.StatusBadResponse)
			if failed.HTTPStatus != 200 || failed.Attempts != 1 {
				t.Errorf("%+v", failed)
			}
		})
	}
	for _, session := range connectionLost {
		t.Run(session, func(t *testing.T) {
			err := client.Recordings.Pause(context.Background(), session)
			checkError(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
		})
	}
}

func TestPauseReportsTheStatusOfARefusal(t *testing.T) {
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
			failed := checkError(t, client.Recordings.Pause(context.Background(), row.session), row.sentinel, row.status)
			if failed.HTTPStatus != int(row.status) || failed.Attempts != 1 || failed.RequestID == "" {
				t.Errorf("%+v", failed)
			}
			if state := shared.state(t, row.session); state.Recording != "recording" || state.Requests != 1 {
				t.Errorf("%+v", state)
			}
		})
	}
}

func TestPauseFailsForAnUnknownSessionAndAWrongKey(t *testing.T) {
	err := newClient(t, shared).Recordings.Pause(context.Background(), "no such session")
	checkError(t, err, anchor.ErrNotFound, anchor.StatusNotFound)
	err = newClient(t, shared, anchor.WithAPIKey("wrong")).Recordings.Pause(context.Background(), "demo")
	checkError(t, err, anchor.ErrUnauthorized, anchor.StatusUnauthorized)
}

func TestInvalidSessionIDsAreRejected(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	client := newClient(t, server)
	ids := []string{
		"", ".", "..", strings.Repeat("x", 257), "a\nb", "a\tb", "a\x7fb", "a\u0085b", "a\xffb", "a\x00b", "one\x00", "\x00",
		"one/", "/", "two/../one", `two\one`, "%6fne", "o%2Fne", "100%",
	}
	for _, id := range ids {
		err := client.Recordings.Pause(context.Background(), id)
		failed := checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.HasPrefix(err.Error(), "anchor: sessionID ") || failed.Attempts != 0 || failed.HTTPStatus != 0 {
			t.Errorf("%q: %+v", id, failed)
		}
	}
	if requests := server.countRequests(t); requests != 0 {
		t.Errorf("%d requests were sent", requests)
	}
	err := client.Recordings.Pause(context.Background(), strings.Repeat("x", 256))
	checkError(t, err, anchor.ErrNotFound, anchor.StatusNotFound)
}

func TestNilContextIsRejected(t *testing.T) {
	var none context.Context
	err := newClient(t, shared).Recordings.Pause(none, "quiet")
	checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	if !strings.Contains(err.Error(), "ctx") || shared.state(t, "quiet").Requests != 0 {
		t.Errorf("%v", err)
	}
}

func TestTimeoutEndsACall(t *testing.T) {
	client := newClient(t, shared, anchor.WithTimeout(200*time.Millisecond))
	for _, session := range []string{"stall", "trickle"} {
		err := client.Recordings.Pause(context.Background(), session)
		checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
		if errors.Is(err, anchor.ErrCancelled) {
			t.Errorf("%s: a timeout looks like a cancellation: %v", session, err)
		}
	}
}
