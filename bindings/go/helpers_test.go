package anchor_test

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// checkError expects an *anchor.Error with the status, the sentinel (unless it is nil) and a
// message of one line.
func checkError(t *testing.T, err, sentinel error, status anchor.Status) *anchor.Error {
	t.Helper()
	var failed *anchor.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want an *anchor.Error with status %v", err, status)
	}
	if failed.Status != status || (sentinel != nil && !errors.Is(err, sentinel)) {
		t.Fatalf("got status %d and %q, want %d and %q", failed.Status, err, status, sentinel)
	}
	if failed.Message == "" || strings.ContainsAny(err.Error(), "\n\r") {
		t.Fatalf("message %q is not one line", err)
	}
	return failed
}

func checkNil(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// failIfHanging fails the test if work does not return within two minutes.
func failIfHanging(t *testing.T, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		t.Fatal("still running after two minutes")
	}
}

// panicValue returns the value that function panics with, nil if it does not panic.
func panicValue(function func()) (value any) {
	defer func() { value = recover() }()
	function()
	return nil
}

// expectGoexit runs function in a goroutine, which the function must end by [runtime.Goexit].
func expectGoexit(t *testing.T, function func()) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		function()
		t.Error("Goexit did not end the goroutine")
	}()
	<-ended
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	number, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// unusedAddress returns an address that refuses connections.
func unusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
