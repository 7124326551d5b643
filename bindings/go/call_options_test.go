package anchor_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// What is not of a type at run time is not of it at compile time.
func TestOptionsFitWhereTheyBelong(t *testing.T) {
	for _, option := range []anchor.Option{
		anchor.WithAPIKey(""), anchor.WithBaseURL(""), anchor.WithCAFile(""), anchor.WithProxy(""),
		anchor.WithHeader("", ""), anchor.WithLogger(nil),
	} {
		if _, fits := option.(anchor.CallOption); fits {
			t.Errorf("%T is an option of calls", option)
		}
	}
	if _, fits := anchor.WithProgress(nil).(anchor.Option); fits {
		t.Error("WithProgress is an option of New")
	}
	for _, option := range []anchor.CommonOption{anchor.WithTimeout(1), anchor.WithMaxRetries(1)} {
		var _ anchor.Option = option
		var _ anchor.CallOption = option
	}
}

// allCalls are everything that takes call options.
func allCalls() []endpoint {
	return slices.Concat(everyEndpoint, []endpoint{
		{"pause", "POST pause", true, pause}, {"while paused", "POST pause", true, whilePaused},
	})
}

func TestTheTimeoutOfACallComesBeforeTheClients(t *testing.T) {
	forEachEndpoint(t, allCalls(), func(t *testing.T, endpoint endpoint, server *sandbox) {
		patient := newClient(t, server, anchor.WithTimeout(time.Hour))
		err := endpoint.call(context.Background(), patient, "stall", anchor.WithTimeout(100*time.Millisecond))
		check(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	})
	// Answered after 3 s.
	hasty := newClient(t, special(t, "--session-per-fault"), anchor.WithTimeout(100*time.Millisecond))
	if err := hasty.Recordings.Pause(context.Background(), "delay", anchor.WithTimeout(time.Hour)); err != nil {
		t.Error(err)
	}
	// The client's own is what it was.
	check(t, hasty.Recordings.Pause(context.Background(), "stall"), anchor.ErrTimeout, anchor.StatusTimeout)
}

// Where nothing was sent, everything is repeated.
func TestTheRetriesOfACallComeBeforeTheClients(t *testing.T) {
	nowhere := anchor.WithBaseURL("http://" + refused(t))
	never, often := newClient(t, shared, nowhere), newClient(t, shared, nowhere, anchor.WithMaxRetries(100))
	for _, endpoint := range allCalls() {
		for client, retries := range map[*anchor.Client]int{never: 1, often: 0} {
			err := endpoint.call(context.Background(), client, "one", anchor.WithMaxRetries(retries))
			failed := check(t, err, anchor.ErrConnectFailed, anchor.StatusConnectFailed)
			if failed.Attempts != retries+1 {
				t.Errorf("%s: %d attempts, want %d", endpoint.name, failed.Attempts, retries+1)
			}
		}
	}
}

func TestTheLastOptionCounts(t *testing.T) {
	client := newClient(t, shared, anchor.WithTimeout(time.Nanosecond), anchor.WithTimeout(time.Hour))
	err := client.Recordings.Pause(context.Background(), "demo", anchor.WithTimeout(1), anchor.WithTimeout(time.Hour))
	if err != nil {
		t.Error(err)
	}
}

func TestUnusableCallOptions(t *testing.T) {
	rows := []struct {
		option anchor.CallOption
		says   string
	}{
		{anchor.WithTimeout(0), "timeout"}, {anchor.WithTimeout(-1), "timeout"},
		{anchor.WithTimeout(25 * time.Hour), "a day"},
		{anchor.WithMaxRetries(-1), "max_retries"}, {anchor.WithMaxRetries(math.MaxInt64), "max_retries"},
		{nil, "options hold nil"},
	}
	forEachEndpoint(t, allCalls(), func(t *testing.T, endpoint endpoint, server *sandbox) {
		client := newClient(t, server)
		for _, row := range rows {
			err := endpoint.call(context.Background(), client, "one", row.option)
			check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
			if !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v does not say %q", err, row.says)
			}
		}
		server.checkRequests(t, "one")
	})
	_, err := anchor.New(nil)
	check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
}

// The options of WhilePaused count for resuming as for pausing.
func TestWhilePausedResumesWithItsOptions(t *testing.T) {
	for _, flaw := range []string{"pause", "resume"} {
		server := special(t, "--session", "one")
		api := failingOnce(t, server, flaw)
		client := newClient(t, server, anchor.WithBaseURL(api.url))
		body := func(context.Context) error {
			server.checkRecording(t, "one", "paused")
			return nil
		}
		err := client.Recordings.WhilePaused(context.Background(), "one", body, anchor.WithMaxRetries(1))
		if err != nil {
			t.Error(err)
		}
		if flaw == "pause" {
			api.check(t, "pause", "pause", "resume")
		} else {
			api.check(t, "pause", "resume", "resume")
		}
	}
}
