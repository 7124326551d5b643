package anchor_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestCancelEndsACallAtOnce(t *testing.T) {
	server := special(t, "--session-per-fault")
	client := newClient(t, server)
	reason := errors.New("the user went away")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancelled := make(chan time.Time, 1)
	go func() {
		defer cancel(reason)
		server.await(t, "stall", 1)
		cancelled <- time.Now()
	}()
	err := client.Recordings.Pause(ctx, "stall")
	took := time.Since(<-cancelled)
	t.Logf("Pause returned %v after the cancel", took)
	failed := check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) || failed.Attempts != 1 {
		t.Errorf("%v: %+v", err, failed)
	}
	if took > time.Second {
		t.Errorf("the cancel took %v", took)
	}
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
