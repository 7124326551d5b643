package anchor

import (
	"context"
	"fmt"
	"slices"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// WhilePaused pauses the recording of a session, calls body with ctx, and resumes the recording
// when body returns, panics or calls [runtime.Goexit].
//
// If pausing fails, body is not called and the error is that of [Recordings.Pause]: after some of
// them the recording may be paused or not. If body was called and resuming worked, the error is
// body's own. If resuming failed and body returned nil, the error is a [*NotResumedError]. If both
// failed, the error wraps a [*NotResumedError] and body's error, with both messages.
//
// Look for [ErrNotResumed] first. The reason why resuming failed is in the chain as well, so that
// errors.Is(err, ErrNotFound) is true both when pausing failed and when resuming failed:
//
//	err := client.Recordings.WhilePaused(ctx, sessionID, typeTheSecret)
//	var notResumed *anchor.NotResumedError
//	switch {
//	case errors.As(err, &notResumed): // typeTheSecret ran, and notResumed.SessionID may still be paused.
//	case errors.Is(err, anchor.ErrNotFound): // Not paused: typeTheSecret did not run, or returned this error itself.
//	}
//
// A panic of body continues after resuming. No error tells then whether resuming worked; the lines
// of [WithLogger] do.
//
// Each call of WhilePaused sends its own pause, and body is called only after the API confirmed
// that pause. WhilePaused may be nested and called from many goroutines. The resumes are counted:
// of the calls that overlap for one session of one client, the last to end resumes.
//
// It cannot be promised that the recording stays paused while body runs. Another process, another
// client, a person or [Recordings.Resume] of this client may resume it, and body is not told. The
// next call of WhilePaused pauses again, whether it is nested or not.
//
// WhilePaused resumes as soon as body returns. Goroutines that body leaves behind then run while
// the session is recorded: let body wait for them.
//
// Deferred functions do not run when the process ends at once: by [os.Exit] or [log.Fatal] in body,
// by a panic in another goroutine, by a fatal error of the runtime, or by a signal. The recording
// then stays paused.
//
// The options count for pausing and for resuming, each. Resuming does not end with ctx; the timeout
// bounds it. Close the client after WhilePaused has returned: a closed one cannot resume.
func (r *Recordings) WhilePaused(
	ctx context.Context, sessionID string, body func(context.Context) error, options ...CallOption,
) (err error) {
	if body == nil {
		return invalidArgument("body", "is nil: pass a function")
	}
	// Body may change the caller's slice.
	options = slices.Clone(options)
	held, begun := false, false
	// Deferred, because body may panic or end the goroutine. Before body, a progress function or a
	// logger may do that when the recording is paused already.
	defer func() {
		if !held {
			return
		}
		if !begun {
			// A function that panicked while pausing would also cancel the resume.
			options = append(options, WithProgress(nil))
		}
		err = withResuming(sessionID, err, r.end(context.WithoutCancel(ctx), sessionID, options))
	}()
	if err := r.begin(ctx, sessionID, options, &held); err != nil {
		return err
	}
	begun = true
	return body(ctx)
}

func (r *Recordings) begin(ctx context.Context, sessionID string, options []CallOption, held *bool) error {
	return r.client.run(ctx, running, options, capi.PauseBegin(sessionID), func(capi.Call) error {
		*held = true
		return nil
	})
}

func (r *Recordings) end(ctx context.Context, sessionID string, options []CallOption) error {
	return r.client.run(ctx, resuming, options, capi.PauseEnd(sessionID), nil)
}

// withResuming adds to body's error that resuming failed, in one line.
func withResuming(sessionID string, body, resume error) error {
	if resume == nil {
		return body
	}
	notResumed := &NotResumedError{SessionID: sessionID, Err: resume}
	if body == nil {
		return notResumed
	}
	// The arguments are in the order in which errors.As looks: an *Error is then the one of
	// resuming.
	return fmt.Errorf("%[2]w; %[1]w", notResumed, body)
}
