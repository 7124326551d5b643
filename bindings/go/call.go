//go:build cgo

package anchor

import (
	"context"
	"errors"
	"runtime"
)

// run makes a call as soon as there is a place for it, and cancels it when ctx is done.
func (c *Client) run(
	ctx context.Context, p places, options []CallOption, operation func(clientHandle, callHandle) error,
) error {
	if ctx == nil {
		return invalidArgument("ctx", "is nil: pass context.Background()")
	}
	s, err := newCallSettings(options)
	if err != nil {
		return err
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	// Else the garbage collector might close the client meanwhile.
	defer runtime.KeepAlive(c)
	call, err := newCall(s)
	if err != nil {
		return err
	}
	defer freeCall(call)
	defer watch(ctx, call)()
	work := func() error {
		// Not later: the caller's functions, which may run longer, may make calls.
		defer leave()
		return operation(c.handle, call)
	}
	if c.logger != nil || s.progress != nil {
		return explain(ctx, listen(ctx, c.logger, &progress{call: call, function: s.progress}, work))
	}
	return explain(ctx, work())
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
