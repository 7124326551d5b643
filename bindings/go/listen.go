//go:build cgo

package anchor

import (
	"context"
	"log/slog"
	"time"
)

// How often a progress function is told, whether anything has come or not.
const progressInterval = 50 * time.Millisecond

// A listener hears from the library what happens to a call.
type listener struct {
	lines chan logLine
	gone  chan struct{} // Closed when nobody takes lines any more.
}

type logLine struct {
	level slog.Level
	text  string
}

// hear runs on the thread that works for the call, below the library's frames: no function of the caller's runs there.
func (l *listener) hear(line logLine) {
	select {
	case l.lines <- line:
	case <-l.gone:
	}
}

// listen has work done by another goroutine, so that the caller's functions can run on the caller's own. There they may
// panic or end the goroutine; below the library's frames neither must happen.
func listen(ctx context.Context, logger *slog.Logger, p *progress, work func() error) error {
	l := &listener{lines: make(chan logLine), gone: make(chan struct{})}
	done := make(chan error, 1)
	go func() { done <- l.attached(work) }()
	ended := false
	defer func() {
		if !ended {
			close(l.gone)
			<-done
		}
	}()
	ticks, stop := p.ticks()
	defer stop()
	for {
		select {
		case line := <-l.lines:
			logger.Log(ctx, line.level, line.text)
		case <-ticks:
			p.tell()
		case err := <-done:
			ended = true
			p.tellEnd()
			return err
		}
	}
}

// progress tells a function, if there is one, how far a call is.
type progress struct {
	call     callHandle
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

// tell cancels the call if the function does not return.
func (p *progress) tell() {
	returned := false
	defer func() {
		if !returned {
			cancelCall(p.call)
		}
	}()
	p.done, p.total = transferred(p.call)
	p.function(p.done, p.total)
	returned = true
}

func (p *progress) tellEnd() {
	if p.function == nil {
		return
	}
	if done, total := transferred(p.call); done != p.done || total != p.total {
		p.tell()
	}
}
