package anchor

import (
	"context"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Connect makes the connection that the next call needs: it looks up the server, opens TCP and
// negotiates TLS. It sends no request, so it has no effect on any session. The next call then takes
// one round trip instead of three or more. Call Connect a few seconds before a pause that should be
// quick, such as when the page with the form begins to load:
//
//	if err := client.Connect(ctx); err != nil {
//		log.Print(err) // Pause makes a connection itself.
//	}
//	// ... the form appears ...
//	err := client.Recordings.Pause(ctx, sessionID)
//
// Connect is optional, because a call without a free connection makes its own. If a connection is
// free, Connect does nothing; clients with the same base URL, proxy and certificates share their
// connections. Success does not mean that the API accepts the key: only a call that gets an answer
// can tell. A connection that is not used for 90 seconds is closed, and many servers close it
// earlier.
//
// Any number of goroutines may call Connect. It runs like any other call, and the connection serves
// calls that run in the same way; see the section on threads in the package documentation. A call
// that runs alone uses the connection of a Connect that ran alone. Calls that run at the same time
// use others: to prepare them, call Connect from as many goroutines at the same time. Over HTTP/2
// these calls share two connections, up to the number of requests that the server allows.
//
// ctx and the options have the same effect as in [Recordings.Pause], including retries. Every error
// is an [*Error] that matches [ErrInvalidArgument], [ErrClosed], [ErrConnectFailed],
// [ErrTLSFailed], [ErrTimeout], [ErrCancelled], [ErrResourceExhausted] or [ErrInternal]. After an
// error the client can be used as before.
func (c *Client) Connect(ctx context.Context, options ...CallOption) error {
	return c.run(ctx, running, options, capi.Connect(), nil)
}
