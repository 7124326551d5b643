package anchor_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestCallTimeoutOverridesTheClients(t *testing.T) {
	forEachEndpoint(t, allCalls(), func(t *testing.T, endpoint endpoint, server *sandbox) {
		patient := newClient(t, server, anchor.WithTimeout(time.Hour))
		err := endpoint.call(context.Background(), patient, "stall", anchor.WithTimeout(100*time.Millisecond))
		checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	})
	// The sandbox answers this session after 3 s.
	hasty := newClient(t, newSandbox(t, "--session-per-fault"), anchor.WithTimeout(100*time.Millisecond))
	if err := hasty.Recordings.Pause(context.Background(), "delay", anchor.WithTimeout(time.Hour)); err != nil {
		t.Error(err)
	}
	// The client's own timeout is unchanged.
	checkError(t, hasty.Recordings.Pause(context.Background(), "stall"), anchor.ErrTimeout, anchor.StatusTimeout)
}

// A refused connection is retried by every call, because nothing was sent.
func TestCallRetriesOverrideTheClients(t *testing.T) {
	address := anchor.WithBaseURL("http://" + unusedAddress(t))
	never, often := newClient(t, shared, address), newClient(t, shared, address, anchor.WithMaxRetries(100))
	for _, endpoint := range allCalls() {
		for client, retries := range map[*anchor.Client]int{never: 1, often: 0} {
			err := endpoint.call(context.Background(), client, "one", anchor.WithMaxRetries(retries))
			failed := checkError(t, err, anchor.ErrConnectFailed, anchor.StatusConnectFailed)
			if failed.Attempts != retries+1 {
				t.Errorf("%s: %d attempts, want %d", endpoint.name, failed.Attempts, retries+1)
			}
		}
	}
}

func TestInvalidCallOptionsAreRejected(t *testing.T) {
	rows := []struct {
		option anchor.CallOption
		says   string
	}{
		{anchor.WithTimeout(0), "WithTimeout must be"}, {anchor.WithTimeout(-1), "WithTimeout must be"},
		{anchor.WithTimeout(25 * time.Hour), "at most 24h, not 25h"},
		{anchor.WithMaxRetries(-1), "WithMaxRetries must be"},
		{anchor.WithMaxRetries(math.MaxInt64), "WithMaxRetries must be"},
		{nil, "options contain nil"},
	}
	forEachEndpoint(t, allCalls(), func(t *testing.T, endpoint endpoint, server *sandbox) {
		client := newClient(t, server)
		for _, row := range rows {
			err := endpoint.call(context.Background(), client, "one", row.option)
			checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
			if !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v does not contain %q", err, row.says)
			}
		}
		server.checkRequests(t, "one")
	})
	_, err := anchor.New(nil)
	checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
}
