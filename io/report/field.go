package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Field is a named value: a parameter, or what a loss adds to a sample.
// The value is a bool, a number, a string, a slice of these, nil, or whatever
// marshals itself.
type Field struct {
	Name  string
	Value any
}

// Fields is a JSON object that keeps its order.
type Fields []Field

// MarshalJSON writes the object.
func (f Fields) MarshalJSON() ([]byte, error) { return f.append(nil), nil }

func (f Fields) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range f {
		dst = appendKey(dst, f[i].Name, i == 0)
		dst = appendValue(dst, f[i].Value)
	}
	return append(dst, '}')
}

// text is the value as a person or a csv file wants it: strings bare,
// nothing for nil, slices as JSON.
func (f Field) text() string {
	switch v := f.Value.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return Float(v).String()
	case Float:
		return v.String()
	}
	return strings.Trim(string(appendValue(nil, f.Value)), `"`)
}

// number is the value where it is a number or a bool.
func (f Field) number() (Float, bool) {
	switch v := f.Value.(type) {
	case Float:
		return v, true
	case float64:
		return Float(v), true
	case float32:
		return Float(v), true
	case Count:
		return Float(v), true
	case int:
		return Float(v), true
	case int32:
		return Float(v), true
	case int64:
		return Float(v), true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// appendKey appends `"name":` behind a comma unless it is the first.
func appendKey(dst []byte, name string, first bool) []byte {
	if !first {
		dst = append(dst, ',')
	}
	return append(appendString(dst, name), ':')
}

// appendValue appends v as JSON.
func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendString(dst, v)
	case Float:
		return appendNumber(dst, float64(v))
	case float64:
		return appendNumber(dst, v)
	case float32:
		return appendNumber(dst, float64(v))
	case []Float:
		return appendList(dst, v)
	case []float64:
		return appendList(dst, v)
	case Fields:
		return v.append(dst)
	}
	b, err := marshal(v)
	if err != nil { // not a value of the kinds named at Field
		return appendString(dst, fmt.Sprint(v))
	}
	return append(dst, b...)
}

func appendList[T ~float64](dst []byte, list []T) []byte {
	dst = append(dst, '[')
	for i, x := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendNumber(dst, float64(x))
	}
	return append(dst, ']')
}

// appendString appends s as a JSON string, with <, > and & left as they are.
// Bytes that are not UTF-8, as in odd file names, become U+FFFD.
func appendString(dst []byte, s string) []byte {
	if plain(s) {
		return append(append(append(dst, '"'), s...), '"')
	}
	b, err := marshal(s)
	if err != nil {
		return append(dst, `""`...)
	}
	return append(dst, b...)
}

// plain reports that s needs no escape in JSON.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// marshal is json.Marshal without the escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
