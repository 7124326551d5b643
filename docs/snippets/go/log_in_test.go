package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// [begin client]

// sandboxClient returns a client of a sandbox, which ends with the test.
func sandboxClient(t *testing.T) *anchor.Client {
	t.Helper()
	program := os.Getenv("ANCHOR_SANDBOX") // For example ../libanchor/target/debug/sandbox.
	sandbox := exec.Command(program,
		"--session", "session-id", "--fault", "stays-paused=resume:500", "--exit-with-stdin")
	stdin, err := sandbox.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := sandbox.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sandbox.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close() // The sandbox ends.
		sandbox.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	client, err := anchor.New(anchor.WithAPIKey("sandbox-key"), anchor.WithBaseURL(url), anchor.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// [end client]

func logIn(ctx context.Context, client *anchor.Client, session string) (typed bool, err error) {
	err = client.Recordings.WhilePaused(ctx, session, func(context.Context) error {
		typed = true
		return nil
	})
	return typed, err
}

// [begin tests]
func TestLogIn(t *testing.T) {
	client := sandboxClient(t)
	for _, test := range []struct {
		session string
		typed   bool
		err     error
	}{
		{"session-id", true, nil},
		{"no-such-session", false, anchor.ErrNotFound},
		{"stays-paused", true, anchor.ErrNotResumed},
	} {
		typed, err := logIn(t.Context(), client, test.session)
		if typed != test.typed || !errors.Is(err, test.err) {
			t.Errorf("%s: typed %v, %v", test.session, typed, err)
		}
	}
}

// [end tests]
