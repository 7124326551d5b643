package anchor

/*
#include <stdlib.h>
#include "anchor.h"

static void free_text(char *text) { anchor_free(text); }
*/
import "C"

import (
	"strings"
	"unsafe"
)

// withText lends a copy of a string for C to a function; nil is NULL.
func withText(name string, value *string, use func(*C.char) error) error {
	if value == nil {
		return use(nil)
	}
	// For C the string would end there, and another one would be meant.
	if strings.IndexByte(*value, 0) >= 0 {
		return invalidArgument(name, "holds a NUL byte: take it out")
	}
	text := C.CString(*value)
	defer C.free(unsafe.Pointer(text))
	return use(text)
}

// takeText copies a string that the library gave out, and gives it back.
func takeText(text *C.char) string {
	defer C.free_text(text)
	return C.GoString(text)
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
	e := &Error{Status: Status(status), Message: takeText(message)}
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
