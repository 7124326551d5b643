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

// run makes a call as soon as there is a place for it, and cancels it when ctx is done. Of a success conclude, unless it
// is nil, makes what the caller wants. It runs before any function of the caller's that may panic.
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
	e, err := asked.answered(ctx, leave, &told)
	if err != nil {
		return err
	}
	defer e.free()
	if err = e.failure(); err == nil && conclude != nil {
		err = conclude(e)
	}
	told.tellEnd(e)
	for _, line := range e.logged() {
		c.logger.Log(ctx, line.level, line.text)
	}
	return explain(ctx, err)
}

// answered is the call when it has ended. The place is left then: the caller's functions, which may run longer, may make
// calls.
func (p prepared) answered(ctx context.Context, leave func(), told *progress) (*exchange, error) {
	if told.function == nil && blocking.Add(1) <= maxBlocking {
		defer leave()
		defer blocking.Add(-1)
		return p.blocked(ctx)
	} else if told.function == nil {
		blocking.Add(-1)
	}
	return p.queued(ctx, leave, told)
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
func (p prepared) queued(ctx context.Context, leave func(), told *progress) (*exchange, error) {
	q, err := theQueue()
	if err != nil {
		leave()
		return nil, err
	}
	w := &waiter{ended: make(chan struct{}), leave: leave}
	e, err := q.begin(p, w)
	if err != nil || !w.begun {
		leave()
		return e, err
	}
	ended := false
	defer func() {
		// The function that is told did not return.
		if !ended {
			e.cancel()
			<-w.ended
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
