package anchor

/*
#include "exchange.h"

// Handles are numbers, not addresses. These keep them from becoming an unsafe.Pointer, which must hold an address.
static void free_client(anchor_client *client) { anchor_free(client); }
static void free_options(anchor_options *options) { anchor_free(options); }
*/
import "C"

type (
	clientHandle  = *C.anchor_client
	optionsHandle = *C.anchor_options
)

// What the API is told of who is asking.
var wrapper = "go"

func newClient(s *settings) (clientHandle, error) {
	options, err := newOptions(s)
	if err != nil {
		return nil, err
	}
	defer C.free_options(options)
	var client clientHandle
	err = withText("api_key", s.apiKey, func(key *C.char) error {
		var message *C.char
		if status := C.anchor_client_new(key, options, &client, &message); status != C.ANCHOR_OK {
			return failure(status, message)
		}
		return nil
	})
	return client, err
}

func freeClient(client clientHandle) {
	C.free_client(client)
}

func newOptions(s *settings) (optionsHandle, error) {
	var options optionsHandle
	if err := checked(C.anchor_options_new(&options)); err != nil {
		return nil, err
	}
	for _, fill := range []func(optionsHandle, *settings) error{fillTexts, fillHeaders, fillRest} {
		if err := fill(options, s); err != nil {
			C.free_options(options)
			return nil, err
		}
	}
	return options, nil
}

func fillTexts(options optionsHandle, s *settings) error {
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
		err := withText(option.name, option.value, func(text *C.char) error { return checked(option.set(text)) })
		if err != nil {
			return err
		}
	}
	return nil
}

func fillHeaders(options optionsHandle, s *settings) error {
	for _, header := range s.headers {
		err := withText("header", &header.name, func(name *C.char) error {
			return withText("header", &header.value, func(value *C.char) error {
				return checked(C.anchor_options_set_header(options, name, value))
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func fillRest(options optionsHandle, s *settings) error {
	if s.timeoutMS != nil {
		if err := checked(C.anchor_options_set_timeout_ms(options, C.uint64_t(*s.timeoutMS))); err != nil {
			return err
		}
	}
	if s.maxRetries != nil {
		if err := checked(C.anchor_options_set_max_retries(options, C.uint32_t(*s.maxRetries))); err != nil {
			return err
		}
	}
	if s.logger != nil {
		return checked(C.anchor_go_log(options))
	}
	return nil
}
