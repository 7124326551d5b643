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

// transfers is what a progress function was told. It has no lock: the function runs on the goroutine of the call.
type transfers []transfer

func (ts *transfers) option() anchor.CallOption {
	return anchor.WithProgress(func(done, total int64) { *ts = append(*ts, transfer{done, total}) })
}

func (ts *transfers) last(t *testing.T) transfer {
	t.Helper()
	if len(*ts) == 0 {
		t.Fatal("nothing was told")
	}
	return (*ts)[len(*ts)-1]
}

// The sandbox takes 3 s for this one.
func TestProgressIsTold(t *testing.T) {
	client := newClient(t, special(t, "--session-per-fault", "--video-bytes", "100000"))
	told := new(transfers)
	path := filepath.Join(t.TempDir(), "video.mp4")
	if err := client.Recordings.Download(context.Background(), "video-slow", path, told.option()); err != nil {
		t.Fatal(err)
	}
	before, seen := transfer{}, map[int64]bool{}
	for _, now := range *told {
		if now.done < before.done || now.done > 100_000 || (now.done > 0 && now.total != 100_000) {
			t.Errorf("%v after %v", now, before)
		}
		before, seen[now.done] = now, true
	}
	t.Logf("told %d times of %d lengths", len(*told), len(seen))
	// At 50 ms these would be 60, of 16 pieces.
	if len(*told) < 15 || len(seen) < 8 || before != (transfer{100_000, 100_000}) {
		t.Errorf("%v", *told)
	}
}

func TestProgressWithoutATotal(t *testing.T) {
	client := newClient(t, special(t, "--session-per-fault"))
	told := new(transfers)
	path := filepath.Join(t.TempDir(), "video.mp4")
	if err := client.Recordings.Download(context.Background(), "video-chunked", path, told.option()); err != nil {
		t.Fatal(err)
	}
	if last := told.last(t); last != (transfer{4096, 0}) {
		t.Errorf("%v", last)
	}
}

// At the end it is told however short or unlucky the call was, but not if nothing came.
func TestProgressAtTheEnd(t *testing.T) {
	server := special(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server)
	rows := map[string]transfer{"one": {4096, 4096}, "cut": {2048, 4096}}
	for session, expected := range rows {
		told := new(transfers)
		client.Recordings.Download(context.Background(), session, filepath.Join(t.TempDir(), "video.mp4"), told.option())
		if last := told.last(t); last != expected {
			t.Errorf("%s: %v", session, last)
		}
	}
	told := new(transfers)
	err := client.Recordings.Download(context.Background(), "", filepath.Join(t.TempDir(), "video.mp4"), told.option())
	if check(t, err, anchor.ErrInvalidArgument, 1); len(*told) != 0 {
		t.Errorf("%v", *told)
	}
	if err := client.Recordings.Pause(context.Background(), "one", anchor.WithProgress(nil)); err != nil {
		t.Error(err)
	}
	if err := client.Recordings.Pause(context.Background(), "one", told.option()); err != nil || len(*told) == 0 {
		t.Errorf("%v: other calls tell as well", err)
	}
}

// What a progress function does goes the way that it would go without a library below it.
func TestAProgressFunctionThatPanicsOrEndsTheGoroutine(t *testing.T) {
	server := special(t, "--session-per-fault")
	client := newClient(t, server, anchor.WithTimeout(time.Hour))
	path := filepath.Join(t.TempDir(), "video.mp4")
	failure := errors.New("the progress function failed")
	inTime(t, func() {
		panicked := recovered(func() {
			fail := anchor.WithProgress(func(int64, int64) { panic(failure) })
			client.Recordings.Download(context.Background(), "stall", path, fail)
		})
		if panicked != failure {
			t.Errorf("%v, want the function's panic", panicked)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			end := anchor.WithProgress(func(int64, int64) { runtime.Goexit() })
			client.Recordings.Download(context.Background(), "stall", path, end)
			t.Error("Goexit did not go on")
		}()
		<-ended
		// The calls were ended: else the file would be busy.
		err := client.Recordings.Download(context.Background(), "cut-once", path, anchor.WithMaxRetries(1))
		if err != nil {
			t.Error(err)
		}
	})
	checkVideo(t, path, 4096)
}

// Many calls at once, each of which has a progress function that makes another one.
func TestProgressFunctionsMayMakeCalls(t *testing.T) {
	server := special(t, "--session-per-fault", "--session", "one")
	client := newClient(t, server, anchor.WithTimeout(time.Minute))
	var group, inside sync.WaitGroup
	inside.Add(256)
	inTime(t, func() {
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
				// Answered after 3 s.
				if err := client.Recordings.Pause(context.Background(), "delay", option); err != nil {
					t.Error(err)
				}
			}()
		}
		group.Wait()
	})
}
