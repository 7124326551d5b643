package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func typeTheSecret(context.Context) error {
	fmt.Println("typing")
	return nil
}

// [begin held]
func logIn(ctx context.Context, client *anchor.Client, sessionID string) error {
	err := client.Recordings.WhilePaused(ctx, sessionID, typeTheSecret)
	switch {
	case errors.Is(err, anchor.ErrNotResumed): // Check this first: the cause may be ErrNotFound.
		return err // It says that typeTheSecret ran, and how to resume.
	case errors.Is(err, anchor.ErrNotFound):
		return errors.New("there is no such session, or it has ended")
	case err != nil:
		return fmt.Errorf("the secret was not typed: %w", err)
	}
	return nil
}

// [end held]

func main() {
	client, err := anchor.New()
	if err == nil {
		defer client.Close()
		err = logIn(context.Background(), client, "session-id")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
