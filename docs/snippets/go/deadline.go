package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func main() {
	client, err := anchor.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer client.Close()
	// [begin deadline]
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	err = client.Recordings.Pause(ctx, "session-id")
	if errors.Is(err, context.DeadlineExceeded) {
		fmt.Println("it may be paused or not: pause again, or resume")
	}
	// [end deadline]
}
