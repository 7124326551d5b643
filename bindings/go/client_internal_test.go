package anchor

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// The garbage collector frees a client that was not closed, but not while its Recordings are
// reachable.
func TestUnreachableClientIsFreed(t *testing.T) {
	client, err := New(WithAPIKey("key"), WithBaseURL("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	handle, recordings := client.handle, client.Recordings
	client = nil
	freed := func() bool {
		runtime.GC()
		time.Sleep(time.Millisecond)
		return errors.Is(pauseWith(t, handle), ErrClosed)
	}
	for range 20 {
		if freed() {
			t.Fatal("the client was freed while its Recordings were reachable")
		}
	}
	runtime.KeepAlive(recordings)
	for end := time.Now().Add(10 * time.Second); !freed(); {
		if time.Now().After(end) {
			t.Fatal("the client was not freed within 10 s")
		}
	}
}

// pauseWith makes a call without a session id, which sends nothing: a live client rejects the id.
func pauseWith(t *testing.T, handle capi.Client) error {
	t.Helper()
	prepared, failure := capi.Pause("").Prepare(handle, capi.Limits{})
	if failure != nil {
		t.Fatal(failure)
	}
	call, failure := prepared.NewCall()
	if failure != nil {
		t.Fatal(failure)
	}
	defer call.Free()
	call.Run(&prepared)
	if failure := call.Failure(); failure != nil {
		return newError(failure)
	}
	return nil
}
