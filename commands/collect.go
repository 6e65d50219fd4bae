package commands

import (
	"math"

	"lossctl/io/report"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// A collector keeps what results show of the samples: statistics, the worst,
// and groups. Each goroutine has one; they merge in any order.
type collector struct {
	r      *run
	stats  *report.Samples
	top    *report.Top
	groups []groupSums
	row    report.Sample
}

type groupSums struct {
	terms   []engine.Total
	count   int
	samples int
	full    int
}

func (r *run) newCollector() *collector {
	c := &collector{r: r, stats: &report.Samples{}}
	if r.o.top > 0 {
		c.top = report.NewTop(r.o.top)
	}
	c.groups = make([]groupSums, len(r.groupNames))
	for g := range c.groups {
		c.groups[g].terms = engine.NewTotals(r.o.loss.Terms, 1)
	}
	return c
}

// Rows takes adjacent samples. A sample in which nothing counts has no value
// and is left out.
func (c *collector) Rows(r *engine.Rows) {
	c.describe(r)
	for i := range r.Len() {
		if c.top == nil && len(c.groups) == 0 {
			return
		}
		if c.top != nil && r.CountOf(i) > 0 {
			c.r.fillSample(&c.row, r, i)
			c.rank()
		}
		if len(c.groups) > 0 {
			g := &c.groups[c.r.groupIndex[r.First+i]]
			for k, x := range r.Terms {
				if len(x) > 0 {
					g.terms[k].Add(x[i])
				}
			}
			g.count += r.Count[i]
			g.samples++
			if r.CountOf(i) > 0 {
				g.full++
			}
		}
	}
}

// rank keeps the row if it is among the worst by --show. Rows without the
// class that it names are none.
func (c *collector) rank() {
	key, _ := c.row.Number(c.r.o.show)
	if math.IsNaN(float64(key)) && !math.IsNaN(float64(c.row.Loss)) {
		return
	}
	if c.r.o.loss.Score != nil && c.r.o.loss.Score() {
		key = -key // less is worse
	}
	c.top.AddKey(float64(key), &c.row)
}

// describe adds the runs of samples that have a value to the statistics.
func (c *collector) describe(r *engine.Rows) {
	if r.Empty == 0 {
		c.stats.AddSlice(r.Value)
		return
	}
	from := 0
	for i := 0; i <= r.Len(); i++ {
		if i == r.Len() || r.CountOf(i) == 0 {
			if i > from {
				c.stats.AddSlice(r.Value[from:i])
			}
			from = i + 1
		}
	}
}

// Merge adds what another goroutine kept.
func (c *collector) Merge(other engine.Collector) {
	o := other.(*collector)
	c.stats.Merge(o.stats)
	if c.top != nil {
		c.top.Merge(o.top)
	}
	for g := range c.groups {
		for k := range c.groups[g].terms {
			c.groups[g].terms[k].Merge(&o.groups[g].terms[k])
		}
		c.groups[g].count += o.groups[g].count
		c.groups[g].samples += o.groups[g].samples
		c.groups[g].full += o.groups[g].full
	}
}

// perGroup are the rows of per_group, in the order of first appearance.
func (c *collector) perGroup() []report.Group {
	var list []report.Group
	for g, name := range c.r.groupNames {
		t := loss.Totals{Count: c.groups[g].count, Positions: c.groups[g].count, Samples: c.groups[g].samples, Full: c.groups[g].full}
		for k := range c.groups[g].terms {
			t.Terms = append(t.Terms, c.groups[g].terms[k].Value())
		}
		list = append(list, report.Group{Group: name, Value: report.Float(c.r.job.ValueOf(&t)), Count: report.Count(c.r.job.CountOf(&t))})
	}
	return list
}

// fillSample makes the row of sample i of r.
func (r *run) fillSample(s *report.Sample, rows *engine.Rows, i int) {
	s.Index = rows.First + i
	s.ID = ""
	if r.in.ids != nil {
		s.ID = r.in.ids[s.Index]
	}
	s.Loss, s.Count = report.Float(rows.Value[i]), report.Count(rows.CountOf(i))
	s.Extra = s.Extra[:0]
	if rows.Part.Stream != "" {
		s.Extra = append(s.Extra, report.Field{Name: "input", Value: rows.Part.Stream})
	}
	if len(r.o.loss.Columns) > 0 {
		for k, x := range rows.Columns(i) {
			s.Extra = append(s.Extra, report.Field{Name: r.o.loss.Columns[k], Value: report.Float(x)})
		}
	}
	if texts := r.o.loss.Texts; len(texts) > 0 {
		for k, text := range rows.TextsOf(i) {
			s.Extra = append(s.Extra, report.Field{Name: texts[k], Value: text})
		}
	}
	s.Classes = s.Classes[:0]
	for _, v := range rows.ClassRow(i) {
		s.Classes = append(s.Classes, report.Float(v))
	}
	if len(s.Classes) == 0 {
		s.Classes = nil
	}
}
