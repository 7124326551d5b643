package anchor_test

import (
	"context"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestClosedClientSendsNothing(t *testing.T) {
	client := newClient(t, shared)
	for range 3 {
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
	}
	err := client.Recordings.Pause(context.Background(), "quiet")
	failed := checkError(t, err, anchor.ErrClosed, anchor.StatusInvalidHandle)
	if failed.Error() != "anchor: the client is closed: make another one with New" {
		t.Errorf("%v", failed)
	}
	if state := shared.state(t, "quiet"); state.Requests != 0 {
		t.Errorf("%+v", state)
	}
}

func TestANilClientMayBeClosed(t *testing.T) {
	client, err := anchor.New(anchor.WithBaseURL("nonsense"))
	if client != nil || err == nil || client.Close() != nil {
		t.Errorf("%v, %v", client, err)
	}
}

func TestCloseLetsRunningCallsFinish(t *testing.T) {
	server := newSandbox(t, "--session-per-fault")
	client := newClient(t, server)
	results := make(chan error)
	for range 4 {
		go func() { results <- client.Recordings.Pause(context.Background(), "delay") }()
	}
	server.awaitRequests(t, "delay", 4)
	for range 4 {
		go client.Close()
	}
	client.Close()
	checkError(t, client.Recordings.Pause(context.Background(), "delay"), anchor.ErrClosed, anchor.StatusInvalidHandle)
	for range 4 {
		if err := <-results; err != nil {
			t.Errorf("a running call failed: %v", err)
		}
	}
}
