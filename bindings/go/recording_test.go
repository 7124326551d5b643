package anchor

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseRecordings(t *testing.T) {
	created := time.Date(2025, 6, 1, 10, 0, 0, 500_000_000, time.UTC)
	digits, deep := strings.Repeat("9", 5000), strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)
	rows := map[string][]Recording{
		`{"data":{"items":[]}}`:                                    {},
		`{"data":{"data":{"items":[{}]}}}`:                         {{}},
		` { "data" : { "items" : [ { "id" : "a" } , { } ] } } `:    {{ID: "a"}, {}},
		`{"data":{"items":["a",[],null,7,{"id":"a"},{"id":"b"}]}}`: {{ID: "a"}, {ID: "b"}},
		// A field counts only under its exact name, and only if it occurs once.
		`{"data":{"Items":[{}],"items":[],"data":{"items":[{}]}}}`:                                {},
		`{"data":{"items":[],"items":[],"data":{"items":[{}]}}}`:                                  {{}},
		`{"data":{"items":7,"data":{"items":[{}]}}}`:                                              {{}},
		`{"data":{"items":[{"ID":"A","id":"a"},{"id":"a","id":"b"}]}}`:                            {{ID: "a"}, {}},
		`{"d\u0061ta":{"items":[{"\u0069d":"\ud83d","\udc00":1}]}}`:                               {{ID: "\ufffd"}},
		`{"data":{"items":[{"size":1e400},{"size":-1e400}]}}`:                                     {{}, {}},
		`{"data":{"items":[{"size":` + digits + `},{"id":"a"}]}}`:                                 {{}, {ID: "a"}},
		`{"data":{"items":[{"size":9223372036854775807}]}}`:                                       {{Size: math.MaxInt64}},
		`{"data":{"items":[{"size":9223372036854775808}]}}`:                                       {{}},
		`{"data":{"items":[{"size":-9223372036854775809}]}}`:                                      {{}},
		`{"data":{"items":[{"size":9007199254740993}]}}`:                                          {{Size: 9007199254740993}},
		`{"data":{"items":[{"size":"4096"},{"size":null}]}}`:                                      {{}, {}},
		`{"x":` + deep + `,"data":{"items":[{"x":` + deep + `}]}}`:                                {{}},
		`{"data":{"items":[` + deep + `,{"id":` + deep + `,"size":1}]}}`:                          {{Size: 1}},
		`{"data":{"count":"?","items":[{"id":"a","new":{}},{"id":null}]},"more":1}`:               {{ID: "a"}, {}},
		`{"data":{"items":[{"id":7,"is_primary":"y","size":"x","created_at":1,"duration":"d"}]}}`: {{DurationText: "d"}},
		`{"data":{"items":[{"size":4096.0,"created_at":"2025-06-01T10:00:00.5Z"}]}}`:              {{Size: 4096, CreatedAt: created}},
		`{"data":{"items":[{"size":1e3,"created_at":"yesterday"}]}}`:                              {{Size: 1000}},
	}
	for text, expected := range rows {
		recordings, err := parseRecordings(text)
		if err != nil || len(recordings) != len(expected) {
			t.Errorf("%s: %+v, %v", text, recordings, err)
			continue
		}
		for i := range expected {
			if recordings[i] != expected[i] {
				t.Errorf("%s: %+v, want %+v", text, recordings[i], expected[i])
			}
		}
	}
}

func TestParseDuration(t *testing.T) {
	rows := map[string]time.Duration{
		"00:00:12": 12 * time.Second, "01:02:03": time.Hour + 2*time.Minute + 3*time.Second,
		"100:00:00": 100 * time.Hour, "02:03": 2*time.Minute + 3*time.Second, "12.5": 12500 * time.Millisecond,
		"00:00:01.250": 1250 * time.Millisecond, "90": 90 * time.Second, "00:00:00": 0,
		"": 0, "d": 0, "-1": 0, "1:": 0, ":1": 0, "1:2:3:4": 0, "1h": 0, "00:00:12 ": 0, "1e9": 0, "99999:00:00": 0,
	}
	for text, expected := range rows {
		if duration := parseDuration(text); duration != expected {
			t.Errorf("%q is %v, want %v", text, duration, expected)
		}
	}
}

func TestParseRecordingsRejectsOtherAnswers(t *testing.T) {
	texts := []string{
		"", "null", "[]", "{}", `{"data":null}`, `{"data":[]}`, `{"data":{"status":"paused"}}`, `{"data":{"items":{}}}`,
		`{"data":{"items":null}}`, `{"data":{"Items":[]}}`, `{"items":[]}`, `{"data":{"data":{"data":{"items":[]}}}}`,
		`{"data":{"items":[}}`, `{"data":{"items":[{]}}`,
	}
	for _, text := range texts {
		if recordings, err := parseRecordings(text); !errors.Is(err, ErrBadResponse) || recordings != nil {
			t.Errorf("%s: %+v, %v", text, recordings, err)
		}
	}
}

func TestRecordingRoundTripsThroughJSON(t *testing.T) {
	recording := Recording{
		ID: "a", IsPrimary: true, Size: 1 << 40, CreatedAt: time.Unix(1, 0).UTC(),
		Duration: 12 * time.Second, DurationText: "00:00:12",
	}
	text, err := json.Marshal(recording)
	if err != nil {
		t.Fatal(err)
	}
	var again Recording
	if err := json.Unmarshal(text, &again); err != nil || again != recording {
		t.Errorf("%s: %+v, %v", text, again, err)
	}
	if err := json.Unmarshal([]byte("null"), &again); err != nil || again != recording {
		t.Errorf("null: %+v, %v", again, err)
	}
	for _, text := range []string{"7", `"a"`, "[]"} {
		if err := json.Unmarshal([]byte(text), &again); err == nil {
			t.Errorf("%s was accepted as a recording", text)
		}
	}
}
