//go:build cgo

package anchor

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

// A client that nobody closed is freed when it is garbage; its recordings keep it alive.
func TestGarbageIsFreed(t *testing.T) {
	client, err := New(WithAPIKey("key"), WithBaseURL("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	handle, recordings := client.handle, client.Recordings
	client = nil
	freed := func() bool {
		runtime.GC()
		time.Sleep(time.Millisecond)
		// No session id: a live client refuses it before anything is sent.
		return errors.Is(pauseBy(t, handle), ErrClosed)
	}
	for range 20 {
		if freed() {
			t.Fatal("freed while its recordings are in use")
		}
	}
	runtime.KeepAlive(recordings)
	for end := time.Now().Add(10 * time.Second); !freed(); {
		if time.Now().After(end) {
			t.Fatal("never freed")
		}
	}
}

func pauseBy(t *testing.T, handle clientHandle) error {
	t.Helper()
	asked, err := pauseQuestion("").prepare(handle, limits{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := asked.blocked(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer e.free()
	return e.failure()
}
