// Says all that the library says to a program in Go, and crashes: talk TRUST PROXY FILE SESSION...
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func tell(what string, value any, err error) {
	fmt.Printf("%s: %v %+v %#v\n", what, value, value, value)
	fmt.Printf("error: %v %+v %#v\n", err, err, err)
	if known := (*anchor.Error)(nil); errors.As(err, &known) {
		fmt.Printf("known: %v %+v %#v\n", *known, *known, *known)
	}
}

func talk(ctx context.Context, client *anchor.Client, session, file string) {
	tell("pause", nil, client.Recordings.Pause(ctx, session))
	list, err := client.Recordings.List(ctx, session)
	tell("list", list, err)
	tell("download", nil, client.Recordings.Download(ctx, session, file))
	path := "/v1/sessions/" + session + "/recordings/resume"
	answer, err := client.Request(ctx, "POST", path, json.RawMessage(os.Getenv("TALK_BODY")))
	tell("request", answer, err)
}

func main() {
	time.AfterFunc(2*time.Minute, func() { os.Exit(1) })
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug})
	options := []anchor.Option{
		anchor.WithTimeout(300 * time.Millisecond),
		anchor.WithMaxRetries(1),
		anchor.WithLogger(slog.New(handler)),
	}
	if os.Args[1] != "" {
		options = append(options, anchor.WithCAFile(os.Args[1]))
	}
	if os.Args[2] != "" {
		options = append(options, anchor.WithProxy(os.Args[2]))
	}
	client, err := anchor.New(options...)
	tell("client", client, err)
	tell("recordings", client.Recordings, nil)
	for _, session := range os.Args[4:] {
		talk(context.Background(), client, session, os.Args[3])
	}
	// Its trace tells of every goroutine.
	panic(client.Recordings.Pause(context.Background(), ""))
}
