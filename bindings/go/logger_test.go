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

// A logBuffer is a log in memory.
type logBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (l *logBuffer) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.Write(line)
}

func (l *logBuffer) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.String()
}

func (l *logBuffer) option() anchor.Option {
	return anchor.WithLogger(slog.New(slog.NewTextHandler(l, nil)))
}

// A handler is a slog.Handler that calls a function.
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
	var logged []string
	server := newSandbox(t, "--session-per-fault")
	client := newClient(t, server, logTo(func(inside context.Context, record slog.Record) {
		if inside.Value(keyOfContext{}) != "value" {
			t.Error("the handler got another context")
		}
		logged = append(logged, fmt.Sprint(record.Level, " ", record.Message))
	}))
	if err := client.Recordings.Pause(ctx, "500-once", anchor.WithMaxRetries(1)); err != nil {
		t.Fatal(err)
	}
	err := client.Recordings.Resume(ctx, "stall", anchor.WithTimeout(100*time.Millisecond))
	checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
	expected := []string{
		"WARN POST /v1/sessions/500-once/recordings/pause attempt 1,",
		"INFO POST /v1/sessions/500-once/recordings/pause attempt 2,",
		"WARN POST /v1/sessions/stall/recordings/resume attempt 1,",
	}
	if len(logged) != len(expected) {
		t.Fatalf("%q", logged)
	}
	for i, line := range logged {
		if !strings.HasPrefix(line, expected[i]) || strings.Contains(line, "\n") {
			t.Errorf("%q, want %q", line, expected[i])
		}
	}
}

func TestNilAndDiscardingLoggersAreAccepted(t *testing.T) {
	for _, logger := range []*slog.Logger{nil, slog.New(slog.DiscardHandler)} {
		client := newClient(t, shared, anchor.WithLogger(logger))
		if err := client.Recordings.Pause(context.Background(), "demo"); err != nil {
			t.Error(err)
		}
	}
}

func TestRunningCallsAreLoggedAfterClose(t *testing.T) {
	server := newSandbox(t, "--session-per-fault")
	log := new(logBuffer)
	client := newClient(t, server, log.option())
	result := make(chan error)
	go func() { result <- client.Recordings.Pause(context.Background(), "delay") }()
	server.awaitRequests(t, "delay", 1)
	client.Close()
	runtime.GC()
	if err := <-result; err != nil || !strings.Contains(log.String(), "attempt 1") {
		t.Errorf("%v: %q", err, log)
	}
	checkError(t, client.Recordings.Pause(context.Background(), "delay"), anchor.ErrClosed, anchor.StatusInvalidHandle)
}

func TestLogHandlerMayMakeCalls(t *testing.T) {
	server := newSandbox(t, "--session", "one", "--session", "two")
	other := newClient(t, server)
	client := newClient(t, server, logTo(func(ctx context.Context, _ slog.Record) {
		if err := other.Recordings.Pause(ctx, "two"); err != nil {
			t.Error(err)
		}
	}))
	failIfHanging(t, func() {
		if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
			t.Error(err)
		}
	})
	server.checkRecording(t, "two", "paused")
}

// The lines of concurrent calls are not mixed up.
func TestLinesAreLoggedByTheGoroutineOfTheCall(t *testing.T) {
	type name struct{}
	client := newClient(t, newSandbox(t), logTo(func(ctx context.Context, record slog.Record) {
		if session := ctx.Value(name{}).(string); !strings.Contains(record.Message, session+"/") {
			t.Errorf("the call for %s logged %q", session, record.Message)
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
				checkError(t, client.Recordings.Pause(ctx, session), anchor.ErrNotFound, 404)
			}
		}()
	}
	group.Wait()
}

var errHandler = errors.New("the handler failed")

func TestPanicOfALogHandlerReachesTheCaller(t *testing.T) {
	server := newSandbox(t, "--session", "one")
	client := newClient(t, server, logTo(func(context.Context, slog.Record) { panic(errHandler) }))
	panicked := panicValue(func() { client.Recordings.Pause(context.Background(), "one") })
	if panicked != errHandler {
		t.Errorf("%v, want the panic of the handler", panicked)
	}
	// Later calls work as usual.
	quiet := newClient(t, server)
	if err := quiet.Recordings.Resume(context.Background(), "one"); err != nil {
		t.Error(err)
	}
}

func TestLogHandlerMayEndTheGoroutine(t *testing.T) {
	server := newSandbox(t, "--session-per-fault")
	client := newClient(t, server, anchor.WithMaxRetries(1), logTo(func(context.Context, slog.Record) {
		runtime.Goexit()
	}))
	failIfHanging(t, func() {
		expectGoexit(t, func() { client.Recordings.Pause(context.Background(), "500-once") })
	})
	server.checkRecording(t, "500-once", "paused") // The call had succeeded.
}

// The handler refers to the client, as one with a method of the program might.
func TestLoggerDoesNotKeepItsClientAlive(t *testing.T) {
	freed := make(chan struct{})
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
		runtime.AddCleanup(client, func(done chan struct{}) { close(done) }, freed)
	}()
	for end := time.Now().Add(10 * time.Second); ; {
		runtime.GC()
		select {
		case <-freed:
			return
		case <-time.After(time.Millisecond):
			if time.Now().After(end) {
				t.Fatal("the client was not freed within 10 s")
			}
		}
	}
}
