package anchor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Status says why a call failed: 1 to 99 is a failure on this side, 300 to 599 is the HTTP status
// of the API's answer. The meaning of a number never changes.
type Status int32

// The statuses that have a name. Any other HTTP status from 300 to 599 can occur as well.
const (
	StatusInvalidArgument   Status = 1   // An argument is invalid. Nothing was sent.
	StatusInvalidHandle     Status = 2   // The client is closed. Nothing was sent.
	StatusConnectFailed     Status = 3   // No connection could be made. Nothing was sent.
	StatusTLSFailed         Status = 4   // The TLS handshake failed. Nothing was sent.
	StatusConnectionLost    Status = 5   // The connection was lost. The effect is unknown.
	StatusTimeout           Status = 6   // The timeout or the context's deadline passed. The effect is unknown.
	StatusCancelled         Status = 7   // The context was cancelled. The effect is unknown.
	StatusBadResponse       Status = 8   // The answer confirms nothing: assume no effect.
	StatusResourceExhausted Status = 9   // No descriptors, threads, memory or disk space.
	StatusInternal          Status = 10  // A bug in the library: please report the message.
	StatusUnauthorized      Status = 401 // The API key was not accepted.
	StatusNotFound          Status = 404 // There is no such session or recording.
	StatusRateLimited       Status = 429 // Too many requests.
	StatusServerError       Status = 500 // The API failed.
)

// String returns the name of the status in the C library, such as "ANCHOR_TIMEOUT", or
// "HTTP_STATUS" for an HTTP status without a name.
func (s Status) String() string {
	return capi.StatusName(int32(s))
}

// The errors that [errors.Is] finds in an [*Error]. The constants for [Status] say what each
// means.
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

// prefix stands before the text of every error, as is usual among Go packages.
const prefix = "anchor: "

// ErrNotResumed matches a [*NotResumedError]: the body of [Recordings.WhilePaused] ran, and
// resuming the recording failed afterwards. Check for it before any other error.
var ErrNotResumed = errors.New("the recording was not resumed")

// NotResumedError is the error of [Recordings.WhilePaused] if its body ran and resuming the
// recording failed afterwards. The recording may still be paused: [Recordings.Resume] resumes it,
// unless the session has ended, which [ErrNotFound] says.
//
// [errors.As] finds it even if the body returned an error of its own. Check for it, or for
// [ErrNotResumed], before any other error. The reason is in the chain as well, and on its own it
// looks like a failed pause.
type NotResumedError struct {
	SessionID string
	Err       error // The reason why resuming failed: an [*Error].
}

// Error returns one line: what happened, what to do, and why resuming failed.
func (e *NotResumedError) Error() string {
	reason, session := strings.TrimPrefix(fmt.Sprint(e.Err), prefix), fmt.Sprintf(" of session %q", e.SessionID)
	if !strings.Contains(reason, strings.TrimPrefix(session, " of ")) {
		// The library has hidden the API key, which an id may contain, or it could not name the session.
		session = ""
	}
	state := "may still be paused: call Recordings.Resume"
	if errors.Is(e.Err, ErrNotFound) {
		state = "was not resumed" // The session has ended, so that Recordings.Resume cannot help.
	}
	return fmt.Sprintf("%sthe body ran, and the recording%s %s: %s", prefix, session, state, reason)
}

// Is reports whether target is [ErrNotResumed].
func (e *NotResumedError) Is(target error) bool {
	return target == ErrNotResumed
}

// Unwrap returns the reason why resuming failed.
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

// Error is the error that the functions of this package return; use [errors.As] to read it. No
// field ever contains the API key, if that has at least 6 characters. The cause of a context that
// ended the call is part of the message, whatever it contains.
type Error struct {
	Status     Status
	HTTPStatus int    // The HTTP status of the answer to the last attempt; 0 if there was none.
	Message    string // One line: what failed, and what to do next.
	Attempts   int    // The number of requests, or of attempts to connect of Connect; 0 if the call failed before.
	RequestID  string // The x-request-id of the last answer, for the API's support; "" if none.

	// RetryAfter is how long the last answer asked to wait; 0 if it did not ask.
	RetryAfter time.Duration

	cause error
}

// Error returns the message after "anchor: ".
func (e *Error) Error() string {
	return prefix + e.Message
}

// Is reports whether target is the sentinel error of the status.
func (e *Error) Is(target error) bool {
	if e.Status >= 500 && e.Status <= 599 {
		return target == ErrServerError
	}
	sentinel, found := sentinels[e.Status]
	return found && target == sentinel
}

// Timeout reports whether the timeout or the deadline of the context passed.
func (e *Error) Timeout() bool {
	return e.Status == StatusTimeout
}

// Unwrap returns [context.DeadlineExceeded] if a deadline passed, that of [WithTimeout] or that of
// the context, and [context.Canceled] if the context was cancelled. The cause of the context
// follows, if that is another error. If a body could not be encoded, Unwrap returns the error of
// the encoder.
func (e *Error) Unwrap() (errs []error) {
	switch e.Status {
	case StatusTimeout:
		errs = append(errs, context.DeadlineExceeded)
	case StatusCancelled:
		errs = append(errs, context.Canceled)
	}
	if e.cause != nil {
		errs = append(errs, e.cause)
	}
	return errs
}

// wrap makes an error that has a cause, and whose message ends with that.
func wrap(status Status, message string, cause error) *Error {
	return &Error{Status: status, Message: message + ": " + oneLine(cause), cause: cause}
}

// oneLine returns the text of an error that is not of this package.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

// newError makes an error from a failure of the library.
func newError(failure *capi.Failure) *Error {
	e := &Error{Status: Status(failure.Status), Message: failure.Message}
	switch e.Status {
	case StatusInvalidArgument:
		e.Message = renamed(e.Message, goNames)
	case StatusInvalidHandle:
		// The library knows only that it is no handle.
		e.Message = "the client is closed: make another one with New"
	}
	return e.withDetails(failure.Details)
}

// goNames are the names of options and parameters by those that the library has for them.
var goNames = map[string]string{
	"api_key":            "WithAPIKey",
	"base_url":           "WithBaseURL",
	"ca_file":            "WithCAFile",
	"client_certificate": "WithClientCertificate",
	"header":             "WithHeader",
	"proxy":              "WithProxy",
	"session_id":         "sessionID",
	"recording_id":       "recordingID",
}

// renamed returns a message about an invalid argument with another name of the argument, which is
// the first word.
func renamed(message string, names map[string]string) string {
	name, problem, _ := strings.Cut(message, " ")
	if other, found := names[name]; found {
		return other + " " + problem
	}
	return message
}

func (e *Error) withDetails(details capi.Details) *Error {
	e.HTTPStatus, e.Attempts = details.HTTPStatus, details.Attempts
	e.RequestID, e.RetryAfter = details.RequestID, details.RetryAfter
	return e
}

func invalidArgument(name, problem string) *Error {
	return &Error{Status: StatusInvalidArgument, Message: name + " " + problem}
}
