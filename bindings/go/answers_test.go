package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// An answerRow is a row of the table of answers that the tests of all wrappers share. A sandbox
// answers a session that has the name of the row with the row's HTTP status and body.
type answerRow struct {
	name, operation string
	status          anchor.Status // The status that the call must end with; 0 is success.
	body            string
}

func readAnswers(t *testing.T) (rows []answerRow) {
	t.Helper()
	text, err := os.ReadFile(answersTable)
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
		rows = append(rows, answerRow{columns[0], columns[1], anchor.Status(status), body})
	}
	return rows
}

// answerCalls has a method for each operation of the table. Each of these functions also checks
// the result of a success.
var answerCalls = map[string]func(*anchor.Client, answerRow, ...anchor.CallOption) error{
	"pause": func(client *anchor.Client, row answerRow, options ...anchor.CallOption) error {
		return client.Recordings.Pause(context.Background(), row.name, options...)
	},
	"resume": func(client *anchor.Client, row answerRow, options ...anchor.CallOption) error {
		return client.Recordings.Resume(context.Background(), row.name, options...)
	},
	"list": func(client *anchor.Client, row answerRow, options ...anchor.CallOption) error {
		recordings, err := client.Recordings.List(context.Background(), row.name, options...)
		if (err == nil) != (recordings != nil) {
			return fmt.Errorf("want either recordings or an error: %+v, %w", recordings, err)
		}
		if err == nil && strings.Contains(row.body, `"id"`) && len(recordings) != 1 {
			return fmt.Errorf("%+v", recordings)
		}
		return err
	},
	"delete": func(client *anchor.Client, row answerRow, options ...anchor.CallOption) error {
		return client.Recordings.Delete(context.Background(), row.name, "primary", options...)
	},
	"request": func(client *anchor.Client, row answerRow, options ...anchor.CallOption) error {
		path := "/v1/sessions/" + url.PathEscape(row.name) + "/anything"
		answer, err := client.Request(context.Background(), "POST", path, nil, options...)
		if (err != nil || row.body == "") != (answer == nil) || (err == nil && string(answer) != row.body) {
			return fmt.Errorf("the answer is %q, and the error %w", answer, err)
		}
		return err
	},
}

// checkVerdict compares the outcome of a call with the status of the row.
func (row answerRow) checkVerdict(t *testing.T, err error) {
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

// A progress function makes a call run through the queue. The verdict must not depend on it.
func TestEveryAnswerHasItsVerdict(t *testing.T) {
	client := newClient(t, newSandbox(t, "--answers", answersTable))
	rows := readAnswers(t)
	ran := map[string]int{}
	for _, row := range rows {
		call := answerCalls[row.operation]
		if call == nil {
			t.Fatalf("%s: no method for %q", row.name, row.operation)
		}
		row.checkVerdict(t, call(client, row))
		row.checkVerdict(t, call(client, row, anchor.WithProgress(func(int64, int64) {})))
		ran[row.operation]++
	}
	sum := 0
	for operation := range answerCalls {
		if ran[operation] == 0 {
			t.Errorf("no row has the operation %q", operation)
		}
		sum += ran[operation]
	}
	if sum < 60 || sum != countRows(t) {
		t.Errorf("%d rows ran, and the table has %d", sum, countRows(t))
	}
	t.Logf("%d rows: %v", sum, ran)
}

// countRows counts the rows without parsing them.
func countRows(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(answersTable)
	if err != nil {
		t.Fatal(err)
	}
	text = append([]byte("\n"), text...)
	return strings.Count(string(text), "\n") - strings.Count(string(text), "\n#") - 1
}

// The body runs if and only if the pause is confirmed. An unconfirmed resume is a NotResumedError.
func TestWhilePausedWithEveryAnswer(t *testing.T) {
	server := newSandbox(t, "--answers", answersTable, "--session", "one")
	// The sandbox gives both requests for a session the same answer. To vary only one, the other
	// is redirected to the session "one".
	var redirected atomic.Value
	front := intercept(t, server, func(_ http.ResponseWriter, request *http.Request, action string, _ bool) bool {
		if action == redirected.Load() {
			request.URL.Path, request.URL.RawPath = "/v1/sessions/one/recordings/"+action, ""
		}
		return true
	})
	client := newClient(t, server, anchor.WithBaseURL(front.url))
	ran := 0
	for _, row := range readAnswers(t) {
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
