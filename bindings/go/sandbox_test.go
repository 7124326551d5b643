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
	"slices"
	"strings"
	"testing"
	"time"
)

// A sandbox is a running test server that stands in for the API. It ends with this process at the
// latest.
type sandbox struct {
	url, caFile, log string
	command          *exec.Cmd
	stdin            io.Closer
}

func startSandbox(arguments ...string) (*sandbox, error) {
	file, err := os.CreateTemp("", "sandbox-*.log")
	if err != nil {
		return nil, err
	}
	file.Close()
	s := &sandbox{log: file.Name()}
	s.command = exec.Command(sandboxProgram, append(arguments, "--exit-with-stdin", "--log", s.log)...)
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

// readAddress waits until the sandbox prints where it listens.
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

// newSandbox starts a sandbox for one test. The shared one suffices for most tests.
func newSandbox(t *testing.T, arguments ...string) *sandbox {
	t.Helper()
	server, err := startSandbox(arguments...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.stop)
	return server
}

// countRequests returns how many requests of the API the sandbox has received.
func (s *sandbox) countRequests(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// A loggedRequest is a line of the sandbox's log.
type loggedRequest struct {
	Method, Path, Query, Session string
	Headers                      map[string]string
	BodyBytes                    int `json:"body_bytes"`
}

// requestLog returns the requests of the API that the sandbox has received, in order.
func (s *sandbox) requestLog(t *testing.T) (entries []loggedRequest) {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, "\n") {
			break // It is half written.
		}
		var entry loggedRequest
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry)
	}
	return entries
}

// requests returns the requests for a session in the form "POST pause", in order.
func (s *sandbox) requests(t *testing.T, session string) (requests []string) {
	t.Helper()
	for _, entry := range s.requestLog(t) {
		if entry.Session == session {
			requests = append(requests, entry.Method+" "+path.Base(entry.Path))
		}
	}
	return requests
}

// endSession ends a session: further requests for it are answered with 404.
func (s *sandbox) endSession(t *testing.T, session string) {
	t.Helper()
	s.send(t, http.MethodDelete, "/v1/sessions/"+url.PathEscape(session))
}

// resume resumes a recording without this package, as another program would.
func (s *sandbox) resume(t *testing.T, session string) {
	t.Helper()
	s.send(t, http.MethodPost, "/v1/sessions/"+url.PathEscape(session)+"/recordings/resume")
}

// send sends a request without this package.
func (s *sandbox) send(t *testing.T, method, path string) {
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

// A sessionState is the sandbox's own view of a session.
type sessionState struct {
	Recording string // "recording", "paused" or "off".
	Requests  int
}

// stateClient reads the state of sessions. It uses few connections for thousands of goroutines.
var stateClient = http.Client{
	Timeout:   time.Minute,
	Transport: &http.Transport{MaxConnsPerHost: 16, MaxIdleConnsPerHost: 16},
}

// fetchState reads the state of a session from a sandbox without TLS.
func fetchState(server, id string) (state sessionState, err error) {
	answer, err := stateClient.Get(server + "/sandbox/sessions/" + url.PathEscape(id))
	if err != nil {
		return state, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return state, errors.New(answer.Status)
	}
	return state, json.NewDecoder(answer.Body).Decode(&state)
}

func (s *sandbox) state(t *testing.T, id string) sessionState {
	t.Helper()
	state, err := fetchState(s.url, id)
	if err != nil {
		t.Fatalf("session %q: %v", id, err)
	}
	return state
}

// checkRecording compares the sandbox's own state of a recording. Any goroutine may call it.
func (s *sandbox) checkRecording(t *testing.T, id, expected string) {
	t.Helper()
	if state, err := fetchState(s.url, id); err != nil || state.Recording != expected {
		t.Errorf("%s: %+v, %v, want %s", id, state, err, expected)
	}
}

// checkRequests compares the requests for a session, in order.
func (s *sandbox) checkRequests(t *testing.T, id string, expected ...string) {
	t.Helper()
	if requests := s.requests(t, id); !slices.Equal(requests, expected) {
		t.Errorf("%s: %q, want %q", id, requests, expected)
	}
}

// awaitRequests waits until the sandbox has received at least this many requests for a session.
func (s *sandbox) awaitRequests(t *testing.T, id string, requests int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); s.state(t, id).Requests < requests; {
		if time.Now().After(end) {
			t.Fatalf("%q has not received %d requests within 20 s", id, requests)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// ranges returns the Range header of each request for a session, "" if it has none.
func (s *sandbox) ranges(t *testing.T, session string) (ranges []string) {
	t.Helper()
	for _, entry := range s.requestLog(t) {
		if entry.Session == session {
			ranges = append(ranges, entry.Headers["range"])
		}
	}
	return ranges
}

func (s *sandbox) checkRanges(t *testing.T, session string, expected ...string) {
	t.Helper()
	if ranges := s.ranges(t, session); fmt.Sprint(ranges) != fmt.Sprint(expected) {
		t.Errorf("%q, want %q", ranges, expected)
	}
}

// onlyHeaders returns the headers of the only request that the sandbox has received.
func (s *sandbox) onlyHeaders(t *testing.T) map[string]string {
	t.Helper()
	entries := s.requestLog(t)
	if len(entries) != 1 {
		t.Fatalf("%d requests, want 1", len(entries))
	}
	return entries[0].Headers
}
