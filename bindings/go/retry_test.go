package anchor_test

import (
	"context"
	"errors"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestTransientFailuresAreRetried(t *testing.T) {
	failingOnce := []string{
		"400-once-retry", "408-once", "409-once", "429-once", "429-once-ms", "429-once-date", "500-once", "503-once",
		"close-once", "reset-once",
	}
	client := newClient(t, shared, anchor.WithMaxRetries(2))
	for _, session := range failingOnce {
		t.Run(session, func(t *testing.T) {
			t.Parallel()
			if err := client.Recordings.Pause(context.Background(), session); err != nil {
				t.Fatal(err)
			}
			if state := shared.state(t, session); state.Recording != "paused" || state.Requests != 2 {
				t.Errorf("%+v", state)
			}
		})
	}
}

func TestRetriesAreLimited(t *testing.T) {
	server := newSandbox(t, "--session-per-fault")
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
			if state := server.state(t, row.session); failed.Attempts != row.attempts || state.Requests != row.attempts {
				t.Errorf("%d attempts reported, %d seen, want %d", failed.Attempts, state.Requests, row.attempts)
			}
		})
	}
}

// After a deletion whose answer was lost, a second one would fail because the recording is gone. A
// POST request that is sent twice may take effect twice. Both are retried only if nothing was
// done.
func TestUnsafeRequestsAreRetriedOnlyIfNothingWasDone(t *testing.T) {
	forEachEndpoint(t, everyEndpoint, func(t *testing.T, endpoint endpoint, server *sandbox) {
		client := newClient(t, server, anchor.WithMaxRetries(2))
		nothingWasDone := map[string]bool{
			"429-once-ms": true, "400-once-retry": true, "500-once": false, "408-once": false, "409-once": false,
			"close-once": false, "reset-once": false,
		}
		for session, nothingWasDone := range nothingWasDone {
			t.Run(session, func(t *testing.T) {
				t.Parallel()
				err := endpoint.call(context.Background(), client, session)
				requests := len(server.requests(t, session))
				isRepeated := endpoint.repeatable || nothingWasDone
				if isRepeated && (err != nil || requests != 2) {
					t.Errorf("%v after %d requests", err, requests)
				}
				if !isRepeated && (err == nil || requests != 1) {
					t.Errorf("%v after %d requests", err, requests)
				}
			})
		}
	})
}

func TestRefusedConnectionsAreRetried(t *testing.T) {
	address := unusedAddress(t)
	// Nothing was sent, so even a deletion is retried.
	client := newClient(t, shared, anchor.WithBaseURL("http://"+address), anchor.WithMaxRetries(1))
	for _, endpoint := range everyEndpoint {
		err := endpoint.call(context.Background(), client, "one")
		if failed := checkError(t, err, anchor.ErrConnectFailed, anchor.StatusConnectFailed); failed.Attempts != 2 {
			t.Errorf("%s: %+v", endpoint.name, failed)
		}
	}
}

func TestErrorHoldsRetryAfter(t *testing.T) {
	client := newClient(t, newSandbox(t, "--session-per-fault"))
	rows := map[string]time.Duration{
		"429": time.Second, "429-long": time.Hour, "429-once-ms": 300 * time.Millisecond, "500": 0,
	}
	for session, expected := range rows {
		var failed *anchor.Error
		err := client.Recordings.Pause(context.Background(), session)
		if !errors.As(err, &failed) || failed.RetryAfter != expected {
			t.Errorf("%s: %+v, want %v", session, failed, expected)
		}
	}
}

// The details of an earlier attempt are not kept.
func TestErrorDescribesTheLastAttempt(t *testing.T) {
	server := newSandbox(t, "--fault", "one=429-once-ms", "--fault", "one=close")
	client := newClient(t, server, anchor.WithMaxRetries(1))
	err := client.Recordings.Pause(context.Background(), "one")
	failed := checkError(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
	if failed.Attempts != 2 || failed.HTTPStatus != 0 || failed.RequestID != "" || failed.RetryAfter != 0 {
		t.Errorf("%+v", failed)
	}
}
