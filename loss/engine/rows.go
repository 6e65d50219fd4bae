package engine

import (
	"math"
	"slices"

	"lossctl/loss"
)

// Rows are the results of adjacent samples.
type Rows struct {
	First int         // index of the first
	Value []float64   // NaN where no position counts
	Count []int       // positions that count
	Terms [][]float64 // by term, for sums over groups of samples; empty unless asked for
	Class []float64   // row by row, the value of each class; nil unless asked for

	width int // of Class
}

func newRows(terms, classes int) *Rows { return &Rows{Terms: make([][]float64, terms), width: classes} }

func (r *Rows) reset() {
	r.Value, r.Count, r.Class = r.Value[:0], r.Count[:0], r.Class[:0]
	for k := range r.Terms {
		r.Terms[k] = r.Terms[k][:0]
	}
}

// Len returns the number of rows.
func (r *Rows) Len() int { return len(r.Value) }

func (r *Rows) push(j *Job, s *sample) {
	if len(r.Value) == 0 {
		r.First = s.index
	}
	r.Value = append(r.Value, j.value(&s.all, s.class))
	r.Count = append(r.Count, s.all.Count)
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

// pushTile adds samples of one position each, whose value is their loss.
func (r *Rows) pushTile(first int, o *loss.Out, out []bool, terms bool) {
	if len(r.Value) == 0 {
		r.First = first
	}
	base := len(r.Value)
	r.Value = append(r.Value, o.Terms[0]...)
	r.Count = slices.Grow(r.Count, len(out))
	for i, x := range out {
		n := 1
		if x {
			n = 0
			r.Value[base+i] = math.NaN()
		}
		r.Count = append(r.Count, n)
	}
	if !terms {
		return
	}
	for k, x := range o.Terms {
		r.Terms[k] = append(r.Terms[k], x...)
	}
}

// ClassRow returns the value of each class in row i, nil unless asked for.
func (r *Rows) ClassRow(i int) []float64 {
	if r.width == 0 {
		return nil
	}
	return r.Class[i*r.width : (i+1)*r.width]
}
