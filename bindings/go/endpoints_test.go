package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// An endpoint is one of those beside pausing, whose own tests look closer at what all have in common.
type endpoint struct {
	name, request string
	repeatable    bool
	call          func(context.Context, *anchor.Client, string, ...anchor.CallOption) error
}

// endpoints are the recordings' own.
var endpoints = []endpoint{
	{"resume", "POST resume", true, resume},
	{"list", "GET recordings", true, list},
	{"delete", "DELETE primary", false, deletePrimary},
	{"download", "GET fetch", true, download},
}

// requests are the same by the way to any endpoint.
var requests = []endpoint{
	{"request GET", "GET recordings", true, requestOf("GET", "", nil)},
	{"request POST", "POST pause", false, requestOf("POST", "/pause", struct{}{})},
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

// download leaves no file behind, and finds none when it failed.
func download(ctx context.Context, client *anchor.Client, session string, options ...anchor.CallOption) error {
	folder, err := os.MkdirTemp("", "download-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "video.mp4")
	err = client.Recordings.Download(ctx, session, path, options...)
	if _, missing := os.Stat(path); (err == nil) != (missing == nil) {
		return fmt.Errorf("%w, and of the file: %w", err, missing)
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

var everyEndpoint = slices.Concat(endpoints, requests)

// forEachEndpoint gives each one a server of its own, with a session for every fault.
func forEachEndpoint(t *testing.T, all []endpoint, test func(*testing.T, endpoint, *sandbox)) {
	for _, endpoint := range all {
		t.Run(endpoint.name, func(t *testing.T) {
			test(t, endpoint, special(t, "--session-per-fault", "--session", "one"))
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

func TestEndpointsFail(t *testing.T) {
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
			failed := check(t, endpoint.call(context.Background(), client, row.session), row.sentinel, row.status)
			if failed.Attempts != 1 || !slices.Equal(server.requests(t, row.session), []string{endpoint.request}) {
				t.Errorf("%s: %+v, %q", row.session, failed, server.requests(t, row.session))
			}
		}
		wrong := newClient(t, server, anchor.WithAPIKey("wrong"))
		check(t, endpoint.call(context.Background(), wrong, "one"), anchor.ErrUnauthorized, 401)
	})
}

func TestAnswersThatAreCutOff(t *testing.T) {
	forEachEndpoint(t, everyEndpoint, func(t *testing.T, endpoint endpoint, server *sandbox) {
		session := "truncated"
		if endpoint.name == "download" {
			session = "cut" // The other one is no video.
		}
		err := endpoint.call(context.Background(), newClient(t, server), session)
		check(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
	})
}

func TestEndpointsEndInTime(t *testing.T) {
	forEachEndpoint(t, everyEndpoint, func(t *testing.T, endpoint endpoint, server *sandbox) {
		hasty := newClient(t, server, anchor.WithTimeout(200*time.Millisecond))
		check(t, endpoint.call(context.Background(), hasty, "stall"), anchor.ErrTimeout, anchor.StatusTimeout)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		err := endpoint.call(ctx, newClient(t, server), "stall")
		check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func TestEndpointsRefuseUnusableArguments(t *testing.T) {
	var none context.Context
	forEachEndpoint(t, endpoints, func(t *testing.T, endpoint endpoint, server *sandbox) {
		client := newClient(t, server)
		for _, id := range []string{"", "..", "a\nb", "a\xffb", "one\x00", "two/../one", `one\`, "%6fne"} {
			err := endpoint.call(context.Background(), client, id)
			check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
			if !strings.Contains(err.Error(), "session_id") {
				t.Errorf("%v", err)
			}
		}
		check(t, endpoint.call(none, client, "one"), anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		client.Close()
		check(t, endpoint.call(context.Background(), client, "one"), anchor.ErrClosed, anchor.StatusInvalidHandle)
		if requests := server.logged(t); requests != 0 {
			t.Errorf("%d requests were sent", requests)
		}
	})
}

func TestEndpointsWithoutAServer(t *testing.T) {
	address := refused(t)
	// Nothing was sent, so that deleting is repeated as well.
	client := newClient(t, shared, anchor.WithBaseURL("http://"+address), anchor.WithMaxRetries(1))
	for _, endpoint := range everyEndpoint {
		err := endpoint.call(context.Background(), client, "one")
		if failed := check(t, err, anchor.ErrConnectFailed, anchor.StatusConnectFailed); failed.Attempts != 2 {
			t.Errorf("%s: %+v", endpoint.name, failed)
		}
	}
}

// A recording may be gone although the answer was lost: a second deletion would fail for that. A
// request that is posted twice may be done twice. Both are repeated only if nothing was done.
func TestOnlyWhatDoesNoHarmIsRepeated(t *testing.T) {
	forEachEndpoint(t, everyEndpoint, func(t *testing.T, endpoint endpoint, server *sandbox) {
		client := newClient(t, server, anchor.WithMaxRetries(2))
		nothingWasDone := map[string]bool{
			"429-once-ms": true, "400-once-retry": true, "500-once": false, "408-once": false, "409-once": false,
			"close-once": false, "reset-once": false,
		}
		for session, nothingWasDone := range nothingWasDone {
			t.Run(session, func(t *testing.T) {
				t.Parallel()
				err := endpoint.call(context.Background(), client, session)
				requests := len(server.requests(t, session))
				isRepeated := endpoint.repeatable || nothingWasDone
				if isRepeated && (err != nil || requests != 2) {
					t.Errorf("%v after %d requests", err, requests)
				}
				if !isRepeated && (err == nil || requests != 1) {
					t.Errorf("%v after %d requests", err, requests)
				}
			})
		}
	})
}

func TestResumeResumesTheRecording(t *testing.T) {
	server := special(t, "--session", "one")
	client := newClient(t, server)
	if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // Resuming what is being recorded is no error.
		if err := client.Recordings.Resume(context.Background(), "one"); err != nil {
			t.Fatal(err)
		}
		if state := server.session(t, "one"); state.Recording != "recording" {
			t.Fatalf("%+v", state)
		}
	}
}

func TestListThenDelete(t *testing.T) {
	for _, nesting := range [][]string{nil, {"--single"}} {
		server := special(t, append(nesting, "--session", "one")...)
		client := newClient(t, server)
		listed, err := client.Recordings.List(context.Background(), "one")
		if err != nil || len(listed) != 1 || listed[0].ID == "" {
			t.Fatalf("%+v, %v", listed, err)
		}
		expected := anchor.Recording{
			ID: listed[0].ID, IsPrimary: true, FileLink: server.url + "/v1/sessions/one/recordings/primary/fetch",
			SuggestedFileName: "one.mp4", Duration: "00:00:12", Size: 4096,
			CreatedAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		}
		if !reflect.DeepEqual(listed[0], expected) {
			t.Errorf("%+v, want %+v", listed[0], expected)
		}
		err = client.Recordings.Delete(context.Background(), "one", "no such recording")
		check(t, err, anchor.ErrNotFound, anchor.StatusNotFound)
		if err := client.Recordings.Delete(context.Background(), "one", listed[0].ID); err != nil {
			t.Fatal(err)
		}
		listed, err = client.Recordings.List(context.Background(), "one")
		if err != nil || len(listed) != 0 || server.session(t, "one").Recording != "off" {
			t.Errorf("%+v, %v", listed, err)
		}
	}
}

func TestUnusableRecordingIDs(t *testing.T) {
	server := special(t, "--session", "one")
	client := newClient(t, server)
	for _, id := range []string{"", ".", "..", strings.Repeat("x", 257), "a\nb", "a\xffb", "primary\x00",
		"a/b", `a\b`, "%2e%2e", "100%"} {
		err := client.Recordings.Delete(context.Background(), "one", id)
		check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.Contains(err.Error(), "recording_id") {
			t.Errorf("%q: %v", id, err)
		}
	}
	if requests := server.logged(t); requests != 0 {
		t.Errorf("%d requests were sent", requests)
	}
}

// An answer without a list is not "no recordings".
func TestListWithoutAnAnswer(t *testing.T) {
	_, err := newClient(t, special(t, "--session-per-fault")).Recordings.List(context.Background(), "no-content")
	failed := check(t, err, anchor.ErrBadResponse, anchor.StatusBadResponse)
	if failed.HTTPStatus != 204 || failed.Attempts != 1 {
		t.Errorf("%+v", failed)
	}
}

func TestRetryAfter(t *testing.T) {
	client := newClient(t, special(t, "--session-per-fault"))
	rows := map[string]time.Duration{
		"429": time.Second, "429-long": time.Hour, "429-once-ms": 300 * time.Millisecond, "500": 0,
	}
	for session, expected := range rows {
		var failed *anchor.Error
		err := client.Recordings.Pause(context.Background(), session)
		if !errors.As(err, &failed) || failed.RetryAfter != expected {
			t.Errorf("%s: %+v, want %v", session, failed, expected)
		}
	}
}
