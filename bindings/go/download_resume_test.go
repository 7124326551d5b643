package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestDownloadResumesAfterALostConnection(t *testing.T) {
	rows := []struct {
		session, next string // The Range header after the connection was lost.
	}{
		{"cut-once", "bytes=483616-"}, {"weak-etag-cut-once", "bytes=483616-"}, {"no-etag-cut-once", ""},
		{"no-range-cut-once", "bytes=483616-"},
	}
	server := newSandbox(t, "--session-per-fault", "--video-bytes", "1000000")
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

func TestNextCallResumesAFailedDownload(t *testing.T) {
	server := newSandbox(t, "--session-per-fault", "--video-bytes", "1000000")
	folder := t.TempDir()
	path := filepath.Join(folder, "video.mp4")
	err := newClient(t, server).Recordings.Download(context.Background(), "cut-once", path)
	checkError(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
	if kept := checkPart(t, folder); kept != 500_000 {
		t.Errorf("%d bytes were kept", kept)
	}
	progress := new(transferLog)
	// A new client, as in another process.
	err = newClient(t, server).Recordings.Download(context.Background(), "cut-once", path, progress.option())
	if err != nil {
		t.Fatal(err)
	}
	checkVideo(t, path, 1_000_000)
	if names := fileNames(t, folder); len(names) != 1 {
		t.Errorf("%q", names)
	}
	server.checkRanges(t, "cut-once", "", "bytes=483616-")
	if last := progress.last(t); last != (transfer{1_000_000, 1_000_000}) {
		t.Errorf("%v, want the kept bytes to count", last)
	}
}

func TestNextCallResumesACancelledDownload(t *testing.T) {
	server := newSandbox(t, "--session-per-fault", "--video-bytes", "100000")
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
	checkError(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) {
		t.Error(err)
	}
	kept := checkPart(t, folder)
	if kept <= 20_000 || kept >= 100_000 {
		t.Errorf("%d bytes were kept", kept)
	}
	if err := client.Recordings.Download(context.Background(), "video-slow", path); err != nil {
		t.Fatal(err)
	}
	checkVideo(t, path, 100_000)
	server.checkRanges(t, "video-slow", "", fmt.Sprintf("bytes=%d-", max(0, kept-16*1024)))
}
