package anchor_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestNewRejectsInvalidOptions(t *testing.T) {
	noCertificate := filepath.Join(t.TempDir(), "no certificate.pem")
	if err := os.WriteFile(noCertificate, []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		title  string
		option anchor.Option
		says   []string // The name of the option first.
	}{
		{"key empty", anchor.WithAPIKey(""), []string{"WithAPIKey ", "empty"}},
		{"key not ASCII", anchor.WithAPIKey("canary-ü"), []string{"WithAPIKey ", "ASCII"}},
		{"key with newline", anchor.WithAPIKey("canary\n"), []string{"WithAPIKey ", "newline"}},
		{"key with NUL", anchor.WithAPIKey("canary\x00x"), []string{"WithAPIKey ", "NUL"}},
		{"key too long", anchor.WithAPIKey(strings.Repeat("k", 4097)), []string{"WithAPIKey ", "4096"}},
		{"base URL empty", anchor.WithBaseURL(""), []string{"WithBaseURL ", "http://"}},
		{"base URL without scheme", anchor.WithBaseURL("api.example"), []string{"WithBaseURL ", "http://"}},
		{"base URL with user info", anchor.WithBaseURL("http://u:canary@host"), []string{"WithBaseURL ", "user info"}},
		{"base URL with query", anchor.WithBaseURL("http://host/?q=canary"), []string{"WithBaseURL ", "query"}},
		{"base URL with fragment", anchor.WithBaseURL("http://host/#f"), []string{"WithBaseURL ", "fragment"}},
		{"base URL with NUL", anchor.WithBaseURL("http://host\x00/"), []string{"WithBaseURL ", "NUL"}},
		{"base URL not UTF-8", anchor.WithBaseURL("http://host/\xff"), []string{"WithBaseURL ", "UTF-8"}},
		{"CA file missing", anchor.WithCAFile("/no/such/file.pem"), []string{"WithCAFile ", "/no/such/file.pem"}},
		{"CA file empty", anchor.WithCAFile(""), []string{"WithCAFile "}},
		{"CA file without certificate", anchor.WithCAFile(noCertificate), []string{"WithCAFile ", "no certificate"}},
		{"CA file with NUL", anchor.WithCAFile("a\x00b"), []string{"WithCAFile ", "NUL"}},
		{"client certificate missing", anchor.WithClientCertificate("/no/such/file.pem"), []string{"WithClientCertificate ", "/no/such/file.pem"}},
		{"client certificate empty", anchor.WithClientCertificate(""), []string{"WithClientCertificate "}},
		{"client certificate without certificate", anchor.WithClientCertificate(noCertificate), []string{"WithClientCertificate ", "no certificate"}},
		{"client certificate with NUL", anchor.WithClientCertificate("a\x00b"), []string{"WithClientCertificate ", "NUL"}},
		{"proxy without port", anchor.WithProxy("host"), []string{"WithProxy ", "http://"}},
		{"proxy of an unknown scheme", anchor.WithProxy("socks6://host:1"), []string{"WithProxy ", "socks5://"}},
		{"proxy with NUL", anchor.WithProxy("\x00"), []string{"WithProxy ", "NUL"}},
		{"timeout 0", anchor.WithTimeout(0), []string{"WithTimeout ", "must be above 0 and at most 24h, not 0s"}},
		{"timeout negative", anchor.WithTimeout(-time.Nanosecond), []string{"WithTimeout ", "not -1ns"}},
		{"timeout most negative", anchor.WithTimeout(math.MinInt64), []string{"WithTimeout "}},
		{"timeout beyond a day", anchor.WithTimeout(24*time.Hour + time.Nanosecond), []string{"WithTimeout ", "not 24h0m0.000000001s"}},
		{"timeout longest", anchor.WithTimeout(math.MaxInt64), []string{"WithTimeout ", "at most 24h"}},
		{"header reserved", anchor.WithHeader("Host", "canary"), []string{"WithHeader ", "Host"}},
		{"header with NUL", anchor.WithHeader("X-A", "canary\x00"), []string{"WithHeader ", "NUL"}},
		{"retries negative", anchor.WithMaxRetries(-1), []string{"WithMaxRetries ", "-1"}},
		{"retries beyond 32 bits", anchor.WithMaxRetries(math.MaxUint32 + 1), []string{"WithMaxRetries ", "4294967296"}},
	}
	for _, row := range rows {
		t.Run(row.title, func(t *testing.T) {
			client, err := anchor.New(anchor.WithAPIKey(key), anchor.WithBaseURL(shared.url), row.option)
			if client != nil {
				t.Fatal("a client was made")
			}
			checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
			for _, part := range row.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not contain %q", err, part)
				}
			}
			if !strings.HasPrefix(err.Error(), "anchor: "+row.says[0]) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q does not begin with the option, or contains a secret", err)
			}
		})
	}
}

func TestNewAcceptsExtremeOptions(t *testing.T) {
	newClient(t, shared, anchor.WithTimeout(24*time.Hour), anchor.WithMaxRetries(math.MaxUint32))
	newClient(t, shared, anchor.WithAPIKey(strings.Repeat("k", 4096)), anchor.WithProxy(""))
	client := newClient(t, shared, anchor.WithTimeout(time.Nanosecond))
	err := client.Recordings.Pause(context.Background(), "stall")
	checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
}

func TestNewReadsTheEnvironment(t *testing.T) {
	for variable, unusable := range map[string]string{
		"ANCHORBROWSER_BASE_URL": "ftp://host", "ANCHORBROWSER_API_KEY": "canary\n",
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, unusable)
			_, err := anchor.New()
			checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
			if !strings.HasPrefix(err.Error(), "anchor: "+variable+" ") || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v", err)
			}
			// An option of the same kind is not the variable's fault.
			_, err = anchor.New(anchor.WithBaseURL("ftp://host"), anchor.WithAPIKey("k"))
			checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
			if !strings.HasPrefix(err.Error(), "anchor: WithBaseURL ") {
				t.Errorf("%v", err)
			}
		})
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
		checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.Contains(err.Error(), "WithAPIKey is missing") || !strings.Contains(err.Error(), "ANCHORBROWSER_API_KEY") {
			t.Errorf("%v", err)
		}
	}
}

// If an option does not implement an interface at run time, its misuse does not compile.
func TestOptionTypesMatchTheirUse(t *testing.T) {
	for _, option := range []anchor.Option{
		anchor.WithAPIKey(""), anchor.WithBaseURL(""), anchor.WithCAFile(""), anchor.WithClientCertificate(""),
		anchor.WithProxy(""),
		anchor.WithHeader("", ""), anchor.WithLogger(nil),
	} {
		if _, fits := option.(anchor.CallOption); fits {
			t.Errorf("%T can be passed to a call", option)
		}
	}
	if _, fits := anchor.WithProgress(nil).(anchor.Option); fits {
		t.Error("WithProgress can be passed to New")
	}
	for _, option := range []anchor.CommonOption{anchor.WithTimeout(1), anchor.WithMaxRetries(1)} {
		var _ anchor.Option = option
		var _ anchor.CallOption = option
	}
}

func TestLastOptionWins(t *testing.T) {
	client := newClient(t, shared, anchor.WithTimeout(time.Nanosecond), anchor.WithTimeout(time.Hour))
	err := client.Recordings.Pause(context.Background(), "demo", anchor.WithTimeout(1), anchor.WithTimeout(time.Hour))
	if err != nil {
		t.Error(err)
	}
}
