package anchor

/*
#include "anchor.h"

static void free_text(char *text) { anchor_free(text); }
*/
import "C"

import (
	"strings"
	"unsafe"
)

// withText lends a string for C to a function; nil is NULL.
func withText(name string, value *string, use func(*C.char) error) error {
	text, err := terminated(name, value)
	if err != nil {
		return err
	}
	return use(text)
}

// terminated is a copy of a string in Go's memory, for a function of C to read before it returns; nil is NULL.
func terminated(name string, text *string) (*C.char, error) {
	if text == nil {
		return nil, nil
	}
	// For C the string would end there, and another one would be meant.
	if strings.IndexByte(*text, 0) >= 0 {
		return nil, invalidArgument(name, "holds a NUL byte: take it out")
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(*text + "\x00"))), nil
}

// checked turns a status without a message into an error.
func checked(status C.int32_t) error {
	if status == C.ANCHOR_OK {
		return nil
	}
	return failure(status, nil)
}

// failure is what a function of the library reported. The message is missing when there is no memory for it.
func failure(status C.int32_t, message *C.char) *Error {
	defer C.free_text(message)
	return failed(status, C.GoString(message))
}

func failed(status C.int32_t, message string) *Error {
	e := &Error{Status: Status(status), Message: message}
	if e.Message == "" {
		e.Message = "failed with " + e.Status.String()
	}
	return e
}

func statusName(status Status) string {
	return C.GoString(C.anchor_status_name(C.int32_t(status)))
}

func version() string {
	return C.GoString(C.anchor_version())
}
