//go:build cgo

package anchor

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
)

// A call on the caller's own thread is the fastest as long as it is alone: it takes 0.4 times as long as through the queue,
// whose waiters are goroutines. Beside others it is best alone as well: with four such calls among 64 all together take a
// third longer, and the slowest of those in the queue six times as long.
const maxBlocking = 1

var blocking atomic.Int32

// run makes a call as soon as there is a place for it, and cancels it when ctx is done. Unless
// conclude is nil, it turns a success into what the caller wants. It runs for every success, also
// if a function of the caller's panics.
func (c *Client) run(
	ctx context.Context, p places, options []CallOption, q question, conclude func(*exchange) error,
) error {
	if ctx == nil {
		return invalidArgument("ctx", "is nil: pass context.Background()")
	}
	s, err := newCallSettings(options)
	if err != nil {
		return err
	}
	asked, err := q.prepare(c.handle, s.limits)
	if err != nil {
		return err
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return err
	}
	// Else the garbage collector might close the client meanwhile.
	defer runtime.KeepAlive(c)
	told := progress{function: s.progress}
	e, err := asked.answered(ctx, leave, &told, conclude)
	if err != nil {
		return err
	}
	defer e.free()
	err = e.concluded(conclude)
	told.tellEnd(e)
	for _, line := range e.logged() {
		c.logger.Log(ctx, line.level, line.text)
	}
	return explain(ctx, err)
}

// concluded is the call's failure, or that of conclude.
func (e *exchange) concluded(conclude func(*exchange) error) error {
	if err := e.failure(); err != nil || conclude == nil {
		return err
	}
	return conclude(e)
}

// answered is the call when it has ended. The place is left then: the caller's functions, which may
// run longer, may make calls. If such a function does not return, answered concludes the call.
func (p prepared) answered(
	ctx context.Context, leave func(), told *progress, conclude func(*exchange) error,
) (*exchange, error) {
	if told.function == nil && blocking.Add(1) <= maxBlocking {
		defer leave()
		defer blocking.Add(-1)
		return p.blocked(ctx)
	} else if told.function == nil {
		blocking.Add(-1)
	}
	q, err := theQueue()
	switch {
	case err == nil:
		return p.queued(ctx, q, leave, told, conclude)
	case p.endsPause():
		// The library has to know that the pause is over, or no later block of this session would
		// be resumed.
		defer leave()
		return p.blocked(ctx)
	default:
		leave()
		return nil, err
	}
}

func (p prepared) blocked(ctx context.Context) (*exchange, error) {
	e, err := p.newExchange()
	if err != nil {
		return nil, err
	}
	defer watch(ctx, e)()
	e.ask(p)
	return e, nil
}

// watch cancels the call when ctx is done. What it returns ends that: no cancel runs after it.
func watch(ctx context.Context, e *exchange) (unwatch func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		e.cancel()
		close(done)
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// queued makes the call in the process's queue, and tells how far it is.
func (p prepared) queued(
	ctx context.Context, q *queue, leave func(), told *progress, conclude func(*exchange) error,
) (*exchange, error) {
	w := &waiter{ended: make(chan struct{}), leave: leave}
	e, err := q.begin(p, w)
	if err != nil || !w.begun {
		leave()
		return e, err
	}
	ended := false
	defer func() {
		// The progress function did not return. The call may have succeeded before the cancel.
		if !ended {
			e.cancel()
			<-w.ended
			e.concluded(conclude)
			e.free()
		}
	}()
	ticks, stop := told.ticks()
	defer stop()
	done := ctx.Done()
	for {
		select {
		case <-w.ended:
			ended = true
			return e, nil
		case <-done:
			e.cancel()
			done = nil
		case <-ticks:
			told.tell(e)
		}
	}
}

// explain adds to a cancelled call's error why ctx was done.
func explain(ctx context.Context, err error) error {
	var failed *Error
	if errors.As(err, &failed) && failed.Status == StatusCancelled {
		failed.causes = []error{ctx.Err()}
		if cause := context.Cause(ctx); cause != ctx.Err() {
			failed.causes = append(failed.causes, cause)
		}
	}
	return err
}
