//go:build !windows

package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

const longVideo = 200_000_000

func TestDownloadUsesConstantMemory(t *testing.T) {
	server := newSandbox(t, "--session", "one", "--video-bytes", strconv.Itoa(longVideo))
	path := filepath.Join(t.TempDir(), "video.mp4")
	output, err := runChild(t, "memory", "ANCHORBROWSER_BASE_URL="+server.url, "TEST_PATH="+path)
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	growth := atoi(t, strings.TrimSpace(output))
	t.Logf("the download of %d MB took %d KiB of memory", longVideo/1_000_000, growth)
	if growth > 32*1024 {
		t.Errorf("%d KiB", growth)
	}
	checkVideo(t, path, longVideo)
}

// downloadInConstantMemory prints how many KiB of memory the download took at its peak.
func downloadInConstantMemory() error {
	client, err := anchor.New(anchor.WithTimeout(time.Minute))
	if err != nil {
		return err
	}
	before := memory("VmRSS")
	silent := anchor.WithProgress(func(int64, int64) {})
	if err := client.Recordings.Download(context.Background(), "one", os.Getenv("TEST_PATH"), silent); err != nil {
		return err
	}
	fmt.Println(memory("VmHWM") - before)
	return nil
}

// memory reads a number of KiB from the status of this process.
func memory(name string) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, rest, _ := strings.Cut(string(status), name+":")
	number, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		panic(err)
	}
	return number
}

func TestDownloadToAFullDiskLeavesNoFile(t *testing.T) {
	server := newSandbox(t, "--session", "one", "--video-bytes", "3000000")
	folder := t.TempDir()
	path := filepath.Join(folder, "video.mp4")
	output, err := runChild(t, "full", "ANCHORBROWSER_BASE_URL="+server.url, "TEST_PATH="+path)
	if err != nil || output != "survived\n" {
		t.Fatalf("%v: %s", err, output)
	}
	if names := fileNames(t, folder); len(names) != 0 {
		t.Errorf("files left: %q", names)
	}
	server.checkRecording(t, "one", "paused")
}

// downloadTooMuch runs with a file size limit of 1 MB. To exceed it raises SIGXFSZ, which would
// end a Go program.
func downloadTooMuch() error {
	limit := syscall.Rlimit{Cur: 1_000_000, Max: 1_000_000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	client, err := anchor.New()
	if err != nil {
		return err
	}
	for range 3 {
		err := client.Recordings.Download(context.Background(), "one", os.Getenv("TEST_PATH"))
		if !errors.Is(err, anchor.ErrResourceExhausted) {
			return fmt.Errorf("%v, want ErrResourceExhausted", err)
		}
	}
	if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
		return err
	}
	fmt.Println("survived")
	return nil
}
