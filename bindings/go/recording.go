package anchor

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
)

// Recording is one video recording of a session. A field that the API left out or named twice is
// zero, and so is one whose value has an unexpected form. The size is zero too if it is no number
// that an int64 can hold, such as 1e400.
type Recording struct {
	ID                string    `json:"id"`
	IsPrimary         bool      `json:"is_primary"`
	FileLink          string    `json:"file_link"` // Where the video is.
	SuggestedFileName string    `json:"suggested_file_name"`
	Duration          string    `json:"duration"` // As the API writes it, such as "00:00:12".
	Size              int64     `json:"size"`     // Bytes.
	CreatedAt         time.Time `json:"created_at"`
}

// UnmarshalJSON reads what the API wrote. As is usual, null changes nothing.
func (r *Recording) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	fields, isObject := jsonFields(string(text))
	if !isObject {
		return errors.New("a recording is a JSON object")
	}
	*r = newRecording(fields)
	return nil
}

func newRecording(fields map[string]string) Recording {
	created, _ := time.Parse(time.RFC3339, valueOf[string](fields["created_at"])) // Zero if it is no time.
	return Recording{
		ID:                valueOf[string](fields["id"]),
		IsPrimary:         valueOf[bool](fields["is_primary"]),
		FileLink:          valueOf[string](fields["file_link"]),
		SuggestedFileName: valueOf[string](fields["suggested_file_name"]),
		Duration:          valueOf[string](fields["duration"]),
		Size:              integer(fields["size"]),
		CreatedAt:         created,
	}
}

// valueOf reads a JSON value of one type; zero if it has another.
func valueOf[T string | bool](text string) (value T) {
	json.Unmarshal([]byte(text), &value)
	return value
}

// integer reads a JSON number, in which 4096 and 4096.0 are the same; zero if it is no number or
// has no int64.
func integer(text string) int64 {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number
	}
	// -MinInt64 is the first float64 that is too large.
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || !(math.Abs(number) < -math.MinInt64) {
		return 0
	}
	return int64(number)
}

// parseRecordings reads the API's list, which may be wrapped once more, as its other answers are.
// The library has judged the answer already, and only accepts one that holds a list.
func parseRecordings(text string) ([]Recording, *Error) {
	answer, _ := jsonFields(text)
	for range 2 {
		answer, _ = jsonFields(answer["data"])
		if items, isArray := jsonElements(answer["items"]); isArray {
			return recordingsOf(items), nil
		}
	}
	const message = "the answer holds no list of recordings: check that the base URL is the API's"
	return nil, &Error{Status: StatusBadResponse, Message: message}
}

// recordingsOf leaves out what is not an object.
func recordingsOf(items []string) []Recording {
	recordings := make([]Recording, 0, len(items))
	for _, item := range items {
		if fields, isObject := jsonFields(item); isObject {
			recordings = append(recordings, newRecording(fields))
		}
	}
	return recordings
}
