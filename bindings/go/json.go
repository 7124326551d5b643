package anchor

import (
	"encoding/json"
	"strings"
)

// Answers are split into the texts of their values, of which only the needed ones are decoded.
// [json.Unmarshal] is stricter and laxer than the library, which has already accepted the answer.
// It rejects the whole answer if any value is nested more than 10,000 levels deep, and it takes
// "Items" for "items".

// jsonFields returns the texts of the values of an object. It leaves out names that occur more
// than once, because it is unknown which value counts. It returns false if the text is not an
// object.
func jsonFields(text string) (fields map[string]string, isObject bool) {
	fields, seen := map[string]string{}, map[string]bool{}
	isObject = forEachPart(text, '{', func(name, value string) {
		fields[name] = value
		if seen[name] {
			delete(fields, name)
		}
		seen[name] = true
	})
	if !isObject {
		return nil, false
	}
	return fields, true
}

// jsonElements returns the texts of the elements of an array. It returns false if the text is not
// an array.
func jsonElements(text string) (elements []string, isArray bool) {
	isArray = forEachPart(text, '[', func(_, value string) { elements = append(elements, value) })
	if !isArray {
		return nil, false
	}
	return elements, true
}

// forEachPart calls a function with the text of each value of an object or array, and with the
// name of the value in an object. It returns false if the text is not JSON or does not begin with
// the bracket.
func forEachPart(text string, bracket json.Delim, function func(name, value string)) bool {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // No float64 holds 1e400.
	if token, err := decoder.Token(); err != nil || token != bracket {
		return false
	}
	for decoder.More() {
		name := ""
		if bracket == '{' {
			token, err := decoder.Token()
			if err != nil {
				return false
			}
			name, _ = token.(string)
		}
		begin := decoder.InputOffset()
		if !skipValue(decoder) {
			return false
		}
		function(name, strings.TrimLeft(text[begin:decoder.InputOffset()], ":, \t\r\n"))
	}
	_, err := decoder.Token()
	return err == nil
}

// skipValue skips one value token by token, which has no limit of depth.
func skipValue(decoder *json.Decoder) bool {
	for depth := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return true
		}
	}
}
