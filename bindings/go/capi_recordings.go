package anchor

/*
#include <stdlib.h>
#include "anchor.h"
*/
import "C"

import "unsafe"

func pauseRecording(client clientHandle, sessionID string, call callHandle) error {
	return ofSession(sessionID, call, func(session *C.char, message **C.char) C.int32_t {
		return C.anchor_pause_recording(client, session, call, message)
	})
}

func resumeRecording(client clientHandle, sessionID string, call callHandle) error {
	return ofSession(sessionID, call, func(session *C.char, message **C.char) C.int32_t {
		return C.anchor_resume_recording(client, session, call, message)
	})
}

func beginPause(client clientHandle, sessionID string, call callHandle) error {
	return ofSession(sessionID, call, func(session *C.char, message **C.char) C.int32_t {
		return C.anchor_pause_begin(client, session, call, message)
	})
}

func endPause(client clientHandle, sessionID string, call callHandle) error {
	return ofSession(sessionID, call, func(session *C.char, message **C.char) C.int32_t {
		return C.anchor_pause_end(client, session, call, message)
	})
}

// listRecordings returns the API's JSON text, "" if it answered without one.
func listRecordings(client clientHandle, sessionID string, call callHandle) (string, error) {
	err := ofSession(sessionID, call, func(session *C.char, message **C.char) C.int32_t {
		return C.anchor_list_recordings(client, session, call, message)
	})
	if err != nil {
		return "", err
	}
	var text *C.char
	if status := C.anchor_call_result(call, &text); status != C.ANCHOR_OK {
		return "", failure(status, nil)
	}
	return takeText(text), nil
}

func deleteRecording(client clientHandle, sessionID, recordingID string, call callHandle) error {
	recording, err := newText("recording_id", &recordingID)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(recording))
	return ofSession(sessionID, call, func(session *C.char, message **C.char) C.int32_t {
		return C.anchor_delete_recording(client, session, recording, call, message)
	})
}

// ofSession gives a function of the library the session's id, and turns what it reports into an error.
func ofSession(sessionID string, call callHandle, function func(session *C.char, message **C.char) C.int32_t) error {
	session, err := newText("session_id", &sessionID)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(session))
	var message *C.char
	if status := function(session, &message); status != C.ANCHOR_OK {
		return failure(status, message).learn(call)
	}
	return nil
}
