package anchor_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"slices"
	"sync"
	"testing"
)

// An interceptor is a proxy in front of a sandbox. It can answer some requests itself, which
// allows a test to treat a pause and its resume differently.
type interceptor struct {
	url   string
	proxy http.Handler

	// before runs before a request is forwarded. If it returns false, it has answered the request.
	before func(answer http.ResponseWriter, request *http.Request, action string, repeated bool) bool

	mutex   sync.Mutex
	actions []string // The last segment of each path, such as "pause".
}

func intercept(
	t *testing.T, server *sandbox, before func(http.ResponseWriter, *http.Request, string, bool) bool,
) *interceptor {
	t.Helper()
	target, err := url.Parse(server.url)
	if err != nil {
		t.Fatal(err)
	}
	i := &interceptor{proxy: httputil.NewSingleHostReverseProxy(target), before: before}
	listener := httptest.NewServer(i)
	t.Cleanup(listener.Close)
	i.url = listener.URL
	return i
}

// failFirst answers the first request for an action with 503.
func failFirst(t *testing.T, server *sandbox, failing string) *interceptor {
	t.Helper()
	return intercept(t, server, func(answer http.ResponseWriter, _ *http.Request, action string, repeated bool) bool {
		if action != failing || repeated {
			return true
		}
		answer.Header().Set("retry-after-ms", "1")
		answer.WriteHeader(http.StatusServiceUnavailable)
		return false
	})
}

func (i *interceptor) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	action := path.Base(request.URL.Path)
	i.mutex.Lock()
	repeated := slices.Contains(i.actions, action)
	i.actions = append(i.actions, action)
	i.mutex.Unlock()
	if i.before(answer, request, action, repeated) {
		i.proxy.ServeHTTP(answer, request)
	}
}

// checkActions compares the actions that were requested, in order.
func (i *interceptor) checkActions(t *testing.T, expected ...string) {
	t.Helper()
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if !slices.Equal(i.actions, expected) {
		t.Errorf("%q, want %q", i.actions, expected)
	}
}
