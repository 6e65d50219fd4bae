package loss

import (
	"slices"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	for text, want := range map[string][]string{
		"_\na\nb\n":                 {"_", "a", "b"},
		"_\r\n \r\nb":               {"_", " ", "b"},
		"a 1\n_ 0\nb 2\n":           {"_", "a", "b"},
		"a\t1\n_\t0\n":              {"_", "a"},
		"new york\nsan jose\n":      {"new york", "san jose"},
		`{"b":1, "a":0}`:            {"a", "b"},
		"[\"<pad>\", \"|\", \"e\"]": {"<pad>", "|", "e"},
		"\ufeffa\nb":                {"a", "b"},
		"none":                      nil,
		`["_", "a", "", ""]`:        {"_", "a", "", ""},
	} {
		var got []string
		if err := Tokens(&got).Set(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                   "got 0 tokens",
		"one line":           "got 1 tokens",
		`{"a":0,"b":2}`:      "got id 2",
		`{"a":0,"b":0}`:      "got id 0",
		`{"a":"x"}`:          "id",
		`[1,2]`:              "list of tokens",
		"a 0\nb 1\nc 3\n":    "got id 3",
		"a 0\nb 0\nc 1\nd 2": "got id 0",
		"_\na\nb\na\n":       `got "a" twice`,
		"a 1\n_ 0\na 2\n":    `got "a" twice`,
		`["_", "a", "a"]`:    `got "a" twice`,
	} {
		var got []string
		if err := Tokens(&got).Set(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
