package array

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Strings reads a list of names: ids, groups, or labels that are only
// compared. spec is one column of csv or tsv (`f.csv:id`, which may be left
// out where there is one column), one field of jsonl, a text file of one name
// a line, or a .npy or .npz member of one axis: integers, or numpy's strings
// ('<U5', '|S5'). A pattern or a list of files joins them in order. The names
// are held in memory.
func Strings(spec string) ([]string, error) {
	if len(spec) > 1 && spec[0] == '@' && !exists(spec) {
		return eachSpec(spec[1:], Strings)
	}
	path, member := splitSpec(spec)
	if !isPattern(path) || exists(path) {
		return stringsOf(path, member)
	}
	paths, err := globbed(path)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, p := range paths {
		names, err := stringsOf(p, member)
		if err != nil {
			return nil, err
		}
		all = append(all, names...)
	}
	return all, nil
}

func stringsOf(path, member string) ([]string, error) {
	opt := Options{}
	in, err := openInput(path, opt)
	if err != nil {
		return nil, err
	}
	defer func() { in.Close() }()
	end := strings.ToLower(in.plain)
	kind, err := sniff(in.name, in.plain, in.head)
	if err != nil {
		return nil, err
	}
	if kind == formatTable && member == "" && !strings.HasSuffix(end, ".csv") && !strings.HasSuffix(end, ".tsv") {
		return in.names()
	}
	if err := in.spooled(opt); err != nil {
		return nil, err
	}
	name := label(in.name, member)
	switch kind {
	case formatTable:
		t, err := readTable(in.file, in.plain, opt)
		if err != nil {
			return nil, err
		}
		return t.strings(name, member)
	case formatLines:
		return fieldStrings(in.file, name, member)
	case formatNpy:
		return npyStrings(in.file, name)
	case formatZip:
		a, err := openArchive(in.file)
		if err != nil {
			return nil, err
		}
		m, err := a.member(member)
		if err != nil {
			return nil, err
		}
		r, err := m.Open()
		if err != nil {
			return nil, fileError(name, err)
		}
		f, err := spool(name, io.LimitReader(r, int64(m.UncompressedSize64)), opt)
		r.Close()
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return npyStrings(f, name)
	}
	return nil, dataf(name, "got a file of tensors, want names")
}

// strings is one column as it is written, without white space around it.
func (t *table) strings(name, column string) ([]string, error) {
	t.name = name
	columns, err := t.choose(column)
	if err != nil {
		return nil, err
	}
	if len(columns) != 1 {
		return nil, dataf(name, "got %d columns, want one of them: %s", len(columns), strings.Join(few(t.header), ", "))
	}
	all := make([]string, 0, t.lines.records)
	err = t.lines.each(0, t.lines.records, func(_ int, line []byte) error {
		cells, err := splitCells(line, t.delim)
		if err != nil {
			return err
		}
		if len(cells) != t.fields {
			return t.ragged(len(cells))
		}
		all = append(all, strings.TrimSpace(cells[columns[0]]))
		return nil
	})
	return all, err
}

// fieldStrings is one field of jsonl: strings, or numbers as written.
func fieldStrings(f *file, name, field string) ([]string, error) {
	s := &jsonLines{lines: &lines{file: f}, name: name}
	if field != "" {
		s.path = strings.Split(field, ".")
	}
	if err := s.lines.index(false); err != nil {
		return nil, err
	}
	all := make([]string, 0, s.lines.records)
	err := s.lines.each(0, s.lines.records, func(_ int, line []byte) error {
		value, err := s.find(line)
		if err != nil {
			return err
		}
		c := &jsonCursor{text: value}
		switch c.peek() {
		case '"':
			text, _ := c.str()
			all = append(all, text)
		case '[', '{', 'n':
			return c.bad("a string or a number")
		default:
			all = append(all, string(value))
		}
		return nil
	})
	return all, err
}

// npyStrings reads an array of one axis.
func npyStrings(f *file, name string) ([]string, error) {
	h, err := readNpyHeader(name, io.NewSectionReader(f, 0, f.size))
	if err != nil {
		return nil, err
	}
	if len(h.shape) != 1 {
		return nil, dataf(name, "got shape %s, want one axis", shapeText(h.shape))
	}
	kind := strings.TrimLeft(h.descr, "<>=|")
	if kind == "" || kind[0] != 'U' && kind[0] != 'S' {
		return npyNumbers(f, name)
	}
	width, err := strconv.Atoi(kind[1:])
	if err != nil || width < 1 || width > 1<<20 {
		return nil, dataf(name, "got dtype %q, want strings of 1 to %d characters", h.descr, 1<<20)
	}
	if kind[0] == 'U' {
		width *= 4
	}
	n := int64(h.shape[0])
	if got, want := f.size-h.length, n*int64(width); n > f.size || got != want {
		return nil, dataf(name, "got %d bytes of data, want shape %s of %s", got, shapeText(h.shape), h.descr)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if strings.HasPrefix(h.descr, ">") {
		order = binary.BigEndian
	}
	all := make([]string, 0, min(n, 1<<20))
	cell := make([]byte, width)
	for i := range n {
		if err := f.read(cell, h.length+i*int64(width)); err != nil {
			return nil, err
		}
		text := strings.TrimRight(string(cell), "\x00")
		if kind[0] == 'U' {
			text = utf32(cell, order)
		}
		all = append(all, text)
	}
	return all, nil
}

// utf32 decodes numpy's unicode strings, which are padded with zeros.
func utf32(b []byte, order binary.ByteOrder) string {
	var text []byte
	for ; len(b) >= 4; b = b[4:] {
		text = utf8.AppendRune(text, rune(order.Uint32(b)))
	}
	return strings.TrimRight(string(text), "\x00")
}

// npyNumbers writes integers as decimals, other numbers as short as they are exact.
func npyNumbers(f *file, name string) ([]string, error) {
	whole := f.section(name, 0, f.size)
	s, _, err := openNpy(whole, formatNpy)
	if err != nil {
		return nil, err
	}
	n := s.Shape()[0]
	all := make([]string, 0, n)
	for lo := 0; lo < n; lo += 4096 {
		values, err := values(s, lo, min(n, lo+4096))
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			if s.Dtype() == "bool" || isInteger(s.Dtype()) {
				all = append(all, strconv.FormatFloat(v, 'f', -1, 64))
			} else {
				all = append(all, strconv.FormatFloat(v, 'g', -1, 64))
			}
		}
	}
	return all, nil
}
