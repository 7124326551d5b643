package anchor_test

import (
	"context"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestTLS(t *testing.T) {
	server := special(t, "--tls", "--session", "one")
	err := newClient(t, server).Recordings.Pause(context.Background(), "one")
	check(t, err, anchor.ErrTLSFailed, anchor.StatusTLSFailed)
	if server.logged(t) != 0 {
		t.Error("a request reached a server that is not trusted")
	}
	trusting := newClient(t, server, anchor.WithCAFile(server.caFile))
	if err := trusting.Recordings.Pause(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	if server.logged(t) != 1 {
		t.Error("the sandbox logged no request")
	}
}
