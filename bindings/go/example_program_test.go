package anchor_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// buildExample builds examples/pause.go with the library that these tests use.
func buildExample(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "pause")
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx,
		"go", "build", "-buildvcs=false", "-tags", "anchor_ldflags", "-o", program, pauseExample)
	command.Env = append(os.Environ(), "CGO_LDFLAGS="+linkFlags(t))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return program
}

func linkFlags(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Dir(libraryFile))
	if err != nil {
		t.Fatal(err)
	}
	return "'-L" + folder + "' -lanchor '-Wl,-rpath," + folder + "'"
}

func TestExampleProgram(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	program := buildExample(t)
	rows := []struct {
		title, key     string
		arguments      []string
		code           int
		stdout, stderr string
	}{
		{"pauses", key, []string{"one"}, 0, "paused one\n", ""},
		{"unknown session", key, []string{"two"}, 1, "", `anchor: 404 the session was not found while pausing session "two" (the API says: `},
		{"no key", "", []string{"one"}, 1, "", "anchor: WithAPIKey is missing"},
		{"no session", key, nil, 2, "", "usage: pause SESSION_ID"},
		{"two sessions", key, []string{"one", "two"}, 2, "", "usage: pause SESSION_ID"},
	}
	for _, row := range rows {
		t.Run(row.title, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			command := exec.CommandContext(ctx, program, row.arguments...)
			command.Env = append(os.Environ(), "ANCHORBROWSER_API_KEY="+row.key, "ANCHORBROWSER_BASE_URL="+server.url)
			var stdout, stderr bytes.Buffer
			command.Stdout, command.Stderr = &stdout, &stderr
			command.Run()
			if command.ProcessState.ExitCode() != row.code || stdout.String() != row.stdout {
				t.Errorf("exit %v, stdout %q, stderr %q", command.ProcessState, &stdout, &stderr)
			}
			if line := stderr.String(); !strings.HasPrefix(line, row.stderr) || strings.Count(line, "\n") != min(row.code, 1) {
				t.Errorf("stderr %q, want one line that begins with %q", line, row.stderr)
			}
		})
	}
	if state := server.state(t, "one"); state.Recording != "paused" {
		t.Errorf("%+v", state)
	}
}
