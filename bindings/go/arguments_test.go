package anchor_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestUnusableOptions(t *testing.T) {
	noCertificate := filepath.Join(t.TempDir(), "no certificate.pem")
	if err := os.WriteFile(noCertificate, []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		title  string
		option anchor.Option
		says   []string
	}{
		{"key empty", anchor.WithAPIKey(""), []string{"api_key", "empty"}},
		{"key not ASCII", anchor.WithAPIKey("canary-ü"), []string{"api_key", "ASCII"}},
		{"key with newline", anchor.WithAPIKey("canary\n"), []string{"api_key", "newline"}},
		{"key with NUL", anchor.WithAPIKey("canary\x00x"), []string{"api_key", "NUL"}},
		{"key too long", anchor.WithAPIKey(strings.Repeat("k", 4097)), []string{"api_key", "4096"}},
		{"base URL empty", anchor.WithBaseURL(""), []string{"base_url", "http://"}},
		{"base URL without scheme", anchor.WithBaseURL("api.example"), []string{"base_url", "http://"}},
		{"base URL with user info", anchor.WithBaseURL("http://u:canary@host"), []string{"base_url", "user info"}},
		{"base URL with query", anchor.WithBaseURL("http://host/?q=canary"), []string{"base_url", "query"}},
		{"base URL with fragment", anchor.WithBaseURL("http://host/#f"), []string{"base_url", "fragment"}},
		{"base URL with NUL", anchor.WithBaseURL("http://host\x00/"), []string{"base_url", "NUL"}},
		{"base URL not UTF-8", anchor.WithBaseURL("http://host/\xff"), []string{"base_url", "UTF-8"}},
		{"CA file missing", anchor.WithCAFile("/no/such/file.pem"), []string{"ca_file", "/no/such/file.pem"}},
		{"CA file empty", anchor.WithCAFile(""), []string{"ca_file"}},
		{"CA file without certificate", anchor.WithCAFile(noCertificate), []string{"ca_file", "no certificate"}},
		{"CA file with NUL", anchor.WithCAFile("a\x00b"), []string{"ca_file", "NUL"}},
		{"proxy without scheme", anchor.WithProxy("host:3128"), []string{"proxy", "http://"}},
		{"proxy with NUL", anchor.WithProxy("\x00"), []string{"proxy", "NUL"}},
		{"timeout 0", anchor.WithTimeout(0), []string{"timeout", "not 0"}},
		{"timeout negative", anchor.WithTimeout(-time.Nanosecond), []string{"timeout", "-1ns"}},
		{"timeout most negative", anchor.WithTimeout(math.MinInt64), []string{"timeout"}},
		{"timeout beyond a day", anchor.WithTimeout(24*time.Hour + time.Nanosecond), []string{"timeout", "86400001"}},
		{"timeout longest", anchor.WithTimeout(math.MaxInt64), []string{"timeout", "a day"}},
		{"retries negative", anchor.WithMaxRetries(-1), []string{"max_retries", "-1"}},
		{"retries beyond 32 bits", anchor.WithMaxRetries(math.MaxUint32 + 1), []string{"max_retries", "4294967296"}},
	}
	for _, row := range rows {
		t.Run(row.title, func(t *testing.T) {
			client, err := anchor.New(anchor.WithAPIKey(key), anchor.WithBaseURL(shared.url), row.option)
			if client != nil {
				t.Fatal("a client was made")
			}
			check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
			for _, part := range row.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("%q tells a secret", err)
			}
		})
	}
}

func TestUsableExtremes(t *testing.T) {
	newClient(t, shared, anchor.WithTimeout(24*time.Hour), anchor.WithMaxRetries(math.MaxUint32))
	newClient(t, shared, anchor.WithAPIKey(strings.Repeat("k", 4096)), anchor.WithProxy(""))
	client := newClient(t, shared, anchor.WithTimeout(time.Nanosecond))
	err := client.Recordings.Pause(context.Background(), "stall")
	check(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
}

func TestEnvironment(t *testing.T) {
	t.Setenv("ANCHORBROWSER_BASE_URL", "ftp://host")
	_, err := anchor.New()
	check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	// So named because it was passed on: the library itself did not read the environment.
	if !strings.HasPrefix(err.Error(), "base_url ") {
		t.Errorf("%v", err)
	}
	t.Setenv("ANCHORBROWSER_BASE_URL", shared.url)
	client, err := anchor.New()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Recordings.Pause(context.Background(), "demo"); err != nil {
		t.Fatal(err)
	}
	for _, missing := range []string{"", "unset"} {
		t.Setenv("ANCHORBROWSER_API_KEY", "")
		if missing == "unset" {
			os.Unsetenv("ANCHORBROWSER_API_KEY")
		}
		_, err = anchor.New()
		check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.Contains(err.Error(), "api_key is missing") || !strings.Contains(err.Error(), "ANCHORBROWSER_API_KEY") {
			t.Errorf("%v", err)
		}
	}
}

func TestUnusableSessionIDs(t *testing.T) {
	server := special(t, "--session", "one")
	client := newClient(t, server)
	ids := []string{
		"", ".", "..", strings.Repeat("x", 257), "a\nb", "a\tb", "a\x7fb", "a\u0085b", "a\xffb", "a\x00b", "one\x00", "\x00",
		"one/", "/", "two/../one", `two\one`, "%6fne", "o%2Fne", "100%",
	}
	for _, id := range ids {
		err := client.Recordings.Pause(context.Background(), id)
		failed := check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.Contains(err.Error(), "session_id") || failed.Attempts != 0 || failed.HTTPStatus != 0 {
			t.Errorf("%q: %+v", id, failed)
		}
	}
	if requests := server.logged(t); requests != 0 {
		t.Errorf("%d requests were sent", requests)
	}
	err := client.Recordings.Pause(context.Background(), strings.Repeat("x", 256))
	check(t, err, anchor.ErrNotFound, anchor.StatusNotFound)
}

func TestClosedClient(t *testing.T) {
	client := newClient(t, shared)
	for range 3 {
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
	}
	err := client.Recordings.Pause(context.Background(), "quiet")
	failed := check(t, err, anchor.ErrClosed, anchor.StatusInvalidHandle)
	if !strings.Contains(failed.Message, "client") {
		t.Errorf("%v does not name the client", failed)
	}
	if state := shared.session(t, "quiet"); state.Requests != 0 {
		t.Errorf("%+v", state)
	}
}

func TestNilContext(t *testing.T) {
	var none context.Context
	err := newClient(t, shared).Recordings.Pause(none, "quiet")
	check(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	if !strings.Contains(err.Error(), "ctx") || shared.session(t, "quiet").Requests != 0 {
		t.Errorf("%v", err)
	}
}

func TestStatusNames(t *testing.T) {
	names := map[anchor.Status]string{
		anchor.StatusInvalidArgument: "ANCHOR_INVALID_ARGUMENT", anchor.StatusInvalidHandle: "ANCHOR_INVALID_HANDLE",
		anchor.StatusConnectFailed: "ANCHOR_CONNECT_FAILED", anchor.StatusTLSFailed: "ANCHOR_TLS_FAILED",
		anchor.StatusConnectionLost: "ANCHOR_CONNECTION_LOST", anchor.StatusTimeout: "ANCHOR_TIMEOUT",
		anchor.StatusCancelled: "ANCHOR_CANCELLED", anchor.StatusBadResponse: "ANCHOR_BAD_RESPONSE",
		anchor.StatusResourceExhausted: "ANCHOR_RESOURCE_EXHAUSTED", anchor.StatusInternal: "ANCHOR_INTERNAL",
		anchor.StatusUnauthorized: "ANCHOR_UNAUTHORIZED", anchor.StatusNotFound: "ANCHOR_NOT_FOUND",
		anchor.StatusRateLimited: "ANCHOR_RATE_LIMITED", anchor.StatusServerError: "ANCHOR_SERVER_ERROR",
		302: "HTTP_STATUS", -1: "UNKNOWN_STATUS",
	}
	for status, name := range names {
		if status.String() != name {
			t.Errorf("%d is called %v, want %s", status, status, name)
		}
	}
}

// Every 5xx is a server error, and no status is two things.
func TestSentinels(t *testing.T) {
	for _, status := range []anchor.Status{500, 502, 503, 599} {
		if !errors.Is(&anchor.Error{Status: status}, anchor.ErrServerError) {
			t.Errorf("%d is no server error", status)
		}
	}
	for _, status := range []anchor.Status{0, 1, 302, 400, 499, 600} {
		if errors.Is(&anchor.Error{Status: status}, anchor.ErrServerError) {
			t.Errorf("%d is a server error", status)
		}
	}
}
