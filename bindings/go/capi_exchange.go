package anchor

// #include "exchange.h"
import "C"

import (
	"log/slog"
	"math"
	"time"
)

// An exchange is one call, and what came of it: C's memory, which free gives back.
type exchange C.anchor_go_exchange

// A question is what is asked of the API: a function of the library, and the texts that it takes.
type question struct {
	function C.anchor_go_function
	names    [3]string
	texts    [3]*string
}

func ofSession(function C.anchor_go_function, sessionID string) question {
	return question{function: function, names: [3]string{"session_id"}, texts: [3]*string{&sessionID}}
}

func (q question) with(name, text string) question {
	q.names[1], q.texts[1] = name, &text
	return q
}

func pauseQuestion(sessionID string) question  { return ofSession(C.ANCHOR_GO_PAUSE, sessionID) }
func resumeQuestion(sessionID string) question { return ofSession(C.ANCHOR_GO_RESUME, sessionID) }
func beginQuestion(sessionID string) question  { return ofSession(C.ANCHOR_GO_PAUSE_BEGIN, sessionID) }
func endQuestion(sessionID string) question    { return ofSession(C.ANCHOR_GO_PAUSE_END, sessionID) }
func listQuestion(sessionID string) question   { return ofSession(C.ANCHOR_GO_LIST, sessionID) }

func deleteQuestion(sessionID, recordingID string) question {
	return ofSession(C.ANCHOR_GO_DELETE, sessionID).with("recording_id", recordingID)
}

func downloadQuestion(sessionID, path string) question {
	return ofSession(C.ANCHOR_GO_DOWNLOAD, sessionID).with("file", path)
}

// A nil body is none.
func requestQuestion(method, path string, body *string) question {
	return question{C.ANCHOR_GO_REQUEST, [3]string{"method", "path", "body"}, [3]*string{&method, &path, body}}
}

// A prepared question has what C needs.
type prepared struct {
	question C.anchor_go_question
	texts    [3]*C.char
}

func (q question) prepare(client clientHandle, l limits) (p prepared, err error) {
	for i, text := range q.texts {
		if p.texts[i], err = terminated(q.names[i], text); err != nil {
			return p, err
		}
	}
	p.question = C.anchor_go_question{function: q.function, client: client, timeout_ms: -1, max_retries: -1}
	if l.timeoutMS != nil {
		p.question.timeout_ms = C.int64_t(min(*l.timeoutMS, math.MaxInt64))
	}
	if l.maxRetries != nil {
		p.question.max_retries = C.int64_t(*l.maxRetries)
	}
	return p, nil
}

// endsPause tells whether this ends a pause that the library counts.
func (p prepared) endsPause() bool {
	return p.question.function == C.ANCHOR_GO_PAUSE_END
}

// newExchange is a call that can be cancelled, and is made by ask.
func (p prepared) newExchange() (*exchange, error) {
	return made(C.anchor_go_new(p.question))
}

// ask makes the call on this thread, and waits for its end.
func (e *exchange) ask(p prepared) {
	C.anchor_go_ask(e.c(), p.question, p.texts[0], p.texts[1], p.texts[2])
}

// begin begins the call in a queue. If it is not begun, it has ended.
func (p prepared) begin(queue queueHandle, waiter uint64) (e *exchange, begun bool, err error) {
	e, err = made(C.anchor_go_begin(queue, C.uint64_t(waiter), p.question, p.texts[0], p.texts[1], p.texts[2]))
	return e, err == nil && e.begun != 0, err
}

func made(e *C.anchor_go_exchange) (*exchange, error) {
	if e == nil {
		return nil, failure(C.ANCHOR_RESOURCE_EXHAUSTED, nil)
	}
	return (*exchange)(e), nil
}

func (e *exchange) c() *C.anchor_go_exchange { return (*C.anchor_go_exchange)(e) }
func (e *exchange) cancel()                  { C.anchor_call_cancel(e.call) }
func (e *exchange) free()                    { C.anchor_go_free(e.c()) }

// transferred tells how much of the answer has come, and of how much; also while the call is under way.
func (e *exchange) transferred() (done, total int64) {
	var d, t C.uint64_t
	C.anchor_call_transferred(e.call, &d, &t)
	return int64(min(uint64(d), math.MaxInt64)), int64(min(uint64(t), math.MaxInt64))
}

// answer is its JSON text, "" if there was none.
func (e *exchange) answer() string {
	return C.GoString(e.result)
}

// failure is nil if the call succeeded.
func (e *exchange) failure() error {
	if e.status == C.ANCHOR_OK {
		return nil
	}
	return e.details(failed(e.status, C.GoString(e.message)))
}

// details adds what the call learnt.
func (e *exchange) details(failed *Error) *Error {
	failed.HTTPStatus, failed.Attempts = int(e.http_status), int(e.attempts)
	failed.RequestID = C.GoString(e.request_id)
	failed.RetryAfter = time.Duration(min(uint64(e.retry_after_ms), longestMS)) * time.Millisecond
	return failed
}

// longestMS is the longest time.Duration.
const longestMS = uint64(math.MaxInt64 / time.Millisecond)

type logLine struct {
	level slog.Level
	text  string
}

// logged is what the library logged of the call.
func (e *exchange) logged() (lines []logLine) {
	for line := e.lines; line != nil; line = line.next {
		level := slog.LevelInfo
		if line.level >= C.ANCHOR_LOG_WARNING {
			level = slog.LevelWarn
		}
		lines = append(lines, logLine{level, C.GoString(line.text)})
	}
	return lines
}
