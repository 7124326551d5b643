package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func atoi(t *testing.T, text string) int {
	t.Helper()
	number, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// ranges are those that were asked for, "" where it was the whole video.
func (s *sandbox) ranges(t *testing.T, session string) (ranges []string) {
	t.Helper()
	for _, entry := range s.entries(t) {
		if entry.Session == session {
			ranges = append(ranges, entry.Headers["range"])
		}
	}
	return ranges
}

func (s *sandbox) checkRanges(t *testing.T, session string, expected ...string) {
	t.Helper()
	if ranges := s.ranges(t, session); fmt.Sprint(ranges) != fmt.Sprint(expected) {
		t.Errorf("%q, want %q", ranges, expected)
	}
}

func TestADownloadThatIsCutOffGoesOn(t *testing.T) {
	rows := []struct {
		session, next string // What is asked for after the cut.
	}{
		{"cut-once", "bytes=499999-"}, {"weak-etag-cut-once", "bytes=499999-"}, {"no-etag-cut-once", ""},
		{"no-range-cut-once", "bytes=499999-"},
	}
	server := special(t, "--session-per-fault", "--video-bytes", "1000000")
	client := newClient(t, server)
	for _, row := range rows {
		path := filepath.Join(t.TempDir(), "video.mp4")
		err := client.Recordings.Download(context.Background(), row.session, path, anchor.WithMaxRetries(1))
		if err != nil {
			t.Fatal(err)
		}
		checkVideo(t, path, 1_000_000)
		server.checkRanges(t, row.session, "", row.next)
	}
}

func TestTheNextCallGoesOn(t *testing.T) {
	server := special(t, "--session-per-fault", "--video-bytes", "1000000")
	folder := t.TempDir()
	path := filepath.Join(folder, "video.mp4")
	err := newClient(t, server).Recordings.Download(context.Background(), "cut-once", path)
	check(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
	if kept := checkPart(t, folder); kept != 500_000 {
		t.Errorf("%d bytes are kept", kept)
	}
	told := new(transfers)
	// Another client, as another process would have.
	err = newClient(t, server).Recordings.Download(context.Background(), "cut-once", path, told.option())
	if err != nil {
		t.Fatal(err)
	}
	checkVideo(t, path, 1_000_000)
	if names := files(t, folder); len(names) != 1 {
		t.Errorf("%q", names)
	}
	server.checkRanges(t, "cut-once", "", "bytes=499999-")
	if last := told.last(t); last != (transfer{1_000_000, 1_000_000}) {
		t.Errorf("%v: what was there does not count", last)
	}
}

func TestACancelledDownloadGoesOn(t *testing.T) {
	server := special(t, "--session-per-fault", "--video-bytes", "100000")
	client := newClient(t, server)
	folder := t.TempDir()
	path := filepath.Join(folder, "video.mp4")
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	err := client.Recordings.Download(ctx, "video-slow", path, anchor.WithProgress(func(done, total int64) {
		if done > 20_000 {
			cancel(reason)
		}
	}))
	check(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) {
		t.Error(err)
	}
	kept := checkPart(t, folder)
	if kept <= 20_000 || kept >= 100_000 {
		t.Errorf("%d bytes are kept", kept)
	}
	if err := client.Recordings.Download(context.Background(), "video-slow", path); err != nil {
		t.Fatal(err)
	}
	checkVideo(t, path, 100_000)
	server.checkRanges(t, "video-slow", "", fmt.Sprintf("bytes=%d-", kept-1))
}
