package anchor_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

func TestRequestReachesOtherEndpoints(t *testing.T) {
	server := newSandbox(t)
	client := newClient(t, server, anchor.WithBaseURL(server.url+"/"))
	answer, err := client.Request(context.Background(), "POST", "/v1/sessions", map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	var started struct{ Data struct{ ID string } }
	if err := json.Unmarshal(answer, &started); err != nil || started.Data.ID == "" {
		t.Fatalf("%s: %v", answer, err)
	}
	server.checkRecording(t, started.Data.ID, "recording")
	if _, err := client.Request(context.Background(), "DELETE", "/v1/sessions/"+started.Data.ID, nil); err != nil {
		t.Error(err)
	}
	err = client.Recordings.Pause(context.Background(), started.Data.ID)
	checkError(t, err, anchor.ErrNotFound, 404)
}

func TestRequestAcceptsNoContent(t *testing.T) {
	client := newClient(t, newSandbox(t, "--session-per-fault"))
	answer, err := client.Request(context.Background(), "GET", "/v1/sessions/no-content/recordings", nil)
	if answer != nil || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
	answer, err = client.Request(context.Background(), "GET", "/v1/sessions/empty/recordings", nil)
	if checkError(t, err, anchor.ErrBadResponse, anchor.StatusBadResponse); answer != nil {
		t.Errorf("%q", answer)
	}
}

// echo answers with a description of the request.
func echo(answer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	json.NewEncoder(answer).Encode(map[string]string{
		"method": request.Method, "path": request.RequestURI,
		"body": string(body), "type": request.Header.Get("content-type"),
	})
}

func TestRequestSendsItsArguments(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	client := newClient(t, shared, anchor.WithBaseURL(server.URL+"/base"))
	rows := []struct {
		method, path string
		body         any
		text         string
	}{
		{"GET", "/v1/a%20b?page=2&c=%2F", nil, ""},
		{"POST", "/v1/x", map[string]int{"a": 1}, `{"a":1}`},
		{"POST", "/v1/x", `{"a": "ü"}`, `{"a": "ü"}`},
		{"PUT", "/v1/x", json.RawMessage(` {"a" : 1 }`), ` {"a" : 1 }`},
		{"PATCH", "/v1/x", []byte(`["ü"]`), `["ü"]`},
		{"DELETE", "/v1/x", json.RawMessage(nil), ""},
		{"DELETE", "/v1/x", []byte(nil), ""},
	}
	for _, row := range rows {
		text, err := client.Request(context.Background(), row.method, row.path, row.body)
		if err != nil {
			t.Errorf("%+v: %v", row, err)
			continue
		}
		var seen struct{ Method, Path, Body, Type string }
		if err := json.Unmarshal(text, &seen); err != nil {
			t.Fatal(err)
		}
		if seen.Method != row.method || seen.Path != "/base"+row.path || seen.Body != row.text {
			t.Errorf("%+v, want %+v", seen, row)
		}
		if (seen.Type == "application/json") != (row.text != "") {
			t.Errorf("%+v has the type %q", row, seen.Type)
		}
	}
}

func TestInvalidRequestsAreRejected(t *testing.T) {
	server := newSandbox(t)
	client := newClient(t, server)
	rows := []struct {
		method, path string
		body         any
		says         string
	}{
		{"get", "/v1/sessions", nil, "method"},
		{"", "/v1/sessions", nil, "method"},
		{"HEAD", "/v1/sessions", nil, "method"},
		{"GET\x00", "/v1/sessions", nil, "method"},
		{"GET", "", nil, "path"},
		{"GET", "v1/sessions", nil, "path"},
		{"GET", "//elsewhere.example/v1", nil, "path"},
		{"GET", "https://elsewhere.example/v1", nil, "path"},
		{"GET", "/v1/../admin", nil, "path"},
		{"GET", "/v1/a b", nil, "path"},
		{"GET", "/v1\x00", nil, "path"},
		{"POST", "/v1/sessions", []byte("{"), "body"},
		{"POST", "/v1/sessions", []byte{}, "body"},
		{"POST", "/v1/sessions", "canary", "body"},
		{"POST", "/v1/sessions", "", "body"},
		{"POST", "/v1/sessions", json.RawMessage("\"canary\x00\""), "body"},
		{"POST", "/v1/sessions", []byte("{canary}"), "body"},
		{"POST", "/v1/sessions", make(chan int), "body"},
	}
	for _, row := range rows {
		answer, err := client.Request(context.Background(), row.method, row.path, row.body)
		checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
		if !strings.HasPrefix(err.Error(), "anchor: "+row.says) || answer != nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q %q: %v", row.method, row.path, err)
		}
	}
	if requests := server.countRequests(t); requests != 0 {
		t.Errorf("%d requests were sent", requests)
	}
	_, err := client.Request(context.Background(), "POST", "/v1/sessions", make(chan int))
	var unsupported *json.UnsupportedTypeError
	if !errors.As(err, &unsupported) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v does not contain the reason", err)
	}
}

func TestRequestReportsFailures(t *testing.T) {
	var none context.Context
	client := newClient(t, shared)
	_, err := client.Request(context.Background(), "GET", "/v1/no/such/path", nil)
	if failed := checkError(t, err, anchor.ErrNotFound, 404); failed.Attempts != 1 || failed.HTTPStatus != 404 {
		t.Errorf("%+v", failed)
	}
	_, err = client.Request(none, "GET", "/v1/sessions", nil)
	checkError(t, err, anchor.ErrInvalidArgument, anchor.StatusInvalidArgument)
	client.Close()
	_, err = client.Request(context.Background(), "GET", "/v1/sessions", nil)
	checkError(t, err, anchor.ErrClosed, anchor.StatusInvalidHandle)
}

// No Go value can hold these texts. They are sent and returned unchanged.
func TestRequestPassesUndecodableJSONThrough(t *testing.T) {
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	seen := make(chan string, 1)
	front := intercept(t, shared, func(answer http.ResponseWriter, request *http.Request, _ string, _ bool) bool {
		body := new(strings.Builder)
		if _, err := io.Copy(body, request.Body); err != nil {
			t.Error(err)
		}
		seen <- body.String()
		io.WriteString(answer, body.String())
		return false
	})
	client := newClient(t, shared, anchor.WithBaseURL(front.url))
	for _, text := range []string{
		`"\ud83d"`, "1e400", "[-1e-9999]", strings.Repeat("9", 5000), deep, `{"\udc00":1,"a":"\ud83d"}`, "null",
	} {
		answer, err := client.Request(context.Background(), "POST", "/v1/any", json.RawMessage(text))
		if err != nil {
			t.Fatalf("%.40s: %v", text, err)
		}
		if sent := <-seen; sent != text || string(answer) != text {
			t.Errorf("%.40s: sent %.40s, returned %.40s", text, sent, answer)
		}
	}
}
