package anchor_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

type transfer struct{ done, total int64 }

// A transferLog records the arguments of a progress function. It needs no lock, because the
// function runs on the goroutine of the call.
type transferLog []transfer

func (ts *transferLog) option() anchor.CallOption {
	return anchor.WithProgress(func(done, total int64) { *ts = append(*ts, transfer{done, total}) })
}

func (ts *transferLog) last(t *testing.T) transfer {
	t.Helper()
	if len(*ts) == 0 {
		t.Fatal("the progress function was not called")
	}
	return (*ts)[len(*ts)-1]
}

// The sandbox sends "video-slow" in 16 pieces within 3 s.
func TestProgressIsReported(t *testing.T) {
	client := newClient(t, newSandbox(t, "--session-per-fault", "--video-bytes", "100000"))
	reports := new(transferLog)
	path := filepath.Join(t.TempDir(), "video.mp4")
	if err := client.Recordings.Download(context.Background(), "video-slow", path, reports.option()); err != nil {
		t.Fatal(err)
	}
	before, seen := transfer{}, map[int64]bool{}
	for _, now := range *reports {
		if now.done < before.done || now.done > 100_000 || (now.done > 0 && now.total != 100_000) {
			t.Errorf("%v after %v", now, before)
		}
		before, seen[now.done] = now, true
	}
	t.Logf("%d reports of %d different lengths", len(*reports), len(seen))
	// An idle machine makes 60 reports, one every 50 ms.
	if len(*reports) < 15 || len(seen) < 8 || before != (transfer{100_000, 100_000}) {
		t.Errorf("%v", *reports)
	}
}

func TestProgressWithoutATotal(t *testing.T) {
	client := newClient(t, newSandbox(t, "--session-per-fault"))
	reports := new(transferLog)
	path := filepath.Join(t.TempDir(), "video.mp4")
	if err := client.Recordings.Download(context.Background(), "video-chunked", path, reports.option()); err != nil {
		t.Fatal(err)
	}
	if last := reports.last(t); last != (transfer{4096, 0}) {
		t.Errorf("%v", last)
	}
}

// The last report comes even if the call is short or fails, unless nothing has arrived.
func TestFinalProgressIsReported(t *testing.T) {
	server := newSandbox(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server)
	rows := map[string]transfer{"one": {4096, 4096}, "cut": {2048, 4096}}
	for session, expected := range rows {
		reports := new(transferLog)
		client.Recordings.Download(context.Background(), session, filepath.Join(t.TempDir(), "video.mp4"), reports.option())
		if last := reports.last(t); last != expected {
			t.Errorf("%s: %v", session, last)
		}
	}
	reports := new(transferLog)
	err := client.Recordings.Download(context.Background(), "", filepath.Join(t.TempDir(), "video.mp4"), reports.option())
	if checkError(t, err, anchor.ErrInvalidArgument, 1); len(*reports) != 0 {
		t.Errorf("%v", *reports)
	}
	if err := client.Recordings.Pause(context.Background(), "one", anchor.WithProgress(nil)); err != nil {
		t.Error(err)
	}
	if err := client.Recordings.Pause(context.Background(), "one", reports.option()); err != nil || len(*reports) == 0 {
		t.Errorf("%v: Pause reports progress as well", err)
	}
}

// A panic and Goexit unwind the goroutine of the call as usual, and the call is cancelled.
func TestProgressFunctionMayPanicOrEndTheGoroutine(t *testing.T) {
	server := newSandbox(t, "--session-per-fault")
	client := newClient(t, server, anchor.WithTimeout(time.Hour))
	path := filepath.Join(t.TempDir(), "video.mp4")
	failure := errors.New("the progress function failed")
	failIfHanging(t, func() {
		panicked := panicValue(func() {
			fail := anchor.WithProgress(func(int64, int64) { panic(failure) })
			client.Recordings.Download(context.Background(), "stall", path, fail)
		})
		if panicked != failure {
			t.Errorf("%v, want the panic of the function", panicked)
		}
		expectGoexit(t, func() {
			end := anchor.WithProgress(func(int64, int64) { runtime.Goexit() })
			client.Recordings.Download(context.Background(), "stall", path, end)
		})
		// Both calls have ended, or the file would be in use.
		err := client.Recordings.Download(context.Background(), "cut-once", path, anchor.WithMaxRetries(1))
		if err != nil {
			t.Error(err)
		}
	})
	checkVideo(t, path, 4096)
}

// The progress functions of many concurrent calls make a further call each.
func TestProgressFunctionMayMakeCalls(t *testing.T) {
	server := newSandbox(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server, anchor.WithTimeout(time.Minute))
	var group, inside sync.WaitGroup
	inside.Add(256)
	failIfHanging(t, func() {
		for range 256 {
			group.Add(1)
			go func() {
				defer group.Done()
				once := sync.OnceFunc(func() {
					inside.Done()
					inside.Wait()
					if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
						t.Error(err)
					}
				})
				option := anchor.WithProgress(func(int64, int64) { once() })
				// The sandbox answers this session after 3 s.
				if err := client.Recordings.Pause(context.Background(), "delay", option); err != nil {
					t.Error(err)
				}
			}()
		}
		group.Wait()
	})
}
