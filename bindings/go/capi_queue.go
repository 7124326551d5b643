package anchor

// #include "exchange.h"
import "C"

type queueHandle = *C.anchor_queue

// newQueue makes a queue for that many calls. Its descriptor is readable while one has ended that was not taken.
func newQueue(capacity int) (queue queueHandle, descriptor int, err error) {
	var fd C.int32_t
	if err := checked(C.anchor_queue_new(C.uint32_t(capacity), &queue)); err != nil {
		return nil, 0, err
	}
	if err := checked(C.anchor_queue_fd(queue, &fd)); err != nil {
		freeQueue(queue)
		return nil, 0, err
	}
	return queue, int(fd), nil
}

func freeQueue(queue queueHandle) {
	C.anchor_go_free_queue(queue)
}

// taken has room for calls that have ended.
type taken [64]*C.anchor_go_exchange

// take calls a function with the waiter of each call that has ended, until none is left.
func (t *taken) take(queue queueHandle, function func(waiter uint64)) {
	for {
		count := C.anchor_go_take(queue, &t[0], C.int32_t(len(t)))
		for _, exchange := range t[:count] {
			function(uint64(exchange.waiter))
		}
		if int(count) < len(t) {
			return
		}
	}
}
