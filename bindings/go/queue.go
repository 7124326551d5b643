package anchor

import (
	"os"
	"sync"
	"syscall"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// A queue runs calls that no operating system thread waits for. One goroutine takes the completed
// calls and wakes the goroutines that wait for them.
type queue struct {
	library *capi.Queue

	mutex   sync.Mutex
	last    uint64
	waiters map[uint64]*waiter
}

// A waiter is the goroutine that waits for a call.
type waiter struct {
	started   bool
	completed chan struct{}
	release   func() // Gives the call's permit back.
}

// shared is the queue of the process. It is made by the first call that needs it.
var shared struct {
	mutex sync.Mutex
	queue *queue
}

// sharedQueue returns the queue of the process. If it cannot be made, the next call tries again.
func sharedQueue() (*queue, error) {
	shared.mutex.Lock()
	defer shared.mutex.Unlock()
	if shared.queue != nil {
		return shared.queue, nil
	}
	library, descriptor, failure := capi.NewQueue(cap(running) + cap(resuming))
	if failure != nil {
		return nil, newError(failure)
	}
	conn, err := pollable(descriptor)
	if err != nil {
		library.Free()
		return nil, err
	}
	shared.queue = &queue{library: library, waiters: map[uint64]*waiter{}}
	go shared.queue.dispatch(conn)
	return shared.queue, nil
}

// pollable registers a copy of the queue's descriptor with Go's poller. It needs a copy because a
// file closes its descriptor, and the original belongs to the library.
func pollable(descriptor int) (syscall.RawConn, error) {
	syscall.ForkLock.RLock()
	copied, err := syscall.Dup(descriptor)
	if err == nil {
		syscall.CloseOnExec(copied)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		const message = "no file descriptor is left for the queue: raise the limit of open files"
		return nil, &Error{Status: StatusResourceExhausted, Message: message, causes: []error{err}}
	}
	conn, err := os.NewFile(uintptr(copied), "anchor queue").SyscallConn()
	if err != nil {
		return nil, &Error{Status: StatusInternal, Message: "the queue cannot be polled", causes: []error{err}}
	}
	return conn, nil
}

// dispatch wakes the waiters of completed calls, for as long as the process lives.
func (q *queue) dispatch(conn syscall.RawConn) {
	conn.Read(func(uintptr) bool {
		// The poller is edge-triggered: it does not report again what is left in the queue.
		q.library.Drain(q.complete)
		return false
	})
}

func (q *queue) complete(number uint64) {
	w := q.remove(number)
	w.release()
	close(w.completed)
}

// start starts a call. If w.started is false afterwards, the call has failed and w is not woken.
func (q *queue) start(p *capi.Prepared, w *waiter) (capi.Call, *capi.Failure) {
	q.mutex.Lock()
	q.last++
	number := q.last
	q.waiters[number] = w
	q.mutex.Unlock()
	call, started, failure := p.Start(q.library, number)
	if !started {
		q.remove(number)
	}
	w.started = started
	return call, failure
}

func (q *queue) remove(number uint64) *waiter {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	w := q.waiters[number]
	delete(q.waiters, number)
	return w
}
