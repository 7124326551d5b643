package anchor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func Example() {
	client, err := anchor.New() // The API key comes from ANCHORBROWSER_API_KEY.
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	if err := client.Recordings.Pause(context.Background(), "demo"); err != nil {
		fmt.Println("do not type the secret:", err)
		return
	}
	fmt.Println("paused")
	// Output: paused
}

func ExampleNew() {
	client, err := anchor.New(
		anchor.WithAPIKey("key\n"),
		anchor.WithTimeout(10*time.Second),
		anchor.WithMaxRetries(5),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	// Output: anchor: WithAPIKey ends with a newline: remove it
}

func ExampleClient_Connect() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	ctx := context.Background()
	// The page with the form begins to load.
	if err := client.Connect(ctx); err != nil {
		fmt.Println("the pause will take longer:", err)
	}
	// The form appears.
	if err := client.Recordings.Pause(ctx, "demo"); err != nil {
		fmt.Println("do not type the secret:", err)
		return
	}
	fmt.Println("paused")
	// Output: paused
}

func ExampleError() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	err = client.Recordings.Pause(context.Background(), "no-such-session")
	if errors.Is(err, anchor.ErrNotFound) {
		fmt.Println("the session has ended")
	}
	var failed *anchor.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Status, failed.HTTPStatus, failed.Attempts)
	}
	// Output:
	// the session has ended
	// ANCHOR_NOT_FOUND 404 1
}

func ExampleRecordings_Pause() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	err = client.Recordings.Pause(ctx, "stall") // The test server never answers for this session.
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleRecordings_Resume() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	ctx := context.Background()
	if err := client.Recordings.Pause(ctx, "demo"); err != nil {
		fmt.Println("do not type the secret:", err)
		return
	}
	// More retries than usual, because nothing is recorded until this succeeds.
	err = client.Recordings.Resume(ctx, "demo", anchor.WithMaxRetries(5), anchor.WithTimeout(time.Minute))
	if err != nil {
		fmt.Println("the recording may still be paused:", err)
		return
	}
	fmt.Println("recording")
	// Output: recording
}

func ExampleRecordings_WhilePaused() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	err = client.Recordings.WhilePaused(context.Background(), "demo", func(ctx context.Context) error {
		return typeTheSecret("demo")
	})
	var notResumed *anchor.NotResumedError
	switch {
	case errors.As(err, &notResumed): // Check this before any other error.
		fmt.Println("call Resume for", notResumed.SessionID, "because of", notResumed.Err)
	case err != nil:
		fmt.Println("the secret was not typed:", err)
	}
	// Output: typed while the recording is paused
}

// typeTheSecret stands for the code that drives the browser. It prints the state of the recording.
func typeTheSecret(sessionID string) error {
	state, err := fetchState(shared.url, sessionID)
	fmt.Println("typed while the recording is", state.Recording)
	return err
}

func ExampleNotResumedError() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	err = client.Recordings.WhilePaused(context.Background(), "short", func(context.Context) error {
		if err := typeTheSecret("short"); err != nil {
			return err
		}
		// The session ends before the recording is resumed.
		_, err := client.Request(context.Background(), "DELETE", "/v1/sessions/short", nil)
		return err
	})
	var notResumed *anchor.NotResumedError
	if errors.As(err, &notResumed) {
		fmt.Println("not resumed:", notResumed.SessionID)
	}
	// The reason matches as well. Without the check above it would look like a failed pause.
	fmt.Println(errors.Is(err, anchor.ErrNotFound))
	// Output:
	// typed while the recording is paused
	// not resumed: short
	// true
}

func ExampleRecordings_List() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	recordings, err := client.Recordings.List(context.Background(), "demo")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, recording := range recordings {
		fmt.Println(recording.SuggestedFileName, recording.Duration, recording.Size)
	}
	// Output: demo.mp4 12s 4096
}

func ExampleRecordings_Download() {
	folder, err := os.MkdirTemp("", "recordings-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	var percent int64
	err = client.Recordings.Download(context.Background(), "demo", filepath.Join(folder, "demo.mp4"),
		anchor.WithTimeout(time.Hour),
		anchor.WithProgress(func(done, total int64) {
			if total > 0 {
				percent = 100 * done / total
			}
		}))
	if err != nil {
		fmt.Println("call again to continue the download:", err)
		return
	}
	fmt.Println(percent, "%")
	// Output: 100 %
}

func ExampleRecordings_Delete() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	err = client.Recordings.Delete(context.Background(), "yesterday", "primary")
	switch {
	case errors.Is(err, anchor.ErrNotFound):
		fmt.Println("there is no recording")
	case errors.Is(err, anchor.ErrUnauthorized), errors.Is(err, anchor.ErrRateLimited):
		fmt.Println("not deleted:", err)
	case err != nil:
		fmt.Println("it may or may not be deleted; list the recordings:", err)
	default:
		fmt.Println("deleted")
	}
	// Output: deleted
}

func ExampleClient_Request() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	answer, err := client.Request(context.Background(), "GET", "/v1/sessions/demo/recordings", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var list struct {
		Data struct{ Count int }
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(list.Data.Count)
	// Output: 1
}

func ExampleClient_Request_body() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	body := map[string]any{"session": map[string]any{"recording": true}}
	_, err = client.Request(context.Background(), "POST", "/v1/no-such-path", body)
	fmt.Println(errors.Is(err, anchor.ErrNotFound))
	// Output: true
}

func ExampleWithLogger() {
	var log strings.Builder
	client, err := anchor.New(anchor.WithLogger(slog.New(slog.NewJSONHandler(&log, nil))))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	// There is no such session.
	if err := client.Recordings.Pause(context.Background(), "no-such-session"); err == nil {
		fmt.Println("paused")
	}
	for line := range strings.Lines(log.String()) {
		var record struct{ Level, Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			fmt.Println(err)
			return
		}
		attempt, _, _ := strings.Cut(record.Msg, ",") // The duration and the outcome follow.
		fmt.Println(record.Level, attempt)
	}
	// Output:
	// WARN POST /v1/sessions/no-such-session/recordings/pause attempt 1
}
