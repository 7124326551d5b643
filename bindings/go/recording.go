package anchor

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
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
	Size              int64     `json:"size"` // In bytes.
	CreatedAt         time.Time `json:"created_at"`

	// Duration is the length of the video; 0 if DurationText is not a duration such as "00:00:12".
	Duration     time.Duration `json:"-"`
	DurationText string        `json:"duration"` // What the API sent.
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
	duration := valueOf[string](fields["duration"])
	return Recording{
		ID:                valueOf[string](fields["id"]),
		IsPrimary:         valueOf[bool](fields["is_primary"]),
		FileLink:          valueOf[string](fields["file_link"]),
		SuggestedFileName: valueOf[string](fields["suggested_file_name"]),
		Size:              integer(fields["size"]),
		CreatedAt:         created,
		Duration:          parseDuration(duration),
		DurationText:      duration,
	}
}

var durationForm = regexp.MustCompile(`^(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,5}(?:\.\d{1,9})?)$`)

// parseDuration reads hours, minutes and seconds, of which the first two may be left out. It
// returns zero if the text is anything else.
func parseDuration(text string) time.Duration {
	parts := durationForm.FindStringSubmatch(text)
	if parts == nil {
		return 0
	}
	hours, _ := strconv.Atoi(parts[1])
	minutes, _ := strconv.Atoi(parts[2])
	seconds, _ := time.ParseDuration(parts[3] + "s")
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute + seconds
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
