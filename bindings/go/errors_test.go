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
