package anchor

import (
	"fmt"
	"math"
	"time"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

type commonOption func(*capi.Limits) error

func (o commonOption) setClient(s *settings) error   { return o(&s.Limits) }
func (o commonOption) setCall(s *callSettings) error { return o(&s.Limits) }

// callSettings are what a single call adds to its client's settings.
type callSettings struct {
	capi.Limits
	progress func(done, total int64)
}

type callOption func(*callSettings)

func (o callOption) setCall(s *callSettings) error { o(s); return nil }

func newCallSettings(options []CallOption) (*callSettings, error) {
	s := new(callSettings)
	for _, option := range options {
		if option == nil {
			return nil, nilOption()
		}
		if err := option.setCall(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// WithTimeout sets the longest that a call may take, its retries included: more than 0, at most a
// day, in steps of a millisecond. The default is 30 seconds. A context can only shorten it. The
// timeout of a download counts for the whole of it.
func WithTimeout(timeout time.Duration) CommonOption {
	return commonOption(func(l *capi.Limits) error {
		if timeout < 0 {
			return invalidArgument("timeout", fmt.Sprintf("must be above 0, not %v", timeout))
		}
		milliseconds := uint64(timeout / time.Millisecond)
		if timeout%time.Millisecond > 0 {
			milliseconds++
		}
		l.TimeoutMS = &milliseconds
		return nil
	})
}

// WithMaxRetries sets how often a failed request is repeated: when no connection was made or it was
// lost, and on 408, 409, 429 and 5xx, unless the answer's x-should-retry says otherwise.
// [Recordings.Delete] and most requests of [Client.Request] are repeated in fewer cases. 0 sends
// exactly one request. The default is 2.
func WithMaxRetries(retries int) CommonOption {
	return commonOption(func(l *capi.Limits) error {
		if retries < 0 || int64(retries) > math.MaxUint32 {
			return invalidArgument("max_retries", fmt.Sprintf("must be 0 to %d, not %d", uint32(math.MaxUint32), retries))
		}
		number := uint32(retries)
		l.MaxRetries = &number
		return nil
	})
}

// WithProgress sets a function that is told how many bytes of the call's answer have come and how
// many it has in all, 0 if that is not known: every 50 ms or so, and at the end if more has come
// since. Of [Recordings.Download] the bytes count that earlier attempts and calls left; done may
// become less when the download begins anew. Of other calls the bytes of one attempt count, and
// done becomes 0 with the next attempt.
//
// The function runs on the goroutine that made the call, so never after the call has returned; the
// call goes on meanwhile, but cannot return before the function does. To stop the call, cancel its
// context. If the function panics or ends the goroutine, the call is cancelled and that goes on
// when it has ended.
func WithProgress(function func(done, total int64)) CallOption {
	return callOption(func(s *callSettings) { s.progress = function })
}
