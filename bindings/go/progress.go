package anchor

import (
	"time"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// A progress function is called this often, whether or not anything has arrived.
const progressInterval = 50 * time.Millisecond

// A progress reports to the caller's function, if there is one, how far a call is.
type progress struct {
	function func(done, total int64)
	// The values of the last report.
	done, total int64
}

// ticks returns a channel that receives when a report is due. It is nil if there is no function.
func (p *progress) ticks() (ticks <-chan time.Time, stop func()) {
	if p.function == nil {
		return nil, func() {}
	}
	ticker := time.NewTicker(progressInterval)
	return ticker.C, ticker.Stop
}

func (p *progress) report(call capi.Call) {
	p.done, p.total = call.Transferred()
	p.function(p.done, p.total)
}

// reportEnd reports the final values, unless they have been reported already.
func (p *progress) reportEnd(call capi.Call) {
	if p.function == nil {
		return
	}
	if done, total := call.Transferred(); done != p.done || total != p.total {
		p.report(call)
	}
}
