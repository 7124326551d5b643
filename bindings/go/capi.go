package anchor

/*
#include <stdlib.h>
#include "anchor.h"

// Handles are numbers, not addresses. These keep them from becoming an unsafe.Pointer, which must hold an address.
static void free_client(anchor_client *client) { anchor_free(client); }
static void free_options(anchor_options *options) { anchor_free(options); }
static void free_call(anchor_call *call) { anchor_free(call); }
static void free_text(char *text) { anchor_free(text); }
*/
import "C"

import (
	"math"
	"strings"
	"time"
	"unsafe"
)

type (
	clientHandle = *C.anchor_client
	callHandle   = *C.anchor_call
)

// What the API is told of who is asking.
var wrapper = "go"

func newClient(s *settings) (clientHandle, error) {
	options, err := newOptions(s)
	if err != nil {
		return nil, err
	}
	defer C.free_options(options)
	key, err := newText("api_key", s.apiKey)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(key))
	var client clientHandle
	var message *C.char
	if status := C.anchor_client_new(key, options, &client, &message); status != C.ANCHOR_OK {
		return nil, failure(status, message)
	}
	return client, nil
}

func freeClient(client clientHandle) {
	C.free_client(client)
}

func newOptions(s *settings) (*C.anchor_options, error) {
	var options *C.anchor_options
	if status := C.anchor_options_new(&options); status != C.ANCHOR_OK {
		return nil, failure(status, nil)
	}
	if err := fillOptions(options, s); err != nil {
		C.free_options(options)
		return nil, err
	}
	return options, nil
}

func fillOptions(options *C.anchor_options, s *settings) error {
	texts := []struct {
		name  string
		value *string
		set   func(*C.char) C.int32_t
	}{
		{"wrapper", &wrapper, func(text *C.char) C.int32_t { return C.anchor_options_set_wrapper(options, text) }},
		{"base_url", s.baseURL, func(text *C.char) C.int32_t { return C.anchor_options_set_base_url(options, text) }},
		{"ca_file", s.caFile, func(text *C.char) C.int32_t { return C.anchor_options_set_ca_file(options, text) }},
		{"proxy", s.proxy, func(text *C.char) C.int32_t { return C.anchor_options_set_proxy(options, text) }},
	}
	for _, option := range texts {
		text, err := newText(option.name, option.value)
		if err != nil {
			return err
		}
		status := option.set(text)
		C.free(unsafe.Pointer(text))
		if status != C.ANCHOR_OK {
			return failure(status, nil)
		}
	}
	if s.timeoutMS != nil {
		if status := C.anchor_options_set_timeout_ms(options, C.uint64_t(*s.timeoutMS)); status != C.ANCHOR_OK {
			return failure(status, nil)
		}
	}
	if s.maxRetries != nil {
		if status := C.anchor_options_set_max_retries(options, C.uint32_t(*s.maxRetries)); status != C.ANCHOR_OK {
			return failure(status, nil)
		}
	}
	return nil
}

func newCall() (callHandle, error) {
	var call callHandle
	if status := C.anchor_call_new(&call); status != C.ANCHOR_OK {
		return nil, failure(status, nil)
	}
	return call, nil
}

func cancelCall(call callHandle) {
	C.anchor_call_cancel(call)
}

func freeCall(call callHandle) {
	C.free_call(call)
}

// newText copies a string for C; nil stays NULL. The caller frees it.
func newText(name string, value *string) (*C.char, error) {
	if value == nil {
		return nil, nil
	}
	// For C the string would end there, and another one would be meant.
	if strings.IndexByte(*value, 0) >= 0 {
		return nil, invalidArgument(name, "holds a NUL byte: take it out")
	}
	return C.CString(*value), nil
}

// takeText copies a string that the library gave out, and gives it back.
func takeText(text *C.char) string {
	defer C.free_text(text)
	return C.GoString(text)
}

// failure is what a function of the library reported. The message is missing when there is no memory for it.
func failure(status C.int32_t, message *C.char) *Error {
	e := &Error{Status: Status(status), Message: takeText(message)}
	if e.Message == "" {
		e.Message = "failed with " + e.Status.String()
	}
	return e
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

func statusName(status Status) string {
	return C.GoString(C.anchor_status_name(C.int32_t(status)))
}

func version() string {
	return C.GoString(C.anchor_version())
}
