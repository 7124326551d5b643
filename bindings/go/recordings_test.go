package anchor_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestResumeResumesARecording(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	client := newClient(t, server)
	if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // A running recording can be resumed again.
		if err := client.Recordings.Resume(context.Background(), "one"); err != nil {
			t.Fatal(err)
		}
		if state := server.state(t, "one"); state.Recording != "recording" {
			t.Fatalf("%+v", state)
		}
	}
}

func TestDeleteRemovesAListedRecording(t *testing.T) {
	for _, nesting := range [][]string{nil, {"--single"}} {
		server := newSandbox(t, append(nesting, "--session", "one")...)
		client := newClient(t, server)
		listed, err := client.Recordings.List(context.Background(), "one")
		if err != nil || len(listed) != 1 || listed[0].ID == "" {
			t.Fatalf("%+v, %v", listed, err)
		}
		expected := anchor.Recording{
			ID: listed[0].ID, IsPrimary: true, FileLink: server.url + "/v1/sessions/one/recordings/primary/fetch",
			SuggestedFileName: "one.mp4", Duration: 12 * time.Second, DurationText: "00:00:12", Size: 4096,
			CreatedAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		}
		if !reflect.DeepEqual(listed[0], expected) {
			t.Errorf("%+v, want %+v", listed[0], expected)
		}
		err = client.Recordings.Delete(context.Background(), "one", "no such recording")
		checkError(t, err, anchor.ErrNotFound, anchor.StatusNotFound)
		if err := client.Recordings.Delete(context.Background(), "one", listed[0].ID); err != nil {
			t.Fatal(err)
		}
		listed, err = client.Recordings.List(context.Background(), "one")
		if err != nil || len(listed) != 0 || server.state(t, "one").Recording != "off" {
			t.Errorf("%+v, %v", listed, err)
		}
	}
}

func TestInvalidRecordingIDsAreRejected(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	client := newClient(t, server)
	for _, id := range []string{"", ".", "..", strings.Repeat("x", 257), "a\nb", "a\xffb", "primary\x00",
		"a/b", `a\b`, "%2e%2e", "100%"} {
		err := client.Recordings.Delete(context.Background(), "one", id)
		checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.HasPrefix(err.Error(), "anchor: recordingID ") {
			t.Errorf("%q: %v", id, err)
		}
	}
	if requests := server.countRequests(t); requests != 0 {
		t.Errorf("%d requests were sent", requests)
	}
}

// An answer without a list does not mean that there are no recordings.
func TestListFailsWithoutContent(t *testing.T) {
	_, err := newClient(t, newSandbox(t, "--session-per-fault")).Recordings.List(context.Background(), "no-content")
	failed := checkError(t, err, anchor.ErrBadResponse, anchor.StatusBadResponse)
	if failed.HTTPStatus != 204 || failed.Attempts != 1 {
		t.Errorf("%+v", failed)
	}
}
