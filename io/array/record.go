package array

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// parse reads the selected cells of one record.
func (t *table) parse(dst []float64, line []byte) error {
	if t.lines.quoted && t.delim != ' ' && bytes.IndexByte(line, '"') >= 0 {
		return t.parseQuoted(dst, line)
	}
	i, field, delim := 0, 0, t.delim
	if delim == ' ' {
		i = skipBlank(line, 0)
	}
	for {
		if field >= len(t.slot) {
			return t.ragged(field + countCells(line[i:], delim))
		}
		if slot := t.slot[field]; slot < 0 {
			k := bytes.IndexByte(line[i:], delim)
			if k < 0 {
				k = len(line) - i
			}
			i += k
		} else if v, j := scanNumber(line, i); j > i && (j == len(line) || line[j] == delim) {
			dst[slot], i = v, j
		} else {
			k := bytes.IndexByte(line[i:], delim)
			if k < 0 {
				k = len(line) - i
			}
			v, ok := t.cell(line[i : i+k])
			if !ok {
				return t.badCell(field, line[i:i+k])
			}
			dst[slot] = v
			i += k
		}
		field++
		if i == len(line) {
			break
		}
		i++
		if delim == ' ' {
			if i = skipBlank(line, i); i == len(line) {
				break
			}
		}
	}
	if field != t.fields {
		return t.ragged(field)
	}
	return nil
}

// parseQuoted reads a record that has a quotation mark. What is not plain is
// left to splitCells, which also says what is wrong.
func (t *table) parseQuoted(dst []float64, line []byte) error {
	i := 0
	for field := range t.fields {
		if field > 0 {
			i++ // the delimiter
		}
		from, to := i, i
		if i < len(line) && line[i] == '"' {
			k := bytes.IndexByte(line[i+1:], '"')
			if k < 0 {
				return t.parseCells(dst, line)
			}
			from, to = i+1, i+1+k
			i = to + 1
		} else if k := bytes.IndexByte(line[i:], t.delim); k >= 0 {
			to = i + k
			i = to
		} else {
			to = len(line)
			i = to
		}
		if (i == len(line)) != (field == t.fields-1) || i < len(line) && line[i] != t.delim {
			return t.parseCells(dst, line)
		}
		slot := t.slot[field]
		if slot < 0 {
			if bytes.IndexByte(line[from:to], '"') < 0 {
				continue
			}
			return t.parseCells(dst, line)
		}
		v, j := scanNumber(line, from)
		if j != to || j == from {
			return t.parseCells(dst, line)
		}
		dst[slot] = v
	}
	return nil
}

// parseCells reads any record.
func (t *table) parseCells(dst []float64, line []byte) error {
	cells, err := splitCells(line, t.delim)
	if err != nil {
		return err
	}
	if len(cells) != t.fields {
		return t.ragged(len(cells))
	}
	for i, c := range t.columns {
		v, ok := t.cell([]byte(cells[c]))
		if !ok {
			return t.badCell(c, []byte(cells[c]))
		}
		dst[i] = v
	}
	return nil
}

// cell reads what is not a plain number.
func (t *table) cell(b []byte) (float64, bool) {
	b = bytes.TrimSpace(b)
	if v, ok := parseCell(b); ok {
		return v, true
	}
	v, ok := t.classes[string(b)]
	return v, ok
}

func (t *table) ragged(got int) error {
	return &lineError{"", fmt.Sprintf("got %d columns, want %d", got, t.fields)}
}

func (t *table) badCell(field int, b []byte) error {
	where := "column " + short(t.columnName(field))
	got := strconv.Quote(short(string(b)))
	if len(bytes.TrimSpace(b)) == 0 {
		got = "an empty cell"
	}
	want := "a number"
	if len(t.classes) > 0 {
		want = "a number or the name of one class"
	}
	if strings.Count(string(b), ",") == 1 {
		if _, ok := parseCell(bytes.Replace(b, []byte(","), []byte("."), 1)); ok {
			want += " with a decimal point"
		}
	}
	return &lineError{where, "got " + got + ", want " + want}
}

// short keeps a message on one line.
func short(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

func allIntegral(row []float64) bool {
	for _, v := range row {
		if !integral(v) {
			return false
		}
	}
	return true
}
