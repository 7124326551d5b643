package anchor

import (
	"context"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Recordings are the video recordings of browser sessions; see [Client].
type Recordings struct {
	client *Client
}

// Pause pauses the recording of a session. It returns nil only when the API itself confirmed it:
// with HTTP 200 and a status in the answer that does not contradict. Pausing what is paused already
// is no error.
//
// The session id is 1 to 256 bytes of UTF-8 without control characters, "/", "\" or "%". It is not
// "." or "..".
//
// Pause blocks until the answer, the timeout or the end of ctx, retries included; [WithTimeout] and
// [WithMaxRetries] change the client's settings for this call. When ctx is done the call ends at
// once, and errors.Is finds ctx's error (and its cause) as well as [ErrCancelled]. While thousands
// of calls are under way, as many as a quarter of the process's file descriptors or 10,000, further
// ones wait for one of them to end; that time does not count for the timeout, but ctx ends it.
//
// Every error is an [*Error]. With [ErrInvalidArgument], [ErrClosed], [ErrConnectFailed] and
// [ErrTLSFailed] nothing was sent. With [ErrConnectionLost], [ErrTimeout] and [ErrCancelled] the
// recording may be paused or not. With [ErrBadResponse] the answer does not confirm that it was
// done; something else than the API may have answered, such as a proxy. Assume that the session is
// still being recorded. An answer from 300 to 599 is an error with that [Status], among them
// [ErrUnauthorized], [ErrNotFound], [ErrRateLimited] and [ErrServerError]. The rest are
// [ErrResourceExhausted] and [ErrInternal].
func (r *Recordings) Pause(ctx context.Context, sessionID string, options ...CallOption) error {
	return r.client.run(ctx, running, options, capi.Pause(sessionID), nil)
}

// Resume resumes the recording of a session. It returns nil only when the API itself confirmed it,
// as for [Recordings.Pause]. Resuming what is being recorded already is no error. After any error,
// assume that the recording is still paused.
//
// Resume does not ask whether [Recordings.WhilePaused] holds the recording paused at the moment.
func (r *Recordings) Resume(ctx context.Context, sessionID string, options ...CallOption) error {
	return r.client.run(ctx, running, options, capi.Resume(sessionID), nil)
}

// List returns the recordings of a session. Its errors are those of [Recordings.Pause]:
// [ErrBadResponse] also if the answer holds no list. An item of the list that is not an object is
// left out. See [Recording] for unexpected values.
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

// Delete deletes one recording of a session: an id from [Recordings.List], or "primary". The ids
// have the same rules as those of [Recordings.Pause], and so have the errors. The request is
// repeated only if nothing was done: if no connection was made, after 429, and if the answer says
// x-should-retry: true. After [ErrConnectionLost], [ErrTimeout], [ErrCancelled], [ErrBadResponse]
// and [ErrServerError] the recording may be there or not: the list tells.
func (r *Recordings) Delete(ctx context.Context, sessionID, recordingID string, options ...CallOption) error {
	return r.client.run(ctx, running, options, capi.Delete(sessionID, recordingID), nil)
}
