package anchor

import (
	"context"
	"encoding/json"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Request sends any request of the API, for endpoints that have no method in this package.
//
// The method is GET, POST, PUT, PATCH or DELETE. The path begins with a slash, is percent-encoded
// and may have a query, such as "/v1/sessions?page=2". It is appended to the base URL, so that it
// cannot reach another host. A nil body means no body. A string, []byte or [json.RawMessage] is
// sent unchanged and must be JSON text, such as `{"url": "https://example.com"}`. Any other value is
// encoded by [json.Marshal].
//
// Request returns the JSON text of the answer unchanged. It can be any JSON value, including null,
// which is json.RawMessage("null"). For an empty 201, 202 or 204 the result is nil. Any other
// empty answer is [ErrBadResponse], and so is an object that contains an error.
//
// GET and PUT are retried like [Recordings.Pause]. POST, PATCH and DELETE are retried only if
// nothing was done: if no connection could be made, after 429, and if the answer says
// x-should-retry: true. The errors are those of Pause. After [ErrConnectionLost], [ErrTimeout] and
// [ErrCancelled] the request may or may not have taken effect.
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

// encodeBody returns the JSON text of a body, nil if there is no body.
func encodeBody(body any) (*string, error) {
	var text []byte
	switch body := body.(type) {
	case nil:
	case json.RawMessage:
		text = body
	case []byte:
		text = body
	case string:
		return &body, nil
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			const message = "body cannot be encoded: pass a value that json.Marshal accepts"
			return nil, wrap(StatusInvalidArgument, message, err)
		}
		text = encoded
	}
	if text == nil {
		return nil, nil
	}
	copied := string(text)
	return &copied, nil
}
