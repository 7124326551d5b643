package anchor

import (
	"errors"
	"fmt"
	"time"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Status says what failed: 1 to 99 failed on this side, 300 to 599 is the HTTP status that the API
// answered. Numbers never change their meaning.
type Status int32

// The statuses that have a name. Every other HTTP status from 300 to 599 can occur as well.
const (
	StatusInvalidArgument   Status = 1   // An argument is missing or unusable; the message names it. Nothing was sent.
	StatusInvalidHandle     Status = 2   // The client is closed. Nothing was sent.
	StatusConnectFailed     Status = 3   // No connection could be made. Nothing was sent.
	StatusTLSFailed         Status = 4   // The certificate or the TLS handshake was not acceptable. Nothing was sent.
	StatusConnectionLost    Status = 5   // The connection ended before the whole answer came; it may have taken effect.
	StatusTimeout           Status = 6   // The call's timeout was up; the request may have taken effect.
	StatusCancelled         Status = 7   // The context was done; the request may have taken effect.
	StatusBadResponse       Status = 8   // The answer does not confirm that it was done: assume that it was not.
	StatusResourceExhausted Status = 9   // The process ran out of file descriptors, threads, memory or disk space.
	StatusInternal          Status = 10  // A fault inside the library; please report its message.
	StatusUnauthorized      Status = 401 // The API key was not accepted.
	StatusNotFound          Status = 404 // There is no such session or recording.
	StatusRateLimited       Status = 429 // Too many requests.
	StatusServerError       Status = 500 // The API failed.
)

// String returns the status's name in the C library, such as "ANCHOR_TIMEOUT"; "HTTP_STATUS" for an
// HTTP status without a name of its own.
func (s Status) String() string {
	return capi.StatusName(int32(s))
}

// What errors.Is finds in an [*Error]. The comments of the statuses say what each one means.
var (
	ErrInvalidArgument   = errors.New("invalid argument")
	ErrClosed            = errors.New("client is closed") // [StatusInvalidHandle]
	ErrConnectFailed     = errors.New("connection failed")
	ErrTLSFailed         = errors.New("TLS failed")
	ErrConnectionLost    = errors.New("connection lost")
	ErrTimeout           = errors.New("timeout")
	ErrCancelled         = errors.New("cancelled")
	ErrBadResponse       = errors.New("bad response")
	ErrResourceExhausted = errors.New("resources exhausted")
	ErrInternal          = errors.New("internal fault")
	ErrUnauthorized      = errors.New("unauthorized")
	ErrNotFound          = errors.New("not found")
	ErrRateLimited       = errors.New("rate limited")
	ErrServerError       = errors.New("server error") // Every HTTP status from 500 to 599.
)

// ErrNotResumed is what errors.Is finds when the body of [Recordings.WhilePaused] ran and resuming
// the recording failed after it. Look for it before any other sentinel. See [NotResumedError].
var ErrNotResumed = errors.New("the recording was not resumed")

// NotResumedError is what [Recordings.WhilePaused] returns when its body ran and resuming the
// recording failed after it. The recording may still be paused: [Recordings.Resume] resumes it.
//
// [errors.As] gets at it, also if the body returned an error of its own. Look for it, or for
// [ErrNotResumed], before any other error: the reason is in the chain as well, and alone it looks
// as if pausing had failed.
type NotResumedError struct {
	SessionID string
	Err       error // Why resuming failed: an [*Error].
}

// Error returns one line: what happened, what to do, and why resuming failed.
func (e *NotResumedError) Error() string {
	return fmt.Sprintf("the body ran, and the recording of session %q may still be paused: call Recordings.Resume: %v",
		e.SessionID, e.Err)
}

// Is reports whether target is [ErrNotResumed].
func (e *NotResumedError) Is(target error) bool {
	return target == ErrNotResumed
}

// Unwrap returns why resuming failed.
func (e *NotResumedError) Unwrap() error {
	return e.Err
}

var sentinels = map[Status]error{
	StatusInvalidArgument:   ErrInvalidArgument,
	StatusInvalidHandle:     ErrClosed,
	StatusConnectFailed:     ErrConnectFailed,
	StatusTLSFailed:         ErrTLSFailed,
	StatusConnectionLost:    ErrConnectionLost,
	StatusTimeout:           ErrTimeout,
	StatusCancelled:         ErrCancelled,
	StatusBadResponse:       ErrBadResponse,
	StatusResourceExhausted: ErrResourceExhausted,
	StatusInternal:          ErrInternal,
	StatusUnauthorized:      ErrUnauthorized,
	StatusNotFound:          ErrNotFound,
	StatusRateLimited:       ErrRateLimited,
}

// Error is what the functions of this package return on failure; get at it with [errors.As]. No
// field ever holds the API key.
type Error struct {
	Status     Status
	HTTPStatus int    // The HTTP status that the last attempt was answered with; 0 if it was not answered.
	Message    string // One line: what failed, and what to do.
	Attempts   int    // How many requests were begun; 0 if the call failed before the first.
	RequestID  string // The API's name for the last attempt (x-request-id), for its support; "" if it gave none.

	// RetryAfter is how long the answer to the last attempt asked to wait; 0 if it did not ask.
	RetryAfter time.Duration

	causes []error
}

// Error returns the message and, if a context ended the call or a body could not be encoded, why.
func (e *Error) Error() string {
	if len(e.causes) == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s: %v", e.Message, e.causes[len(e.causes)-1])
}

// Is reports whether target is the sentinel of e's status.
func (e *Error) Is(target error) bool {
	if e.Status >= 500 && e.Status <= 599 {
		return target == ErrServerError
	}
	sentinel, found := sentinels[e.Status]
	return found && target == sentinel
}

// Unwrap returns the context's error and its cause if a context ended the call, the encoder's error
// if a body could not be encoded, else nothing.
func (e *Error) Unwrap() []error {
	return e.causes
}

// newError turns a failure of the library into an error.
func newError(failure *capi.Failure) *Error {
	e := &Error{Status: Status(failure.Status), Message: failure.Message}
	return e.withDetails(failure.Details)
}

func (e *Error) withDetails(details capi.Details) *Error {
	e.HTTPStatus, e.Attempts = details.HTTPStatus, details.Attempts
	e.RequestID, e.RetryAfter = details.RequestID, details.RetryAfter
	return e
}

func invalidArgument(name, mend string) *Error {
	return &Error{Status: StatusInvalidArgument, Message: name + " " + mend}
}
