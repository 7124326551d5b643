// Pause pauses the recording of a session.
//
// Usage:
//
//	pause SESSION_ID
//
// The API key comes from the environment variable ANCHORBROWSER_API_KEY. ANCHORBROWSER_BASE_URL
// sets another address of the API.
package main

import (
	"context"
	"fmt"
	"os"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pause SESSION_ID")
		os.Exit(2)
	}
	if err := pause(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("paused", os.Args[1])
}

func pause(sessionID string) error {
	client, err := anchor.New()
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Recordings.Pause(context.Background(), sessionID)
}
