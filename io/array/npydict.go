package array

import (
	"strconv"
	"strings"
)

// maxAxes is numpy's own bound.
const maxAxes = 64

// parseNpyDict reads the dict literal of a .npy header:
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with the keys
// in any order and any white space. Nothing is evaluated.
func parseNpyDict(name, text string) (*npyHeader, error) {
	p := &literal{text: text}
	h := &npyHeader{}
	seen := map[string]bool{}
	bad := func(want string) error {
		rest := p.text[p.at:]
		if len(rest) > 20 {
			rest = rest[:20]
		}
		return dataf(name, "got %q at byte %d of the .npy header, want %s", rest, p.at, want)
	}
	if !p.take('{') {
		return nil, bad("a dict")
	}
	for !p.take('}') {
		key, ok := p.str()
		if !ok || !p.take(':') {
			return nil, bad("a key")
		}
		if seen[key] {
			return nil, dataf(name, "got key %q twice in the .npy header, want it once", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			if p.peek() == '[' || p.peek() == '(' {
				if !p.skip() {
					return nil, bad("a type")
				}
				h.descr = "["
			} else if h.descr, ok = p.str(); !ok {
				return nil, bad("a type")
			}
		case "fortran_order":
			if h.fortran, ok = p.boolean(); !ok {
				return nil, bad("True or False")
			}
		case "shape":
			if h.shape, ok = p.tuple(); !ok {
				return nil, bad("a tuple of lengths from 0 to 2^62")
			}
			if len(h.shape) > maxAxes {
				return nil, dataf(name, "got %d axes, want at most %d", len(h.shape), maxAxes)
			}
		default:
			return nil, dataf(name, "got key %q in the .npy header, want descr, fortran_order and shape", key)
		}
		if !p.take(',') && p.peek() != '}' {
			return nil, bad("',' or '}'")
		}
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return nil, dataf(name, "got a .npy header without %s, want descr, fortran_order and shape", key)
		}
	}
	if p.peek() != 0 {
		return nil, bad("nothing behind the dict")
	}
	return h, nil
}

// A literal is a cursor in the text of Python literals.
type literal struct {
	text string
	at   int
}

// peek is the next byte that is no white space, 0 at the end.
func (p *literal) peek() byte {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\n', '\r', '\f', 0:
			p.at++
		default:
			return c
		}
	}
	return 0
}

func (p *literal) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

// str reads a quoted string; a backslash stands for itself, as no type needs
// an escape.
func (p *literal) str() (string, bool) {
	q := p.peek()
	if q != '\'' && q != '"' {
		return "", false
	}
	end := strings.IndexByte(p.text[p.at+1:], q)
	if end < 0 {
		return "", false
	}
	s := p.text[p.at+1 : p.at+1+end]
	p.at += end + 2
	return s, true
}

func (p *literal) boolean() (value, ok bool) {
	p.peek()
	for _, word := range []string{"True", "False"} {
		if strings.HasPrefix(p.text[p.at:], word) {
			p.at += len(word)
			return word == "True", true
		}
	}
	return false, false
}

// tuple reads (), (3,), (3, 4) or the long integers of Python 2, (3L, 4L).
func (p *literal) tuple() ([]int, bool) {
	if !p.take('(') {
		return nil, false
	}
	shape := []int{}
	for !p.take(')') {
		p.peek()
		end := p.at
		for end < len(p.text) && p.text[end] >= '0' && p.text[end] <= '9' {
			end++
		}
		n, err := strconv.ParseInt(p.text[p.at:end], 10, 64)
		if err != nil || n > 1<<62 {
			return nil, false
		}
		if end < len(p.text) && p.text[end] == 'L' {
			end++
		}
		p.at = end
		shape = append(shape, int(n))
		if !p.take(',') {
			if len(shape) == 1 || p.peek() != ')' {
				return nil, false // "(3)" is a number, not a tuple
			}
		}
	}
	return shape, true
}

// skip passes over a list or tuple literal of strings and numbers.
func (p *literal) skip() bool {
	depth := 0
	for {
		switch c := p.peek(); c {
		case 0:
			return false
		case '\'', '"':
			if _, ok := p.str(); !ok {
				return false
			}
			continue
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		}
		p.at++
		if depth == 0 {
			return true
		}
	}
}
