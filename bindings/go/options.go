//go:build cgo

package anchor

import (
	"fmt"
	"math"
	"os"
	"time"
)

// Option is a setting for [New].
type Option func(*settings) error

// settings are what the library is given: nil stands for its default.
type settings struct {
	apiKey, baseURL, caFile, proxy *string
	timeoutMS                      *uint64
	maxRetries                     *uint32
}

// WithAPIKey sets the API key: 1 to 4096 visible ASCII characters. The default is the environment's
// ANCHORBROWSER_API_KEY.
func WithAPIKey(key string) Option {
	return func(s *settings) error { s.apiKey = &key; return nil }
}

// WithBaseURL sets where the API is: http:// or https://, a host, and perhaps a port and a path, which stays in front
// of the API's own paths. The default is the environment's ANCHORBROWSER_BASE_URL, else
// https://api.anchorbrowser.io.
func WithBaseURL(url string) Option {
	return func(s *settings) error { s.baseURL = &url; return nil }
}

// WithTimeout sets the longest that a call may take, its retries included: more than 0, at most a day, in steps of a
// millisecond. The default is 30 seconds. A context can only shorten it.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		if timeout < 0 {
			return invalidArgument("timeout", fmt.Sprintf("must be above 0, not %v", timeout))
		}
		milliseconds := uint64(timeout / time.Millisecond)
		if timeout%time.Millisecond > 0 {
			milliseconds++
		}
		s.timeoutMS = &milliseconds
		return nil
	}
}

// WithMaxRetries sets how often a failed request is repeated: when no connection was made or it was lost, and on 408,
// 409, 429 and 5xx, unless the answer's x-should-retry says otherwise. 0 sends exactly one request. The default is 2.
func WithMaxRetries(retries int) Option {
	return func(s *settings) error {
		if retries < 0 || int64(retries) > math.MaxUint32 {
			return invalidArgument("max_retries", fmt.Sprintf("must be 0 to %d, not %d", uint32(math.MaxUint32), retries))
		}
		number := uint32(retries)
		s.maxRetries = &number
		return nil
	}
}

// WithCAFile names a PEM file with certificates to trust beside the system's store. [New] reads it.
func WithCAFile(path string) Option {
	return func(s *settings) error { s.caFile = &path; return nil }
}

// WithProxy sets the proxy for every request: http:// or https://, a host and a port, perhaps with user:password@
// before the host. "" means none. The default is what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY said when the
// process made its first client, but none for a base URL on this machine's loopback.
func WithProxy(url string) Option {
	return func(s *settings) error { s.proxy = &url; return nil }
}

// fromEnvironment reads what was not given, from Go's copy of the environment: C's may not be read while another
// goroutine calls os.Setenv.
func (s *settings) fromEnvironment() {
	if key := os.Getenv("ANCHORBROWSER_API_KEY"); s.apiKey == nil && key != "" {
		s.apiKey = &key
	}
	if url := os.Getenv("ANCHORBROWSER_BASE_URL"); s.baseURL == nil && url != "" {
		s.baseURL = &url
	}
}
