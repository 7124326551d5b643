package anchor_test

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
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
	checkError(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Programs ask for a deadline in several ways, and do not care whose it was.
func TestBothKindsOfDeadlineAreTheSameToErrorsIs(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), 100*time.Millisecond, errors.New("too slow"))
	defer cancel()
	cancelled, cancelNow := context.WithCancel(context.Background())
	cancelNow()
	rows := map[string]struct {
		ctx        context.Context
		session    string
		isDeadline bool
	}{
		"context":   {ctx, "stall", true},
		"timeout":   {context.Background(), "stall", true},
		"cancelled": {cancelled, "stall", false},
		"not found": {context.Background(), "404", false},
	}
	// Other tests count the requests of the shared one.
	client := newClient(t, newSandbox(t, "--session-per-fault"))
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			err := client.Recordings.Pause(row.ctx, row.session, anchor.WithTimeout(3*time.Second))
			var asNet net.Error
			if !errors.As(err, &asNet) {
				t.Fatalf("%v is no net.Error", err)
			}
			answers := []bool{
				errors.Is(err, anchor.ErrTimeout), errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err), asNet.Timeout(),
			}
			for _, answer := range answers {
				if answer != row.isDeadline {
					t.Errorf("%v: %v", err, answers)
				}
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
	checkError(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
}

func TestDoneContextSendsNothing(t *testing.T) {
	client := newClient(t, shared)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancelLate := context.WithDeadline(context.Background(), time.Now().Add(-time.Hour))
	defer cancelLate()
	for ctx, expected := range map[context.Context]error{cancelled: context.Canceled, late: context.DeadlineExceeded} {
		for range 50 {
			err := client.Recordings.Pause(ctx, "quiet")
			failed := checkError(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
			if !errors.Is(err, expected) || failed.Attempts != 0 {
				t.Errorf("%v", err)
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
