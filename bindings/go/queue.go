package anchor

import (
	"sync"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// A queue runs calls that no operating system thread waits for. While calls are in flight, one
// goroutine, the dispatcher, takes the completed ones and wakes the goroutines that wait for them.
// It ends with the last of them, so that tests that look for leaked goroutines find none.
type queue struct {
	library *capi.Queue
	poller  poller

	mutex   sync.Mutex
	last    uint64
	waiters map[uint64]*waiter
	// inFlight counts the calls that have started and not completed. A call may complete before start
	// counts it, so the number is too low, or even negative, until start has returned.
	inFlight    int
	dispatching bool
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
	poller, err := newPoller(descriptor)
	if err != nil {
		library.Free()
		return nil, err
	}
	shared.queue = &queue{library: library, poller: poller, waiters: map[uint64]*waiter{}}
	return shared.queue, nil
}

// dispatch wakes the waiters of completed calls until no call is in flight.
func (q *queue) dispatch() {
	q.poller.drain(q.library, q.complete, q.stopIfIdle)
}

func (q *queue) complete(number uint64) {
	w := q.remove(number, 1)
	w.release()
	close(w.completed)
}

// stopIfIdle reports whether the dispatcher has to end. The next call starts another one.
func (q *queue) stopIfIdle() bool {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.dispatching = q.inFlight > 0
	return !q.dispatching
}

// start starts a call. If w.started is false afterwards, the call has failed and w is not woken.
func (q *queue) start(p *capi.Prepared, w *waiter) (capi.Call, *capi.Failure) {
	number := q.add(w)
	call, started, failure := p.Start(q.library, number)
	w.started = started
	if started {
		q.countStarted()
	} else {
		q.remove(number, 0)
	}
	return call, failure
}

func (q *queue) add(w *waiter) (number uint64) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.last++
	q.waiters[q.last] = w
	return q.last
}

// countStarted counts a call that has started, and starts a dispatcher if one is needed and none is
// running.
func (q *queue) countStarted() {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.inFlight++
	if q.inFlight > 0 && !q.dispatching {
		q.dispatching = true
		go q.dispatch()
	}
}

// remove removes the waiter of a call, and takes the number of completed calls out of the count.
func (q *queue) remove(number uint64, completed int) *waiter {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.inFlight -= completed
	w := q.waiters[number]
	delete(q.waiters, number)
	return w
}
