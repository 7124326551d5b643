package anchor_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestRequestsNameTheWrapper(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	if err := newClient(t, server).Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(server.log)
	if err != nil || !strings.Contains(string(log), `"x-anchor-sdk":"libanchor-go/`+anchor.Version()+`"`) {
		t.Errorf("%v: %s", err, log)
	}
}

func TestHeadersAreSent(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	client := newClient(t, server, anchor.WithHeader("X-Trace", "first"), anchor.WithHeader("X-Empty", ""),
		anchor.WithHeader("x-trace", "a b; c=\"d\""), anchor.WithHeader("User-Agent", "mine"))
	if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	headers := server.onlyHeaders(t)
	empty, found := headers["x-empty"]
	if headers["x-trace"] != `a b; c="d"` || headers["user-agent"] != "mine" || !found || empty != "" {
		t.Errorf("%v", headers)
	}
}

func TestUnusableHeaders(t *testing.T) {
	rows := []struct{ name, value, says string }{
		{"", "canary", "header name"}, {"a b", "canary", `"a b"`}, {"x\x00", "canary", "NUL"}, {"x-a", "canary\x00", "NUL"},
		{"x-a", "canary\n", `"x-a"`}, {"x-a", "canary-ü", "ASCII"}, {"anchor-api-key", "canary", "anchor-api-key"},
		{"Host", "canary", "Host"}, {"Content-Length", "5", "Content-Length"},
	}
	for _, row := range rows {
		_, err := anchor.New(anchor.WithAPIKey(key), anchor.WithHeader(row.name, row.value))
		checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.HasPrefix(err.Error(), "anchor: WithHeader ") || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%v does not contain %q", err, row.says)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%v contains a secret", err)
		}
	}
}

// The first client of a process reads the headers of the environment. With cgo, os.Setenv also
// changes the environment of C.
func TestHeadersOfTheEnvironment(t *testing.T) {
	for how, before := range map[string]string{"inherited": "X-Team: blue\nX-Own: no\n", "set": "X-Team: red"} {
		server := newSandbox(t, "--session", "one")
		output, err := runChild(t, "headers", "ANCHORBROWSER_BASE_URL="+server.url,
			"ANCHORBROWSER_CUSTOM_HEADERS="+before, "TEST_HOW="+how)
		if err != nil || output != "done\n" {
			t.Fatalf("%v: %s", err, output)
		}
		headers := server.onlyHeaders(t)
		if headers["x-team"] != "blue" || headers["x-own"] != "yes" || headers["x-late"] != "" {
			t.Errorf("%s: %v", how, headers)
		}
	}
}

func pauseWithHeaders() error {
	if os.Getenv("TEST_HOW") == "set" {
		os.Setenv("ANCHORBROWSER_CUSTOM_HEADERS", "X-Team: blue\nX-Own: no")
	}
	first, err := anchor.New()
	if err != nil {
		return err
	}
	first.Close()
	os.Setenv("ANCHORBROWSER_CUSTOM_HEADERS", "X-Late: yes")
	client, err := anchor.New(anchor.WithHeader("X-Own", "yes"))
	if err == nil {
		err = client.Recordings.Pause(context.Background(), "one")
	}
	if err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}
