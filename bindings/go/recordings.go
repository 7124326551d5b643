//go:build cgo

package anchor

import (
	"context"
	"runtime"
)

// Recordings are the video recordings of browser sessions; see [Client].
type Recordings struct {
	client *Client
}

// Pause pauses the recording of a session. It returns nil only when the API itself said that it did. Pausing what is
// paused already is no error.
//
// The session id is 1 to 256 bytes of UTF-8 without control characters, not "." or "..".
//
// Pause blocks until the answer, the client's timeout or the end of ctx, retries included. When ctx is done the call
// ends at once, and errors.Is finds ctx's error (and its cause) as well as [ErrCancelled]. While 256 calls of the
// process are under way, further ones wait for one of them to end; that time does not count as the client's timeout,
// but ctx ends it.
//
// Every error is an [*Error]. With [ErrInvalidArgument], [ErrClosed], [ErrConnectFailed] and [ErrTLSFailed] nothing
// was sent. With [ErrConnectionLost], [ErrTimeout] and [ErrCancelled] the recording may be paused or not. With
// [ErrBadResponse] something else than the API answered, such as a proxy. An answer from 300 to 599 is an error with
// that [Status], among them [ErrUnauthorized], [ErrNotFound], [ErrRateLimited] and [ErrServerError]. The rest are
// [ErrResourceExhausted] and [ErrInternal].
func (r *Recordings) Pause(ctx context.Context, sessionID string) error {
	err := run(ctx, func(call callHandle) error {
		return pauseRecording(r.client.handle, sessionID, call)
	})
	runtime.KeepAlive(r.client)
	return err
}
