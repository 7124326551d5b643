package anchor_test

import (
	"errors"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestStatusNames(t *testing.T) {
	names := map[anchor.Status]string{
		anchor.StatusInvalidArgument: "ANCHOR_INVALID_ARGUMENT", anchor.StatusInvalidHandle: "ANCHOR_INVALID_HANDLE",
		anchor.StatusConnectFailed: "ANCHOR_CONNECT_FAILED", anchor.StatusTLSFailed: "ANCHOR_TLS_FAILED",
		anchor.StatusConnectionLost: "ANCHOR_CONNECTION_LOST", anchor.StatusTimeout: "ANCHOR_TIMEOUT",
		anchor.StatusCancelled: "ANCHOR_CANCELLED", anchor.StatusBadResponse: "ANCHOR_BAD_RESPONSE",
		anchor.StatusResourceExhausted: "ANCHOR_RESOURCE_EXHAUSTED", anchor.StatusInternal: "ANCHOR_INTERNAL",
		anchor.StatusUnauthorized: "ANCHOR_UNAUTHORIZED", anchor.StatusNotFound: "ANCHOR_NOT_FOUND",
		anchor.StatusRateLimited: "ANCHOR_RATE_LIMITED", anchor.StatusServerError: "ANCHOR_SERVER_ERROR",
		302: "HTTP_STATUS", -1: "UNKNOWN_STATUS",
	}
	for status, name := range names {
		if status.String() != name {
			t.Errorf("the name of %d is %v, want %s", status, status, name)
		}
	}
}

func TestErrServerErrorMatchesEvery5xx(t *testing.T) {
	for _, status := range []anchor.Status{500, 502, 503, 599} {
		if !errors.Is(&anchor.Error{Status: status}, anchor.ErrServerError) {
			t.Errorf("%d is not a server error", status)
		}
	}
	for _, status := range []anchor.Status{0, 1, 302, 400, 499, 600} {
		if errors.Is(&anchor.Error{Status: status}, anchor.ErrServerError) {
			t.Errorf("%d is a server error", status)
		}
	}
}

func TestNotResumedErrorSaysWhatHelps(t *testing.T) {
	refused := &anchor.Error{Status: 500, Message: `500 the API failed while resuming session "one"`}
	ended := &anchor.Error{Status: 404, Message: `404 the session was not found while resuming session "one"`}
	closed := &anchor.Error{Status: anchor.StatusInvalidHandle, Message: "the client is closed"}
	rows := map[*anchor.Error]string{
		refused: `anchor: the body ran, and the recording of session "one" may still be paused: call Recordings.Resume: ` + refused.Message,
		// Resuming a session that has ended cannot succeed.
		ended: `anchor: the body ran, and the recording of session "one" was not resumed: ` + ended.Message,
		// An id that the reason does not show may be the API key.
		closed: `anchor: the body ran, and the recording may still be paused: call Recordings.Resume: ` + closed.Message,
	}
	for reason, text := range rows {
		if err := (&anchor.NotResumedError{SessionID: "one", Err: reason}); err.Error() != text {
			t.Errorf("%v, want %s", err, text)
		}
	}
}
