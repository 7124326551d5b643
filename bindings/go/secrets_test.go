package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// Every call fails in every way that the sandbox offers.
func TestKeyIsInNoErrorAndNoLog(t *testing.T) {
	const canary = "sk-canary-7f3a"
	server := newSandbox(t, "--session-per-fault", "--api-key", canary)
	log := new(logBuffer)
	options := []anchor.Option{anchor.WithAPIKey(canary), anchor.WithTimeout(time.Second), log.option()}
	clients := []*anchor.Client{
		newClient(t, server, options...),
		newClient(t, shared, options...),
		newClient(t, server, append(options, anchor.WithBaseURL("http://127.0.0.1:1"))...),
	}
	sessions := append(strings.Fields(faults), "no-such-session", "", "a\x00b")
	calls := append(everyEndpoint, endpoint{call: pause}, endpoint{call: whilePaused})
	var group sync.WaitGroup
	for _, client := range clients {
		for _, session := range sessions {
			for _, call := range calls {
				group.Add(1)
				go func() {
					defer group.Done()
					err := call.call(context.Background(), client, session)
					text := fmt.Sprintf("%v %+v %#v", err, err, client)
					// Request accepts any JSON as an answer.
					isAnswer := session == "array" && strings.HasPrefix(call.name, "request")
					if (err == nil && !isAnswer) || strings.Contains(text, canary) {
						t.Errorf("%q: %s", session, text)
					}
				}()
			}
		}
	}
	group.Wait()
	if text := log.String(); strings.Contains(text, canary) || !strings.Contains(text, "WARN") {
		t.Errorf("the log: %s", text)
	}
}

// faults are the sandbox's faults that make a call fail.
const faults = `400 401 403 404 422 429 429-long 500 500-no-retry 502-page 301 302 303 307 308 html empty garbage array
	error-in-200 gzip long deep truncated truncated-chunk close reset stall trickle endless`

// A key that is passed by mistake as an id is in no error either, however it is printed.
func TestKeyAsSessionIsInNoError(t *testing.T) {
	server := newSandbox(t, "--session", key)
	log := new(logBuffer)
	client := newClient(t, server, anchor.WithMaxRetries(0), log.option())
	err := client.Recordings.WhilePaused(context.Background(), key, func(context.Context) error {
		server.endSession(t, key)
		return nil
	})
	var notResumed *anchor.NotResumedError
	if !errors.As(err, &notResumed) || notResumed.SessionID != key {
		t.Fatalf("%v", err)
	}
	const beginning = "anchor: the body ran, and the recording was not resumed: 404 "
	if text := err.Error(); !strings.HasPrefix(text, beginning) || strings.Contains(text, key) {
		t.Error(text)
	}
	if text := fmt.Sprintf("%v %+v %#v", notResumed.Err, notResumed.Err, notResumed.Err); strings.Contains(text, key) {
		t.Error(text)
	}
	if text := log.String(); strings.Contains(text, key) || !strings.Contains(text, "[api key]") {
		t.Error(text)
	}
}

func TestOptionsDoNotPrintTheirValues(t *testing.T) {
	const canary = "sk-canary-7f3a"
	options := []anchor.Option{
		anchor.WithAPIKey(canary), anchor.WithProxy("http://u:" + canary + "@h"), anchor.WithHeader("X-A", canary),
	}
	if text := fmt.Sprintf("%v %+v %#v", options, options, options); strings.Contains(text, canary) {
		t.Error(text)
	}
}
