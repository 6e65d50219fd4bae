package vec

import (
	"math"
	"slices"
)

// Sum returns Σ x_i in the order of reductions; 0 if x is empty.
func Sum(x []float64) float64 {
	var l lanes
	x = x[sumVec(x, &l):]
	for ; len(x) >= 8; x = x[8:] {
		v := (*lanes)(x)
		l[0] += v[0]
		l[1] += v[1]
		l[2] += v[2]
		l[3] += v[3]
		l[4] += v[4]
		l[5] += v[5]
		l[6] += v[6]
		l[7] += v[7]
	}
	for i, v := range x {
		l[i] += v
	}
	return l.sum()
}

// Dot returns Σ x_i·y_i in the order of reductions, each product fused with its
// addition.
func Dot(x, y []float64) float64 {
	var l lanes
	n := dotVec(x, y[:len(x)], &l)
	x, y = x[n:], y[n:len(x)]
	for ; len(x) >= 8; x, y = x[8:], y[8:] {
		v, w := (*lanes)(x), (*lanes)(y)
		l[0] = fma(v[0], w[0], l[0])
		l[1] = fma(v[1], w[1], l[1])
		l[2] = fma(v[2], w[2], l[2])
		l[3] = fma(v[3], w[3], l[3])
		l[4] = fma(v[4], w[4], l[4])
		l[5] = fma(v[5], w[5], l[5])
		l[6] = fma(v[6], w[6], l[6])
		l[7] = fma(v[7], w[7], l[7])
	}
	for i, v := range x {
		l[i] = fma(v, y[i], l[i])
	}
	return l.sum()
}

// SumSq returns Σ x_i² in the order of reductions; it is Dot(x, x).
func SumSq(x []float64) float64 { return Dot(x, x) }

// SquaredDistance returns Σ (x_i − y_i)² in the order of reductions, each square
// fused with its addition.
func SquaredDistance(x, y []float64) float64 {
	var l lanes
	n := squaredDistanceVec(x, y[:len(x)], &l)
	for i, v := range x[n:] {
		d := v - y[n+i]
		l[i&7] = fma(d, d, l[i&7])
	}
	return l.sum()
}

// AbsDistance returns Σ |x_i − y_i| in the order of reductions.
func AbsDistance(x, y []float64) float64 {
	var l lanes
	n := absDistanceVec(x, y[:len(x)], &l)
	for i, v := range x[n:] {
		l[i&7] += math.Abs(v - y[n+i])
	}
	return l.sum()
}

// SumExp returns Σ exp(x_i − m) in the order of reductions. Sums of the segments
// of a row, each with its own m, merge as Σ_s exp(m_s − m)·SumExp_s.
func SumExp(x []float64, m float64) float64 {
	var l lanes
	n := sumExpVec(x, m, &l)
	addSumExp(&l, x[n:], m)
	if s := l.sum(); n == 0 || s >= minExact && s <= math.MaxFloat64 {
		return s
	}
	l = lanes{} // every term counts
	addSumExp(&l, x, m)
	return l.sum()
}

// minExact is what a sum of exponentials must at least be where those below
// e^-708 need not be precise.
const minExact = 0x1p-900

func addSumExp(l *lanes, x []float64, m float64) {
	for len(x) > 0 {
		var e lanes
		n := copy(e[:], x)
		for i := range e[:n] {
			e[i] -= m
		}
		Exp(e[:n], e[:n])
		for i, v := range e[:n] {
			l[i] += v
		}
		x = x[n:]
	}
}

// Max returns the maximum of x: NaN if there is one in x, −Inf if x is empty. A
// maximum of 0 is +0.
func Max(x []float64) float64 {
	if hasNaN(x) {
		return math.NaN()
	}
	return maximum(x) + 0
}

// Min returns the minimum of x: NaN if there is one in x, +Inf if x is empty. A
// minimum of 0 is +0.
func Min(x []float64) float64 {
	if hasNaN(x) {
		return math.NaN()
	}
	l := lanes{}
	m := math.Inf(1)
	if n := minimumVec(x, &l); n > 0 {
		m, x = min(l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7]), x[n:]
	}
	for _, v := range x {
		if v < m {
			m = v
		}
	}
	return m + 0
}

// Range returns the minimum and the maximum of x as Min and Max do, in one pass.
func Range(x []float64) (lo, hi float64) {
	const toSign = 1<<63 - 1 - infBits // carries a NaN without its sign into the sign bit
	var least, most lanes
	var nans [8]uint64
	lo, hi = math.Inf(1), math.Inf(-1)
	over := uint64(0)
	if n := extremesVec(x, &least, &most, &nans); n > 0 {
		lo, hi = slices.Min(least[:]), slices.Max(most[:])
		over, x = nans[0]|nans[1]|nans[2]|nans[3]|nans[4]|nans[5]|nans[6]|nans[7], x[n:]
	}
	for _, v := range x {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
		over |= math.Float64bits(v)&^signBit + toSign
	}
	if int64(over) < 0 {
		return math.NaN(), math.NaN()
	}
	return lo + 0, hi + 0
}

// Range32 returns the minimum and the maximum of numbers none of which is NaN:
// +Inf and −Inf if x is empty. A 0 is +0.
func Range32(x []float32) (lo, hi float32) {
	lo, hi = float32(math.Inf(1)), float32(math.Inf(-1))
	var least, most [8]float32
	if n := range32Vec(x, &least, &most); n > 0 {
		lo, hi, x = slices.Min(least[:]), slices.Max(most[:]), x[n:]
	}
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo + 0, hi + 0
}

// AllFinite tells whether no number of x is NaN or infinite.
func AllFinite(x []float64) bool {
	var l [8]uint64
	x = x[finiteVec(x, &l):]
	not := l[0] | l[1] | l[2] | l[3] | l[4] | l[5] | l[6] | l[7]
	for _, v := range x {
		not |= math.Float64bits(v - v)
	}
	return not == 0
}

// Within tells whether every number of x is in [lo, hi], which NaN is not. All
// finite numbers, and those from +0 to 1, are found in the least time.
func Within(x []float64, lo, hi float64) bool {
	switch {
	case len(x) == 0:
		return true
	case lo <= -math.MaxFloat64 && hi >= math.MaxFloat64 && AllFinite(x), lo <= 0 && hi >= 1 && unitInterval(x):
		return true
	}
	least, most := Range(x)
	return least >= lo && most <= hi
}

// unitInterval tells whether every number of x is from +0 to 1: those have no
// sign and bits at most those of 1.
func unitInterval(x []float64) bool {
	const one = 0x3ff << 52
	var l [8]uint64
	x = x[unitVec(x, &l):]
	over := l[0] | l[1] | l[2] | l[3] | l[4] | l[5] | l[6] | l[7]
	for _, v := range x {
		b := math.Float64bits(v)
		over |= (one - b) | b
	}
	return int64(over) >= 0
}

// maximum returns the maximum of what is not NaN in x, else −Inf. The sign of a
// 0 is not specified.
func maximum(x []float64) float64 {
	var l lanes
	m := math.Inf(-1)
	if n := maximumVec(x, &l); n > 0 {
		m, x = max(l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7]), x[n:]
	}
	for _, v := range x {
		if v > m {
			m = v
		}
	}
	return m
}

// hasNaN tells whether there is a NaN in x: if not, the sum is none unless both
// infinities are there.
func hasNaN(x []float64) bool {
	if s := Sum(x); s == s {
		return false
	}
	for _, v := range x {
		if v != v {
			return true
		}
	}
	return false
}

// lanes are the partial results of a reduction.
type lanes [8]float64

func (l *lanes) sum() float64 {
	return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}
