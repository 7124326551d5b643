//go:build cgo

package anchor

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestListsOfManyForms(t *testing.T) {
	created := time.Date(2025, 6, 1, 10, 0, 0, 500_000_000, time.UTC)
	rows := map[string][]Recording{
		`{"data":{"items":[]}}`:            {},
		`{"data":{"items":null}}`:          {},
		`{"data":{"data":{"items":[{}]}}}`: {{}},
		`{"data":{"count":"?","items":[{"id":"a","new":{}},{"id":null}]},"more":1}`:               {{ID: "a"}, {}},
		`{"data":{"items":[{"id":7,"is_primary":"y","size":"x","created_at":1,"duration":"d"}]}}`: {{Duration: "d"}},
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

func TestWhatIsNoList(t *testing.T) {
	texts := []string{
		"", "null", "[]", "{}", `{"data":null}`, `{"data":[]}`, `{"data":{"status":"paused"}}`, `{"data":{"items":{}}}`,
		`{"data":{"items":["a"]}}`, `{"data":{"items":[[]]}}`,
	}
	for _, text := range texts {
		if recordings, err := parseRecordings(text); !errors.Is(err, ErrBadResponse) || recordings != nil {
			t.Errorf("%s: %+v, %v", text, recordings, err)
		}
	}
}

func TestRecordingsSurviveJSON(t *testing.T) {
	recording := Recording{ID: "a", IsPrimary: true, Size: 1 << 40, CreatedAt: time.Unix(1, 0).UTC()}
	text, err := json.Marshal(recording)
	if err != nil {
		t.Fatal(err)
	}
	var again Recording
	if err := json.Unmarshal(text, &again); err != nil || again != recording {
		t.Errorf("%s: %+v, %v", text, again, err)
	}
}
