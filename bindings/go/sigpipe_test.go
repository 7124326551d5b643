package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestDeadConnectionsDoNotEndTheProcess(t *testing.T) {
	server := special(t, "--tls", "--session-per-fault")
	output, err := runChild(t, "sigpipe", "TEST_CA_FILE="+server.caFile, "ANCHORBROWSER_BASE_URL="+server.url)
	if err != nil || output != "survived\n" {
		t.Fatalf("%v: %s", err, output)
	}
	if requests := server.logged(t); requests < 40 {
		t.Errorf("only %d requests", requests)
	}
}

// pauseOnDeadConnections writes to connections that the server has reset.
func pauseOnDeadConnections() int {
	client, err := anchor.New(anchor.WithCAFile(os.Getenv("TEST_CA_FILE")), anchor.WithTimeout(10*time.Second))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	once, err := anchor.New(anchor.WithCAFile(os.Getenv("TEST_CA_FILE")), anchor.WithMaxRetries(0))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for range 20 {
		if err := client.Recordings.Pause(context.Background(), "answer-then-reset"); err != nil {
			fmt.Println(err)
			return 1
		}
		if err := once.Recordings.Pause(context.Background(), "reset"); !errors.Is(err, anchor.ErrConnectionLost) {
			fmt.Println(err)
			return 1
		}
		time.Sleep(20 * time.Millisecond) // The reset comes 10 ms after the answer.
	}
	fmt.Println("survived")
	return 0
}
