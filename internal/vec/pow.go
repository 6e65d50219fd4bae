package vec

import "math"

// Pow sets dst to xᵃ for x ≥ 0 and any real a, within 1.5 + |a|/16 ulp; by
// products or the square root, within 2 ulp, where a is 0, ½, 1, 2, 3 or 4.
//
// 0⁰ is 1, and 0ᵃ is 0 for a > 0 and +Inf for a < 0; NaN⁰ is 1. An x < 0 gives
// NaN unless a is 0, 1, 2, 3 or 4.
func Pow(dst, x []float64, a float64) {
	dst = dst[:len(x)]
	switch a {
	case 0:
		Fill(dst, 1)
	case 0.5:
		for i, v := range x {
			dst[i] = math.Sqrt(v)
		}
	case 1:
		copy(dst, x)
	case 2:
		Mul(dst, x, x)
	case 3:
		for i, v := range x {
			dst[i] = v * v * v
		}
	case 4:
		Mul(dst, x, x)
		Mul(dst, dst, dst)
	default:
		if powVec(dst, x, a) {
			return
		}
		for i, v := range x {
			dst[i] = pow(v, a)
		}
	}
}

// pow is exp(a·log x) with the logarithm and the product as sums of two numbers.
func pow(x, a float64) float64 {
	if !(x > 0 && x <= math.MaxFloat64 && a-a == 0) {
		return powLimit(x, a)
	}
	hi, lo := log2(x)
	y := mul(a, hi)
	rest := fma(a, lo, fma(a, hi, -y))
	if y < minExp {
		y, rest = minExp, 0
	}
	if y > maxExp {
		y, rest = maxExp, 0
	}
	r, k := reduce(y)
	r += rest
	return scale(1+fma(mul(expQ(expQ2(r), r), r), r, r), k)
}

// log2 returns log(x) = hi + lo for finite x > 0, within 2^-56.
func log2(x float64) (hi, lo float64) {
	k := 0.0
	if x < minNorm {
		x, k = x*0x1p54, -54
	}
	f, n := split(x)
	k += n
	s := f / (2 + f)
	z := mul(s, s)
	g := 0.5 * f
	h := mul(g, f)
	hErr := fma(g, f, -h)
	kl := mul(k, ln2hi) // exact
	a := kl + f
	aErr := f - (a - kl)
	b := a - h
	bErr := (a - b) - h
	t := fma(s, h+logR(z, mul(z, z)), mul(k, ln2lo)) + ((aErr + bErr) - hErr)
	hi = b + t
	return hi, t - (hi - b)
}

// powLimit is xᵃ where x is not positive and finite, or a is not finite.
func powLimit(x, a float64) float64 {
	if x < 0 {
		return math.NaN()
	}
	return math.Pow(math.Abs(x), a)
}
