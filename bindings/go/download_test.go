package anchor_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestDownloadWritesTheVideo(t *testing.T) {
	for _, length := range []string{"24", "4096", "3000001"} {
		server := newSandbox(t, "--session", "one", "--fault", "two=video-chunked", "--video-bytes", length)
		client := newClient(t, server)
		folder := t.TempDir()
		path := filepath.Join(folder, "vidéo 1.mp4")
		// The second download replaces the file of the first.
		for _, session := range []string{"one", "two"} {
			if err := client.Recordings.Download(context.Background(), session, path); err != nil {
				t.Fatal(err)
			}
			checkVideo(t, path, atoi(t, length))
			if names := fileNames(t, folder); !slices.Equal(names, []string{"vidéo 1.mp4"}) {
				t.Errorf("%q", names)
			}
		}
	}
}

func TestDownloadToAPipe(t *testing.T) {
	server := newSandbox(t, "--session", "one", "--fault", "two=no-etag-cut-once", "--video-bytes", "300000")
	client := newClient(t, server)
	for session, length := range map[string]int{"one": 300_000, "two": 150_000} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		read := make(chan []byte)
		go func() {
			video, _ := io.ReadAll(reader)
			read <- video
		}()
		err = client.Recordings.Download(context.Background(), session, fmt.Sprintf("/dev/fd/%d", writer.Fd()))
		writer.Close()
		if video := <-read; len(video) != length {
			t.Errorf("%s: %d bytes", session, len(video))
		}
		reader.Close()
		if session == "one" && err != nil {
			t.Error(err)
		} else if session == "two" {
			checkError(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
			if !strings.Contains(err.Error(), "150000 bytes of the video were written to ") {
				t.Error(err)
			}
		}
	}
}

func TestDownloadToARelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := newClient(t, shared).Recordings.Download(context.Background(), "demo", "video.mp4"); err != nil {
		t.Fatal(err)
	}
	checkVideo(t, "video.mp4", 4096)
}

func TestFailedDownloadKeepsTheOldFile(t *testing.T) {
	client := newClient(t, newSandbox(t, "--session-per-fault", "--session", "one"))
	folder := t.TempDir()
	path := filepath.Join(folder, "video.mp4")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, session := range []string{"404", "500", "html", "video-empty", "close"} {
		if err := client.Recordings.Download(context.Background(), session, path); err == nil {
			t.Errorf("%s succeeded", session)
		}
		if old, err := os.ReadFile(path); err != nil || string(old) != "old" || len(fileNames(t, folder)) != 1 {
			t.Errorf("%s: %q, %v, %q", session, old, err, fileNames(t, folder))
		}
	}
	if err := client.Recordings.Download(context.Background(), "one", path); err != nil {
		t.Fatal(err)
	}
	checkVideo(t, path, 4096)
}

func TestDownloadRejectsUnwritablePaths(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	client := newClient(t, server)
	folder := t.TempDir()
	paths := []string{
		"", folder, folder + "/", folder + "/none/video.mp4", "/dev/null", folder + "/a\x00b", folder + "/\xff",
	}
	for _, path := range paths {
		err := client.Recordings.Download(context.Background(), "one", path)
		checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.Contains(err.Error(), "file") {
			t.Errorf("%q: %v", path, err)
		}
	}
	if requests, names := server.countRequests(t), fileNames(t, folder); requests != 0 || len(names) != 0 {
		t.Errorf("%d requests were sent, and these files exist: %q", requests, names)
	}
}

func TestSecondDownloadToTheSameFileIsRejected(t *testing.T) {
	server := newSandbox(t, "--session-per-fault")
	client := newClient(t, server)
	path := filepath.Join(t.TempDir(), "video.mp4")
	first := make(chan error)
	go func() { first <- client.Recordings.Download(context.Background(), "video-slow", path) }()
	server.awaitRequests(t, "video-slow", 1)
	err := client.Recordings.Download(context.Background(), "video-slow", path)
	checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	if !strings.Contains(err.Error(), "another download") {
		t.Error(err)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
	checkVideo(t, path, 4096)
}

// The sandbox takes 3 s for "video-slow".
func TestTimeoutCoversTheWholeDownload(t *testing.T) {
	client := newClient(t, newSandbox(t, "--session-per-fault"), anchor.WithTimeout(500*time.Millisecond))
	folder := t.TempDir()
	path := filepath.Join(folder, "video.mp4")
	err := client.Recordings.Download(context.Background(), "video-slow", path)
	checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	err = client.Recordings.Download(context.Background(), "video-slow", path, anchor.WithTimeout(time.Hour))
	if err != nil {
		t.Error(err)
	}
	checkVideo(t, path, 4096)
}

// checkVideo compares a file with the video that the sandbox sends: the header of an MP4 file,
// followed by the bytes 0 to 250 repeatedly.
func checkVideo(t *testing.T, path string, length int) {
	t.Helper()
	video, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const header = 24
	if len(video) != length || !bytes.Equal(video[4:8], []byte("ftyp")) {
		t.Fatalf("the video has %d bytes and begins with %q", len(video), video[:min(len(video), 8)])
	}
	for i, b := range video[header:] {
		if int(b) != i%251 {
			t.Fatalf("byte %d is wrong", i+header)
		}
	}
}

// fileNames returns the names of the files in a folder.
func fileNames(t *testing.T, folder string) (names []string) {
	t.Helper()
	requestLog, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range requestLog {
		names = append(names, entry.Name())
	}
	return names
}

// checkPart expects a single file in the folder, that of an unfinished download, and returns its
// size.
func checkPart(t *testing.T, folder string) int {
	t.Helper()
	names := fileNames(t, folder)
	if len(names) != 1 || !strings.HasPrefix(names[0], "video.mp4.") || !strings.HasSuffix(names[0], ".part") {
		t.Fatalf("%q, want one .part file", names)
	}
	part, err := os.Stat(filepath.Join(folder, names[0]))
	if err != nil {
		t.Fatal(err)
	}
	return int(part.Size())
}
