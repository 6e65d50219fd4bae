package report

import (
	"strconv"
	"strings"
)

// csvSink writes comma- or tab-separated values as RFC 4180 has them, but
// with a bare line feed: a header line, then the samples, or else the groups,
// or else one row of the summary. Heads of the summary are the paths of the
// JSON object, so params.gamma and components.dice, and class.N.
type csvSink struct {
	*output
	opt   Options
	comma byte
	cols  *columns
	row   []byte
}

func newCSV(out *output, opt Options) Sink { return &csvSink{output: out, opt: opt, comma: ','} }

func newTSV(out *output, opt Options) Sink { return &csvSink{output: out, opt: opt, comma: '\t'} }

func (c *csvSink) Sample(s *Sample) error {
	if !c.opt.PerSample {
		return nil
	}
	c.row = c.row[:0]
	if c.cols == nil {
		c.cols = columnsOf(s)
		for _, h := range c.cols.heads(c.opt.ClassNames) {
			c.text(h)
		}
		c.end()
	}
	if err := c.cols.fit(s); err != nil {
		c.Abort()
		return failed(c.name, err)
	}
	c.row = append(strconv.AppendInt(c.row, int64(s.Index), 10), c.comma)
	if c.cols.id {
		c.text(s.ID)
	}
	c.number(s.Loss)
	c.number(Float(s.Count))
	for _, f := range s.Extra {
		c.field(f)
	}
	for _, x := range s.Classes {
		c.number(x)
	}
	c.end()
	return c.put(c.row)
}

func (c *csvSink) Close(r *Result) error {
	c.row = c.row[:0]
	switch {
	case !c.opt.PerSample && len(r.PerGroup) > 0:
		for _, h := range groupHeads {
			c.text(h)
		}
		c.end()
		for _, g := range r.PerGroup {
			c.text(g.Group)
			c.number(g.Value)
			c.number(Float(g.Count))
			c.end()
		}
	case !c.opt.PerSample:
		cells := summary(r)
		for _, f := range cells {
			c.text(f.Name)
		}
		c.end()
		for _, f := range cells {
			c.field(f)
		}
		c.end()
	case c.cols == nil: // no rows
		for _, h := range columnsOf(&Sample{}).heads(nil) {
			c.text(h)
		}
		c.end()
	}
	c.Write(c.row)
	return c.commit()
}

// groupHeads are the columns of the groups.
var groupHeads = []string{"group", "loss", "count"}

// summary is the result as one row, statistics aside.
func summary(r *Result) Fields {
	row := Fields{
		{"loss", r.Loss},
		{"value", r.Value},
		{"reduction", r.Reduction},
		{"count", Float(r.Count)},
		{"unit", r.Unit},
		{"samples", r.Samples},
		{"skipped.ignored", r.Skipped.Ignored},
		{"skipped.empty", r.Skipped.Empty},
		{"skipped.infeasible", r.Skipped.Infeasible},
		{"skipped.nonfinite", r.Skipped.Nonfinite},
		{"convention", r.Convention},
	}
	for _, p := range r.Params {
		row = append(row, Field{"params." + p.Name, p.Value})
	}
	for _, in := range r.Inputs {
		row = append(row, Field{"inputs." + in.Name + ".file", in.File})
	}
	for _, c := range r.Components {
		row = append(row, Field{"components." + c.Name, c.Value})
	}
	for _, c := range r.PerClass {
		row = append(row, Field{"class." + strconv.Itoa(c.Class), c.Loss})
	}
	return append(row, Field{"version", r.Version})
}

func (c *csvSink) number(x Float) { c.row = append(appendFloat(c.row, float64(x)), c.comma) }

func (c *csvSink) field(f Field) {
	if x, ok := f.Value.(Float); ok {
		c.number(x)
		return
	}
	c.text(f.text())
}

// text appends a cell, in quotes where it holds a separator, a quote, a line
// break or a space at an end.
func (c *csvSink) text(s string) {
	if !strings.ContainsAny(s, "\"\r\n"+string(c.comma)) && strings.TrimSpace(s) == s {
		c.row = append(append(c.row, s...), c.comma)
		return
	}
	c.row = append(c.row, '"')
	c.row = append(c.row, strings.ReplaceAll(s, `"`, `""`)...)
	c.row = append(c.row, '"', c.comma)
}

// end turns the last separator into the end of the line.
func (c *csvSink) end() { c.row[len(c.row)-1] = '\n' }
