package array

import (
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"lossctl/loss"
)

// maxText bounds a text file that is held in memory.
const maxText = 1 << 30

// SequenceOptions say how lines become lists of ids.
type SequenceOptions struct {
	Options
	// Spell turns text into ids; nil: lines hold numbers.
	Spell func(text string) ([]int, error)
	// IDs are the names of the samples, nil: unknown. Lines that begin with
	// these are taken in their order.
	IDs []string
}

// OpenSequences opens a text of one list of ids a sample, of any lengths:
//
//	f.txt           a line each: numbers, or text with Spell; an empty line is an empty list
//	f.txt:id        the first word of a line is the name of the sample
//	f.csv           numbers, a row each; a column of text with Spell
//	f.jsonl:field   lists of numbers, or strings with Spell
//
// It returns the lists as rows padded with −1, their lengths, and the names
// where the file has them. Where spec names an array, all are nil.
func OpenSequences(spec string, opt SequenceOptions) (rows, lengths loss.Source, ids []string, err error) {
	path, member := splitSpec(spec)
	if path == "-" || path[0] == '@' && !exists(path) || isPattern(path) && !exists(path) {
		return nil, nil, nil, nil
	}
	in, err := openInput(path, opt.Options)
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { in.Close() }()
	kind, err := sniff(in.name, in.plain, in.head)
	if err != nil {
		return nil, nil, nil, err
	}
	list := &memory{name: label(in.name, member)}
	var ends []int
	add := func(y []int) { list.ids = append(list.ids, y...); ends = append(ends, len(list.ids)) }
	end := strings.ToLower(filepath.Ext(in.plain))
	switch csv := end == ".csv" || end == ".tsv"; {
	case kind == formatLines:
		err = in.jsonLists(member, opt, add)
	case kind != formatTable || csv && member != "" && opt.Spell == nil:
		return nil, nil, nil, nil
	case csv && member != "":
		err = in.column(member, opt, add)
	case member != "" && member != "id":
		err = dataf(in.name, "got %q, want nothing, or id where lines begin with the name of the sample", member)
	default:
		var whole bool
		if ids, whole, err = in.textLists(csv, member == "id", opt, add); err == nil && !whole {
			return nil, nil, nil, nil
		}
	}
	if err != nil {
		return nil, nil, nil, err
	}
	r := newRagged(list, ends)
	return r, r.lengths(), ids, nil
}

// jsonLists reads a field of every line.
func (in *input) jsonLists(field string, opt SequenceOptions, add func([]int)) error {
	if err := in.spooled(opt.Options); err != nil {
		return err
	}
	s := &jsonLines{lines: &lines{file: in.file}, name: label(in.name, field)}
	if field != "" {
		s.path = strings.Split(field, ".")
	}
	if err := s.lines.index(false); err != nil {
		return err
	}
	return s.lines.each(0, s.lines.records, func(_ int, line []byte) error {
		value, err := s.find(line)
		if err != nil {
			return err
		}
		c := &jsonCursor{text: value}
		if c.peek() == '"' && opt.Spell != nil {
			text, ok := c.str()
			if !ok {
				return c.bad("a string")
			}
			y, err := opt.Spell(text)
			if err != nil {
				return &lineError{s.field(), err.Error()}
			}
			add(y)
			return nil
		}
		if !c.take('[') {
			if opt.Spell == nil {
				return c.bad("a list of numbers (--alphabet reads text)")
			}
			return c.bad("text or a list of numbers")
		}
		var y []int
		for c.peek() != ']' {
			if len(y) > 0 && !c.take(',') {
				return c.bad("',' or ']'")
			}
			v, err := s.number(c)
			if err != nil {
				return err
			}
			if v != float64(int(v)) {
				return c.bad("whole numbers")
			}
			y = append(y, int(v))
		}
		add(y)
		return nil
	})
}

// column reads a column of text.
func (in *input) column(column string, opt SequenceOptions, add func([]int)) error {
	if err := in.spooled(opt.Options); err != nil {
		return err
	}
	t, err := readTable(in.file, in.plain, opt.Options)
	if err != nil {
		return err
	}
	list, err := t.strings(label(in.name, column), column)
	for i, text := range list {
		y, err := opt.Spell(text)
		if err != nil {
			return dataf(t.name, "row %d: %v", i+1, err)
		}
		add(y)
	}
	return err
}

// textLists reads lines. It returns false where the first line of csv does
// not hold numbers, but heads.
func (in *input) textLists(csv, named bool, opt SequenceOptions, add func([]int)) (ids []string, whole bool, err error) {
	lines, err := in.text()
	if err != nil {
		return nil, false, err
	}
	spell := opt.Spell
	if csv || spell == nil {
		spell = numbers
	}
	if csv && len(lines) > 0 {
		if _, err := numbers(lines[0]); err != nil {
			return nil, false, nil
		}
	}
	lines, ids, at, err := in.named(lines, named, opt.IDs)
	if err != nil {
		return nil, false, err
	}
	for i, line := range lines {
		y, err := spell(line)
		if err != nil {
			if at != nil {
				i = at[i]
			}
			return nil, false, dataf(in.name, "line %d: %v", i+1, err)
		}
		add(y)
	}
	return ids, true, nil
}

// named takes the names off the lines, where they have them, and puts the
// lines in the order of the samples where that is known. at is then the place
// of every text among the lines.
func (in *input) named(lines []string, named bool, order []string) (texts, ids []string, at []int, err error) {
	place := map[string]int{}
	for i, id := range order {
		place[id] = i
	}
	firsts, rest := make([]string, len(lines)), make([]string, len(lines))
	all := len(lines) > 0 && len(order) > 0
	for i, line := range lines {
		line = strings.TrimLeft(line, " \t")
		end := strings.IndexAny(line+" ", " \t")
		firsts[i], rest[i] = line[:end], strings.TrimLeft(line[end:], " \t")
		_, known := place[firsts[i]]
		all = all && known
	}
	switch {
	case !named && !all:
		return lines, nil, nil, nil
	case len(order) == 0:
		return rest, firsts, nil, nil
	case len(lines) != len(order):
		return nil, nil, nil, dataf(in.name, "got %d lines, want %d, one for each id", len(lines), len(order))
	}
	texts, at = make([]string, len(order)), make([]int, len(order))
	seen := make([]bool, len(order))
	for i, id := range firsts {
		k, known := place[id]
		if !known || seen[k] {
			return nil, nil, nil, dataf(in.name, "line %d: got id %q, want each of the ids once", i+1, id)
		}
		texts[k], at[k], seen[k] = rest[i], i, true
	}
	return texts, nil, at, nil
}

// text is the lines of a file. An empty one at the end is one if a line break
// ends it.
func (in *input) text() ([]string, error) {
	var r io.Reader = in.stream
	if in.file != nil {
		r = io.NewSectionReader(in.file, 0, in.file.size)
	}
	b, err := io.ReadAll(io.LimitReader(r, maxText+1))
	switch {
	case err != nil:
		return nil, fileError(in.name, err)
	case len(b) > maxText:
		return nil, dataf(in.name, "got more than %d MiB of text, want less", maxText>>20)
	}
	text := strings.TrimPrefix(string(b), "\xef\xbb\xbf")
	if strings.IndexByte(text, 0) >= 0 {
		return nil, dataf(in.name, "got binary data, want lines of text")
	}
	lines := strings.Split(text, "\n")
	if n := len(lines); lines[n-1] == "" {
		lines = lines[:n-1]
	}
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines, nil
}

// Text is a whole text file, as its bytes are.
func Text(path string, opt Options) (string, error) {
	in, err := openInput(path, opt)
	if err != nil {
		return "", err
	}
	defer in.Close()
	if what := foreign(in.head); what != "" {
		return "", dataf(in.name, "got %s, want text", what)
	}
	lines, err := in.text()
	return strings.Join(append(lines, ""), "\n"), err
}

// numbers reads ids between commas or white space. Empty cells at the end of
// a row are none.
func numbers(line string) ([]int, error) {
	var y []int
	for _, word := range strings.FieldsFunc(strings.TrimRight(line, ", \t"), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		id, err := strconv.Atoi(word)
		if err != nil {
			return nil, &lineError{"", "got " + strconv.Quote(short(word)) + ", want a number (--alphabet reads text)"}
		}
		y = append(y, id)
	}
	return y, nil
}
