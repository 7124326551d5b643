package main

import (
	"context"
	"fmt"
	"os"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func main() {
	if err := pause(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "do not type the secret:", err)
		os.Exit(1)
	}
	fmt.Println("paused")
}

func pause(ctx context.Context) error {
	// --8<-- [start:pause]
	client, err := anchor.New()
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Recordings.Pause(ctx, "session-id")
	// --8<-- [end:pause]
}
