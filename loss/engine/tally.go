package engine

import "lossctl/loss"

// A tally is what every goroutine adds up on its own. Its sums do not
// depend on order, so tallies merge to the same bits however the work was
// divided.
type tally struct {
	terms     []Total // by term
	count     int
	positions int
	samples   int
	empty     int // samples without a position that counts
	ignored   int // positions that a target excludes
	masked    int
	nonfinite int
	classes   []classTally // nil where there are none
	one, full []string     // inputs in which a 1, a 255 was seen as a mask
	faults    []*Fault     // by input, the first and the number
	warnings  []string     // of the first tile
	notes     map[note]*Fault
	pools     map[int]*pool
	collector Collector
}

type classTally struct {
	terms []Total
	count int
}

// A pool is the sums of samples that close together.
type pool struct {
	tally
	frame *loss.Frame
}

func (p *pool) add(s *sample, sums []bool) {
	p.count += s.all.Count
	p.samples++
	p.positions += s.all.Positions
	if s.all.Count == 0 {
		p.empty++
	}
	for k, v := range s.all.Terms {
		if sums[k] {
			p.terms[k].Add(v)
		}
	}
	for _, c := range s.seen {
		p.classes[c].count += s.class[c].Count
		for k, v := range s.class[c].Terms {
			if sums[k] {
				p.classes[c].terms[k].Add(v)
			}
		}
	}
}

func (p *pool) merge(o *pool) *pool {
	if p == nil {
		return o
	}
	mergeSums(p.terms, o.terms)
	mergeClasses(p.classes, o.classes)
	p.count += o.count
	p.samples += o.samples
	p.positions += o.positions
	p.empty += o.empty
	return p
}

// A note is a warning of Eval, of one input.
type note struct {
	input int
	text  string
}

func newTally(terms []loss.Term, classes, inputs int, c Collector) *tally {
	t := &tally{terms: NewTotals(terms, 1), faults: make([]*Fault, inputs), notes: map[note]*Fault{}, pools: map[int]*pool{}, collector: c}
	t.one, t.full = make([]string, inputs), make([]string, inputs)
	t.classes = newClasses(terms, classes)
	return t
}

func newClasses(terms []loss.Term, classes int) []classTally {
	if classes == 0 {
		return nil
	}
	list := make([]classTally, classes)
	n := len(terms)
	sums := NewTotals(terms, classes)
	for c := range list {
		list[c].terms = sums[c*n : (c+1)*n]
	}
	return list
}

func (t *tally) merge(o *tally) {
	mergeSums(t.terms, o.terms)
	t.count += o.count
	t.positions += o.positions
	t.samples += o.samples
	t.empty += o.empty
	t.ignored += o.ignored
	t.masked += o.masked
	t.nonfinite += o.nonfinite
	mergeClasses(t.classes, o.classes)
	t.warnings = append(t.warnings, o.warnings...)
	for i := range t.faults {
		t.faults[i] = t.faults[i].merge(o.faults[i])
		t.one[i] = first(t.one[i], o.one[i])
		t.full[i] = first(t.full[i], o.full[i])
	}
	for n, f := range o.notes {
		t.notes[n] = f.merge(t.notes[n])
	}
	for k, p := range o.pools {
		t.pools[k] = t.pools[k].merge(p)
	}
	if t.collector != nil {
		t.collector.Merge(o.collector)
	}
}

func mergeSums(a, b []Total) {
	for i := range a {
		a[i].Merge(&b[i])
	}
}

func mergeClasses(a, b []classTally) {
	for c := range a {
		mergeSums(a[c].terms, b[c].terms)
		a[c].count += b[c].count
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func values(sums []Total) []float64 {
	v := make([]float64, len(sums))
	for i := range sums {
		v[i] = sums[i].Value()
	}
	return v
}

// totals returns the totals of everything, and of each class.
func (t *tally) totals(classes int) (loss.Totals, []loss.Totals) {
	all := loss.Totals{Terms: values(t.terms), Count: t.count, Positions: t.positions, Samples: t.samples, Full: t.samples - t.empty, Classes: classes}
	return all, classTotals(t.classes, all)
}

func classTotals(list []classTally, all loss.Totals) []loss.Totals {
	if list == nil {
		return nil
	}
	by := make([]loss.Totals, len(list))
	for c := range list {
		by[c] = all
		by[c].Terms, by[c].Count, by[c].OfClass = values(list[c].terms), list[c].count, true
	}
	return by
}
