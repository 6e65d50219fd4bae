package loss

import (
	"slices"
	"strings"
	"testing"
)

func TestSpeller(t *testing.T) {
	for _, c := range []struct {
		tokens []string
		text   string
		want   []int
	}{
		{[]string{"_", " ", "a", "b"}, "ab  b", []int{2, 3, 1, 3}},
		{[]string{"_", "|", "a", "ab"}, "ab a", []int{3, 1, 2}},
		{[]string{"_", "<space>", "é"}, "é é", []int{2, 1, 2}},
		{[]string{"_", "▁", "▁a", "b"}, "a b", []int{2, 1, 3}},
		{[]string{"_", "a"}, "", nil},
	} {
		got, err := Speller(c.tokens)(c.text)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q in %q: %v, %v, want %v", c.text, c.tokens, got, err, c.want)
		}
	}
	for text, want := range map[string]string{"ax": `'x'`, "a a": "a space", "aé": `'é'`} {
		if _, err := Speller([]string{"_", "a"})(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestSpell(t *testing.T) {
	for _, c := range []struct {
		tokens []string
		labels []int
		want   string
	}{
		{nil, []int{3, 1, 4}, "3 1 4"},
		{nil, nil, ""},
		{[]string{"_", "a", "|", "b"}, []int{1, 2, 3, 2}, "a b"},
		{[]string{"_", "▁the", "▁cat", "s"}, []int{1, 2, 3}, "the cats"},
		{[]string{"_", "<space>", "é"}, []int{1, 2, 1, 1, 2}, "é é"},
	} {
		if got := spell(c.labels, c.tokens); got != c.want {
			t.Errorf("%v of %q is %q, want %q", c.labels, c.tokens, got, c.want)
		}
	}
}
