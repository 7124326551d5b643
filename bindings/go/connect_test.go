package anchor_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// A countingServer confirms every pause, and counts its connections and requests.
type countingServer struct {
	*httptest.Server
	caFile                   string // "" without TLS.
	opened, closed, requests atomic.Int64

	// Unless nil, they run before a TLS handshake is answered, and before a request is.
	beforeHandshake, beforeAnswer func()
}

type protocol string

const (
	plain    protocol = "HTTP without TLS"
	http1TLS protocol = "HTTP/1.1"
	http2TLS protocol = "HTTP/2"
)

// newCountingServer starts a server. A test may change the functions of the server in prepare.
func newCountingServer(t *testing.T, speaks protocol, prepare func(*countingServer)) *countingServer {
	t.Helper()
	s := new(countingServer)
	if prepare != nil {
		prepare(s)
	}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.confirm))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.opened.Add(1)
		case http.StateClosed:
			s.closed.Add(1)
		}
	}
	if speaks == plain {
		s.Start()
	} else {
		certificate, file := newCertificate(t)
		s.caFile = file
		s.EnableHTTP2 = speaks == http2TLS
		s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, GetConfigForClient: s.shakeHands}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *countingServer) shakeHands(*tls.ClientHelloInfo) (*tls.Config, error) {
	if s.beforeHandshake != nil {
		s.beforeHandshake()
	}
	return nil, nil
}

func (s *countingServer) confirm(answer http.ResponseWriter, _ *http.Request) {
	s.requests.Add(1)
	if s.beforeAnswer != nil {
		s.beforeAnswer()
	}
	io.WriteString(answer, `{"data":{"status":"paused"}}`)
}

// client makes a client that trusts the server. With TLS, no client of another server shares its
// connections.
func (s *countingServer) client(t *testing.T, options ...anchor.Option) *anchor.Client {
	t.Helper()
	all := []anchor.Option{anchor.WithBaseURL(s.URL)}
	if s.caFile != "" {
		all = append(all, anchor.WithCAFile(s.caFile))
	}
	return newClient(t, shared, append(all, options...)...)
}

func (s *countingServer) check(t *testing.T, opened, requests int64) {
	t.Helper()
	if s.opened.Load() != opened || s.requests.Load() != requests {
		t.Errorf("%d connections and %d requests, want %d and %d",
			s.opened.Load(), s.requests.Load(), opened, requests)
	}
}

// newCertificate makes a certificate of 127.0.0.1 and writes it to a file. That of httptest is one
// of a CA, which the library rejects as a server's own.
func newCertificate(t *testing.T) (certificate tls.Certificate, file string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "certificate.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encoded})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: private}, file
}

// forEachWay runs a test with each way in which calls are made. A progress function makes a call run
// through the queue.
func forEachWay(t *testing.T, test func(*testing.T, ...anchor.CallOption)) {
	t.Run("alone", func(t *testing.T) { test(t) })
	t.Run("queue", func(t *testing.T) { test(t, anchor.WithProgress(func(int64, int64) {})) })
}

// atOnce runs the function in many goroutines at once.
func atOnce(t *testing.T, goroutines int, function func() error) {
	t.Helper()
	failIfHanging(t, func() {
		var group sync.WaitGroup
		for range goroutines {
			group.Add(1)
			go func() {
				defer group.Done()
				checkNil(t, function())
			}()
		}
		group.Wait()
	})
}

// meeting returns a function that waits until it was called this often, for 30 s at most.
func meeting(size int64) func() {
	var arrived atomic.Int64
	complete := make(chan struct{})
	return func() {
		if arrived.Add(1) == size {
			close(complete)
		}
		select {
		case <-complete:
		case <-time.After(30 * time.Second):
		}
	}
}

func TestConnectMakesTheConnectionOfTheNextCall(t *testing.T) {
	for _, speaks := range []protocol{plain, http1TLS, http2TLS} {
		t.Run(string(speaks), func(t *testing.T) {
			forEachWay(t, func(t *testing.T, way ...anchor.CallOption) {
				server := newCountingServer(t, speaks, nil)
				client := server.client(t)
				for range 3 { // While a connection is free, no other one is made.
					checkNil(t, client.Connect(context.Background(), way...))
				}
				waitFor(t, func() bool { return server.opened.Load() > 0 })
				server.check(t, 1, 0)
				checkNil(t, client.Recordings.Pause(context.Background(), "one", way...))
				checkNil(t, client.Connect(context.Background(), way...))
				checkNil(t, client.Recordings.Pause(context.Background(), "one", way...))
				server.check(t, 1, 2)
			})
		})
	}
}

func TestConnectSendsNothing(t *testing.T) {
	forEachWay(t, func(t *testing.T, way ...anchor.CallOption) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		client := newClient(t, shared, anchor.WithBaseURL("http://"+listener.Addr().String()))
		checkNil(t, client.Connect(context.Background(), way...))
		listener.(*net.TCPListener).SetDeadline(time.Now().Add(30 * time.Second))
		connection, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		connection.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if n, err := connection.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// Each pause at once needs a connection of its own with HTTP/1.1, so a total of one for each means that
// those of Connect were used. With HTTP/2 there are one of the call that runs alone and one of the queue.
func TestManyGoroutinesConnectAtOnce(t *testing.T) {
	rows := []struct {
		speaks      protocol
		calls       int
		connections int64
	}{{http1TLS, 20, 20}, {http2TLS, 100, 2}}
	for _, row := range rows {
		t.Run(string(row.speaks), func(t *testing.T) {
			server := newCountingServer(t, row.speaks, func(s *countingServer) {
				s.beforeHandshake = meeting(2) // Both ways of making calls are in use.
				s.beforeAnswer = meeting(int64(row.calls))
			})
			client := server.client(t)
			atOnce(t, row.calls, func() error { return client.Connect(context.Background()) })
			if opened := server.opened.Load(); opened < 2 || opened > row.connections || server.requests.Load() != 0 {
				t.Errorf("%d connections and %d requests", opened, server.requests.Load())
			}
			atOnce(t, row.calls, func() error { return client.Recordings.Pause(context.Background(), "one") })
			server.check(t, row.connections, int64(row.calls))
		})
	}
}

func TestConnectReportsFailures(t *testing.T) {
	var none context.Context
	ctx := context.Background()
	trusted := newCountingServer(t, http2TLS, nil)
	address := unusedAddress(t)
	closed := trusted.client(t)
	closed.Close()
	rows := map[string]struct {
		client   *anchor.Client
		ctx      context.Context
		option   anchor.CallOption
		sentinel error
		status   anchor.Status
		attempts int
		says     string
	}{
		"refused": {
			newClient(t, shared, anchor.WithBaseURL("https://"+address)), ctx, anchor.WithMaxRetries(1),
			anchor.ErrConnectFailed, anchor.StatusConnectFailed, 2, "cannot connect to https://" + address + " while connecting: ",
		},
		"unknown name": {
			newClient(t, shared, anchor.WithBaseURL("http://name.invalid"), anchor.WithProxy("")), ctx,
			anchor.WithTimeout(2 * time.Minute),
			anchor.ErrConnectFailed, anchor.StatusConnectFailed, 1, "cannot connect to http://name.invalid while connecting: ",
		},
		"untrusted": {
			newClient(t, shared, anchor.WithBaseURL(trusted.URL)), ctx, anchor.WithMaxRetries(1),
			anchor.ErrTLSFailed, anchor.StatusTLSFailed, 1, "no trusted connection to " + trusted.URL + " while connecting: ",
		},
		"closed": {
			closed, ctx, anchor.WithMaxRetries(1),
			anchor.ErrClosed, anchor.StatusInvalidHandle, 0, "the client is closed",
		},
		"nil context": {
			trusted.client(t), none, anchor.WithMaxRetries(1),
			anchor.ErrInvalidArgument, anchor.StatusInvalidArgument, 0, "ctx ",
		},
		"nil option": {
			trusted.client(t), ctx, nil,
			anchor.ErrInvalidArgument, anchor.StatusInvalidArgument, 0, "options contain nil",
		},
		"timeout 0": {
			trusted.client(t), ctx, anchor.WithTimeout(0),
			anchor.ErrInvalidArgument, anchor.StatusInvalidArgument, 0, "WithTimeout must be",
		},
		"negative retries": {
			trusted.client(t), ctx, anchor.WithMaxRetries(-1),
			anchor.ErrInvalidArgument, anchor.StatusInvalidArgument, 0, "WithMaxRetries must be",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			forEachWay(t, func(t *testing.T, way ...anchor.CallOption) {
				err := row.client.Connect(row.ctx, append(way, row.option)...)
				failed := checkError(t, err, row.sentinel, row.status)
				if failed.Attempts != row.attempts || failed.HTTPStatus != 0 {
					t.Errorf("%+v", failed)
				}
				if !strings.HasPrefix(err.Error(), "anchor: "+row.says) {
					t.Errorf("%v does not begin with %q", err, row.says)
				}
			})
		})
	}
	if trusted.requests.Load() != 0 {
		t.Errorf("%d requests", trusted.requests.Load())
	}
}

// The server accepts connections and does not answer the handshake. After the failures it does, and
// the client works.
func TestContextsAndTimeoutsEndConnect(t *testing.T) {
	forEachWay(t, func(t *testing.T, way ...anchor.CallOption) {
		answering := make(chan struct{})
		begin := sync.OnceFunc(func() { close(answering) })
		server := newCountingServer(t, http2TLS, func(s *countingServer) { s.beforeHandshake = func() { <-answering } })
		t.Cleanup(begin) // Before the server is closed, which waits for its connections.
		client := server.client(t)
		connect := func(ctx context.Context, options ...anchor.CallOption) (err error) {
			failIfHanging(t, func() { err = client.Connect(ctx, append(way, options...)...) })
			return err
		}

		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		err := connect(cancelled)
		checkError(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
		if !errors.Is(err, context.Canceled) || server.opened.Load() != 0 {
			t.Errorf("%v after %d connections", err, server.opened.Load())
		}

		reason := errors.New("the user went away")
		running, cancelRunning := context.WithCancelCause(context.Background())
		defer cancelRunning(nil)
		go func() {
			defer cancelRunning(reason)
			waitFor(t, func() bool { return server.opened.Load() == 1 })
		}()
		err = connect(running)
		checkError(t, err, anchor.ErrCancelled, anchor.StatusCancelled)
		const text = "anchor: the context was cancelled (the user went away) while connecting; "
		if !errors.Is(err, reason) || !strings.HasPrefix(err.Error(), text) {
			t.Errorf("%v", err)
		}

		late, cancelLate := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancelLate()
		err = connect(late)
		failed := checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
		if !errors.Is(err, context.DeadlineExceeded) || failed.Attempts != 1 {
			t.Errorf("%v: %+v", err, failed)
		}

		err = connect(context.Background(), anchor.WithTimeout(100*time.Millisecond))
		checkError(t, err, anchor.ErrTimeout, anchor.StatusTimeout)
		if text := "anchor: timed out after 100 ms while connecting"; !strings.HasPrefix(err.Error(), text) {
			t.Errorf("%v", err)
		}

		begin()
		checkNil(t, connect(context.Background()))
		opened := server.opened.Load()
		checkNil(t, client.Recordings.Pause(context.Background(), "one", way...))
		server.check(t, opened, 1)
	})
}

// Many servers close connections that are not used. The client may notice that late.
func TestAConnectionThatTheServerClosedIsReplaced(t *testing.T) {
	for _, speaks := range []protocol{plain, http1TLS, http2TLS} {
		t.Run(string(speaks), func(t *testing.T) {
			forEachWay(t, func(t *testing.T, way ...anchor.CallOption) {
				server := newCountingServer(t, speaks, nil)
				client := server.client(t, anchor.WithMaxRetries(2))
				connectAndClose := func(opened int64) {
					t.Helper()
					waitFor(t, func() bool {
						checkNil(t, client.Connect(context.Background(), way...))
						return server.opened.Load() == opened
					})
					server.CloseClientConnections()
					waitFor(t, func() bool { return server.closed.Load() == opened })
				}
				connectAndClose(1)
				connectAndClose(2)
				checkNil(t, client.Recordings.Pause(context.Background(), "one", way...))
				server.check(t, 3, 1)
			})
		})
	}
}

func TestAClosedClientLeavesNothingOfConnect(t *testing.T) {
	for _, speaks := range []protocol{http1TLS, http2TLS} {
		t.Run(string(speaks), func(t *testing.T) {
			server := newCountingServer(t, speaks, nil)
			for range 3 {
				client := server.client(t)
				checkNil(t, client.Connect(context.Background()))
				client.Close()
			}
			waitFor(t, func() bool { return server.opened.Load() == 3 && server.closed.Load() == 3 })
			queued := server.client(t)
			atOnce(t, 100, func() error { return queued.Connect(context.Background()) })
			queued.Close()
			waitFor(t, func() bool { return ownGoroutines() == "" })
		})
	}
}

// Each Connect ends, whether the client is closed or the context is cancelled meanwhile.
func TestConnectWhileTheClientIsClosedAndContextsAreCancelled(t *testing.T) {
	server := newCountingServer(t, http2TLS, nil)
	for range 10 {
		client := server.client(t)
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(2*time.Millisecond, cancel)
		time.AfterFunc(4*time.Millisecond, func() { client.Close() })
		atOnce(t, 50, func() error {
			ctx := ctx
			for {
				switch err := client.Connect(ctx); {
				case errors.Is(err, anchor.ErrCancelled):
					ctx = context.Background()
				case errors.Is(err, anchor.ErrClosed):
					return nil
				case err != nil:
					return err
				}
			}
		})
	}
	waitFor(t, func() bool { return ownGoroutines() == "" })
}

func TestConnectIsLogged(t *testing.T) {
	server := newCountingServer(t, http1TLS, nil)
	var logged []string
	logger := logTo(func(_ context.Context, record slog.Record) {
		before, after, _ := strings.Cut(record.Message, ",")
		_, outcome, _ := strings.Cut(after, ": ")
		logged = append(logged, fmt.Sprint(record.Level, " ", before, ": ", outcome))
	})
	checkNil(t, server.client(t, logger).Connect(context.Background()))
	err := newClient(t, shared, logger, anchor.WithBaseURL(server.URL)).Connect(context.Background())
	checkError(t, err, anchor.ErrTLSFailed, anchor.StatusTLSFailed)
	if len(logged) != 2 || logged[0] != "INFO connection attempt 1: connected" ||
		!strings.HasPrefix(logged[1], "WARN connection attempt 1: no trusted connection to "+server.URL) {
		t.Errorf("%q", logged)
	}
}
