package anchor

import (
	"log/slog"
	"os"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Option is a setting for [New].
type Option interface {
	setClient(*settings) error
}

// CallOption is a setting for a single call.
type CallOption interface {
	setCall(*callSettings) error
}

// CommonOption is a setting for [New], where it counts for every call of the client, and for a
// single call, where it replaces the client's.
type CommonOption interface {
	Option
	CallOption
}

// settings are what the library is given: nil stands for its default.
type settings struct {
	capi.Settings
	logger *slog.Logger
}

type clientOption func(*settings)

func (o clientOption) setClient(s *settings) error { o(s); return nil }

func newSettings(options []Option) (*settings, error) {
	s := new(settings)
	for _, option := range options {
		if option == nil {
			return nil, nilOption()
		}
		if err := option.setClient(s); err != nil {
			return nil, err
		}
	}
	s.fromEnvironment()
	return s, nil
}

func nilOption() error {
	return invalidArgument("options", "contain nil: leave it out")
}

// WithAPIKey sets the API key: 1 to 4096 visible ASCII characters. The default is the environment's
// ANCHORBROWSER_API_KEY.
func WithAPIKey(key string) Option {
	return clientOption(func(s *settings) { s.APIKey = &key })
}

// WithBaseURL sets where the API is: http:// or https://, a host, and perhaps a port and a path,
// which stays in front of the API's own paths. The default is the environment's
// ANCHORBROWSER_BASE_URL, else https://api.anchorbrowser.io.
func WithBaseURL(url string) Option {
	return clientOption(func(s *settings) { s.BaseURL = &url })
}

// WithCAFile names a PEM file with certificates to trust beside the system's store. [New] reads it.
func WithCAFile(path string) Option {
	return clientOption(func(s *settings) { s.CAFile = &path })
}

// WithProxy sets the proxy for every request: http:// or https://, a host and a port, perhaps with
// user:password@ before the host. "" means none. The default is what HTTPS_PROXY, HTTP_PROXY,
// ALL_PROXY and NO_PROXY said when the process made its first client, but none for a base URL on
// this machine's loopback.
func WithProxy(url string) Option {
	return clientOption(func(s *settings) { s.Proxy = &url })
}

// WithHeader adds a header to every request; given twice for one name, the last value counts. It
// replaces the header of that name from the environment's ANCHORBROWSER_CUSTOM_HEADERS (lines of
// "Name: value"), which is read when the process makes its first client. The value is visible ASCII
// and blanks. [New] refuses anchor-api-key and what belongs to the connection, such as Host.
func WithHeader(name, value string) Option {
	return clientOption(func(s *settings) { s.Headers = append(s.Headers, capi.Header{Name: name, Value: value}) })
}

// WithLogger sets who is told of each attempt of each call, in one line without the API key: at
// [slog.LevelInfo] that an answer came, at [slog.LevelWarn] that an attempt or the call failed.
// Nil, the default, tells nobody.
//
// The handler runs when the call has ended, on the goroutine that made it, with the call's context,
// which may be done already. If it panics or ends the goroutine, the call's result is lost; its
// further lines are too.
func WithLogger(logger *slog.Logger) Option {
	return clientOption(func(s *settings) {
		s.logger = logger
		s.Log = logger != nil
	})
}

// fromEnvironment reads what was not given, from Go's copy of the environment: C's may not be read
// while another goroutine calls os.Setenv.
func (s *settings) fromEnvironment() {
	if key := os.Getenv("ANCHORBROWSER_API_KEY"); s.APIKey == nil && key != "" {
		s.APIKey = &key
	}
	if url := os.Getenv("ANCHORBROWSER_BASE_URL"); s.BaseURL == nil && url != "" {
		s.BaseURL = &url
	}
}
