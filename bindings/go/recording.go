package anchor

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
)

// Recording is a video recording of a session. A field is zero if the API left it out, sent it
// twice, or sent a value of an unexpected form, such as a size that no int64 can hold.
type Recording struct {
	ID                string    `json:"id"`
	IsPrimary         bool      `json:"is_primary"`
	FileLink          string    `json:"file_link"` // The address of the video.
	SuggestedFileName string    `json:"suggested_file_name"`
	Duration          string    `json:"duration"` // In the API's notation, such as "00:00:12".
	Size              int64     `json:"size"`     // In bytes.
	CreatedAt         time.Time `json:"created_at"`
}

// UnmarshalJSON decodes a recording as the API encodes it. By convention null changes nothing.
func (r *Recording) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	fields, isObject := jsonFields(string(text))
	if !isObject {
		return errors.New("a recording must be a JSON object")
	}
	*r = newRecording(fields)
	return nil
}

func newRecording(fields map[string]string) Recording {
	created, _ := time.Parse(time.RFC3339, valueOf[string](fields["created_at"])) // Zero on error.
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

// valueOf decodes a JSON value. It returns zero if the value is of another type.
func valueOf[T string | bool](text string) (value T) {
	json.Unmarshal([]byte(text), &value)
	return value
}

// integer decodes a JSON number, in which 4096 and 4096.0 are the same. It returns zero if the
// value is not a number or does not fit into an int64.
func integer(text string) int64 {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number
	}
	// -MinInt64 is the smallest float64 that is too large.
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || !(math.Abs(number) < -math.MinInt64) {
		return 0
	}
	return int64(number)
}

// parseRecordings decodes the list in an answer. It is under data or data.data, like the content
// of the other answers of the API. The library has already rejected answers without a list.
func parseRecordings(text string) ([]Recording, *Error) {
	answer, _ := jsonFields(text)
	for range 2 {
		answer, _ = jsonFields(answer["data"])
		if items, isArray := jsonElements(answer["items"]); isArray {
			return recordingsOf(items), nil
		}
	}
	const message = "the answer contains no list of recordings: check that the base URL is that of the API"
	return nil, &Error{Status: StatusBadResponse, Message: message}
}

// recordingsOf decodes the items of a list. It leaves out those that are not objects.
func recordingsOf(items []string) []Recording {
	recordings := make([]Recording, 0, len(items))
	for _, item := range items {
		if fields, isObject := jsonFields(item); isObject {
			recordings = append(recordings, newRecording(fields))
		}
	}
	return recordings
}
