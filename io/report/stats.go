package report

import (
	"math"
	"slices"

	"lossctl/internal/sum"
	"lossctl/internal/vec"
)

const (
	exactLimit = 1 << 20 // samples that are kept for exact percentiles
	exactPiece = 1 << 13 // samples in one piece of them
	sortLimit  = 1 << 15 // samples that are sorted to find percentiles
)

// Samples collects the losses of the samples for Stats. What it finds does
// not depend on the order of Add and Merge. The zero value is empty.
//
// Up to 2^20 samples are kept: percentiles are exact, interpolated linearly
// as numpy does, and the deviations that std squares are taken from the mean.
// Beyond, percentiles come from a histogram and std from Σx and Σx², which
// lose the digits that mean² has before variance: a std below about 1e-8 of
// the mean is noise. 8 MiB at most are held for the samples, or 4 KiB for
// each power of two among them.
type Samples struct {
	n        int64
	sum      sum.Sum
	min, max float64
	kept     [][]float64 // full pieces, and the last; none once hist is there
	hist     *histogram
	squares  sum.Sum // Σx², once hist is there
}

// Add takes the loss of one sample.
func (s *Samples) Add(v float64) { s.AddSlice([]float64{v}) }

// AddSlice takes the losses of many.
func (s *Samples) AddSlice(v []float64) {
	if len(v) == 0 {
		return
	}
	lo, hi := vec.Range(v)
	if s.n == 0 {
		s.min, s.max = lo, hi
	}
	s.n += int64(len(v))
	s.sum.AddSlice(v)
	s.min, s.max = min(s.min, lo), max(s.max, hi) // NaN stays
	s.keep(v)
}

// Merge takes what o collected; o is not changed.
func (s *Samples) Merge(o *Samples) {
	if o.n == 0 {
		return
	}
	if s.n == 0 {
		s.min, s.max = o.min, o.max
	}
	s.n += o.n
	s.sum.Merge(&o.sum)
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
	if o.hist != nil {
		s.pour()
		s.hist.merge(o.hist)
		s.squares.Merge(&o.squares)
	}
	for _, p := range o.kept {
		s.keep(p)
	}
}

// Stats is what was collected, nil for no samples. With a NaN among them
// everything is NaN, and with an infinity std is.
func (s *Samples) Stats() *Stats {
	if s.n == 0 {
		return nil
	}
	if math.IsNaN(s.min) {
		nan := Float(math.NaN())
		return &Stats{Std: nan, Min: nan, P5: nan, P50: nan, P95: nan, Max: nan, Approximate: s.hist != nil}
	}
	at := s.at()
	return &Stats{
		Std: Float(s.std()),
		Min: Float(s.min + 0),
		P5:  Float(percentile(0.05, s.n, at)),
		P50: Float(percentile(0.50, s.n, at)),
		P95: Float(percentile(0.95, s.n, at)),
		Max: Float(s.max + 0),

		Approximate: s.hist != nil,
	}
}

// std is √(Σ(x − mean)² / n).
func (s *Samples) std() float64 {
	n := float64(s.n)
	mean := s.sum.Value() / n
	switch {
	case s.min == s.max && !math.IsInf(s.min, 0):
		return 0
	case s.hist != nil:
		return math.Sqrt(max(s.squares.Value()/n-float64(mean*mean), 0))
	}
	var squares sum.Sum
	for _, p := range s.kept {
		addSquares(&squares, p, mean)
	}
	return math.Sqrt(squares.Value() / n)
}

// at is the function from rank to sample, in ascending order.
func (s *Samples) at() func(rank int64) float64 {
	if s.hist != nil {
		bucketAt := s.hist.ranks()
		return func(rank int64) float64 {
			bucket, _ := bucketAt(rank)
			return min(max(numberOf(bucket), s.min), s.max)
		}
	}
	if s.n <= sortLimit {
		sorted := slices.Concat(s.kept...)
		slices.Sort(sorted)
		return func(rank int64) float64 { return sorted[rank] + 0 } // −0 and 0 are in any order
	}
	return s.selected()
}

// selected is at where only those samples are sorted that share a bucket with
// one that is asked for.
func (s *Samples) selected() func(rank int64) float64 {
	var h histogram
	h.cover(s.min, s.max)
	for _, p := range s.kept {
		h.add(p)
	}
	bucketAt := h.ranks()
	var sorted []float64
	last := math.MinInt
	return func(rank int64) float64 {
		bucket, before := bucketAt(rank)
		if bucket != last {
			sorted, last = sorted[:0], bucket
			for _, p := range s.kept {
				for _, x := range p {
					if bucketOf(x) == bucket {
						sorted = append(sorted, x)
					}
				}
			}
			slices.Sort(sorted)
		}
		return sorted[rank-before] + 0
	}
}

// keep stores v, in the histogram when there are too many.
func (s *Samples) keep(v []float64) {
	if s.hist == nil && s.n > exactLimit {
		s.pour()
	}
	if s.hist != nil {
		s.count(v)
		return
	}
	for len(v) > 0 {
		last := len(s.kept) - 1
		if last < 0 || len(s.kept[last]) == exactPiece {
			s.kept = append(s.kept, make([]float64, 0, min(exactPiece, max(len(v), 64))))
			last++
		}
		k := min(exactPiece-len(s.kept[last]), len(v))
		s.kept[last] = append(s.kept[last], v[:k]...)
		v = v[k:]
	}
}

// pour moves the samples that are kept into the histogram.
func (s *Samples) pour() {
	if s.hist != nil {
		return
	}
	s.hist = new(histogram)
	for _, p := range s.kept {
		s.count(p)
	}
	s.kept = nil
}

// count puts v into the histogram and Σx². Once there was a NaN, Stats says
// so whatever the rest.
func (s *Samples) count(v []float64) {
	if math.IsNaN(s.min) {
		return
	}
	s.hist.cover(s.min, s.max)
	s.hist.add(v)
	addSquares(&s.squares, v, 0)
}

// percentile interpolates between the two samples around rank q·(n−1), from
// the nearer one, as numpy's method "linear".
func percentile(q float64, n int64, at func(int64) float64) float64 {
	rank := float64(n-1) * q
	low := math.Floor(rank)
	t := rank - low
	a := at(int64(low))
	b := at(min(int64(low)+1, n-1))
	switch {
	case a == b || t == 0:
		return a
	case math.IsInf(a, 0):
		return b - (b - a) // not a number where both are infinite
	case t < 0.5 || math.IsInf(b, 0):
		return a + float64((b-a)*t)
	}
	return b - float64((b-a)*(1-t))
}

// addSquares adds (x − c)² of every x to s.
func addSquares(s *sum.Sum, v []float64, c float64) {
	var room [512]float64
	for len(v) > 0 {
		x := v[:min(len(v), len(room))]
		v = v[len(x):]
		square := room[:len(x)]
		if c != 0 {
			vec.Affine(square, 1, -c, x) // one rounding, as of x − c
			x = square
		}
		vec.Mul(square, x, x)
		s.AddSlice(square)
	}
}
