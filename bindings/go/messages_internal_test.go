package anchor

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// libraryMessages returns all messages of the library, by the situation that causes them.
func libraryMessages(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../tests/messages/messages.txt")
	if err != nil {
		t.Fatal(err)
	}
	messages := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^(\S.*)\n {4}(.+)$`).FindAllStringSubmatch(string(text), -1) {
		messages[row[1]] = row[2]
	}
	return messages
}

// The library names an argument in the first word of a message, as C does. A Go program has to
// recognize it.
func TestNamesOfTheLibraryBecomeNamesOfGo(t *testing.T) {
	messages := libraryMessages(t)
	isOfC := regexp.MustCompile(`^[a-z]+_[a-z_]+ `)
	seen := 0
	for situation, message := range messages {
		if strings.HasPrefix(message, "timeout_ms ") { // This package checks timeouts itself.
			continue
		}
		shown := newError(&capi.Failure{Status: int32(StatusInvalidArgument), Message: message}).Message
		if isOfC.MatchString(shown) {
			t.Errorf("%s: goNames has no name for the argument in %q", situation, shown)
		}
		if isOfC.MatchString(message) {
			seen++
		}
	}
	if seen < 20 {
		t.Errorf("only %d messages begin with a name of C", seen)
	}
	// Only messages about arguments begin with a name.
	if e := newError(&capi.Failure{Status: 404, Message: "proxy"}); e.Message != "proxy" {
		t.Errorf("%v", e)
	}
}

func TestMessagesOfCancelledCallsSayWhatTheContextDid(t *testing.T) {
	messages := libraryMessages(t)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancelLate := context.WithDeadline(context.Background(), time.Now().Add(-time.Hour))
	defer cancelLate()
	rows := []struct {
		ctx             context.Context
		situation, text string
	}{
		{cancelled, "pause, cancelled", `the context was cancelled while pausing session "demo"; assume that it is still being recorded, and pause again; if you give up, resume: it may be paused`},
		{late, "pause, cancelled", `the context's deadline passed while pausing session "demo"; assume that it is still being recorded, and pause again; if you give up, resume: it may be paused`},
		{cancelled, "pause, cancelled before the call", `the context was cancelled before pausing session "demo": nothing was sent; call again with another context`},
		{late, "pause, cancelled before the call", `the context's deadline passed before pausing session "demo": nothing was sent; call again with another context`},
	}
	for _, row := range rows {
		failure := &capi.Failure{Status: int32(StatusCancelled), Message: messages[row.situation]}
		err := withContextError(row.ctx, newError(failure))
		if err.Error() != prefix+row.text || !errors.Is(err, row.ctx.Err()) {
			t.Errorf("%v, want %s", err, row.text)
		}
	}
}
