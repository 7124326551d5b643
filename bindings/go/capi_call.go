package anchor

/*
#include "anchor.h"

// Handles are numbers, not addresses. This keeps them from becoming an unsafe.Pointer, which must hold an address.
static void free_call(anchor_call *call) { anchor_free(call); }
*/
import "C"

import (
	"math"
	"time"
)

type callHandle = *C.anchor_call

func newCall(s *callSettings) (callHandle, error) {
	var call callHandle
	if err := checked(C.anchor_call_new(&call)); err != nil {
		return nil, err
	}
	if err := fillCall(call, s); err != nil {
		freeCall(call)
		return nil, err
	}
	return call, nil
}

func fillCall(call callHandle, s *callSettings) error {
	if s.timeoutMS != nil {
		if err := checked(C.anchor_call_set_timeout_ms(call, C.uint64_t(*s.timeoutMS))); err != nil {
			return err
		}
	}
	if s.maxRetries != nil {
		return checked(C.anchor_call_set_max_retries(call, C.uint32_t(*s.maxRetries)))
	}
	return nil
}

func cancelCall(call callHandle) {
	C.anchor_call_cancel(call)
}

func freeCall(call callHandle) {
	C.free_call(call)
}

// transferred tells how much of the answer has come, and of how much; also while the call is under way.
func transferred(call callHandle) (done, total int64) {
	var d, t C.uint64_t
	C.anchor_call_transferred(call, &d, &t)
	return int64(min(uint64(d), math.MaxInt64)), int64(min(uint64(t), math.MaxInt64))
}

// resultOf returns the JSON text of the answer, "" if there was none.
func resultOf(call callHandle) (string, error) {
	var text *C.char
	if err := checked(C.anchor_call_result(call, &text)); err != nil {
		return "", err
	}
	return takeText(text), nil
}

// reported has a function of the library called, and turns what it reports into an error.
func reported(call callHandle, function func(message **C.char) C.int32_t) error {
	var message *C.char
	if status := function(&message); status != C.ANCHOR_OK {
		return failure(status, message).learn(call)
	}
	return nil
}

// learn adds what the call learnt.
func (e *Error) learn(call callHandle) *Error {
	var httpStatus C.int32_t
	var attempts C.uint32_t
	var retryAfter C.uint64_t
	var requestID *C.char
	C.anchor_call_http_status(call, &httpStatus)
	C.anchor_call_attempts(call, &attempts)
	C.anchor_call_retry_after_ms(call, &retryAfter)
	C.anchor_call_request_id(call, &requestID)
	e.HTTPStatus, e.Attempts, e.RequestID = int(httpStatus), int(attempts), takeText(requestID)
	e.RetryAfter = time.Duration(min(uint64(retryAfter), longestMS)) * time.Millisecond
	return e
}

// longestMS is the longest time.Duration.
const longestMS = uint64(math.MaxInt64 / time.Millisecond)
