package anchor

import (
	"log/slog"
	"runtime"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Client is an API key and settings that many calls share. Any number of goroutines may use one.
// Make it with [New].
type Client struct {
	// Recordings are the video recordings of browser sessions.
	Recordings *Recordings

	handle capi.Client
	logger *slog.Logger
}

// New makes a client. It opens no connection: the first call does.
//
// The error is an [*Error]: [ErrInvalidArgument] if the key is missing or an option is unusable,
// with a message that names it, or [ErrResourceExhausted].
//
// New reads the environment: do not call [os.Setenv] from another goroutine meanwhile.
func New(options ...Option) (*Client, error) {
	s, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	handle, failure := capi.NewClient(&s.Settings)
	if failure != nil {
		return nil, newError(failure)
	}
	client := &Client{handle: handle, logger: s.logger}
	client.Recordings = &Recordings{client: client}
	runtime.AddCleanup(client, capi.Client.Free, handle)
	return client, nil
}

// Close frees the client, at once and without waiting: calls that are under way finish as if
// nothing had happened, later ones fail with [ErrClosed]. It may be called from any goroutine and
// more than once, and always returns nil. A client that becomes unreachable is closed by the
// garbage collector.
func (c *Client) Close() error {
	// The library knows dead handles, also when the garbage collector's cleanup comes with one
	// later.
	c.handle.Free()
	runtime.KeepAlive(c)
	return nil
}

// Version returns the version of the C library that is loaded, such as "1.2.3".
func Version() string {
	return capi.Version()
}
