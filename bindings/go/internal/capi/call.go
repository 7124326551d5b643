package capi

// #include "bridge.h"
import "C"

import (
	"log/slog"
	"math"
	"time"
)

// A Call is one call and, when it has ended, its outcome.
type Call struct{ ptr *C.anchor_go_call }

// NewCall allocates a call, which can be cancelled before and during [Call.Run].
func (p *Prepared) NewCall() (Call, *Failure) {
	return wrapCall(C.anchor_go_call_new(p.operation))
}

// Run makes the call on this thread and waits for its end.
func (c Call) Run(p *Prepared) {
	C.anchor_go_call_run(c.ptr, p.operation, p.strings[0], p.strings[1], p.strings[2])
}

// Start starts a call in a queue, which passes waiter to the function that [Queue.Drain] calls
// when the call has ended. If the call is not started, it has failed already.
func (p *Prepared) Start(queue *Queue, waiter uint64) (call Call, started bool, failure *Failure) {
	call, failure = wrapCall(C.anchor_go_call_start(
		queue.handle, C.uint64_t(waiter), p.operation, p.strings[0], p.strings[1], p.strings[2]))
	return call, failure == nil && call.ptr.started != 0, failure
}

func wrapCall(call *C.anchor_go_call) (Call, *Failure) {
	if call == nil {
		return Call{}, newFailure(C.ANCHOR_RESOURCE_EXHAUSTED, "")
	}
	return Call{call}, nil
}

// Cancel ends the call at once. Any thread may call it until the call is freed.
func (c Call) Cancel() { C.anchor_call_cancel(c.ptr.call) }

// Free frees the call, which must have ended.
func (c Call) Free() { C.anchor_go_call_free(c.ptr) }

// Transferred returns how many bytes of the answer have arrived, and how many it has in all, 0 if
// that is unknown. It may be called while the call is running.
func (c Call) Transferred() (done, total int64) {
	var d, t C.uint64_t
	C.anchor_call_transferred(c.ptr.call, &d, &t)
	return int64(min(uint64(d), math.MaxInt64)), int64(min(uint64(t), math.MaxInt64))
}

// Result returns the JSON text of the answer, "" if it has none. Only [List] and [Request] have
// one.
func (c Call) Result() string {
	return C.GoString(c.ptr.result)
}

// Failure returns nil if the call succeeded.
func (c Call) Failure() *Failure {
	if c.ptr.status == C.ANCHOR_OK {
		return nil
	}
	failure := newFailure(c.ptr.status, C.GoString(c.ptr.message))
	failure.Details = c.Details()
	return failure
}

// Details returns what is known of the last attempt, after a failure or if the call has a result.
func (c Call) Details() Details {
	return Details{
		HTTPStatus: int(c.ptr.http_status),
		Attempts:   int(c.ptr.attempts),
		RequestID:  C.GoString(c.ptr.request_id),
		RetryAfter: time.Duration(min(uint64(c.ptr.retry_after_ms), maxDurationMS)) * time.Millisecond,
	}
}

const maxDurationMS = uint64(math.MaxInt64 / time.Millisecond)

// A LogLine is what the library logged about an attempt.
type LogLine struct {
	Level slog.Level
	Text  string
}

// LogLines returns the lines that were logged during the call, in order.
func (c Call) LogLines() (lines []LogLine) {
	for line := c.ptr.lines; line != nil; line = line.next {
		level := slog.LevelInfo
		if line.level >= C.ANCHOR_LOG_WARNING {
			level = slog.LevelWarn
		}
		lines = append(lines, LogLine{level, C.GoString(line.text)})
	}
	return lines
}
