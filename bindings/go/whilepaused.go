//go:build cgo

package anchor

import (
	"context"
	"fmt"
)

// WhilePaused pauses the recording of a session, calls body with ctx, and resumes the recording when body returns,
// panics or calls [runtime.Goexit].
//
// If pausing fails, body is not called and the error is that of [Recordings.Pause]: after some of them the recording
// may be paused or not. Else the error is body's. If resuming fails, errors.Is finds [ErrNotResumed], and errors.Is and
// errors.As find why as well as body's error; the recording stays paused. A panic of body goes on after resuming, and
// nothing tells then whether that worked.
//
// The options count for pausing and for resuming, each. Resuming does not end with ctx; the timeout bounds it. Close
// the client after WhilePaused has returned: a closed one cannot resume.
//
// WhilePaused may be nested and called from many goroutines. Of those that overlap for one session of one client, only
// the first pauses and only the last resumes. [Recordings.Resume] does not ask for them.
func (r *Recordings) WhilePaused(
	ctx context.Context, sessionID string, body func(context.Context) error, options ...CallOption,
) (err error) {
	if body == nil {
		return invalidArgument("body", "is nil: pass a function")
	}
	paused := false
	// Deferred, because body may panic or end the goroutine, and so may a logger when the recording is paused already.
	defer func() {
		if paused {
			err = withResuming(err, r.end(context.WithoutCancel(ctx), sessionID, options))
		}
	}()
	if err := r.begin(ctx, sessionID, options, &paused); err != nil {
		return err
	}
	return body(ctx)
}

func (r *Recordings) begin(ctx context.Context, sessionID string, options []CallOption, paused *bool) error {
	return r.client.run(ctx, running, options, beginQuestion(sessionID), func(*exchange) error {
		*paused = true
		return nil
	})
}

func (r *Recordings) end(ctx context.Context, sessionID string, options []CallOption) error {
	return r.client.run(ctx, resuming, options, endQuestion(sessionID), nil)
}

// withResuming is errors.Join in one line, which says what the second error is about.
func withResuming(body, resume error) error {
	switch {
	case resume == nil:
		return body
	case body == nil:
		return fmt.Errorf("%w: %w", ErrNotResumed, resume)
	default:
		return fmt.Errorf("%w; %w: %w", body, ErrNotResumed, resume)
	}
}
