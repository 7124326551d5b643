package anchor

import (
	"context"
	"sync"
)

// A running call may need a file descriptor. The library guarantees its calls a quarter of those
// that the process may open; further calls would wait inside it, at the expense of their timeouts.
// Here they wait as goroutines, which is cheap, and their timeouts start afterwards.
var running = make(semaphore, maxRunningCalls())

// A resume after WhilePaused must not be given up, so it does not wait for calls that may all
// hang.
var resuming = make(semaphore, maxResuming)

const (
	maxRunning  = 10_000
	maxResuming = 32
)

func maxRunningCalls() int {
	limit, exists := openFileLimit()
	if !exists {
		return maxRunning
	}
	// Compared as unsigned numbers, because an infinite limit would be a negative int.
	quarter := int(min(limit/4, maxRunning+maxResuming))
	return max(quarter-maxResuming, 1)
}

// A semaphore holds as many elements as permits have been acquired.
type semaphore chan struct{}

// acquire waits for a permit, until ctx is done. Only the first call of release has an effect.
func (s semaphore) acquire(ctx context.Context) (release func(), err error) {
	if ctx.Err() == nil {
		select {
		case s <- struct{}{}:
			return sync.OnceFunc(func() { <-s }), nil
		case <-ctx.Done():
		}
	}
	return nil, withContextError(ctx, &Error{Status: StatusCancelled, Message: "cancelled before anything was sent"})
}
