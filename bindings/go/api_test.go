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

// api stands in front of a sandbox. It can treat pausing and resuming differently, which the
// sandbox cannot.
type api struct {
	url   string
	proxy http.Handler

	// before runs before a request is passed on. If it returns false, it has answered. again tells
	// whether the same was asked for before.
	before func(answer http.ResponseWriter, request *http.Request, action string, again bool) bool

	mutex sync.Mutex
	asked []string
}

func newAPI(
	t *testing.T, server *sandbox, before func(http.ResponseWriter, *http.Request, string, bool) bool,
) *api {
	t.Helper()
	target, err := url.Parse(server.url)
	if err != nil {
		t.Fatal(err)
	}
	a := &api{proxy: httputil.NewSingleHostReverseProxy(target), before: before}
	front := httptest.NewServer(a)
	t.Cleanup(front.Close)
	a.url = front.URL
	return a
}

// failingOnce fails the first request for an action.
func failingOnce(t *testing.T, server *sandbox, flaw string) *api {
	t.Helper()
	return newAPI(t, server, func(answer http.ResponseWriter, _ *http.Request, action string, again bool) bool {
		if action != flaw || again {
			return true
		}
		answer.Header().Set("retry-after-ms", "1")
		answer.WriteHeader(http.StatusServiceUnavailable)
		return false
	})
}

func (a *api) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	action := path.Base(request.URL.Path)
	a.mutex.Lock()
	again := slices.Contains(a.asked, action)
	a.asked = append(a.asked, action)
	a.mutex.Unlock()
	if a.before(answer, request, action, again) {
		a.proxy.ServeHTTP(answer, request)
	}
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
