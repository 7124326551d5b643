package anchor

import (
	"context"
	"encoding/json"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Request sends any request of the API: its way to what this package has no method for.
//
// The method is GET, POST, PUT, PATCH or DELETE. The path begins with a slash, is percent-encoded
// and may have a query, such as "/v1/sessions?page=2"; it is put behind the base URL, so that
// another host cannot be reached. A nil body is none, a []byte or [json.RawMessage] is JSON text
// that is sent as it is, and anything else is sent as [json.Marshal] encodes it.
//
// Request returns the answer's JSON text as it came: any JSON value, also null, which is
// json.RawMessage("null"). It returns nil if the answer is an empty 201, 202 or 204. Any other
// empty answer is [ErrBadResponse], and so is an object that holds an error.
//
// GET and PUT are repeated as pausing is. POST, PATCH and DELETE are repeated only if nothing was
// done: if no connection was made, after 429, and if the answer says x-should-retry: true. The
// errors are those of [Recordings.Pause]; after [ErrConnectionLost], [ErrTimeout] and
// [ErrCancelled] the request may have taken effect or not.
func (c *Client) Request(
	ctx context.Context, method, path string, body any, options ...CallOption,
) (json.RawMessage, error) {
	text, err := encodeBody(body)
	if err != nil {
		return nil, err
	}
	var answer json.RawMessage
	err = c.run(ctx, running, options, capi.Request(method, path, text), func(call capi.Call) error {
		if result := call.Result(); result != "" {
			answer = json.RawMessage(result)
		}
		return nil
	})
	return answer, err
}

// encodeBody returns the JSON text of a request's body, nil if there is none.
func encodeBody(body any) (*string, error) {
	var text []byte
	switch body := body.(type) {
	case nil:
	case json.RawMessage:
		text = body
	case []byte:
		text = body
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			const message = "body cannot be encoded: pass what json.Marshal takes"
			return nil, &Error{Status: StatusInvalidArgument, Message: message, causes: []error{err}}
		}
		text = encoded
	}
	if text == nil {
		return nil, nil
	}
	copied := string(text)
	return &copied, nil
}
