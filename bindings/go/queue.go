//go:build cgo

package anchor

import (
	"os"
	"sync"
	"syscall"
)

// A queue has calls under way that no thread waits for. There is one for the process, from the first call that needs it.
type queue struct {
	handle  queueHandle
	mutex   sync.Mutex
	last    uint64
	waiters map[uint64]*waiter
}

// A waiter is who waits for a call.
type waiter struct {
	begun bool
	ended chan struct{}
	leave func()
}

var process struct {
	mutex sync.Mutex
	queue *queue
}

// theQueue is the process's. When it cannot be made, the next call tries again.
func theQueue() (*queue, error) {
	process.mutex.Lock()
	defer process.mutex.Unlock()
	if process.queue != nil {
		return process.queue, nil
	}
	handle, descriptor, err := newQueue(cap(running) + cap(resuming))
	if err != nil {
		return nil, err
	}
	file, err := watched(descriptor)
	if err != nil {
		freeQueue(handle)
		return nil, err
	}
	process.queue = &queue{handle: handle, waiters: map[uint64]*waiter{}}
	go process.queue.dispatch(file)
	return process.queue, nil
}

// watched is a copy of the queue's descriptor for Go's poller: the queue's own is not to be closed.
func watched(descriptor int) (syscall.RawConn, error) {
	syscall.ForkLock.RLock()
	copied, err := syscall.Dup(descriptor)
	if err == nil {
		syscall.CloseOnExec(copied)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		const message = "no descriptor for the queue: raise the limit of open files"
		return nil, &Error{Status: StatusResourceExhausted, Message: message, causes: []error{err}}
	}
	file := os.NewFile(uintptr(copied), "anchor queue")
	conn, err := file.SyscallConn()
	if err != nil {
		return nil, &Error{Status: StatusInternal, Message: "the queue cannot be watched", causes: []error{err}}
	}
	return conn, nil
}

// dispatch tells each waiter that its call has ended, for as long as the process lives.
func (q *queue) dispatch(descriptor syscall.RawConn) {
	var room taken
	descriptor.Read(func(uintptr) bool {
		// The poller tells of arrivals, not of what is there: all has to be taken before the next wait.
		room.take(q.handle, q.end)
		return false
	})
}

func (q *queue) end(number uint64) {
	w := q.forget(number)
	w.leave()
	close(w.ended)
}

// begin begins a call. If that fails, nobody waits.
func (q *queue) begin(p prepared, w *waiter) (*exchange, error) {
	q.mutex.Lock()
	q.last++
	number := q.last
	q.waiters[number] = w
	q.mutex.Unlock()
	e, begun, err := p.begin(q.handle, number)
	if !begun {
		q.forget(number)
	}
	w.begun = begun
	return e, err
}

func (q *queue) forget(number uint64) *waiter {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	w := q.waiters[number]
	delete(q.waiters, number)
	return w
}
