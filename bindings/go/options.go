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

// CommonOption is a setting for [New], where it applies to every call of the client, or for a
// single call, where it overrides the setting of the client.
type CommonOption interface {
	Option
	CallOption
}

// settings are the settings of a client. A nil field leaves the library's default.
type settings struct {
	capi.Settings
	logger *slog.Logger
	// variables are the environment variables whose values stand in for options, by the names that
	// the library has for the options.
	variables map[string]string
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
	s.readEnvironment()
	return s, nil
}

func nilOption() error {
	return invalidArgument("options", "contain nil: leave it out")
}

// WithAPIKey sets the API key: 1 to 4096 visible ASCII characters. The default is the environment
// variable ANCHORBROWSER_API_KEY.
func WithAPIKey(key string) Option {
	return clientOption(func(s *settings) { s.APIKey = &key })
}

// WithBaseURL sets the address of the API: http:// or https://, a host, and optionally a port and
// a path, which is put in front of the paths of the API. The default is the environment variable
// ANCHORBROWSER_BASE_URL, or https://api.anchorbrowser.io if that is not set.
func WithBaseURL(url string) Option {
	return clientOption(func(s *settings) { s.BaseURL = &url })
}

// WithCAFile names a PEM file of certificates to trust in addition to those of the system. [New]
// reads the file.
func WithCAFile(path string) Option {
	return clientOption(func(s *settings) { s.CAFile = &path })
}

// WithClientCertificate names a PEM file with the client's certificate and its private key, for
// servers that ask for one (mutual TLS). It is never sent to a proxy. [New] reads the file.
func WithClientCertificate(path string) Option {
	return clientOption(func(s *settings) { s.ClientCertificate = &path })
}

// WithProxy sets the proxy for every request: http://, https://, socks5:// or socks5h://, optionally
// user:password@, a host and a port. With socks5h the proxy looks up the name of the server. ""
// means no proxy. The default comes from HTTPS_PROXY or HTTP_PROXY, ALL_PROXY and NO_PROXY, as they
// were when the process made its first client. By default no proxy is used if the base URL is on
// this machine.
func WithProxy(url string) Option {
	return clientOption(func(s *settings) { s.Proxy = &url })
}

// WithHeader adds a header to every request. If a name is given twice, the last value counts. The
// header overrides one of the same name in the environment variable ANCHORBROWSER_CUSTOM_HEADERS,
// which holds lines of "Name: value" and is read when the process makes its first client. The
// value consists of visible ASCII characters and blanks. [New] rejects anchor-api-key,
// Accept-Encoding and the headers of the connection, such as Host.
func WithHeader(name, value string) Option {
	return clientOption(func(s *settings) { s.Headers = append(s.Headers, capi.Header{Name: name, Value: value}) })
}

// WithLogger sets a logger that gets one line for each attempt of each call: at [slog.LevelInfo]
// if it was answered, and at [slog.LevelWarn] if the attempt or the call failed. The line is the
// message of the record, which has no attributes, except those of the logger itself
// ([slog.Logger.With]). No line contains the query of a path, or the API key if that has at least 6
// characters. The default is nil, which logs nothing.
//
// The handler runs when the call has ended, on the goroutine that made it. It gets the context of
// the call, which may already be done. If it panics or ends the goroutine, the result of the call
// and its remaining lines are lost.
func WithLogger(logger *slog.Logger) Option {
	return clientOption(func(s *settings) {
		s.logger = logger
		s.Log = logger != nil
	})
}

// readEnvironment fills in settings that were not given. It uses Go's copy of the environment,
// because the library would read that of C, which must not happen while another goroutine calls
// os.Setenv. As in the library, a set-user-id program reads no variable: its caller chose them.
func (s *settings) readEnvironment() {
	s.variables = map[string]string{}
	if !capi.EnvironmentIsTrusted() {
		return
	}
	s.APIKey = s.orVariable(s.APIKey, "api_key", "ANCHORBROWSER_API_KEY")
	s.BaseURL = s.orVariable(s.BaseURL, "base_url", "ANCHORBROWSER_BASE_URL")
}

func (s *settings) orVariable(given *string, name, variable string) *string {
	value := os.Getenv(variable)
	if given != nil || value == "" {
		return given
	}
	s.variables[name] = variable
	return &value
}
