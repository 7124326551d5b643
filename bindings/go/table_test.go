package anchor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// tableOfAnswers is the table that the tests of every language share.
var tableOfAnswers = filepath.FromSlash("../../tests/wrappers/answers.tsv")

// A row of the table: what a server answers, and the status that the call must end with.
type row struct {
	name, operation string
	status          anchor.Status
	body            string
}

func readTable(t *testing.T) (rows []row) {
	t.Helper()
	text, err := os.ReadFile(tableOfAnswers)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 5 {
			t.Fatalf("not a row: %q", line)
		}
		status, err := strconv.Atoi(columns[3])
		if err != nil {
			t.Fatal(err)
		}
		body := columns[4]
		if decoded, err := url.PathUnescape(body); err == nil {
			body = decoded
		}
		rows = append(rows, row{columns[0], columns[1], anchor.Status(status), body})
	}
	return rows
}

// tableCalls are the public methods that a row of the table is tried with. Each checks what a
// success returns.
var tableCalls = map[string]func(*anchor.Client, row, ...anchor.CallOption) error{
	"pause": func(client *anchor.Client, row row, options ...anchor.CallOption) error {
		return client.Recordings.Pause(context.Background(), row.name, options...)
	},
	"resume": func(client *anchor.Client, row row, options ...anchor.CallOption) error {
		return client.Recordings.Resume(context.Background(), row.name, options...)
	},
	"list": func(client *anchor.Client, row row, options ...anchor.CallOption) error {
		recordings, err := client.Recordings.List(context.Background(), row.name, options...)
		if (err == nil) != (recordings != nil) {
			return fmt.Errorf("both or none: %+v, %w", recordings, err)
		}
		if err == nil && strings.Contains(row.body, `"id"`) && len(recordings) != 1 {
			return fmt.Errorf("%+v", recordings)
		}
		return err
	},
	"delete": func(client *anchor.Client, row row, options ...anchor.CallOption) error {
		return client.Recordings.Delete(context.Background(), row.name, "primary", options...)
	},
	"request": func(client *anchor.Client, row row, options ...anchor.CallOption) error {
		path := "/v1/sessions/" + url.PathEscape(row.name) + "/anything"
		answer, err := client.Request(context.Background(), "POST", path, nil, options...)
		if (err != nil || row.body == "") != (answer == nil) || (err == nil && string(answer) != row.body) {
			return fmt.Errorf("the answer is %q, and the error %w", answer, err)
		}
		return err
	},
}

// checkVerdict compares how a call ended with what a row expects.
func (row row) checkVerdict(t *testing.T, err error) {
	t.Helper()
	var failed *anchor.Error
	switch {
	case row.status == 0 && err != nil:
		t.Errorf("%s: %v, want success", row.name, err)
	case row.status != 0 && !errors.As(err, &failed):
		t.Errorf("%s: %v, want status %d", row.name, err, row.status)
	case row.status != 0 && (failed.Status != row.status || failed.Attempts != 1):
		t.Errorf("%s: status %d after %d attempts, want %d: %v", row.name, failed.Status, failed.Attempts, row.status, err)
	}
}

// A call on its caller's thread and one through the queue give the same verdict.
func TestEveryAnswerOfTheTable(t *testing.T) {
	client := newClient(t, special(t, "--answers", tableOfAnswers))
	rows := readTable(t)
	ran := map[string]int{}
	for _, row := range rows {
		call := tableCalls[row.operation]
		if call == nil {
			t.Fatalf("%s: no method for %q", row.name, row.operation)
		}
		row.checkVerdict(t, call(client, row))
		row.checkVerdict(t, call(client, row, anchor.WithProgress(func(int64, int64) {})))
		ran[row.operation]++
	}
	sum := 0
	for operation := range tableCalls {
		if ran[operation] == 0 {
			t.Errorf("no row asks for %q", operation)
		}
		sum += ran[operation]
	}
	if sum < 60 || sum != linesOfTable(t) {
		t.Errorf("%d rows ran, and the table has %d", sum, linesOfTable(t))
	}
	t.Logf("%d rows: %v", sum, ran)
}

// linesOfTable counts the rows without parsing them.
func linesOfTable(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(tableOfAnswers)
	if err != nil {
		t.Fatal(err)
	}
	text = append([]byte("\n"), text...)
	return strings.Count(string(text), "\n") - strings.Count(string(text), "\n#") - 1
}

// The body runs exactly if the pause was confirmed, and an unconfirmed resume is an error of its
// own.
func TestWhilePausedWithEveryAnswerOfTheTable(t *testing.T) {
	server := special(t, "--answers", tableOfAnswers, "--session", "one")
	// Pausing and resuming are answered alike, unless one of them is asked of another session.
	var redirected atomic.Value
	api := newAPI(t, server, func(_ http.ResponseWriter, request *http.Request, action string, _ bool) bool {
		if action == redirected.Load() {
			request.URL.Path, request.URL.RawPath = "/v1/sessions/one/recordings/"+action, ""
		}
		return true
	})
	client := newClient(t, server, anchor.WithBaseURL(api.url))
	ran := 0
	for _, row := range readTable(t) {
		var bodies int
		body := func(context.Context) error { bodies++; return nil }
		switch row.operation {
		case "pause":
			redirected.Store("resume")
			err := client.Recordings.WhilePaused(context.Background(), row.name, body)
			row.checkVerdict(t, err)
			if (bodies == 1) != (row.status == 0) || errors.Is(err, anchor.ErrNotResumed) {
				t.Errorf("%s: the body ran %d times: %v", row.name, bodies, err)
			}
		case "resume":
			redirected.Store("pause")
			err := client.Recordings.WhilePaused(context.Background(), row.name, func(ctx context.Context) error {
				server.checkRecording(t, "one", "paused")
				return body(ctx)
			})
			row.checkVerdict(t, err)
			if bodies != 1 || errors.Is(err, anchor.ErrNotResumed) != (row.status != 0) {
				t.Errorf("%s: the body ran %d times: %v", row.name, bodies, err)
			}
			if err := client.Recordings.Pause(context.Background(), "one"); err != nil {
				t.Error(err)
			}
		default:
			continue
		}
		ran++
	}
	if ran < 60 {
		t.Errorf("%d rows ran", ran)
	}
}

// A call learns from its last attempt alone.
func TestWhatAnAttemptLearntIsForgotten(t *testing.T) {
	server := special(t, "--fault", "one=429-once-ms", "--fault", "one=close")
	client := newClient(t, server, anchor.WithMaxRetries(1))
	err := client.Recordings.Pause(context.Background(), "one")
	failed := check(t, err, anchor.ErrConnectionLost, anchor.StatusConnectionLost)
	if failed.Attempts != 2 || failed.HTTPStatus != 0 || failed.RequestID != "" || failed.RetryAfter != 0 {
		t.Errorf("%+v", failed)
	}
}

// Texts that no value of Go can hold are sent and returned as they are.
func TestJSONThatGoCannotDecode(t *testing.T) {
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	seen := make(chan string, 1)
	api := newAPI(t, shared, func(answer http.ResponseWriter, request *http.Request, _ string, _ bool) bool {
		body := new(strings.Builder)
		if _, err := io.Copy(body, request.Body); err != nil {
			t.Error(err)
		}
		seen <- body.String()
		io.WriteString(answer, body.String())
		return false
	})
	client := newClient(t, shared, anchor.WithBaseURL(api.url))
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
