package vec

import "math"

// Log sets dst to the natural logarithm of x, within 1 ulp, subnormal x too.
// It is −Inf at ±0, +Inf at +Inf and NaN where x < 0.
func Log(dst, x []float64) {
	dst = dst[:len(x)]
	if logVec(dst, x) {
		return
	}
	for i, v := range x {
		dst[i] = log(v)
	}
}

// Log1p sets dst to log(1+x), within 1 ulp, precise near 0. The result has
// the sign of x, zeros too; it is −Inf at −1, +Inf at +Inf and NaN where x < −1.
func Log1p(dst, x []float64) {
	dst = dst[:len(x)]
	if log1pVec(dst, x) {
		return
	}
	for i, v := range x {
		dst[i] = log1p(v)
	}
}

// As in FreeBSD's e_log.c: x = 2^k·(1+f) with 1+f in [√½, √2), s = f/(2+f) and
// log(1+f) = f − f²/2 + s·(f²/2 + R(s²)).
func log(x float64) float64 {
	v, k := x, 0.0
	if x < minNorm {
		v, k = x*0x1p54, -54
	}
	f, n := split(v)
	k += n
	s := f / (2 + f)
	z := mul(s, s)
	h := mul(0.5*f, f)
	lo := fma(s, h+logR(z, mul(z, z)), mul(k, ln2lo))
	y := fma(k, ln2hi, f+(lo-h))
	if !(x > 0 && x <= math.MaxFloat64) {
		return logLimit(x)
	}
	return y
}

// 1+x = u + c with u rounded; log(1+x) = log(u) + c/u.
func log1p(x float64) float64 {
	u := 1 + x
	b := u - 1
	c := (1 - (u - b)) + (x - b)
	f, k := split(u)
	s := f / (2 + f)
	z := mul(s, s)
	h := mul(0.5*f, f)
	lo := fma(s, h+logR(z, mul(z, z)), fma(k, ln2lo, c/u))
	y := fma(k, ln2hi, f+(lo-h))
	if !(u > 0 && u <= math.MaxFloat64) {
		return logLimit(u)
	}
	return math.Float64frombits(math.Float64bits(y) | math.Float64bits(x)&signBit) // for −0
}

// split returns f and n with x = 2^n·(1+f), 1+f in [√½, √2), for a normal x > 0.
func split(x float64) (f, n float64) {
	const low = 0x3fe6a09e667f3bcd // √½
	b := math.Float64bits(x) - low
	return math.Float64frombits(b&(1<<52-1)+low) - 1, float64(int64(b) >> 52)
}

// logLimit is log where x is not a positive finite number.
func logLimit(x float64) float64 {
	switch {
	case x == 0:
		return math.Inf(-1)
	case x < 0:
		return math.NaN()
	}
	return x
}

// logR returns R(z) = (log((1+s)/(1−s)) − 2s)/s, z = s², for |s| ≤ 0.1716: a
// minimax polynomial with which the logarithm is within 2^-59.5, relatively.
func logR(z, z2 float64) float64 {
	hi := fma(0x1.2f0318e2c53a2p-3, z2, fma(0x1.39a1f6cefaa6dp-3, z, 0x1.74663c8043723p-3))
	return mul(z, fma(fma(hi, z2, fma(0x1.c71c52158180ap-3, z, 0x1.24924941e1a6cp-2)), z2,
		fma(0x1.999999997fedbp-2, z, 0x1.5555555555592p-1)))
}
