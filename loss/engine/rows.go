package engine

import (
	"math"
	"slices"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// Rows are the results of adjacent samples.
type Rows struct {
	First int         // index of the first
	Value []float64   // NaN where no position counts
	Count []int       // positions that count
	Empty int         // rows that count nothing
	Terms [][]float64 // by term, for sums over groups of samples; empty unless asked for
	Class []float64   // row by row, the value of each class; nil unless asked for
	Shown []float64   // what the loss counts instead; empty where that is Count
	Extra []float64   // row by row, the columns of the loss; empty unless asked for
	Texts []string    // row by row, its columns of text; empty unless asked for
	Spans [][]loss.Span
	Maps  []*loss.Map
	Part  *Part // that the samples are of

	width int // of Class
	extra int // of Extra
	texts int // of Texts
	job   *Job
}

func newRows(j *Job) *Rows {
	r := &Rows{Terms: make([][]float64, len(j.Params.Terms)), job: j}
	if j.Columns {
		r.extra, r.texts = len(j.Params.Columns), len(j.Params.Texts)
	}
	if j.ClassRows {
		r.width = j.Classes
	}
	return r
}

// plain reports whether a row is a value and a count.
func (r *Rows) plain() bool {
	return r.width == 0 && r.extra == 0 && r.job.Params.Count == nil && !r.job.Maps
}

func (r *Rows) reset() {
	r.Value, r.Count, r.Class, r.Shown, r.Extra = r.Value[:0], r.Count[:0], r.Class[:0], r.Shown[:0], r.Extra[:0]
	r.Texts, r.Spans, r.Maps, r.Empty = r.Texts[:0], r.Spans[:0], r.Maps[:0], 0
	for k := range r.Terms {
		r.Terms[k] = r.Terms[k][:0]
	}
}

// Len returns the number of rows.
func (r *Rows) Len() int { return len(r.Value) }

func (r *Rows) push(l *loss.Loss, s *sample) {
	j := r.job
	if len(r.Value) == 0 {
		r.First = s.index
	}
	r.Value = append(r.Value, j.value(&s.all, s.class))
	r.Count = append(r.Count, s.all.Count)
	if l.Count != nil {
		r.Shown = append(r.Shown, l.Count(&s.all))
	}
	if r.CountOf(r.Len()-1) == 0 {
		r.Empty++
	}
	if r.extra > 0 {
		n := len(r.Extra)
		r.Extra = append(r.Extra, make([]float64, r.extra)...)
		l.Row(r.Extra[n:], &s.all)
	}
	if r.texts > 0 {
		n := len(r.Texts)
		r.Texts = append(r.Texts, make([]string, r.texts)...)
		l.Text(r.Texts[n:])
	}
	if j.Trace {
		r.Spans = append(r.Spans, l.Spans())
	}
	if j.Maps {
		r.Maps = append(r.Maps, l.Map(s.at))
	}
	for k, v := range s.all.Terms {
		if j.wants[k] && j.RowTerms {
			r.Terms[k] = append(r.Terms[k], v)
		}
	}
	for c := range r.width {
		v := math.NaN()
		if t := &s.class[c]; t.Count > 0 {
			v = j.value(t, nil)
		}
		r.Class = append(r.Class, v)
	}
}

// pushTile adds samples of one position each, whose value is their loss. Those
// that are out count nothing, if there are some.
func (r *Rows) pushTile(first int, o *loss.Out, out []bool, some, terms bool) {
	if len(r.Value) == 0 {
		r.First = first
	}
	base := len(r.Value)
	r.Value = append(r.Value, o.Terms[0]...)
	r.Count = slices.Grow(r.Count, len(out))[:base+len(out)]
	vec.Fill(r.Count[base:], 1)
	if some {
		for i, x := range out {
			if x {
				r.Value[base+i], r.Count[base+i] = math.NaN(), 0
				r.Empty++
			}
		}
	}
	if !terms {
		return
	}
	for k, x := range o.Terms {
		r.Terms[k] = append(r.Terms[k], x...)
	}
}

// CountOf returns what row i counts.
func (r *Rows) CountOf(i int) float64 {
	if len(r.Shown) > 0 {
		return r.Shown[i]
	}
	return float64(r.Count[i])
}

// Columns returns the columns of the loss in row i.
func (r *Rows) Columns(i int) []float64 { return r.Extra[i*r.extra : (i+1)*r.extra] }

// TextsOf returns the columns of text in row i.
func (r *Rows) TextsOf(i int) []string {
	return r.Texts[i*r.texts : (i+1)*r.texts]
}

// ClassRow returns the value of each class in row i, nil unless asked for.
func (r *Rows) ClassRow(i int) []float64 {
	if r.width == 0 {
		return nil
	}
	return r.Class[i*r.width : (i+1)*r.width]
}
