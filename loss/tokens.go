package loss

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Tokens is the vocabulary of a model: the token of every class, or the word
// none, which leaves the list nil. The flag takes a file, and Set its text: a
// token a line, lines of `token id`, or JSON, as {"a": 0, …} or ["a", …].
func Tokens(p *[]string) Value { return &tokensValue{p} }

type tokensValue struct{ p *[]string }

func (v *tokensValue) Set(text string) error {
	if text == "none" {
		*v.p = nil
		return nil
	}
	list, err := parseTokens(text)
	if err == nil && len(list) < 2 {
		err = fmt.Errorf("got %d tokens, want one for each class", len(list))
	}
	if token, ok := twice(list); ok && err == nil {
		err = fmt.Errorf("got %q twice, want every token once", token)
	}
	if err != nil {
		return err
	}
	*v.p = list
	return nil
}

func (v *tokensValue) String() string {
	if *v.p == nil {
		return "none"
	}
	b, err := json.Marshal(*v.p)
	if err != nil {
		return "none" // strings always marshal
	}
	return string(b)
}

func (v *tokensValue) JSON() any {
	if *v.p == nil {
		return nil
	}
	return fmt.Sprintf("%d tokens", len(*v.p))
}
func (v *tokensValue) Kind() string    { return "FILE|none" }
func (v *tokensValue) Copy(from Value) { *v.p = *from.(*tokensValue).p }

// IsTokens reports whether the parameter is a vocabulary, which a file gives.
func (p *Param) IsTokens() bool { _, ok := p.Value.(*tokensValue); return ok }

// Tokens returns the vocabulary of a parameter, nil where there is none.
func (p *Param) Tokens() []string {
	if v, ok := p.Value.(*tokensValue); ok {
		return *v.p
	}
	return nil
}

// parseTokens reads a vocabulary.
func parseTokens(text string) ([]string, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	switch s := strings.TrimSpace(text); {
	case strings.HasPrefix(s, "["):
		var list []string
		if err := json.Unmarshal([]byte(s), &list); err != nil {
			return nil, fmt.Errorf("got JSON that is no list of tokens: %w", err)
		}
		return list, nil
	case strings.HasPrefix(s, "{"):
		var ids map[string]int
		if err := json.Unmarshal([]byte(s), &ids); err != nil {
			return nil, fmt.Errorf("got JSON that does not give every token its id: %w", err)
		}
		return byID(ids)
	}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if tokens, ids := numbered(lines); len(tokens) > 0 {
		if len(ids) < len(tokens) {
			return tokens, nil // one is there twice
		}
		return byID(ids)
	}
	return lines, nil
}

// numbered reads lines of `token id`; nil: they are not.
func numbered(lines []string) (tokens []string, ids map[string]int) {
	ids = map[string]int{}
	for _, line := range lines {
		at := strings.LastIndexAny(line, " \t")
		if at < 1 {
			return nil, nil
		}
		id, err := strconv.Atoi(line[at+1:])
		if err != nil {
			return nil, nil
		}
		tokens = append(tokens, line[:at])
		ids[line[:at]] = id
	}
	return tokens, ids
}

// twice finds a token that stands for two classes. No text is empty tokens:
// these may repeat.
func twice(tokens []string) (string, bool) {
	seen := map[string]bool{}
	for _, t := range tokens {
		if seen[t] && t != "" {
			return t, true
		}
		seen[t] = true
	}
	return "", false
}

// byID orders the tokens.
func byID(ids map[string]int) ([]string, error) {
	list := make([]string, len(ids))
	seen := make([]bool, len(ids))
	for _, token := range slices.Sorted(maps.Keys(ids)) {
		id := ids[token]
		if id < 0 || id >= len(ids) || seen[id] {
			return nil, fmt.Errorf("got id %d for %q, want 0…%d, each once", id, token, len(ids)-1)
		}
		list[id], seen[id] = token, true
	}
	return list, nil
}
