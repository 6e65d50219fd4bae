package array

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds nested lists and objects.
const maxDepth = 256

// A jsonCursor passes over one JSON value. It checks only what it reads.
type jsonCursor struct {
	text []byte
	at   int
}

func (c *jsonCursor) blank() {
	for c.at < len(c.text) && (c.text[c.at] == ' ' || c.text[c.at] == '\t' || c.text[c.at] == '\r' || c.text[c.at] == '\n') {
		c.at++
	}
}

// peek is the next byte that is no blank, 0 at the end.
func (c *jsonCursor) peek() byte {
	c.blank()
	if c.at == len(c.text) {
		return 0
	}
	return c.text[c.at]
}

func (c *jsonCursor) take(b byte) bool {
	if c.peek() != b {
		return false
	}
	c.at++
	return true
}

func (c *jsonCursor) bad(want string) error {
	got := "the end of the line"
	if c.peek() != 0 {
		got = strconv.Quote(short(string(c.text[c.at:])))
	}
	return &lineError{fmt.Sprintf("byte %d", c.at+1), "got " + got + ", want " + want}
}

// str reads a string.
func (c *jsonCursor) str() (string, bool) {
	if !c.take('"') {
		return "", false
	}
	from := c.at
	for {
		for c.at < len(c.text) && c.text[c.at] != '"' && c.text[c.at] != '\\' {
			c.at++
		}
		if c.at == len(c.text) {
			return "", false
		}
		c.at++
		if c.text[c.at-1] == '"' {
			break
		}
		if c.at == len(c.text) {
			return "", false
		}
		c.at++
	}
	raw := c.text[from : c.at-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw), true
	}
	var s string
	err := json.Unmarshal(c.text[from-1:c.at], &s)
	return s, err == nil
}

// row reads the plain numbers that a comma follows, at most len(dst), and
// returns how many. It is the quick way through long lists.
func (c *jsonCursor) row(dst []float64) int {
	n := 0
	for ; n < len(dst); n++ {
		i := c.at
		if i < len(c.text) && c.text[i] == ' ' {
			i++
		}
		v, j := scanNumber(c.text, i)
		if j == i || j == len(c.text) || c.text[j] != ',' {
			break
		}
		dst[n], c.at = v, j+1
	}
	return n
}

// delimits reports a byte that ends a number or a word.
func delimits(b byte) bool {
	switch b {
	case ',', ':', ']', '}', '[', '{', '"', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

// skip passes over any value.
func (c *jsonCursor) skip() error {
	depth := 0
	for {
		switch b := c.peek(); b {
		case 0:
			return c.bad("a JSON value")
		case '"':
			if _, ok := c.str(); !ok {
				return c.bad("a string that ends")
			}
		case '[', '{':
			c.at++
			depth++
			if depth > maxDepth {
				return c.bad("fewer nested lists")
			}
		case ']', '}':
			if depth == 0 {
				return c.bad("a JSON value")
			}
			c.at++
			depth--
		case ',', ':':
			if depth == 0 {
				return c.bad("a JSON value")
			}
			c.at++
			continue
		default:
			for c.at < len(c.text) && !delimits(c.text[c.at]) {
				c.at++
			}
		}
		if depth == 0 {
			return nil
		}
	}
}

// seek moves to the value of the field.
func (s *jsonLines) seek(c *jsonCursor) error {
	for i, key := range s.path {
		ok, names, err := c.enter(key)
		if err != nil {
			return err
		}
		if !ok {
			return &lineError{"", fmt.Sprintf("got no field %s, want one of: %s", strings.Join(s.path[:i+1], "."), strings.Join(few(names), ", "))}
		}
	}
	return nil
}

// find is the value of the field in one line.
func (s *jsonLines) find(line []byte) ([]byte, error) {
	c := &jsonCursor{text: line}
	if err := s.seek(c); err != nil {
		return nil, err
	}
	from := c.at
	if err := c.skip(); err != nil {
		return nil, err
	}
	value := line[from:c.at]
	return bytes.TrimSpace(value), s.ended(c)
}

// ended checks that nothing follows a value that is the whole line.
func (s *jsonLines) ended(c *jsonCursor) error {
	if len(s.path) == 0 && c.peek() != 0 {
		return c.bad("one JSON value a line")
	}
	return nil
}

// enter moves to the value of a key of an object, or to a place of a list.
// Where there is none, it returns the keys that there are.
func (c *jsonCursor) enter(key string) (ok bool, names []string, err error) {
	object := c.take('{')
	if !object && !c.take('[') {
		return false, nil, c.bad("an object")
	}
	for i := 0; c.peek() != '}' && c.peek() != ']'; i++ {
		if i > 0 && !c.take(',') {
			return false, nil, c.bad("','")
		}
		name := strconv.Itoa(i)
		if object {
			var ok bool
			if name, ok = c.str(); !ok || !c.take(':') {
				return false, nil, c.bad("a key")
			}
		}
		if name == key {
			return true, nil, nil
		}
		if len(names) <= 8 {
			names = append(names, name)
		}
		if err := c.skip(); err != nil {
			return false, nil, err
		}
	}
	return false, names, nil
}

// jsonShape is the shape of the first value: the lengths of its lists along
// the first elements.
func jsonShape(value []byte) ([]int, error) {
	shape := []int{}
	c := &jsonCursor{text: value}
	if c.peek() == '{' {
		_, names, err := c.enter("")
		if err != nil {
			return nil, err
		}
		return nil, &lineError{"", "got an object, want a number or a list; name one of its fields: " + strings.Join(few(names), ", ")}
	}
	for c.take('[') {
		inner := c.at
		n := 0
		for c.peek() != ']' {
			if n > 0 && !c.take(',') {
				return nil, c.bad("',' or ']'")
			}
			if err := c.skip(); err != nil {
				return nil, err
			}
			n++
		}
		shape = append(shape, n)
		c.at = inner
	}
	return shape, nil
}
