// Package capi is the boundary between Go and the C library: everything that needs cgo is in this
// package. It turns the functions of anchor.h into a few Go types, and knows nothing of contexts,
// goroutines or the errors of the public package.
//
// A [Client] is made from [Settings]. An [Operation] names a function of the library and its
// arguments, and [Operation.Prepare] makes it ready for C. A prepared operation becomes a [Call]
// in one of two ways: [Call.Run] blocks the calling thread until the call has ended, and
// [Prepared.Start] returns at once and completes in a [Queue].
//
// The handles of the library are numbers, so that using one after it was freed is an error and not
// undefined behaviour. A Call is C memory: call [Call.Free] exactly once.
package capi

// #include "bridge.h"
import "C"

import (
	"strings"
	"time"
	"unsafe"
)

// A Failure says why a function of the library failed. The public package makes its error from it.
type Failure struct {
	Status  int32
	Message string
	Details
}

// Details describe the last attempt of a call.
type Details struct {
	HTTPStatus int
	Attempts   int
	RequestID  string
	RetryAfter time.Duration
}

// StatusName returns the name of a status, such as "ANCHOR_TIMEOUT".
func StatusName(status int32) string {
	return C.GoString(C.anchor_status_name(C.int32_t(status)))
}

// Version returns the version of the library that is loaded.
func Version() string {
	return C.GoString(C.anchor_version())
}

// EnvironmentIsTrusted reports whether this process has no more rights than its caller, who chose
// its environment variables.
func EnvironmentIsTrusted() bool {
	return C.anchor_go_environment_is_trusted() != 0
}

// newFailure returns nil for ANCHOR_OK. A message can be missing if there was no memory for it.
func newFailure(status C.int32_t, message string) *Failure {
	if status == C.ANCHOR_OK {
		return nil
	}
	if message == "" {
		message = "failed with " + StatusName(int32(status))
	}
	return &Failure{Status: int32(status), Message: message}
}

// An argument is a string that the library takes; nil is NULL.
type argument struct {
	name  string
	value *string
}

// cString returns a copy in Go's memory that ends with NUL, for a C function that reads it before
// it returns.
func (a argument) cString() (*C.char, *Failure) {
	if a.value == nil {
		return nil, nil
	}
	// C would take the part before the NUL, which is a different string.
	if strings.IndexByte(*a.value, 0) >= 0 {
		return nil, newFailure(C.ANCHOR_INVALID_ARGUMENT, a.name+" contains a NUL byte: remove it")
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(*a.value + "\x00"))), nil
}
