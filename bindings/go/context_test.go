package anchor_test

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestCancelEndsACall(t *testing.T) {
	server := newSandbox(t, "--session-per-fault")
	client := newClient(t, server)
	reason := errors.New("the user went away")
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		defer cancel(reason)
		server.awaitRequests(t, "stall", 1)
	}()
	err := client.Recordings.Pause(ctx, "stall")
	failed := checkError(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) || failed.Attempts != 1 {
		t.Errorf("%v: %+v", err, failed)
	}
	const text = `anchor: the context was cancelled (the user went away) while pausing session "stall"; `
	if !strings.HasPrefix(err.Error(), text) {
		t.Errorf("%v", err)
	}
}

func TestACancelledCallReturnsWithinTenMilliseconds(t *testing.T) {
	silent := func(int64, int64) {}
	rows := map[string]func(context.Context, *anchor.Client) error{
		"pause": func(ctx context.Context, client *anchor.Client) error { return pause(ctx, client, "stall") },
		"download with progress": func(ctx context.Context, client *anchor.Client) error {
			return download(ctx, client, "stall", anchor.WithProgress(silent))
		},
	}
	for name, call := range rows {
		t.Run(name, func(t *testing.T) {
			server := newSandbox(t, "--session-per-fault")
			client := newClient(t, server)
			var took []time.Duration
			for round := range 21 {
				took = append(took, cancelAfterSending(t, server, round+1, func(ctx context.Context) error { return call(ctx, client) }))
			}
			slices.Sort(took)
			median, longest := took[len(took)/2], took[len(took)-1]
			t.Logf("median %v, longest %v", median, longest)
			if median > 10*time.Millisecond || longest > time.Second {
				t.Errorf("%v", took)
			}
		})
	}
}

// cancelAfterSending makes a call that stalls, cancels it when the server has received it, and
// returns how long it took to return after that.
func cancelAfterSending(t *testing.T, server *sandbox, requests int, call func(context.Context) error) time.Duration {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	moment := make(chan time.Time, 1)
	go func() {
		defer cancel()
		server.awaitRequests(t, "stall", requests)
		moment <- time.Now()
	}()
	err := call(ctx)
	took := time.Since(<-moment)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	return took
}

func TestDeadlineEndsACall(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := newClient(t, shared).Recordings.Pause(ctx, "stall")
	checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	if text := `anchor: the context's deadline passed while pausing session "stall"; `; !strings.HasPrefix(err.Error(), text) {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Programs ask for the kind of an error in several ways, and the order of their tests must not
// matter. Only timeouts are net.Errors, as programs retry or wait after those.
func TestADeadlineIsATimeoutAndACancellationIsNot(t *testing.T) {
	tooSlow := errors.New("too slow\nby far")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 100*time.Millisecond, tooSlow)
	defer cancel()
	cancelled, cancelNow := context.WithCancelCause(context.Background())
	cancelNow(context.DeadlineExceeded)
	rows := map[string]struct {
		ctx      context.Context
		session  string
		sentinel error
		matches  []error
	}{
		"context's deadline": {ctx, "stall", anchor.ErrTimeout, []error{context.DeadlineExceeded, tooSlow}},
		"WithTimeout":        {context.Background(), "stall", anchor.ErrTimeout, []error{context.DeadlineExceeded}},
		// The cause is that of the program.
		"cancelled": {cancelled, "stall", anchor.ErrCancelled, []error{context.Canceled, context.DeadlineExceeded}},
		"not found": {context.Background(), "404", anchor.ErrNotFound, nil},
	}
	all := []error{
		anchor.ErrTimeout, anchor.ErrCancelled, anchor.ErrNotFound, context.DeadlineExceeded, context.Canceled, tooSlow,
	}
	// Other tests count the requests of the shared one.
	client := newClient(t, newSandbox(t, "--session-per-fault"))
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			err := client.Recordings.Pause(row.ctx, row.session, anchor.WithTimeout(3*time.Second))
			for _, target := range all {
				if expected := target == row.sentinel || slices.Contains(row.matches, target); errors.Is(err, target) != expected {
					t.Errorf("%v matches %v: %v", err, target, !expected)
				}
			}
			isTimeout := row.sentinel == anchor.ErrTimeout
			var failed *anchor.Error
			if !errors.As(err, &failed) || failed.Timeout() != isTimeout || os.IsTimeout(err) != isTimeout {
				t.Errorf("%#v", err)
			}
			if _, isNet := err.(net.Error); isNet || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v is a net.Error, or not one line", err)
			}
			var asNet net.Error
			if errors.As(err, &asNet) != slices.Contains(row.matches, context.DeadlineExceeded) {
				t.Errorf("%v contains %v", err, asNet)
			}
		})
	}
}

func TestCancelEndsTheWaitBeforeARetry(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	server := newSandbox(t, "--session-per-fault")
	err := newClient(t, server, anchor.WithMaxRetries(100)).Recordings.Pause(ctx, "429")
	if !errors.Is(err, context.DeadlineExceeded) || server.state(t, "429").Requests != 1 {
		t.Errorf("%v", err)
	}
	checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
}

func TestDoneContextSendsNothing(t *testing.T) {
	client := newClient(t, shared)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancelLate := context.WithDeadline(context.Background(), time.Now().Add(-time.Hour))
	defer cancelLate()
	for ctx, text := range map[context.Context]string{
		cancelled: "anchor: the context was cancelled before anything was sent",
		late:      "anchor: the context's deadline passed before anything was sent",
	} {
		for range 50 {
			err := client.Recordings.Pause(ctx, "quiet")
			if !errors.Is(err, ctx.Err()) || err.Error() != text {
				t.Errorf("%v, want %s", err, text)
			}
		}
	}
	if state := shared.state(t, "quiet"); state.Requests != 0 {
		t.Errorf("%+v", state)
	}
}

// The context may become done before, while or after the call returns.
func TestCancelAfterACallHasNoEffect(t *testing.T) {
	client := newClient(t, shared)
	for range 200 {
		ctx, cancel := context.WithCancel(context.Background())
		go cancel()
		err := client.Recordings.Pause(ctx, "busy")
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if err := client.Recordings.Pause(context.Background(), "busy"); err != nil {
		t.Fatal(err)
	}
}

func TestCancelDoesNotAffectOtherCalls(t *testing.T) {
	client := newClient(t, shared)
	var group sync.WaitGroup
	for range 40 {
		group.Add(2)
		go func() {
			defer group.Done()
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			if err := client.Recordings.Pause(ctx, "stall"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("stall: %v", err)
			}
		}()
		go func() {
			defer group.Done()
			for range 10 {
				if err := client.Recordings.Pause(context.Background(), "busy"); err != nil {
					t.Errorf("busy: %v", err)
				}
			}
		}()
	}
	group.Wait()
}
