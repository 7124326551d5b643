package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	password := os.Getenv("LOGIN_PASSWORD")
	if password == "" {
		return errors.New("put the password into LOGIN_PASSWORD")
	}
	client, err := anchor.New()
	if err != nil {
		return err
	}
	defer client.Close()
	// [begin create]
	answer, err := client.Request(ctx, "POST", "/v1/sessions", map[string]any{})
	if err != nil {
		return err
	}
	var session struct {
		Data struct {
			ID     string `json:"id"`
			CDPURL string `json:"cdp_url"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &session); err != nil {
		return err
	}
	// [end create]
	if session.Data.ID == "" {
		return fmt.Errorf("no id of a session in the answer: %s", answer)
	}
	if err := logIn(ctx, client, session.Data.ID, password); err != nil {
		return err
	}
	return client.Recordings.Download(ctx, session.Data.ID, "video.mp4", anchor.WithTimeout(time.Hour))
}

// logIn ends the session in any case.
func logIn(ctx context.Context, client *anchor.Client, id, password string) (err error) {
	path := "/v1/sessions/" + id
	defer func() {
		if _, failed := client.Request(ctx, "DELETE", path, nil); err == nil {
			err = failed
		}
	}()
	// chromedp, or what else drives the browser, connects to the session's CDPURL.
	login := map[string]string{"url": "https://example.com/login"}
	if _, err := client.Request(ctx, "POST", path+"/goto", login); err != nil {
		return err
	}
	return client.Recordings.WhilePaused(ctx, id, func(ctx context.Context) error {
		_, err := client.Request(ctx, "POST", path+"/keyboard/type", map[string]string{"text": password})
		return err
	})
}
