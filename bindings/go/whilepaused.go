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
// Errors:
//
//   - If pausing fails, body is not called, and the error is that of [Recordings.Pause]. As
//     described there, the recording may be paused after some of these errors.
//   - If resuming fails, the error is a [*NotResumedError], or wraps both that and the error of body.
//   - Otherwise the error is that of body itself.
//
// Check for [ErrNotResumed] first. The reason why resuming failed is in the chain as well, so
// errors.Is(err, ErrNotFound) is true both if pausing failed with it and if resuming did:
//
//	err := client.Recordings.WhilePaused(ctx, sessionID, typeTheSecret)
//	var notResumed *anchor.NotResumedError
//	switch {
//	case errors.As(err, &notResumed):
//		// typeTheSecret ran, and notResumed.SessionID may still be paused.
//	case errors.Is(err, anchor.ErrNotFound):
//		// Not paused: typeTheSecret did not run, or it returned this error itself.
//	}
//
// If body panics, the panic continues after the resume. Whether resuming worked is then reported
// only to the logger of [WithLogger].
//
// Each call of WhilePaused sends its own pause, and calls body only after the API has confirmed
// that pause. Calls may be nested, and may run in many goroutines. The resumes are counted: of the
// calls of one client that overlap for one session, the last to end resumes the recording.
//
// WhilePaused cannot guarantee that the recording stays paused while body runs. Another process,
// another client, a person, or [Recordings.Resume] of the same client may resume it, and body does
// not notice. The next call of WhilePaused pauses again, nested or not.
//
// WhilePaused resumes as soon as body returns. Goroutines that body started and that are still
// running are then recorded: let body wait for them.
//
// Deferred functions do not run if the process ends at once: by [os.Exit] or [log.Fatal] in body,
// by a panic in another goroutine, by a fatal error of the runtime, or by a signal. The recording
// then stays paused.
//
// The options apply to pausing and to resuming separately. ctx does not end the resume; the
// timeout limits it. Close the client after WhilePaused has returned, because a closed client
// cannot resume.
func (r *Recordings) WhilePaused(
	ctx context.Context, sessionID string, body func(context.Context) error, options ...CallOption,
) (err error) {
	if body == nil {
		return invalidArgument("body", "is nil: pass a function")
	}
	// The body may change the slice of its caller.
	options = slices.Clone(options)
	paused, ready := false, false
	// The resume is deferred because body may panic or end the goroutine. A progress function or a
	// logger may do the same before body runs, when the recording is already paused.
	defer func() {
		if !paused {
			return
		}
		if !ready {
			// A progress function that panicked during the pause would also cancel the resume.
			options = append(options, WithProgress(nil))
		}
		err = withResumeError(sessionID, err, r.end(context.WithoutCancel(ctx), sessionID, options))
	}()
	if err := r.begin(ctx, sessionID, options, &paused); err != nil {
		return err
	}
	ready = true
	return body(ctx)
}

// begin sets paused as soon as the pause is confirmed, even if it does not return normally.
func (r *Recordings) begin(ctx context.Context, sessionID string, options []CallOption, paused *bool) error {
	return r.client.run(ctx, running, options, capi.PauseBegin(sessionID), func(capi.Call) error {
		*paused = true
		return nil
	})
}

func (r *Recordings) end(ctx context.Context, sessionID string, options []CallOption) error {
	return r.client.run(ctx, resuming, options, capi.PauseEnd(sessionID), nil)
}

// withResumeError combines the error of body with the failure of the resume, if there is one.
func withResumeError(sessionID string, body, resume error) error {
	if resume == nil {
		return body
	}
	notResumed := &NotResumedError{SessionID: sessionID, Err: resume}
	if body == nil {
		return notResumed
	}
	// errors.As searches the arguments in order: an *Error that it finds is that of the resume.
	return fmt.Errorf("%[2]w; %[1]w", notResumed, body)
}
