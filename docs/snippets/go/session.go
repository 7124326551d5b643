package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
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
	if err := logIn(ctx, client, session.Data.ID); err != nil {
		return err
	}
	return client.Recordings.Download(ctx, session.Data.ID, "video.mp4")
}

// logIn ends the session in any case.
func logIn(ctx context.Context, client *anchor.Client, id string) (err error) {
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
		password := map[string]string{"text": os.Getenv("LOGIN_PASSWORD")}
		_, err := client.Request(ctx, "POST", path+"/keyboard/type", password)
		return err
	})
}
