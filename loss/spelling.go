package loss

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Speller returns what turns text into ids: the longest token that fits, from
// left to right. White space is the token that stands for it, or with
// SentencePiece's tokens ▁ before every word.
func Speller(tokens []string) func(text string) ([]int, error) {
	ids, longest := map[string]int{}, 0
	pieces, space := false, ""
	for id, t := range tokens {
		ids[t] = id
		longest = max(longest, len(t))
		pieces = pieces || strings.HasPrefix(t, "▁")
	}
	for _, t := range []string{" ", "|", "<space>"} {
		if _, ok := ids[t]; ok && space == "" {
			space = t
		}
	}
	if pieces {
		space = "▁"
	}
	return func(text string) ([]int, error) {
		words := strings.Fields(text)
		s := strings.Join(words, space)
		if pieces && len(words) > 0 {
			s = "▁" + s
		}
		if space == "" && len(words) > 1 {
			return nil, fmt.Errorf("got a space, for which the alphabet has no token")
		}
		var list []int
		for len(s) > 0 {
			n := min(longest, len(s))
			for ; n > 0; n-- {
				if id, ok := ids[s[:n]]; ok {
					list = append(list, id)
					break
				}
			}
			if n == 0 {
				r, _ := utf8.DecodeRuneInString(s)
				return nil, fmt.Errorf("got %q, for which the alphabet has no token", r)
			}
			s = s[n:]
		}
		return list, nil
	}
}

// spell writes labels: as tokens, without white space around and with one
// space between words; or as numbers.
func spell(labels []int, tokens []string) string {
	var s strings.Builder
	for i, y := range labels {
		switch {
		case tokens == nil && i > 0:
			s.WriteByte(' ')
			fallthrough
		case tokens == nil:
			s.WriteString(strconv.Itoa(y))
		default:
			s.WriteString(spaced.Replace(tokens[y]))
		}
	}
	return strings.Join(strings.Fields(s.String()), " ")
}

// spaced are the ways to write a space in an alphabet: Wav2Vec2's, that of
// SentencePiece, Kaldi's.
var spaced = strings.NewReplacer("|", " ", "▁", " ", "<space>", " ")
