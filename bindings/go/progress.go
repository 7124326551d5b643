//go:build cgo

package anchor

import "time"

// How often a progress function is told, whether anything has come or not.
const progressInterval = 50 * time.Millisecond

// progress tells a function, if there is one, how far a call is.
type progress struct {
	function func(done, total int64)
	// What was told last.
	done, total int64
}

// ticks come when it is time to tell.
func (p *progress) ticks() (ticks <-chan time.Time, stop func()) {
	if p.function == nil {
		return nil, func() {}
	}
	ticker := time.NewTicker(progressInterval)
	return ticker.C, ticker.Stop
}

func (p *progress) tell(e *exchange) {
	p.done, p.total = e.transferred()
	p.function(p.done, p.total)
}

func (p *progress) tellEnd(e *exchange) {
	if p.function == nil {
		return
	}
	if done, total := e.transferred(); done != p.done || total != p.total {
		p.tell(e)
	}
}
