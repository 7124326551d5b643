package anchor

import (
	"context"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Recordings has the methods for the video recordings of browser sessions; see [Client].
type Recordings struct {
	client *Client
}

// Pause pauses the recording of a session. It returns nil only if the API has confirmed it: with
// HTTP 200 and a status that does not contradict the request. A paused recording can be paused
// again.
//
// The session id consists of 1 to 256 bytes of UTF-8 without control characters, "/", "\" and "%".
// It must not be "." or "..".
//
// Pause blocks until the answer has arrived, the timeout expires or ctx is done, retries included.
// [WithTimeout] and [WithMaxRetries] override the settings of the client for this call. When ctx
// is done, the call ends at once, and its error matches the error of ctx, its cause, and
// [ErrCancelled] or, after a deadline, [ErrTimeout]. If too many calls are running (see the section
// on concurrency in the package documentation), Pause first waits for one of them to end. The
// timeout starts after that wait.
//
// Every error is an [*Error]:
//
//   - After [ErrInvalidArgument], [ErrClosed], [ErrConnectFailed] and [ErrTLSFailed] the recording
//     is unchanged, because nothing was sent.
//   - After [ErrConnectionLost], [ErrTimeout] and [ErrCancelled] the recording may or may not be
//     paused.
//   - [ErrBadResponse] means that the answer is no confirmation. It may come from something other
//     than the API, such as a proxy. Assume that the session is still being recorded.
//   - An answer with an HTTP status from 300 to 599 is an error with that [Status]. Some of them
//     match [ErrUnauthorized], [ErrNotFound], [ErrRateLimited] or [ErrServerError].
//   - The others are [ErrResourceExhausted] and [ErrInternal].
func (r *Recordings) Pause(ctx context.Context, sessionID string, options ...CallOption) error {
	return r.client.run(ctx, running, options, capi.Pause(sessionID), nil)
}

// Resume resumes the recording of a session. As with [Recordings.Pause], it returns nil only if
// the API has confirmed it. A running recording can be resumed again. After any error, assume that
// the recording is still paused.
//
// Resume does so even while a [Recordings.WhilePaused] for the session is running.
func (r *Recordings) Resume(ctx context.Context, sessionID string, options ...CallOption) error {
	return r.client.run(ctx, running, options, capi.Resume(sessionID), nil)
}

// List returns the recordings of a session. Its errors are those of [Recordings.Pause]. It also
// returns [ErrBadResponse] if the answer contains no list. Items of the list that are not objects
// are left out. See [Recording] for unexpected values.
func (r *Recordings) List(ctx context.Context, sessionID string, options ...CallOption) ([]Recording, error) {
	var recordings []Recording
	err := r.client.run(ctx, running, options, capi.List(sessionID), func(call capi.Call) error {
		var failed *Error
		if recordings, failed = parseRecordings(call.Result()); failed != nil {
			return failed.withDetails(call.Details())
		}
		return nil
	})
	return recordings, err
}

// Download writes the primary recording of a session to a file, in constant memory. The whole
// download must finish within the timeout, which is 30 seconds by default: use [WithTimeout] for a
// long video. [WithProgress] reports how much has arrived.
//
// The path is UTF-8. A file at that path is replaced when the video is complete, and not before.
// Until then the data is in a file next to it, whose name ends in ".part". After a lost connection
// the download continues where it stopped, if the server supports that, and starts over otherwise.
// If the call fails, it keeps the data, and the next call for the same session and path continues
// with it. The data is deleted if it cannot be written, or if no call could continue with it.
//
// "/dev/stdout", "/dev/fd/N" and a FIFO get the video as it arrives. What was written cannot be
// taken back: if the download cannot continue where it stopped, it fails, and the error says how
// many bytes were written.
//
// The errors are those of [Recordings.Pause], with these additions: [ErrInvalidArgument] if the
// file cannot be written, is a folder, a device or another user's in a shared folder, or is being
// written by another download of the same session, and nothing was sent; [ErrResourceExhausted] if
// the disk is full, or if the file cannot be written after the request was sent; [ErrBadResponse] if
// the answer is not a video or has a different length than announced.
func (r *Recordings) Download(ctx context.Context, sessionID, path string, options ...CallOption) error {
	return r.client.run(ctx, running, options, capi.Download(sessionID, path), nil)
}

// Delete deletes a recording of a session. The recording id is one from [Recordings.List], or
// "primary". Both ids follow the rules of [Recordings.Pause], and the errors are the same. The
// request is retried only if nothing was done: if no connection could be made, after 429, and if
// the answer says x-should-retry: true. After [ErrConnectionLost], [ErrTimeout], [ErrCancelled],
// [ErrBadResponse] and [ErrServerError] the recording may or may not be deleted; List shows it.
func (r *Recordings) Delete(ctx context.Context, sessionID, recordingID string, options ...CallOption) error {
	return r.client.run(ctx, running, options, capi.Delete(sessionID, recordingID), nil)
}
