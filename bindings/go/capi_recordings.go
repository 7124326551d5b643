package anchor

// #include "anchor.h"
import "C"

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
	return resultOf(call)
}

func deleteRecording(client clientHandle, sessionID, recordingID string, call callHandle) error {
	return withText("recording_id", &recordingID, func(recording *C.char) error {
		return ofSession(sessionID, call, func(session *C.char, message **C.char) C.int32_t {
			return C.anchor_delete_recording(client, session, recording, call, message)
		})
	})
}

func downloadRecording(client clientHandle, sessionID, path string, call callHandle) error {
	return withText("file", &path, func(file *C.char) error {
		return ofSession(sessionID, call, func(session *C.char, message **C.char) C.int32_t {
			return C.anchor_download_recording(client, session, file, call, message)
		})
	})
}

// ofSession gives a function of the library the session's id, and turns what it reports into an error.
func ofSession(sessionID string, call callHandle, function func(session *C.char, message **C.char) C.int32_t) error {
	return withText("session_id", &sessionID, func(session *C.char) error {
		return reported(call, func(message **C.char) C.int32_t { return function(session, message) })
	})
}
