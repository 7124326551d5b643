package capi

// #include "bridge.h"
import "C"

import "time"

// A Queue is a completion queue: calls that are started in it run without a thread of their own.
type Queue struct {
	handle    *C.anchor_queue
	completed [64]*C.anchor_go_call
}

// NewQueue makes a queue that holds up to capacity calls. The descriptor belongs to the queue. It
// is readable while a call has completed that was not drained.
func NewQueue(capacity int) (queue *Queue, descriptor int, failure *Failure) {
	queue = new(Queue)
	if status := C.anchor_queue_new(C.uint32_t(capacity), &queue.handle); status != C.ANCHOR_OK {
		return nil, 0, newFailure(status, "")
	}
	var fd C.int32_t
	if status := C.anchor_queue_fd(queue.handle, &fd); status != C.ANCHOR_OK {
		queue.Free()
		return nil, 0, newFailure(status, "")
	}
	return queue, int(fd), nil
}

// Free frees the queue.
func (q *Queue) Free() {
	C.anchor_go_queue_free(q.handle)
}

// Drain takes the calls that have completed, and calls a function with the waiter of each. If there is
// none, it blocks the thread for up to wait until there is one. It returns when none is left. Only one
// goroutine may call it at a time.
func (q *Queue) Drain(wait time.Duration, complete func(waiter uint64)) {
	for {
		room := C.int32_t(len(q.completed))
		count := C.anchor_go_queue_take(q.handle, C.uint64_t(wait.Milliseconds()), &q.completed[0], room)
		for _, call := range q.completed[:count] {
			complete(uint64(call.waiter))
		}
		if count < room {
			return
		}
		wait = 0
	}
}
