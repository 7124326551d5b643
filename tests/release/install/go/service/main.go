// A service that logs in inside a browser session while the recording is paused.
//
// It prints the address that it listens on, and ends when its standard input closes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func main() {
	client, err := anchor.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer client.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	http.HandleFunc("POST /login/{session}", func(answer http.ResponseWriter, request *http.Request) {
		login(answer, request, client)
	})
	go http.Serve(listener, nil)
	fmt.Printf("http://%s %s\n", listener.Addr(), anchor.Version())
	io.Copy(io.Discard, os.Stdin)
}

func login(answer http.ResponseWriter, request *http.Request, client *anchor.Client) {
	err := client.Recordings.WhilePaused(request.Context(), request.PathValue("session"), func(context.Context) error {
		fmt.Fprintln(answer, "logged in")
		return nil
	})
	switch {
	case errors.Is(err, anchor.ErrNotResumed):
		// The login happened.
		fmt.Fprintln(os.Stderr, err)
	case errors.Is(err, anchor.ErrNotFound):
		http.Error(answer, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(answer, err.Error(), http.StatusBadGateway)
	}
}
