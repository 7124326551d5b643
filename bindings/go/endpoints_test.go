package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// An endpoint is a method that makes a call. The tests of this file check what all endpoints have
// in common, and the tests of Pause check it in more detail.
type endpoint struct {
	name, request string
	repeatable    bool // Whether a retry is safe after the request may have taken effect.
	call          func(context.Context, *anchor.Client, string, ...anchor.CallOption) error
}

// endpoints are the methods of Recordings, except Pause and WhilePaused.
var endpoints = []endpoint{
	{"resume", "POST resume", true, resume},
	{"list", "GET recordings", true, list},
	{"delete", "DELETE primary", false, deletePrimary},
	{"download", "GET fetch", true, download},
}

// requests reach the same paths through Client.Request.
var requests = []endpoint{
	{"request GET", "GET recordings", true, requestOf("GET", "", nil)},
	{"request POST", "POST pause", false, requestOf("POST", "/pause", struct{}{})},
}

var everyEndpoint = slices.Concat(endpoints, requests)

// allCalls returns every method that takes call options and sends a request.
func allCalls() []endpoint {
	return slices.Concat(everyEndpoint, []endpoint{
		{"pause", "POST pause", true, pause}, {"while paused", "POST pause", true, whilePaused},
	})
}

func pause(ctx context.Context, client *anchor.Client, session string, options ...anchor.CallOption) error {
	return client.Recordings.Pause(ctx, session, options...)
}

func resume(ctx context.Context, client *anchor.Client, session string, options ...anchor.CallOption) error {
	return client.Recordings.Resume(ctx, session, options...)
}

func list(ctx context.Context, client *anchor.Client, session string, options ...anchor.CallOption) error {
	recordings, err := client.Recordings.List(ctx, session, options...)
	if err != nil && recordings != nil {
		return errors.New("both an error and recordings")
	}
	return err
}

func deletePrimary(ctx context.Context, client *anchor.Client, session string, options ...anchor.CallOption) error {
	return client.Recordings.Delete(ctx, session, "primary", options...)
}

// download also checks that there is a file if and only if the download succeeded. It removes the
// file.
func download(ctx context.Context, client *anchor.Client, session string, options ...anchor.CallOption) error {
	folder, err := os.MkdirTemp("", "download-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "video.mp4")
	err = client.Recordings.Download(ctx, session, path, options...)
	if _, missing := os.Stat(path); (err == nil) != (missing == nil) {
		return fmt.Errorf("%w; state of the file: %w", err, missing)
	}
	return err
}

func requestOf(
	method, path string, body any,
) func(context.Context, *anchor.Client, string, ...anchor.CallOption) error {
	return func(ctx context.Context, client *anchor.Client, session string, options ...anchor.CallOption) error {
		path := "/v1/sessions/" + url.PathEscape(session) + "/recordings" + path
		answer, err := client.Request(ctx, method, path, body, options...)
		if err != nil && answer != nil {
			return errors.New("both an error and an answer")
		}
		return err
	}
}

var errBodyRan = errors.New("the body ran")

// whilePaused returns errBodyRan if its body runs.
func whilePaused(ctx context.Context, client *anchor.Client, session string, options ...anchor.CallOption) error {
	return client.Recordings.WhilePaused(ctx, session, func(context.Context) error { return errBodyRan }, options...)
}

// forEachEndpoint runs a test with each endpoint. Each has a sandbox of its own, with a session
// for every fault.
func forEachEndpoint(t *testing.T, all []endpoint, test func(*testing.T, endpoint, *sandbox)) {
	for _, endpoint := range all {
		t.Run(endpoint.name, func(t *testing.T) {
			test(t, endpoint, newSandbox(t, "--session-per-fault", "--session", "one"))
		})
	}
}

func TestEndpointsSucceed(t *testing.T) {
	forEachEndpoint(t, everyEndpoint, func(t *testing.T, endpoint endpoint, server *sandbox) {
		if err := endpoint.call(context.Background(), newClient(t, server), "one"); err != nil {
			t.Error(err)
		}
		server.checkRequests(t, "one", endpoint.request)
	})
}

func TestEndpointsReportFailures(t *testing.T) {
	rows := []struct {
		session  string
		sentinel error
		status   anchor.Status
	}{
		{"401", anchor.ErrUnauthorized, 401}, {"404", anchor.ErrNotFound, 404}, {"500", anchor.ErrServerError, 500},
		{"429", anchor.ErrRateLimited, 429}, {"302", nil, 302}, {"422", nil, 422},
		{"html", anchor.ErrBadResponse, anchor.StatusBadResponse},
		{"empty", anchor.ErrBadResponse, anchor.StatusBadResponse},
		{"garbage", anchor.ErrBadResponse, anchor.StatusBadResponse},
		{"error-in-200", anchor.ErrBadResponse, anchor.StatusBadResponse},
		{"close", anchor.ErrConnectionLost, anchor.StatusConnectionLost},
		{"no such session", anchor.ErrNotFound, 404},
	}
	forEachEndpoint(t, everyEndpoint, func(t *testing.T, endpoint endpoint, server *sandbox) {
		client := newClient(t, server)
		for _, row := range rows {
			failed := checkError(t, endpoint.call(context.Background(), client, row.session), row.sentinel, row.status)
			if failed.Attempts != 1 || !slices.Equal(server.requests(t, row.session), []string{endpoint.request}) {
				t.Errorf("%s: %+v, %q", row.session, failed, server.requests(t, row.session))
			}
		}
		wrong := newClient(t, server, anchor.WithAPIKey("wrong"))
		checkError(t, endpoint.call(context.Background(), wrong, "one"), anchor.ErrUnauthorized, 401)
	})
}

func TestEndpointsReportTruncatedAnswers(t *testing.T) {
	forEachEndpoint(t, everyEndpoint, func(t *testing.T, endpoint endpoint, server *sandbox) {
		session := "truncated"
		if endpoint.name == "download" {
			session = "cut" // The body of "truncated" is not a video.
		}
		err := endpoint.call(context.Background(), newClient(t, server), session)
		checkError(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
	})
}

func TestEndpointsObeyTimeoutAndContext(t *testing.T) {
	forEachEndpoint(t, everyEndpoint, func(t *testing.T, endpoint endpoint, server *sandbox) {
		hasty := newClient(t, server, anchor.WithTimeout(200*time.Millisecond))
		checkError(t, endpoint.call(context.Background(), hasty, "stall"), anchor.ErrTimeout, anchor.StatusTimeout)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		err := endpoint.call(ctx, newClient(t, server), "stall")
		checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func TestEndpointsRejectInvalidArguments(t *testing.T) {
	var none context.Context
	forEachEndpoint(t, endpoints, func(t *testing.T, endpoint endpoint, server *sandbox) {
		client := newClient(t, server)
		for _, id := range []string{"", "..", "a\nb", "a\xffb", "one\x00", "two/../one", `one\`, "%6fne"} {
			err := endpoint.call(context.Background(), client, id)
			checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
			if !strings.Contains(err.Error(), "anchor: sessionID ") {
				t.Errorf("%v", err)
			}
		}
		checkError(t, endpoint.call(none, client, "one"), anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		client.Close()
		checkError(t, endpoint.call(context.Background(), client, "one"), anchor.ErrClosed, anchor.StatusInvalidHandle)
		if requests := server.countRequests(t); requests != 0 {
			t.Errorf("%d requests were sent", requests)
		}
	})
}
