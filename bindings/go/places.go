//go:build cgo

package anchor

import (
	"context"
	"sync"
)

// A call holds an operating system's thread until it returns, and Go ends a program that has 10,000 of them. 256 calls
// take up to 350 file descriptors, where systems often allow 1,024. Further calls wait here, as cheap goroutines.
const maxRunning = 256

var running = make(places, maxRunning)

// Resuming after a body cannot be given up, so it does not queue behind calls that may all hang.
const maxResuming = 32

var resuming = make(places, maxResuming)

// places are what calls need to run.
type places chan struct{}

// enter waits for a place. It is left by what enter returns, which may be called again.
func (p places) enter(ctx context.Context) (leave func(), err error) {
	if ctx.Err() == nil {
		select {
		case p <- struct{}{}:
			return sync.OnceFunc(func() { <-p }), nil
		case <-ctx.Done():
		}
	}
	return nil, explain(ctx, &Error{Status: StatusCancelled, Message: "cancelled before anything was sent"})
}
