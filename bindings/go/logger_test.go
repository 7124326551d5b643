package anchor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// lines is a log in memory.
type lines struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.Write(line)
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.String()
}

func (l *lines) option() anchor.Option {
	return anchor.WithLogger(slog.New(slog.NewTextHandler(l, nil)))
}

// handler is a slog.Handler of one function.
type handler func(context.Context, slog.Record) error

func (h handler) Enabled(context.Context, slog.Level) bool             { return true }
func (h handler) Handle(ctx context.Context, record slog.Record) error { return h(ctx, record) }
func (h handler) WithAttrs([]slog.Attr) slog.Handler                   { return h }
func (h handler) WithGroup(string) slog.Handler                        { return h }

func logTo(function func(ctx context.Context, record slog.Record)) anchor.Option {
	return anchor.WithLogger(slog.New(handler(func(ctx context.Context, record slog.Record) error {
		function(ctx, record)
		return nil
	})))
}

func TestEachAttemptIsLogged(t *testing.T) {
	type keyOfContext struct{}
	ctx := context.WithValue(context.Background(), keyOfContext{}, "value")
	var told []string
	server := special(t, "--session-per-fault")
	client := newClient(t, server, logTo(func(inside context.Context, record slog.Record) {
		if inside.Value(keyOfContext{}) != "value" {
			t.Error("the handler got another context")
		}
		told = append(told, fmt.Sprint(record.Level, " ", record.Message))
	}))
	if err := client.Recordings.Pause(ctx, "500-once", anchor.WithMaxRetries(1)); err != nil {
		t.Fatal(err)
	}
	err := client.Recordings.Resume(ctx, "stall", anchor.WithTimeout(100*time.Millisecond))
	check(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	expected := []string{
		"INFO POST /v1/sessions/500-once/recordings/pause attempt 1,",
		"WARN POST /v1/sessions/500-once/recordings/pause attempt 1,",
		"INFO POST /v1/sessions/500-once/recordings/pause attempt 2,",
		"WARN POST /v1/sessions/stall/recordings/resume attempt 1,",
	}
	if len(told) != len(expected) {
		t.Fatalf("%q", told)
	}
	for i, line := range told {
		if !strings.HasPrefix(line, expected[i]) || strings.Contains(line, "\n") {
			t.Errorf("%q, want %q", line, expected[i])
		}
	}
}

func TestNobodyIsTold(t *testing.T) {
	for _, logger := range []*slog.Logger{nil, slog.New(slog.DiscardHandler)} {
		client := newClient(t, shared, anchor.WithLogger(logger))
		if err := client.Recordings.Pause(context.Background(), "demo"); err != nil {
			t.Error(err)
		}
	}
}

// A closed client's calls that are under way are still logged.
func TestLinesAfterClose(t *testing.T) {
	server := special(t, "--session-per-fault")
	log := new(lines)
	client := newClient(t, server, log.option())
	result := make(chan error)
	go func() { result <- client.Recordings.Pause(context.Background(), "delay") }()
	server.await(t, "delay", 1)
	client.Close()
	runtime.GC()
	if err := <-result; err != nil || !strings.Contains(log.String(), "attempt 1") {
		t.Errorf("%v: %q", err, log)
	}
	check(t, client.Recordings.Pause(context.Background(), "delay"), anchor.ErrClosed, anchor.StatusInvalidHandle)
}

func TestAHandlerMayMakeCalls(t *testing.T) {
	server := special(t, "--session", "one", "--session", "two")
	other := newClient(t, server)
	client := newClient(t, server, logTo(func(ctx context.Context, _ slog.Record) {
		if err := other.Recordings.Pause(ctx, "two"); err != nil {
			t.Error(err)
		}
	}))
	inTime(t, func() {
		if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
			t.Error(err)
		}
	})
	server.checkRecording(t, "two", "paused")
}

// Each call's lines come to its own goroutine, whatever runs beside it.
func TestLinesOfManyGoroutines(t *testing.T) {
	type name struct{}
	client := newClient(t, special(t), logTo(func(ctx context.Context, record slog.Record) {
		if session := ctx.Value(name{}).(string); !strings.Contains(record.Message, session+"/") {
			t.Errorf("%s was told %q", session, record.Message)
		}
	}))
	var group sync.WaitGroup
	for i := range 40 {
		group.Add(1)
		go func() {
			defer group.Done()
			session := fmt.Sprintf("session-%d", i)
			ctx := context.WithValue(context.Background(), name{}, session)
			for range 20 {
				check(t, client.Recordings.Pause(ctx, session), anchor.ErrNotFound, 404)
			}
		}()
	}
	group.Wait()
}

var errHandler = errors.New("the handler failed")

func TestAHandlerThatPanics(t *testing.T) {
	server := special(t, "--session", "one")
	client := newClient(t, server, logTo(func(context.Context, slog.Record) { panic(errHandler) }))
	panicked := recovered(func() { client.Recordings.Pause(context.Background(), "one") })
	if panicked != errHandler {
		t.Errorf("%v, want the handler's panic", panicked)
	}
	// Nothing of the library was left behind in the middle.
	quiet := newClient(t, server)
	if err := quiet.Recordings.Resume(context.Background(), "one"); err != nil {
		t.Error(err)
	}
}

// A recording that was paused is resumed, also if resuming needs a second attempt.
func TestAHandlerThatPanicsWhilePaused(t *testing.T) {
	server := special(t, "--session", "one")
	for range 20 {
		api := failingOnce(t, server, "resume")
		client := newClient(t, server, anchor.WithBaseURL(api.url), anchor.WithMaxRetries(1), logTo(
			func(context.Context, slog.Record) { panic(errHandler) }))
		panicked := recovered(func() {
			client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
				t.Error("the body ran")
				return nil
			})
		})
		if panicked != errHandler {
			t.Errorf("%v, want the handler's panic", panicked)
		}
		api.check(t, "pause", "resume", "resume")
		server.checkRecording(t, "one", "recording")
	}
}

func TestAHandlerThatEndsTheGoroutine(t *testing.T) {
	server := special(t, "--session-per-fault")
	client := newClient(t, server, anchor.WithMaxRetries(1), logTo(func(context.Context, slog.Record) {
		runtime.Goexit()
	}))
	ended := make(chan struct{})
	inTime(t, func() {
		go func() {
			defer close(ended)
			client.Recordings.Pause(context.Background(), "500-once")
			t.Error("Goexit did not go on")
		}()
		<-ended
	})
	server.checkRecording(t, "500-once", "paused") // By the second attempt.
}

// recovered is what function panics with.
func recovered(function func()) (value any) {
	defer func() { value = recover() }()
	function()
	return nil
}

// A logger that refers to its client does not keep it.
func TestALoggerIsForgottenWithItsClient(t *testing.T) {
	forgotten := make(chan struct{})
	func() {
		var client *anchor.Client
		log := logTo(func(context.Context, slog.Record) { runtime.KeepAlive(client) })
		client, err := anchor.New(anchor.WithAPIKey(key), anchor.WithBaseURL(shared.url), log)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Recordings.Pause(context.Background(), "demo"); err != nil {
			t.Fatal(err)
		}
		runtime.AddCleanup(client, func(done chan struct{}) { close(done) }, forgotten)
	}()
	for end := time.Now().Add(10 * time.Second); ; {
		runtime.GC()
		select {
		case <-forgotten:
			return
		case <-time.After(time.Millisecond):
			if time.Now().After(end) {
				t.Fatal("never forgotten")
			}
		}
	}
}
