package anchor_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sandbox is a running stand-in for the API. It ends with this process, or when stopped.
type sandbox struct {
	url, caFile, log string
	command          *exec.Cmd
	stdin            io.Closer
}

func startSandbox(arguments ...string) (*sandbox, error) {
	program := os.Getenv("ANCHOR_SANDBOX")
	if program == "" {
		program = filepath.FromSlash("../../target/debug/examples/sandbox")
	}
	file, err := os.CreateTemp("", "sandbox-*.log")
	if err != nil {
		return nil, err
	}
	file.Close()
	s := &sandbox{log: file.Name()}
	s.command = exec.Command(program, append(arguments, "--exit-with-stdin", "--log", s.log)...)
	s.command.Stderr = os.Stderr
	stdin, err := s.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.stdin = stdin
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	if err := s.readAddress(stdout, strings.Contains(strings.Join(arguments, " "), "--tls")); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// readAddress reads what the sandbox says when it is ready.
func (s *sandbox) readAddress(stdout io.Reader, tls bool) error {
	hung := time.AfterFunc(20*time.Second, func() { s.command.Process.Kill() })
	defer hung.Stop()
	lines := bufio.NewScanner(stdout)
	expected := map[string]*string{"listening on ": &s.url}
	if tls {
		expected["ca file "] = &s.caFile
	}
	for len(expected) > 0 {
		if !lines.Scan() {
			return fmt.Errorf("it ended before it listened: %v", lines.Err())
		}
		for prefix, value := range expected {
			if text, found := strings.CutPrefix(lines.Text(), prefix); found {
				*value = text
				delete(expected, prefix)
			}
		}
	}
	return nil
}

func (s *sandbox) stop() {
	s.stdin.Close()
	hung := time.AfterFunc(10*time.Second, func() { s.command.Process.Kill() })
	defer hung.Stop()
	s.command.Wait()
	os.Remove(s.log)
}

// special starts a sandbox for one test.
func special(t *testing.T, arguments ...string) *sandbox {
	t.Helper()
	server, err := startSandbox(arguments...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.stop)
	return server
}

// logged counts the requests that reached the API's paths.
func (s *sandbox) logged(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// A logged request is one that the sandbox noted.
type loggedRequest struct {
	Method, Path, Query, Session string
	Headers                      map[string]string
	BodyBytes                    int `json:"body_bytes"`
}

// entries are the requests that reached the API's paths, in order.
func (s *sandbox) entries(t *testing.T) (entries []loggedRequest) {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var entry loggedRequest
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry)
	}
	return entries
}

// requests tells what was asked of the API for a session, such as "POST pause", in order.
func (s *sandbox) requests(t *testing.T, session string) (requests []string) {
	t.Helper()
	for _, entry := range s.entries(t) {
		if entry.Session == session {
			requests = append(requests, entry.Method+" "+path.Base(entry.Path))
		}
	}
	return requests
}

// end ends a session, so that everything that is asked for it fails with 404.
func (s *sandbox) end(t *testing.T, session string) {
	t.Helper()
	s.ask(t, http.MethodDelete, "/v1/sessions/"+url.PathEscape(session))
}

// resume resumes a recording as a program without this package does.
func (s *sandbox) resume(t *testing.T, session string) {
	t.Helper()
	s.ask(t, http.MethodPost, "/v1/sessions/"+url.PathEscape(session)+"/recordings/resume")
}

// ask sends a request of the API without this package.
func (s *sandbox) ask(t *testing.T, method, path string) {
	t.Helper()
	request, err := http.NewRequest(method, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("anchor-api-key", key)
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
}

type session struct {
	Recording string
	Requests  int
}

// watcher asks sandboxes for their state, by few connections for thousands of goroutines.
var watcher = http.Client{
	Timeout:   time.Minute,
	Transport: &http.Transport{MaxConnsPerHost: 16, MaxIdleConnsPerHost: 16},
}

// stateOf asks a server without TLS what became of a session.
func stateOf(server, id string) (state session, err error) {
	answer, err := watcher.Get(server + "/sandbox/sessions/" + url.PathEscape(id))
	if err != nil {
		return state, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return state, errors.New(answer.Status)
	}
	return state, json.NewDecoder(answer.Body).Decode(&state)
}

func (s *sandbox) session(t *testing.T, id string) session {
	t.Helper()
	state, err := stateOf(s.url, id)
	if err != nil {
		t.Fatalf("session %q: %v", id, err)
	}
	return state
}

// checkRecording looks at the server's own state: "paused", "recording" or "off". Any goroutine may
// call it.
func (s *sandbox) checkRecording(t *testing.T, id, expected string) {
	t.Helper()
	if state, err := stateOf(s.url, id); err != nil || state.Recording != expected {
		t.Errorf("%s: %+v, %v, want %s", id, state, err, expected)
	}
}

// checkRequests compares what was asked of the API for a session, in order.
func (s *sandbox) checkRequests(t *testing.T, id string, expected ...string) {
	t.Helper()
	if requests := s.requests(t, id); !slices.Equal(requests, expected) {
		t.Errorf("%s: %q, want %q", id, requests, expected)
	}
}

// await waits until the session had at least this many requests.
func (s *sandbox) await(t *testing.T, id string, requests int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); s.session(t, id).Requests < requests; {
		if time.Now().After(end) {
			t.Fatalf("%q had no %d requests within 20 s", id, requests)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
