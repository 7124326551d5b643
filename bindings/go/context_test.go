package anchor_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestCancelEndsACall(t *testing.T) {
	server := special(t, "--session-per-fault")
	client := newClient(t, server)
	reason := errors.New("the user went away")
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		defer cancel(reason)
		server.await(t, "stall", 1)
	}()
	err := client.Recordings.Pause(ctx, "stall")
	failed := check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
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
			server := special(t, "--session-per-fault")
			client := newClient(t, server)
			var took []time.Duration
			for round := range 21 {
				took = append(took, cancelled(t, server, round+1, func(ctx context.Context) error { return call(ctx, client) }))
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

// cancelled makes a call that stalls, cancels it when the server has it, and tells how long it then took to return.
func cancelled(t *testing.T, server *sandbox, requests int, call func(context.Context) error) time.Duration {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	moment := make(chan time.Time, 1)
	go func() {
		defer cancel()
		server.await(t, "stall", requests)
		moment <- time.Now()
	}()
	err := call(ctx)
	took := time.Since(<-moment)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	return took
}

func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := newClient(t, shared).Recordings.Pause(ctx, "stall")
	check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestCancelDuringARetrysPause(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	server := special(t, "--session-per-fault")
	err := newClient(t, server, anchor.WithMaxRetries(100)).Recordings.Pause(ctx, "429")
	if !errors.Is(err, context.DeadlineExceeded) || server.session(t, "429").Requests != 1 {
		t.Errorf("%v", err)
	}
	check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
}

func TestContextThatIsDoneBeforeSendsNothing(t *testing.T) {
	client := newClient(t, shared)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancelLate := context.WithDeadline(context.Background(), time.Now().Add(-time.Hour))
	defer cancelLate()
	for ctx, expected := range map[context.Context]error{cancelled: context.Canceled, late: context.DeadlineExceeded} {
		for range 50 {
			err := client.Recordings.Pause(ctx, "quiet")
			failed := check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
			if !errors.Is(err, expected) || failed.Attempts != 0 {
				t.Errorf("%v", err)
			}
		}
	}
	if state := shared.session(t, "quiet"); state.Requests != 0 {
		t.Errorf("%+v", state)
	}
}

// A context that is done after the call changes nothing any more.
func TestCancelAfterACall(t *testing.T) {
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

func TestCancelsDisturbNobody(t *testing.T) {
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

func TestCloseBesideRunningCalls(t *testing.T) {
	server := special(t, "--session-per-fault")
	client := newClient(t, server)
	results := make(chan error)
	for range 4 {
		go func() { results <- client.Recordings.Pause(context.Background(), "delay") }()
	}
	server.await(t, "delay", 4)
	for range 4 {
		go client.Close()
	}
	client.Close()
	check(t, client.Recordings.Pause(context.Background(), "delay"), anchor.ErrClosed, anchor.StatusInvalidHandle)
	for range 4 {
		if err := <-results; err != nil {
			t.Errorf("a running call was disturbed: %v", err)
		}
	}
}
