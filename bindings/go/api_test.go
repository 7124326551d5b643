package anchor_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sync"
	"testing"
)

// api pauses and resumes, but fails the first time that it is asked for one of the two: the sandbox cannot do that to
// resuming alone.
type api struct {
	url, flaw string
	mutex     sync.Mutex
	asked     []string
}

func newAPI(t *testing.T, flaw string) *api {
	t.Helper()
	a := &api{flaw: flaw}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *api) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	action := path.Base(request.URL.Path)
	again := slices.Contains(a.asked, action)
	a.asked = append(a.asked, action)
	if action == a.flaw && !again {
		answer.Header().Set("retry-after-ms", "1")
		answer.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	status := map[string]string{"pause": "paused", "resume": "recording"}[action]
	fmt.Fprintf(answer, `{"data":{"data":{"status":%q}}}`, status)
}

// check compares what was asked for, in order.
func (a *api) check(t *testing.T, expected ...string) {
	t.Helper()
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if !slices.Equal(a.asked, expected) {
		t.Errorf("%q, want %q", a.asked, expected)
	}
}
