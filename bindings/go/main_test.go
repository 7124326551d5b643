package anchor_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

const key = "sandbox-key"

// shared is the sandbox of all tests that do not need one of their own.
var shared *sandbox

func TestMain(m *testing.M) {
	if child, found := children[os.Getenv(childVariable)]; found {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	shared, err = startSandbox("--session-per-fault", "--session", "demo", "--session", "yesterday", "--session", "quiet",
		"--session", "busy", "--session", "short")
	if err != nil {
		fmt.Fprintln(os.Stderr, "the sandbox does not start:", err)
		return 1
	}
	defer shared.stop()
	os.Setenv("ANCHORBROWSER_API_KEY", key)
	os.Setenv("ANCHORBROWSER_BASE_URL", shared.url)
	return m.Run()
}

// newClient makes a client of the sandbox that does not retry. The options override its settings.
func newClient(t testing.TB, server *sandbox, options ...anchor.Option) *anchor.Client {
	t.Helper()
	all := []anchor.Option{
		anchor.WithAPIKey(key),
		anchor.WithBaseURL(server.url),
		anchor.WithMaxRetries(0),
		anchor.WithTimeout(30 * time.Second),
	}
	client, err := anchor.New(append(all, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}
