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

// callSettings are the settings of a single call.
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

// The library's longest timeout.
const maxTimeout = 24 * time.Hour

// WithTimeout sets how long a call may take, including its retries: more than 0, at most 24 hours,
// and rounded up to a millisecond. The default is 30 seconds. A call always has a timeout: 0 is an
// error, unlike in [net/http.Client], where it means none. A context can end a call earlier, but
// not extend it. For a download, the timeout covers the whole transfer.
func WithTimeout(timeout time.Duration) CommonOption {
	return commonOption(func(l *capi.Limits) error {
		if timeout <= 0 || timeout > maxTimeout {
			return invalidArgument("WithTimeout", fmt.Sprintf("must be above 0 and at most 24h, not %v", timeout))
		}
		milliseconds := uint64(timeout / time.Millisecond)
		if timeout%time.Millisecond > 0 {
			milliseconds++
		}
		l.TimeoutMS = &milliseconds
		return nil
	})
}

// WithMaxRetries sets how often a failed request is retried: if no connection could be made or it
// was lost, and after 408, 409, 429 and 5xx, unless the header x-should-retry of the answer says
// otherwise. [Recordings.Delete] and most requests of [Client.Request] are retried in fewer cases.
// 0 retries nothing. The default is 2.
func WithMaxRetries(retries int) CommonOption {
	return commonOption(func(l *capi.Limits) error {
		if retries < 0 || int64(retries) > math.MaxUint32 {
			return invalidArgument("WithMaxRetries", fmt.Sprintf("must be 0 to %d, not %d", uint32(math.MaxUint32), retries))
		}
		number := uint32(retries)
		l.MaxRetries = &number
		return nil
	})
}

// WithProgress sets a function that is called with the number of bytes of the answer that have
// arrived and with their total, 0 if it is unknown. It is called about every 50 ms, and once more
// at the end if the numbers have changed. For [Recordings.Download] the bytes of earlier attempts
// and calls count, and done may decrease if the download starts over. For other calls only the
// bytes of the current attempt count, and done becomes 0 with the next attempt.
//
// The function runs on the goroutine that made the call, and never after the call has returned.
// The transfer continues meanwhile, but the call returns only after the function has. To end the
// call, cancel its context. If the function panics or ends the goroutine, the call is cancelled,
// and the panic continues when it has ended.
func WithProgress(function func(done, total int64)) CallOption {
	return callOption(func(s *callSettings) { s.progress = function })
}
