// Package sum adds float64 numbers so that the result does not depend on the
// order, on how the numbers were split into parts, or on the machine, to the
// last bit. It is the indexed (binned) summation of Ahrens, Demmel and Nguyen,
// "Algorithms for Efficient Reproducible Floating-Point Summation", ACM TOMS
// 46(3), 2020 (ReproBLAS), with integers in place of floating-point bins.
package sum

import "math"

// Every finite float64 is a whole number of 2^-1074. Bin j counts units of
// unit_j = 2^(width·j−1074), and x is cut into slices from the highest bin down:
//
//	slice_j(x) = round((x − Σ_{i>j} slice_i(x)·unit_i) / unit_j), half to even.
//
// Let b(x) be the lowest bin with |x| ≤ unit_b·2^(width−1). Above it all slices
// are 0: there |x| is at most half a unit, and the half rounds to the even 0.
// So slices are a property of x alone, whichever bin at or above b(x) the
// cutting starts from, and |slice_j(x)| ≤ 2^(width−1).
//
// A Sum keeps the slices of the fold highest bins in use:
//
//	top = max b(x_i);  count_j = Σ slice_j(x_i),  j = top, …, top−fold+1.
//
// These integers depend on the multiset of the x_i only; order, lanes, blocks
// and the tree of merges cannot enter. When top rises, the lowest counts are
// dropped and the new highest start at 0, just as if top had been that high
// from the first number on. Since unit_{j+1} is an even multiple of unit_j, ties
// fall to the side they would if x were rounded at once: what the state holds is
// Σ round(x_i to a multiple of unit_{top−fold+1}), half to even.
const (
	width = 40
	fold  = 3

	minExp   = -1074              // unit of bin 0 is 2^minExp
	lastBin  = 52                 // b(x) of the largest float64
	maxRaise = lastBin - fold + 1 // top = raise + fold − 1
	wideBits = 0x7fefffffffffffff // the largest float64
	signBit  = 1 << 63
	rescale  = -64 // numbers are scaled by 2^rescale where magic overflows
)

// A Sum is the sum of the numbers that were added to it. The zero value is an
// empty sum. Sums of the same numbers are equal (==), however they came about.
//
// With n numbers of magnitude at most m, the sum held differs from the exact
// one by at most n·m·2^-80, and not at all where the last bit of each number is
// worth m·2^-79 or more (as it is when no magnitude but 0 is below m·2^-26).
// Counts are of 128 bits and cannot overflow in 2^64 numbers.
type Sum struct {
	counts [fold]count // highest bin first
	nan    uint64      // how many NaN, +Inf, −Inf were added
	inf    [2]uint64
	raise  uint8
}

// Reset makes s an empty sum.
func (s *Sum) Reset() { *s = Sum{} }

// Add adds x.
func (s *Sum) Add(x float64) {
	if math.Float64bits(x)&^signBit > limit(s.raise) || s.raise == maxRaise {
		s.addHard([]float64{x})
		return
	}
	b := math.Float64bits(magic(s.raise, 0))
	for i := range s.counts {
		m := math.Float64frombits(b)
		t := x + m
		s.counts[i].add(int64(math.Float64bits(t) - b))
		x -= t - m
		b -= width << 52 // magic(s.raise, i+1)
	}
}

// AddSlice adds the numbers of x.
func (s *Sum) AddSlice(x []float64) {
	const chunk = 1024
	for len(x) > 0 {
		c := x[:min(len(x), chunk)]
		x = x[len(c):]
		if s.raise == maxRaise || !s.addFast(c) {
			s.addHard(c)
		}
	}
}

// addFast adds x if its numbers have no slices above the top bin; if some have
// (or are not finite) it adds nothing and returns false.
func (s *Sum) addFast(x []float64) bool {
	counts, ok := cut(x, s.raise)
	if ok {
		for i, c := range counts {
			s.counts[i].add(c)
		}
	}
	return ok
}

// addHard adds any x: it counts what is not finite, raises the top bin, and
// scales numbers down where magic would overflow. The scaling is exact in every
// number that has a slice in the bins kept.
func (s *Sum) addHard(x []float64) {
	top := uint64(0)
	for _, v := range x {
		if b := math.Float64bits(v) &^ signBit; b <= wideBits {
			top = max(top, b)
		}
	}
	s.raiseTo(raiseOf(top))
	scale := 1.0
	if s.raise == maxRaise {
		scale = 1.0 / (1 << -rescale)
	}
	var buf [128]float64
	for len(x) > 0 {
		n := copy(buf[:], x)
		x = x[n:]
		for i, v := range buf[:n] {
			if b := math.Float64bits(v); b&^signBit <= wideBits {
				buf[i] = v * scale
				continue
			}
			buf[i] = 0
			switch {
			case v != v:
				s.nan++
			case v > 0:
				s.inf[0]++
			default:
				s.inf[1]++
			}
		}
		s.addFast(buf[:n])
	}
}

// Merge adds the numbers of o.
func (s *Sum) Merge(o *Sum) {
	s.raiseTo(o.raise)
	for i, d := 0, int(s.raise-o.raise); i+d < fold; i++ {
		s.counts[i+d].merge(o.counts[i])
	}
	s.nan += o.nan
	s.inf[0] += o.inf[0]
	s.inf[1] += o.inf[1]
}

// Value returns the sum, rounded once (half to even) from the counts. It is NaN
// if a NaN or both infinities were added, an infinity if one was, or if the
// finite sum is beyond the largest float64. A sum of zeros, −0 too, is +0.
func (s *Sum) Value() float64 {
	switch {
	case s.nan > 0 || s.inf[0] > 0 && s.inf[1] > 0:
		return math.NaN()
	case s.inf[0] > 0:
		return math.Inf(1)
	case s.inf[1] > 0:
		return math.Inf(-1)
	}
	return round(s.counts, minExp+width*int(s.raise))
}

// raiseTo makes r the raise of s, unless it is higher already.
func (s *Sum) raiseTo(r uint8) {
	if r <= s.raise {
		return
	}
	var c [fold]count
	for i, d := 0, int(r-s.raise); i+d < fold; i++ {
		c[i+d] = s.counts[i]
	}
	s.counts, s.raise = c, r
}

// raiseOf is the least raise that numbers of magnitude (as bits) b need.
func raiseOf(b uint64) uint8 {
	if b == 0 {
		return 0
	}
	const bias = 1023 + minExp + width - 1
	bin := (int((b-1)>>52)-bias)/width + 1
	return uint8(max(bin-(fold-1), 0))
}

// limit is the largest magnitude, as bits, that has no slice above the top bin.
func limit(raise uint8) uint64 {
	const least = 1023 + minExp + width*(fold-1) + width - 1
	return min((least+width*uint64(raise))<<52, wideBits)
}

// magic is 1.5·2^52 units of bin i of the counts: where |x| ≤ 2^51 units,
// x + magic is magic and the nearest whole number of units, half to even, and
// the bits of the two as integers differ by that number. In the last raise it
// would overflow, and is scaled by 2^rescale.
func magic(raise uint8, i int) float64 {
	const bias = 1023 + minExp + 52
	e := bias + width*(int(raise)+fold-1-i)
	if raise == maxRaise {
		e += rescale
	}
	return math.Float64frombits(uint64(e)<<52 | 1<<51)
}
