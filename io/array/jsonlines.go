package array

import (
	"fmt"
	"strings"

	"lossctl/loss"
)

// A jsonLines is a file of one JSON value a line, of which one field is read:
// a number or nested lists of numbers that have the same lengths on every
// line. The shape is (N,) for numbers, (N, …) for lists. Numbers may be NaN,
// Infinity and -Infinity as Python writes them, true and false are 1 and 0,
// and strings may be of Options.Classes. Fetch may be called concurrently.
type jsonLines struct {
	lines   *lines
	name    string
	path    []string // keys, or places in lists; none is the line itself
	shape   []int
	row     int // numbers a line
	dtype   string
	classes map[string]float64
}

func (s *jsonLines) Name() string     { return s.name }
func (s *jsonLines) Shape() []int     { return s.shape }
func (s *jsonLines) Dtype() string    { return s.dtype }
func (s *jsonLines) Sequential() bool { return false }
func (s *jsonLines) Spool() error     { return nil }
func (s *jsonLines) Close() error     { return s.lines.file.Close() }
func (s *jsonLines) release() error   { return s.lines.file.release() }

func openJSONLines(f *file, name, field string, opt Options) (loss.Source, error) {
	l := &lines{file: f}
	if f.size >= 3 {
		var bom [3]byte
		if err := f.read(bom[:], 0); err != nil {
			return nil, err
		}
		if string(bom[:]) == "\xef\xbb\xbf" {
			l.start = 3
		}
	}
	s := &jsonLines{lines: l, name: name, classes: classIDs(opt.Classes)}
	if field != "" {
		s.path = strings.Split(field, ".")
	}
	if err := l.index(false); err != nil {
		return nil, err
	}
	if l.records == 0 {
		return nil, dataf(f.name, "got an empty file, want one JSON value a line")
	}
	err := l.each(0, 1, func(_ int, line []byte) error {
		value, err := s.find(line)
		if err != nil {
			return err
		}
		s.shape, err = jsonShape(value)
		return err
	})
	if err != nil {
		return nil, err
	}
	row, ok := product(append([]int{l.records}, s.shape...), 8)
	if !ok {
		return nil, dataf(name, "got lists of lengths %s, want fewer numbers", shapeText(s.shape))
	}
	s.row = row / l.records
	s.shape = append([]int{l.records}, s.shape...)
	return s, s.classify()
}

// classify sets the dtype, as a table does.
func (s *jsonLines) classify() error {
	s.dtype = "int64"
	row := make([]float64, s.row)
	return s.lines.each(0, s.lines.records, func(i int, line []byte) error {
		if s.dtype == "float64" {
			return errEnough
		}
		if err := s.parse(row, line); err != nil {
			if i >= sampled {
				return errEnough // Fetch reports it
			}
			return err
		}
		if !allIntegral(row) {
			s.dtype = "float64"
		}
		return nil
	})
}

func (s *jsonLines) Fetch(buf *loss.Buffer, lo, hi int) error {
	return s.lines.fetch(buf, s.name, s.row, lo, hi, s.parse)
}

func (s *jsonLines) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	copy(dst, buf.Floats[pos:pos+len(dst)])
	return loss.Unknown()
}

// parse reads the numbers of one line, which must have the shape of the first.
func (s *jsonLines) parse(dst []float64, line []byte) error {
	c := &jsonCursor{text: line}
	if err := s.seek(c); err != nil {
		return err
	}
	n := 0
	if err := s.numbers(c, dst, &n, s.shape[1:]); err != nil {
		return err
	}
	return s.ended(c)
}

// numbers reads nested lists of the given lengths.
func (s *jsonLines) numbers(c *jsonCursor, dst []float64, n *int, shape []int) error {
	if len(shape) == 0 {
		v, err := s.number(c)
		if err == nil {
			dst[*n] = v
			*n++
		}
		return err
	}
	if !c.take('[') {
		return c.bad("a list of " + fmt.Sprint(shape[0]))
	}
	got := 0
	if len(shape) == 1 {
		got = c.row(dst[*n : *n+shape[0]]) // behind each of them stands a comma
		*n += got
	}
	for comma := got > 0; comma || c.peek() != ']'; comma = c.take(',') {
		if got > 0 && !comma {
			return c.bad("',' or ']'")
		}
		if got == shape[0] {
			return &lineError{s.field(), fmt.Sprintf("got a list of more than %d, want %d as on the first line", shape[0], shape[0])}
		}
		if err := s.numbers(c, dst, n, shape[1:]); err != nil {
			return err
		}
		got++
	}
	c.at++ // the bracket
	if got != shape[0] {
		return &lineError{s.field(), fmt.Sprintf("got a list of %d, want %d as on the first line", got, shape[0])}
	}
	return nil
}

// number reads one number, word or class name.
func (s *jsonLines) number(c *jsonCursor) (float64, error) {
	c.blank()
	if v, j := scanNumber(c.text, c.at); j > c.at && (j == len(c.text) || delimits(c.text[j])) {
		c.at = j
		return v, nil
	}
	from := c.at
	if c.peek() == '"' && len(s.classes) > 0 {
		word, ok := c.str()
		if v, known := s.classes[word]; ok && known {
			return v, nil
		}
		c.at = from
		return 0, c.bad("a number or the name of one class")
	}
	end := from
	for end < len(c.text) && !delimits(c.text[end]) {
		end++
	}
	if v, ok := parseCell(c.text[from:end]); ok {
		c.at = end
		return v, nil
	}
	return 0, c.bad("a number")
}

// field is what messages call the place in the line.
func (s *jsonLines) field() string {
	if len(s.path) == 0 {
		return ""
	}
	return "field " + strings.Join(s.path, ".")
}
