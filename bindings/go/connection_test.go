package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestRefusedConnectionNamesTheAddress(t *testing.T) {
	address := unusedAddress(t)
	client := newClient(t, shared, anchor.WithBaseURL("http://"+address))
	err := client.Recordings.Pause(context.Background(), "demo")
	failed := checkError(t, err, anchor.ErrConnectFailed, anchor.StatusConnectFailed)
	if failed.HTTPStatus != 0 || failed.RequestID != "" || !strings.Contains(failed.Message, address) {
		t.Errorf("%+v", failed)
	}
}

func TestTLSNeedsATrustedCertificate(t *testing.T) {
	server := newSandbox(t, "--tls", "--session", "one")
	err := newClient(t, server).Recordings.Pause(context.Background(), "one")
	checkError(t, err, anchor.ErrTLSFailed, anchor.StatusTLSFailed)
	if server.countRequests(t) != 0 {
		t.Error("a request was sent to a server that is not trusted")
	}
	trusting := newClient(t, server, anchor.WithCAFile(server.caFile))
	if err := trusting.Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	if server.countRequests(t) != 1 {
		t.Error("the sandbox has not received one request")
	}
}

func TestWritesToDeadConnectionsDoNotEndTheProcess(t *testing.T) {
	server := newSandbox(t, "--tls", "--session-per-fault")
	output, err := runChild(t, "sigpipe", "TEST_CA_FILE="+server.caFile, "ANCHORBROWSER_BASE_URL="+server.url)
	if err != nil || output != "survived\n" {
		t.Fatalf("%v: %s", err, output)
	}
	// On a busy machine the reset may come late, so that it ends the next call, which the sandbox then
	// has not received.
	if requests := server.countRequests(t); requests < 30 {
		t.Errorf("only %d requests", requests)
	}
}

// pauseOnDeadConnections writes to connections that the server has reset. A SIGPIPE would end the
// process.
func pauseOnDeadConnections() error {
	client, err := anchor.New(anchor.WithCAFile(os.Getenv("TEST_CA_FILE")), anchor.WithTimeout(10*time.Second))
	if err != nil {
		return err
	}
	once, err := anchor.New(anchor.WithCAFile(os.Getenv("TEST_CA_FILE")), anchor.WithMaxRetries(0))
	if err != nil {
		return err
	}
	for range 20 {
		if err := client.Recordings.Pause(context.Background(), "answer-then-reset"); err != nil {
			return err
		}
		if err := once.Recordings.Pause(context.Background(), "reset"); !errors.Is(err, anchor.ErrConnectionLost) {
			return fmt.Errorf("%v, want ErrConnectionLost", err)
		}
		time.Sleep(20 * time.Millisecond) // The reset comes 10 ms after the answer.
	}
	fmt.Println("survived")
	return nil
}
