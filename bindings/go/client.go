package anchor

import (
	"log/slog"
	"runtime"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Client is an API client: an API key and the settings that its calls share. Any number of
// goroutines may use it. Make it with [New].
type Client struct {
	// Recordings has the methods for the video recordings of browser sessions.
	Recordings *Recordings

	handle capi.Client
	logger *slog.Logger
}

// New makes a client. It opens no connection; [Client.Connect] or the first call does.
//
// The error is an [*Error]. It matches [ErrInvalidArgument] if the API key is missing or an option
// is invalid, and the message names the option or the environment variable. Otherwise it matches [ErrResourceExhausted].
//
// New reads the environment, except in a set-user-id or set-group-id program: do not call [os.Setenv] in another goroutine at the same time.
func New(options ...Option) (*Client, error) {
	s, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	handle, failure := capi.NewClient(&s.Settings)
	if failure != nil {
		failure.Message = renamed(failure.Message, s.variables)
		return nil, newError(failure)
	}
	client := &Client{handle: handle, logger: s.logger}
	client.Recordings = &Recordings{client: client}
	runtime.AddCleanup(client, capi.Client.Free, handle)
	return client, nil
}

// Close frees the client at once. Running calls finish normally, and later calls fail with
// [ErrClosed]. Any goroutine may call Close, more than once, and it always returns nil. The
// garbage collector closes a client that has become unreachable. Closing a nil client does nothing,
// so that a Close that was deferred before the error of [New] was checked does no harm.
func (c *Client) Close() error {
	if c == nil {
		return nil
	}
	// The cleanup frees the same handle again later, which the library ignores.
	c.handle.Free()
	runtime.KeepAlive(c)
	return nil
}

// Version returns the version of the C library that is loaded, such as "1.2.3".
func Version() string {
	return capi.Version()
}
