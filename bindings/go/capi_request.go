package anchor

// #include "anchor.h"
import "C"

// request returns the API's JSON text, "" if it answered without one. A nil body is none.
func request(client clientHandle, method, path string, body *string, call callHandle) (string, error) {
	err := withText("method", &method, func(method *C.char) error {
		return withText("path", &path, func(path *C.char) error {
			return withText("body", body, func(body *C.char) error {
				return reported(call, func(message **C.char) C.int32_t {
					return C.anchor_request(client, method, path, body, call, message)
				})
			})
		})
	})
	if err != nil {
		return "", err
	}
	return resultOf(call)
}
