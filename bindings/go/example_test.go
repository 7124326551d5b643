package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func Example() {
	client, err := anchor.New() // The key comes from ANCHORBROWSER_API_KEY.
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
	// Output: api_key ends with a newline: strip it
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
	err = client.Recordings.Pause(ctx, "stall") // A session that the test server never answers for.
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleRecordings_WhilePaused() {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	err = client.Recordings.WhilePaused(context.Background(), "demo", func(ctx context.Context) error {
		fmt.Println("type the secret")
		return nil
	})
	switch {
	case errors.Is(err, anchor.ErrNotResumed):
		fmt.Println("the recording is still paused:", err)
	case err != nil:
		fmt.Println("the secret was not typed:", err)
	}
	// Output: type the secret
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
	// Output: demo.mp4 00:00:12 4096
}
