package anchor

import (
	"encoding/json"
	"strings"
)

// The API's answers are read part by part, each as its text. [json.Unmarshal] would refuse a whole
// answer for a part that nobody reads, if that holds more than 10,000 arrays in each other, and
// takes "Items" for "items". The library does neither, and has decided whether the call succeeded.

// jsonFields returns the texts of an object's values, except for those of a name that stands there
// twice: nobody knows which one counts. It returns false if the text is not an object.
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

// jsonElements returns the texts of an array's elements. It returns false if the text is not an
// array.
func jsonElements(text string) (elements []string, isArray bool) {
	isArray = forEachPart(text, '[', func(_, value string) { elements = append(elements, value) })
	if !isArray {
		return nil, false
	}
	return elements, true
}

// forEachPart calls a function with the text of each value in an object or array, and with its name
// in an object. It returns false if the text does not begin with that bracket or is not JSON.
func forEachPart(text string, bracket json.Delim, function func(name, value string)) bool {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // 1e400 is no float64.
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

// skipValue reads token by token, which has no limit to the depth.
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
