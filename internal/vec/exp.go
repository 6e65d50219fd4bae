package vec

import "math"

// Exp sets dst to eˣ, within 1.1 ulp, subnormal results too (scripts/ulp measures
// it). It is 0 at −Inf and below −745.2, +Inf at +Inf and above 709.8.
func Exp(dst, x []float64) {
	dst = dst[:len(x)]
	if expVec(dst, x) {
		return
	}
	for i, v := range x {
		dst[i] = exp(v)
	}
}

// Expm1 sets dst to eˣ − 1, within 2 ulp, precise near 0. The result has the
// sign of x, zeros too; it is −1 at −Inf and +Inf at +Inf.
func Expm1(dst, x []float64) {
	dst = dst[:len(x)]
	if expm1Vec(dst, x) {
		return
	}
	for i, v := range x {
		dst[i] = expm1(v)
	}
}

const (
	ln2hi = 0x1.62e42feep-1       // ln 2 to 33 bits: k·ln2hi is exact
	ln2lo = 0x1.a39ef35793c76p-33 // ln 2 − ln2hi
	round = 3 << 51               // x + round holds x rounded to an integer in its low bits

	minExp, maxExp = -746, 710 // beyond these eˣ is 0 or +Inf in any case
)

func exp(x float64) float64 {
	if x < minExp {
		x = minExp
	}
	if x > maxExp {
		x = maxExp
	}
	r, k := reduce(x)
	return scale(1+fma(mul(expQ(expQ2(r), r), r), r, r), k)
}

// With k = round(x/ln 2), r = x − k·ln 2, eʳ = 1 + r + t and h = 2^(k−1), halved
// so that nothing overflows early: eˣ − 1 = 2·(h·t + (h·r + (h − ½))).
func expm1(x float64) float64 {
	v := x
	if v < -64 {
		v = -64
	}
	if v > maxExp {
		v = maxExp
	}
	r, k := reduce(v)
	t := mul(mul(expQ(expQ2(r), r), r), r)
	h := pow2(k - 1)
	y := 2 * fma(h, t, fma(h, r, h-0.5))
	if k == 0 {
		y = r + t
	}
	return math.Float64frombits(math.Float64bits(y) | math.Float64bits(x)&signBit) // for −0
}

// reduce returns k = x/ln 2 rounded, and r = x − k·ln 2, for |x| < 2^20.
func reduce(x float64) (r float64, k int32) {
	t := fma(x, math.Log2E, round)
	n := t - round
	return fma(-n, ln2lo, fma(-n, ln2hi, x)), int32(math.Float64bits(t))
}

// expQ returns Q(r) = (eʳ − 1 − r)/r² for |r| ≤ ln 2 / 2: a minimax polynomial
// with which 1 + r + r²·Q is within 2^-57.9 of eʳ. Its upper coefficients are
// in expQ2, so that the compiler inlines both.
func expQ(q2, r float64) float64 {
	q1 := fma(fma(q2, r, 0x1.1111111127d14p-7), r, 0x1.555555555083ep-5)
	return fma(fma(q1, r, 0x1.55555555554f9p-3), r, 0x1.000000000000ap-1)
}

func expQ2(r float64) float64 {
	q4 := fma(fma(0x1.ad7f364a50838p-26, r, 0x1.28ad9b8cf1c58p-22), r, 0x1.71df25b824940p-19)
	q3 := fma(fma(q4, r, 0x1.a01999e256f02p-16), r, 0x1.a01a012a0d248p-13)
	return fma(q3, r, 0x1.6c16c18438b79p-10)
}

// scale returns p·2^k for p near 1 and |k| < 2000. It is rounded once, since
// only the second product can leave the normal range.
func scale(p float64, k int32) float64 {
	h := k >> 1
	return mul(mul(p, pow2(h)), pow2(k-h))
}

// pow2 returns 2^k for −1022 ≤ k ≤ 1023.
func pow2(k int32) float64 { return math.Float64frombits(uint64(k+1023) << 52) }
