//go:build cgo

package anchor

import (
	"context"
	"errors"
)

// A call holds an operating system's thread until it returns, and Go ends a program that has 10,000 of them. 256 calls
// take up to 350 file descriptors, where systems often allow 1,024. Further calls wait here, as cheap goroutines.
const maxRunning = 256

var running = make(places, maxRunning)

// Resuming after a body cannot be given up, so it does not queue behind calls that may all hang.
const maxResuming = 32

var resuming = make(places, maxResuming)

// places are what calls need to run.
type places chan struct{}

// run does what needs a call object, and cancels it when ctx is done.
func (p places) run(ctx context.Context, operation func(callHandle) error) error {
	if ctx == nil {
		return invalidArgument("ctx", "is nil: pass context.Background()")
	}
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer func() { <-p }()
	call, err := newCall()
	if err != nil {
		return err
	}
	defer freeCall(call)
	defer watch(ctx, call)()
	return explain(ctx, operation(call))
}

// enter waits for a place.
func (p places) enter(ctx context.Context) error {
	if ctx.Err() == nil {
		select {
		case p <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return explain(ctx, &Error{Status: StatusCancelled, Message: "cancelled before anything was sent"})
}

// watch cancels the call when ctx is done. What it returns ends that: no cancel runs after it.
func watch(ctx context.Context, call callHandle) (unwatch func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		cancelCall(call)
		close(done)
	})
	return func() {
		if !stop() {
			<-done
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
