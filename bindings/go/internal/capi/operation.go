package capi

// #include "bridge.h"
import "C"

import "math"

// An Operation is a function of the library and its arguments. It is not bound to a client.
type Operation struct {
	function  C.anchor_go_function
	arguments [3]argument
}

// Pause pauses a recording.
func Pause(sessionID string) Operation { return onSession(C.ANCHOR_GO_PAUSE, sessionID) }

// Resume resumes a recording.
func Resume(sessionID string) Operation { return onSession(C.ANCHOR_GO_RESUME, sessionID) }

// PauseBegin pauses a recording and counts the pause.
func PauseBegin(sessionID string) Operation { return onSession(C.ANCHOR_GO_PAUSE_BEGIN, sessionID) }

// PauseEnd ends a pause that was counted, and resumes the recording if it was the last one.
func PauseEnd(sessionID string) Operation { return onSession(C.ANCHOR_GO_PAUSE_END, sessionID) }

// List lists the recordings of a session.
func List(sessionID string) Operation { return onSession(C.ANCHOR_GO_LIST, sessionID) }

// Delete deletes a recording.
func Delete(sessionID, recordingID string) Operation {
	return onSession(C.ANCHOR_GO_DELETE, sessionID).with("recording_id", &recordingID)
}

// Download writes the primary recording of a session to a file.
func Download(sessionID, path string) Operation {
	return onSession(C.ANCHOR_GO_DOWNLOAD, sessionID).with("file", &path)
}

// Request sends any request; the body may be nil.
func Request(method, path string, body *string) Operation {
	return Operation{C.ANCHOR_GO_REQUEST, [3]argument{{"method", &method}, {"path", &path}, {"body", body}}}
}

// Connect makes a connection and sends no request.
func Connect() Operation { return Operation{function: C.ANCHOR_GO_CONNECT} }

func onSession(function C.anchor_go_function, sessionID string) Operation {
	return Operation{function: function, arguments: [3]argument{{"session_id", &sessionID}}}
}

// with sets the second argument.
func (o Operation) with(name string, value *string) Operation {
	o.arguments[1] = argument{name, value}
	return o
}

// Prepared is an operation in the form that C takes.
type Prepared struct {
	operation C.anchor_go_operation
	strings   [3]*C.char
}

// Prepare binds the operation to a client and to the limits of one call. It fails if an argument
// cannot be passed to C.
func (o Operation) Prepare(client Client, limits Limits) (p Prepared, failure *Failure) {
	for i, argument := range o.arguments {
		if p.strings[i], failure = argument.cString(); failure != nil {
			return p, failure
		}
	}
	p.operation = C.anchor_go_operation{function: o.function, client: client.handle, timeout_ms: -1, max_retries: -1}
	if limits.TimeoutMS != nil {
		p.operation.timeout_ms = C.int64_t(min(*limits.TimeoutMS, math.MaxInt64))
	}
	if limits.MaxRetries != nil {
		p.operation.max_retries = C.int64_t(*limits.MaxRetries)
	}
	return p, nil
}

// EndsPause reports whether this is a [PauseEnd].
func (p *Prepared) EndsPause() bool {
	return p.operation.function == C.ANCHOR_GO_PAUSE_END
}
