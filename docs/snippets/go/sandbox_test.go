package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// logIn stands for your own code.
func logIn(ctx context.Context, client *anchor.Client, id string, typing func(context.Context) error) error {
	if err := client.Recordings.WhilePaused(ctx, id, typing); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	return nil
}

// --8<-- [start:sandbox]
// newSandbox starts a stand-in for the API, which ends with the test, and makes a client of it.
func newSandbox(t *testing.T, options ...string) *anchor.Client {
	const program = "../libanchor/target/debug/sandbox" // "make sandbox-program" builds it in the clone.
	sandbox := exec.Command(program, append(options, "--exit-with-stdin")...)
	stdin, _ := sandbox.StdinPipe()
	stdout, _ := sandbox.StdoutPipe()
	if err := sandbox.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); sandbox.Wait() })
	var url string
	if _, err := fmt.Fscanf(stdout, "listening on %s\n", &url); err != nil {
		t.Fatal(err)
	}
	client, err := anchor.New(anchor.WithBaseURL(url), anchor.WithAPIKey("sandbox-key"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// --8<-- [end:sandbox]

// --8<-- [start:tests]
func TestNothingIsTypedIfPausingFails(t *testing.T) {
	client := newSandbox(t, "--fault", "demo=401")
	err := logIn(t.Context(), client, "demo", func(context.Context) error {
		t.Error("the secret was typed")
		return nil
	})
	if !errors.Is(err, anchor.ErrUnauthorized) {
		t.Error(err)
	}
}

func TestAFailedResumeIsReported(t *testing.T) {
	client := newSandbox(t, "--session", "demo")
	err := logIn(t.Context(), client, "demo", func(ctx context.Context) error {
		_, err := client.Request(ctx, "DELETE", "/v1/sessions/demo", nil) // Now the resume fails.
		return err
	})
	if !errors.Is(err, anchor.ErrNotResumed) {
		t.Error(err)
	}
}

// --8<-- [end:tests]
