package capi

// #include "bridge.h"
import "C"

// Settings are what a client is made from. A nil field leaves the library's default.
type Settings struct {
	Limits
	APIKey, BaseURL, CAFile, ClientCertificate, Proxy *string
	Headers                                           []Header
	Log                                               bool // Whether calls collect log lines.
}

// Limits bound the calls of a client, or a single call. A nil field leaves the default.
type Limits struct {
	TimeoutMS  *uint64
	MaxRetries *uint32
}

// A Header is sent with every request.
type Header struct{ Name, Value string }

// A Client is the handle of a client. It may be copied.
type Client struct{ handle *C.anchor_client }

// wrapper is the name by which requests tell the API which wrapper sent them.
var wrapper = "go"

// NewClient makes a client.
func NewClient(s *Settings) (Client, *Failure) {
	options, failure := newOptions(s)
	if failure != nil {
		return Client{}, failure
	}
	defer C.anchor_go_options_free(options)
	key, failure := argument{"api_key", s.APIKey}.cString()
	if failure != nil {
		return Client{}, failure
	}
	var client Client
	var message *C.char
	status := C.anchor_client_new(key, options, &client.handle, &message)
	defer C.anchor_go_string_free(message)
	return client, newFailure(status, C.GoString(message))
}

// Free frees the client. Running calls finish normally. It may be called more than once.
func (c Client) Free() {
	C.anchor_go_client_free(c.handle)
}

func newOptions(s *Settings) (*C.anchor_options, *Failure) {
	var options *C.anchor_options
	if status := C.anchor_options_new(&options); status != C.ANCHOR_OK {
		return nil, newFailure(status, "")
	}
	for _, set := range []func(*C.anchor_options, *Settings) *Failure{setStrings, setHeaders, setLimits, setLog} {
		if failure := set(options, s); failure != nil {
			C.anchor_go_options_free(options)
			return nil, failure
		}
	}
	return options, nil
}

func setStrings(options *C.anchor_options, s *Settings) *Failure {
	strings := []struct {
		argument
		set func(*C.char) C.int32_t
	}{
		{argument{"wrapper", &wrapper}, func(text *C.char) C.int32_t { return C.anchor_options_set_wrapper(options, text) }},
		{argument{"base_url", s.BaseURL}, func(text *C.char) C.int32_t { return C.anchor_options_set_base_url(options, text) }},
		{argument{"ca_file", s.CAFile}, func(text *C.char) C.int32_t { return C.anchor_options_set_ca_file(options, text) }},
		{argument{"client_certificate", s.ClientCertificate}, func(text *C.char) C.int32_t {
			return C.anchor_options_set_client_certificate(options, text)
		}},
		{argument{"proxy", s.Proxy}, func(text *C.char) C.int32_t { return C.anchor_options_set_proxy(options, text) }},
	}
	for _, option := range strings {
		text, failure := option.cString()
		if failure != nil {
			return failure
		}
		if status := option.set(text); status != C.ANCHOR_OK {
			return newFailure(status, "")
		}
	}
	return nil
}

func setHeaders(options *C.anchor_options, s *Settings) *Failure {
	for _, header := range s.Headers {
		name, failure := argument{"header", &header.Name}.cString()
		if failure != nil {
			return failure
		}
		value, failure := argument{"header", &header.Value}.cString()
		if failure != nil {
			return failure
		}
		if status := C.anchor_options_set_header(options, name, value); status != C.ANCHOR_OK {
			return newFailure(status, "")
		}
	}
	return nil
}

func setLimits(options *C.anchor_options, s *Settings) *Failure {
	if s.TimeoutMS != nil {
		if status := C.anchor_options_set_timeout_ms(options, C.uint64_t(*s.TimeoutMS)); status != C.ANCHOR_OK {
			return newFailure(status, "")
		}
	}
	if s.MaxRetries != nil {
		return newFailure(C.anchor_options_set_max_retries(options, C.uint32_t(*s.MaxRetries)), "")
	}
	return nil
}

func setLog(options *C.anchor_options, s *Settings) *Failure {
	if s.Log {
		return newFailure(C.anchor_go_options_log(options), "")
	}
	return nil
}
