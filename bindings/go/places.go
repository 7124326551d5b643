//go:build cgo

package anchor

import (
	"context"
	"sync"
	"syscall"
)

// A call may need a descriptor. The library has at least a quarter of those that the process may open on the way at once,
// and further calls would wait in it, where their timeouts count. They wait here, as cheap goroutines.
var running = make(places, mostRunning())

// Resuming after a body cannot be given up, so it does not queue behind calls that may all hang.
var resuming = make(places, maxResuming)

const (
	maxRunning  = 10_000
	maxResuming = 32
)

func mostRunning() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return maxRunning
	}
	// The comparison is not one of signed numbers: the limit may be infinite.
	quarter := int(min(limit.Cur/4, maxRunning+maxResuming))
	return max(quarter-maxResuming, 1)
}

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
