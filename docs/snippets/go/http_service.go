// A service with a login: POST /sessions/{id}/login.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func typeTheSecret(context.Context) error { return nil } // Drives the browser.

// [begin handler]
func logIn(client *anchor.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// If the caller disconnects, r.Context() cancels the pause, but never the resume.
		err := client.Recordings.WhilePaused(r.Context(), r.PathValue("id"), typeTheSecret)
		if err != nil {
			http.Error(w, err.Error(), statusFor(err))
			return
		}
		fmt.Fprintln(w, "logged in")
	}
}

func statusFor(err error) int {
	switch {
	case errors.Is(err, anchor.ErrNotResumed): // Check this first: the cause may be ErrNotFound.
		return http.StatusInternalServerError // It says that typeTheSecret ran, and how to resume.
	case errors.Is(err, anchor.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, anchor.ErrTimeout):
		return http.StatusGatewayTimeout
	case errors.Is(err, anchor.ErrRateLimited):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadGateway
}

// [end handler]

// [begin main]
func main() {
	client, err := anchor.New(anchor.WithTimeout(10 * time.Second)) // One for all goroutines.
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	mux := http.NewServeMux()
	mux.HandleFunc("POST /sessions/{id}/login", logIn(client))
	server := &http.Server{Handler: mux}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	go server.Serve(listener)

	<-ctx.Done()
	// Let running requests finish and resume what they paused, before the client is closed.
	shutdown, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := server.Shutdown(shutdown); err != nil {
		log.Print(err)
	}
}

// [end main]
