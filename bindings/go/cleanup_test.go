package anchor

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
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

func pauseBy(t *testing.T, handle capi.Client) error {
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
