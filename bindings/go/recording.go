//go:build cgo

package anchor

import (
	"encoding/json"
	"errors"
	"time"
)

// Recording is one video recording of a session. A field that the API left out, or whose value has an unexpected form,
// is zero.
type Recording struct {
	ID                string    `json:"id"`
	IsPrimary         bool      `json:"is_primary"`
	FileLink          string    `json:"file_link"` // Where the video is.
	SuggestedFileName string    `json:"suggested_file_name"`
	Duration          string    `json:"duration"` // As the API writes it, such as "00:00:12".
	Size              int64     `json:"size"`     // Bytes.
	CreatedAt         time.Time `json:"created_at"`
}

// UnmarshalJSON reads what the API wrote.
func (r *Recording) UnmarshalJSON(text []byte) error {
	type plain Recording
	wire := struct {
		*plain
		Size      float64 `json:"size"` // To JSON, 4096 and 4096.0 are the same.
		CreatedAt string  `json:"created_at"`
	}{plain: (*plain)(r)}
	err := json.Unmarshal(text, &wire)
	var mismatch *json.UnmarshalTypeError
	if err != nil && (!errors.As(err, &mismatch) || mismatch.Field == "") {
		return err
	}
	r.Size = int64(wire.Size)
	// Zero if it is no time.
	r.CreatedAt, _ = time.Parse(time.RFC3339, wire.CreatedAt)
	return nil
}

// parseRecordings reads the API's list, which may be wrapped once more, as its other answers are.
func parseRecordings(text string) ([]Recording, *Error) {
	type list struct {
		Items json.RawMessage `json:"items"`
	}
	var answer struct {
		Data struct {
			list
			Data list `json:"data"`
		} `json:"data"`
	}
	// What cannot be read leaves no items.
	json.Unmarshal([]byte(text), &answer)
	items := answer.Data.Items
	if items == nil {
		items = answer.Data.Data.Items
	}
	var recordings []Recording
	if items == nil || json.Unmarshal(items, &recordings) != nil {
		const message = "the answer holds no list of recordings: check that the base URL is the API's"
		return nil, &Error{Status: StatusBadResponse, Message: message}
	}
	return recordings, nil
}
