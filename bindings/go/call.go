package anchor

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// A call on the caller's thread is the fastest way while no other call runs: it takes 0.4 times as
// long as through the queue, whose waiters are goroutines. With several such calls everything gets
// slower: with four of them among 64 calls, all calls together take a third longer, and the
// slowest of those in the queue takes six times as long.
const maxBlocking = 1

// blocking counts the calls that run on their callers' threads.
var blocking atomic.Int32

// run waits for a permit, makes the call, and cancels it when ctx is done. After a success it
// calls conclude, unless that is nil, to turn the call into what the caller wants. Every success
// is concluded, even if one of the caller's functions panics.
func (c *Client) run(
	ctx context.Context, permits semaphore, options []CallOption, operation capi.Operation,
	conclude func(capi.Call) error,
) error {
	if ctx == nil {
		return invalidArgument("ctx", "is nil: pass context.Background()")
	}
	s, err := newCallSettings(options)
	if err != nil {
		return err
	}
	prepared, failure := operation.Prepare(c.handle, s.Limits)
	if failure != nil {
		return newError(failure)
	}
	release, err := permits.acquire(ctx)
	if err != nil {
		return err
	}
	// The garbage collector must not close the client while the call runs.
	defer runtime.KeepAlive(c)
	p := pending{prepared: prepared, release: release, progress: progress{function: s.progress}}
	call, err := p.perform(ctx, conclude)
	if err != nil {
		return err
	}
	defer call.Free()
	err = outcome(call, conclude)
	p.progress.reportEnd(call)
	for _, line := range call.LogLines() {
		c.logger.Log(ctx, line.Level, line.Text)
	}
	return withContextError(ctx, err)
}

// A pending call has a permit and has not started.
type pending struct {
	prepared capi.Prepared
	release  func() // Gives the permit back.
	progress progress
}

// outcome returns the failure of a call that has ended, or that of conclude.
func outcome(call capi.Call, conclude func(capi.Call) error) error {
	if failure := call.Failure(); failure != nil {
		return newError(failure)
	}
	if conclude == nil {
		return nil
	}
	return conclude(call)
}

// perform makes the call and returns it when it has ended. The permit is released then, because
// the caller's functions, which run next, may make calls of their own.
func (p *pending) perform(ctx context.Context, conclude func(capi.Call) error) (capi.Call, error) {
	// Progress is reported by the waiting goroutine, so such a call needs the queue.
	if p.progress.function == nil {
		if blocking.Add(1) <= maxBlocking {
			defer p.release()
			defer blocking.Add(-1)
			return p.block(ctx)
		}
		blocking.Add(-1)
	}
	q, err := sharedQueue()
	switch {
	case err == nil:
		return p.enqueue(ctx, q, conclude)
	case p.prepared.EndsPause():
		// The library has to learn that the pause is over, or no later block of this session would
		// resume the recording.
		defer p.release()
		return p.block(ctx)
	default:
		p.release()
		return capi.Call{}, err
	}
}

// block makes the call on the thread of its caller.
func (p *pending) block(ctx context.Context) (capi.Call, error) {
	call, failure := p.prepared.NewCall()
	if failure != nil {
		return capi.Call{}, newError(failure)
	}
	defer cancelWhenDone(ctx, call)()
	call.Run(&p.prepared)
	return call, nil
}

// cancelWhenDone cancels the call when ctx is done. After stop has returned, it no longer does.
func cancelWhenDone(ctx context.Context, call capi.Call) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	unregister := context.AfterFunc(ctx, func() {
		call.Cancel()
		close(done)
	})
	return func() {
		if !unregister() {
			<-done
		}
	}
}

// enqueue makes the call through the queue, and reports its progress meanwhile. If the progress
// function does not return, because it panicked or ended the goroutine, enqueue cancels and
// concludes the call.
func (p *pending) enqueue(
	ctx context.Context, q *queue, conclude func(capi.Call) error,
) (capi.Call, error) {
	w := &waiter{completed: make(chan struct{}), release: p.release}
	call, failure := q.start(&p.prepared, w)
	if failure != nil {
		p.release()
		return capi.Call{}, newError(failure)
	}
	if !w.started {
		p.release()
		return call, nil
	}
	ended := false
	defer func() {
		if !ended {
			call.Cancel()
			<-w.completed
			outcome(call, conclude) // The call may have succeeded before it was cancelled.
			call.Free()
		}
	}()
	ticks, stop := p.progress.ticks()
	defer stop()
	done := ctx.Done()
	for {
		select {
		case <-w.completed:
			ended = true
			return call, nil
		case <-done:
			call.Cancel()
			done = nil
		case <-ticks:
			p.progress.report(call)
		}
	}
}

// withContextError says in the error of a call that ctx ended why it did. The library knows only
// that the call was cancelled.
func withContextError(ctx context.Context, err error) error {
	var failed *Error
	if !errors.As(err, &failed) || failed.Status != StatusCancelled || ctx.Err() == nil {
		return err
	}
	reason, text := context.Canceled, "the context was cancelled"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		reason, text = context.DeadlineExceeded, "the context's deadline passed"
		failed.Status = StatusTimeout
	}
	if cause := context.Cause(ctx); cause != reason {
		failed.cause = cause
		text += " (" + oneLine(cause) + ")"
	}
	if rest, found := strings.CutPrefix(failed.Message, "cancelled "); found {
		failed.Message = text + " " + strings.Replace(rest, "a call object that is not cancelled", "another context", 1)
	}
	return err
}
