package sum

import "math"

// cut returns the sums of the slices of x in the bins of a raise, and whether
// no number had slices above them; if one had, the sums are worthless. x has at
// most 2^23 numbers, so that sums of slices fit.
func cut(x []float64, raise uint8) (counts [fold]int64, ok bool) {
	m := [fold]float64{magic(raise, 0), magic(raise, 1), magic(raise, 2)}
	lim := limit(raise)
	n := uint64(len(x))
	c, over, done := cutVec(x, m, lim)
	for _, v := range x[done:] {
		over |= lim - math.Float64bits(v)&^signBit // negative if beyond
		t := v + m[0]
		c[0] += math.Float64bits(t)
		v -= t - m[0]
		t = v + m[1]
		c[1] += math.Float64bits(t)
		v -= t - m[1]
		c[2] += math.Float64bits(v + m[2])
	}
	for i := range counts {
		counts[i] = int64(c[i] - n*math.Float64bits(m[i]))
	}
	return counts, int64(over) >= 0
}
