package array

import (
	"path"
	"strconv"
	"strings"
)

// choose turns a list of columns, `2-11,label,logit_*`, into their places.
// The parts are, in this order: the name of a column, a number from 1, a
// range of numbers, a range of names (a-b), a pattern. "" is every column.
func (t *table) choose(spec string) ([]int, error) {
	var chosen []int
	if spec == "" {
		for i := range t.fields {
			chosen = append(chosen, i)
		}
		return chosen, nil
	}
	taken := make([]bool, t.fields)
	parts := strings.Split(spec, ",")
	if i := t.column(spec); i >= 0 {
		parts = []string{spec} // a name with a comma
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		found, err := t.part(part)
		if err != nil {
			return nil, err
		}
		for _, i := range found {
			if taken[i] {
				return nil, dataf(t.name, "got column %s twice, want it once", t.columnName(i))
			}
			taken[i] = true
			chosen = append(chosen, i)
		}
	}
	return chosen, nil
}

// part finds the columns of one part, at least one.
func (t *table) part(part string) ([]int, error) {
	if i := t.column(part); i >= 0 {
		return []int{i}, nil
	}
	if n, err := strconv.Atoi(part); err == nil {
		if n < 1 || n > t.fields {
			return nil, dataf(t.name, "got column %d, want 1 to %d", n, t.fields)
		}
		return []int{n - 1}, nil
	}
	for i := 1; i+1 < len(part); i++ {
		if part[i] != '-' {
			continue
		}
		lo, hi := t.end(part[:i]), t.end(part[i+1:])
		if lo < 0 || hi < 0 {
			continue
		}
		if lo > hi || hi >= t.fields {
			return nil, dataf(t.name, "got columns %s, want an ascending range within 1-%d", part, t.fields)
		}
		var found []int
		for k := lo; k <= hi; k++ {
			found = append(found, k)
		}
		return found, nil
	}
	var found []int
	if isPattern(part) {
		for i, name := range t.header {
			if ok, err := path.Match(part, strings.TrimSpace(name)); err == nil && ok {
				found = append(found, i)
			}
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	if t.header == nil {
		return nil, dataf(t.name, "got column %q, want a number from 1 to %d, as there is no header", part, t.fields)
	}
	return nil, dataf(t.name, "got no column %q, want one of: %s", part, strings.Join(few(t.header), ", "))
}

// column is the place of a name in the header, or -1.
func (t *table) column(name string) int {
	for i, h := range t.header {
		if strings.TrimSpace(h) == name && name != "" {
			return i
		}
	}
	return -1
}

// end is one end of a range: a name or a number from 1. It may lie beyond
// the last column.
func (t *table) end(s string) int {
	if i := t.column(s); i >= 0 {
		return i
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || s[0] == '+' {
		return -1
	}
	return n - 1
}

func (t *table) columnName(i int) string {
	if t.header != nil && t.header[i] != "" {
		return t.header[i]
	}
	return t.columnNumber(i)
}

func (t *table) columnNumber(i int) string { return strconv.Itoa(i + 1) }
