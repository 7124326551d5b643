// Go_program checks that the Go package works on the system that it was compiled for. It prints how many
// checks it made. tools/with_sandbox.py starts it, and the sandboxes that it talks to.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

var made, failed int

func check(holds bool, what string) {
	made++
	if !holds {
		failed++
		fmt.Println("failed:", what)
	}
}

func recordingIs(state string) bool {
	answer, err := http.Get(os.Getenv("SANDBOX_URL") + "/sandbox/sessions/abc")
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return err == nil && strings.Contains(string(text), `"recording":"`+state+`"`)
}

func checkCalls(client *anchor.Client) {
	ctx, recordings := context.Background(), client.Recordings
	check(recordings.Pause(ctx, "abc") == nil && recordingIs("paused"), "a pause")
	check(recordings.Resume(ctx, "abc") == nil && recordingIs("recording"), "a resume")
	err := recordings.WhilePaused(ctx, "abc", func(context.Context) error {
		check(recordingIs("paused"), "a block")
		return nil
	})
	check(err == nil && recordingIs("recording"), "the end of a block")
	check(errors.Is(recordings.Pause(ctx, "no-such-session"), anchor.ErrNotFound), "a missing session")
	soon, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	check(errors.Is(recordings.Pause(soon, "stall"), context.DeadlineExceeded), "a deadline")
	refused, err := anchor.New(anchor.WithBaseURL("http://127.0.0.1:1"), anchor.WithMaxRetries(0))
	check(err == nil && errors.Is(refused.Recordings.Pause(ctx, "abc"), anchor.ErrConnectFailed), "a refused connection")
	secure, err := anchor.New(anchor.WithBaseURL(os.Getenv("SANDBOX_TLS_URL")), anchor.WithCAFile(os.Getenv("SANDBOX_CA")))
	check(err == nil && secure.Recordings.Pause(ctx, "abc") == nil, "TLS with a CA file")
}

func checkDownload(client *anchor.Client) {
	folder, err := os.MkdirTemp("", "anchor-test-")
	check(err == nil, "a folder")
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "v\u00eddeo \u4e2d.mp4")
	for range 2 {
		err := client.Recordings.Download(context.Background(), "abc", path)
		found, missing := os.Stat(path)
		check(err == nil && missing == nil && found.Size() == 4096, "a download, and one over the file")
	}
}

// No more, because Wine looks at every socket whenever something happens at one of them.
func checkGoroutines(client *anchor.Client) {
	var group sync.WaitGroup
	var done atomic.Int32
	var last atomic.Value
	for range 200 {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := client.Recordings.Pause(context.Background(), "abc"); err == nil {
				done.Add(1)
			} else {
				last.Store(err.Error())
			}
		}()
	}
	group.Wait()
	check(done.Load() == 200, fmt.Sprint("200 goroutines: ", done.Load(), " paused, ", last.Load()))
}

func main() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	checkCalls(client)
	checkDownload(client)
	checkGoroutines(client)
	check(client.Close() == nil, "closing")
	fmt.Printf("%d checks, %d failed\n", made, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
