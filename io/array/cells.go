package array

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// splitCells splits one record with the quotation marks of encoding/csv: a
// cell that starts with '"' ends at the next lone one, two stand for one.
// The delimiter ' ' is any run of blanks and tabs.
func splitCells(line []byte, delim byte) ([]string, error) {
	if delim == ' ' {
		return strings.Fields(string(line)), nil
	}
	var cells []string
	for {
		if len(line) > 0 && line[0] == '"' {
			cell, rest, err := quotedCell(line[1:], delim, len(cells))
			if err != nil {
				return nil, err
			}
			cells = append(cells, cell)
			if rest == nil {
				return cells, nil
			}
			line = rest
			continue
		}
		end := bytes.IndexByte(line, delim)
		cell := line
		if end >= 0 {
			cell = line[:end]
		}
		if bytes.IndexByte(cell, '"') >= 0 {
			return nil, &lineError{"column " + strconv.Itoa(len(cells)+1), "got " + strconv.Quote(short(string(cell))) + ", want quotation marks around the whole cell"}
		}
		cells = append(cells, string(cell))
		if end < 0 {
			return cells, nil
		}
		line = line[end+1:]
	}
}

// quotedCell reads a cell behind its first quotation mark; rest is nil behind
// the last cell. A line break of Windows within counts as one of Unix.
func quotedCell(line []byte, delim byte, index int) (cell string, rest []byte, err error) {
	var b []byte
	for {
		end := bytes.IndexByte(line, '"')
		if end < 0 {
			return "", nil, &lineError{"column " + strconv.Itoa(index+1), "got a quotation mark that is never closed, want two"}
		}
		b = append(b, line[:end]...)
		line = line[end+1:]
		switch {
		case len(line) == 0:
			return newlines(b), nil, nil
		case line[0] == delim:
			return newlines(b), line[1:], nil
		case line[0] != '"':
			return "", nil, &lineError{"column " + strconv.Itoa(index+1), "got " + strconv.Quote(short(string(line))) + " behind a quotation mark, want the end of the cell"}
		}
		b = append(b, '"')
		line = line[1:]
	}
}

func newlines(b []byte) string {
	return string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}

// skipBlank is the place of the first byte from i on that is no blank or tab.
func skipBlank(line []byte, i int) int {
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	return i
}

// countCells counts the cells of a rest of a record without quotation marks.
func countCells(rest []byte, delim byte) int {
	if delim == ' ' {
		return len(bytes.Fields(rest))
	}
	return bytes.Count(rest, []byte{delim}) + 1
}

// delimiter is a tab for .tsv. Else the first record decides: a semicolon
// wins where there are half as many as commas (which are decimal commas
// then), a tab over fewer commas, and blanks count where there is no other.
func delimiter(plain string, line []byte) byte {
	if strings.HasSuffix(strings.ToLower(plain), ".tsv") {
		return '\t'
	}
	var n [256]int
	inside := false
	for _, c := range line {
		if c == '"' {
			inside = !inside
		}
		if !inside {
			n[c]++
		}
	}
	switch {
	case n[';'] > 0 && 2*n[';'] >= n[',']:
		return ';'
	case n['\t'] > n[',']:
		return '\t'
	case n[','] > 0 || n['"'] > 0:
		return ','
	}
	fields := bytes.Fields(line)
	for _, f := range fields {
		if _, ok := parseCell(f); !ok {
			return ','
		}
	}
	if len(fields) > 1 {
		return ' '
	}
	return ','
}

// beyond reports whether a cell is a number that float64 does not hold, 1e999.
func beyond(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return errors.Is(err, strconv.ErrRange)
}

// isHeader decides whether the first record names the columns: one of its
// cells is no number, no class name and not empty, or the first is empty and
// another is not (pandas' index). A lower-case true or false is a name unless
// the cell below is one too.
func (t *table) isHeader(rows [][]string) bool {
	first := rows[0]
	for i, c := range first {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		if _, ok := t.classes[c]; ok {
			continue
		}
		if c == "true" || c == "false" {
			if len(rows) > 1 && i < len(rows[1]) {
				if _, ok := parseBool([]byte(strings.TrimSpace(rows[1][i]))); ok {
					continue
				}
			}
			return true
		}
		if _, ok := parseCell([]byte(c)); !ok && !beyond(c) {
			return true
		}
	}
	return len(first) > 1 && strings.TrimSpace(first[0]) == "" && strings.Join(first, "") != ""
}
