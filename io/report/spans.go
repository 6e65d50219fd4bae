package report

import (
	"io"
	"strconv"
)

// A Span is what a sample has from one position to before another.
type Span struct {
	Index      int    // of the sample
	ID         string // "" where samples have no names
	Label      int
	Token      string
	Start, End int
	Score      Float
}

// Spans are the spans of all samples being written, in order: an array of
// JSON objects, an object a line, or csv.
type Spans struct {
	*output
	format string
	n      int
	row    []byte
}

// OpenSpans begins spans at dest, as json, jsonl or csv.
func OpenSpans(dest, format string, stdout io.Writer) (*Spans, error) {
	out, err := create(dest, stdout)
	if err != nil {
		return nil, err
	}
	return &Spans{output: out, format: format}, nil
}

// Span writes the next one.
func (s *Spans) Span(x *Span) error {
	s.row = s.row[:0]
	switch {
	case s.format == "csv":
		s.csv(x)
	case s.format == "json" && s.n == 0:
		s.row = append(s.row, "[\n"...)
		s.json(x)
	case s.format == "json":
		s.row = append(s.row, ",\n"...)
		s.json(x)
	default:
		s.json(x)
		s.row = append(s.row, '\n')
	}
	s.n++
	return s.put(s.row)
}

func (s *Spans) json(x *Span) {
	s.row = strconv.AppendInt(append(s.row, `{"index":`...), int64(x.Index), 10)
	s.row = appendString(append(s.row, `,"id":`...), x.ID)
	s.row = strconv.AppendInt(append(s.row, `,"label":`...), int64(x.Label), 10)
	s.row = appendString(append(s.row, `,"token":`...), x.Token)
	s.row = strconv.AppendInt(append(s.row, `,"start":`...), int64(x.Start), 10)
	s.row = strconv.AppendInt(append(s.row, `,"end":`...), int64(x.End), 10)
	s.row = append(appendNumber(append(s.row, `,"score":`...), float64(x.Score)), '}')
}

const spanHead = "index,id,label,token,start,end,score\n"

func (s *Spans) csv(x *Span) {
	c := csvSink{comma: ','}
	if s.n == 0 {
		c.row = append(s.row, spanHead...)
	}
	c.row = append(strconv.AppendInt(c.row, int64(x.Index), 10), ',')
	c.text(x.ID)
	c.row = append(strconv.AppendInt(c.row, int64(x.Label), 10), ',')
	c.text(x.Token)
	c.row = append(strconv.AppendInt(c.row, int64(x.Start), 10), ',')
	c.row = append(strconv.AppendInt(c.row, int64(x.End), 10), ',')
	c.number(x.Score)
	c.end()
	s.row = c.row
}

// Close makes the file appear.
func (s *Spans) Close() error {
	switch {
	case s.format == "json" && s.n == 0:
		s.Write([]byte("[]\n")) // commit has its error
	case s.format == "json":
		s.Write([]byte("\n]\n"))
	case s.format == "csv" && s.n == 0:
		s.Write([]byte(spanHead))
	}
	return s.commit()
}
