package vec

import "math"

// Logistic sets p to σ(x) = 1/(1+e⁻ˣ), q to σ(−x) = 1 − p, each within 4 ulp
// however small, and l to log(1+e^−|x|), within 4 ulp. These make the binary
// losses:
//
//	−log σ(x) = max(−x, 0) + l,  −log σ(−x) = max(x, 0) + l.
//
// NaN gives NaN in all three. Any of p, q, l may be x.
func Logistic(p, q, l, x []float64) {
	p, q, l = p[:len(x)], q[:len(x)], l[:len(x)]
	if logisticVec(p, q, l, x) {
		return
	}
	for i, v := range x {
		p[i], q[i], l[i] = logistic(v)
	}
}

// Sigmoid sets dst to σ(x) = 1/(1+e⁻ˣ), within 3 ulp however small. It is p of
// Logistic but for rounding, in half the time.
func Sigmoid(dst, x []float64) {
	dst = dst[:len(x)]
	if sigmoidVec(dst, x) {
		return
	}
	for i, v := range x {
		dst[i] = sigmoid(v)
	}
}

// Softplus sets dst to log(1+eˣ) = max(x, 0) + log(1+e^−|x|), within 3 ulp.
func Softplus(dst, x []float64) {
	dst = dst[:len(x)]
	if softplusVec(dst, x) {
		return
	}
	for i, v := range x {
		dst[i] = softplus(v)
	}
}

func logistic(x float64) (p, q, l float64) {
	e, d := ratio(negAbs(x))
	s, r := unit(e, d)
	p, q = mul(d, r), mul(e, r)
	if p > 1 { // by its error
		p = 1
	}
	if math.Signbit(x) {
		p, q = q, p
	}
	return p, q, log1pUnit(s)
}

func sigmoid(x float64) float64 {
	e, d := ratio(negAbs(x))
	if math.Signbit(x) {
		return e / (d + e)
	}
	return d / (d + e)
}

func softplus(x float64) float64 {
	l := log1pRatio(ratio(negAbs(x)))
	if x > 0 {
		return x + l
	}
	return l
}

func negAbs(x float64) float64 { return math.Float64frombits(math.Float64bits(x) | signBit) }

// ratio returns e and d, of about 1, with e/d = eˣ for x ≤ 0: what comes of it can
// then do with one division.
func ratio(x float64) (e, d float64) {
	if x < minExp {
		x = minExp
	}
	p, d, k := ratioOf(x)
	return scale(p, k), d
}

// ratioOf returns e/2^k, d and k. With k and r as in exp and tanh(r/2) = t/p, a
// minimax approximation by even and odd powers with which the ratio is within
// 2^-59, eʳ = (p + t)/(p − t).
func ratioOf(x float64) (e, d float64, k int32) {
	r, k := reduce(x)
	z := mul(r, r)
	p := fma(fma(0x1.03fc11c1c5ff9p-10, z, 0x1.c7194a4ad39f6p-4), z, 1)
	t := mul(fma(fma(0x1.1530e0ff95f5dp-15, z, 0x1.c70fd3d5f94c5p-7), z, 0.5), r)
	return p + t, p - t, k
}

// log1pRatio returns log(1 + e/d).
func log1pRatio(e, d float64) float64 { return log1pUnit((e + e) / (d + e + d)) }

// unit returns s = 2e/(2d+e), of which log(1+e/d) is the inverse hyperbolic
// tangent of s/2, twice, and r = 1/(d+e).
func unit(e, d float64) (s, r float64) {
	y := d + e
	w := y + d
	q := 1 / mul(y, w)
	return mul(mul(e+e, y), q), mul(w, q)
}

// log1pUnit returns log(1+e) for 0 ≤ e ≤ 1 from s = 2e/(2+e): it is s + s³·P(s²).
func log1pUnit(s float64) float64 {
	z := mul(s, s)
	return fma(unitP(unitP2(z), z), mul(z, s), s)
}

// unitP returns P for 0 ≤ z ≤ 4/9: a minimax polynomial with which log1pUnit is
// within 2^-59.4, relatively. Its upper coefficients are in unitP2.
func unitP(p2, z float64) float64 {
	p1 := fma(fma(p2, z, 0x1.c71c741a13f12p-12), z, 0x1.2492492090f8ep-9)
	return fma(fma(p1, z, 0x1.99999999a06c4p-7), z, 0x1.5555555555535p-4)
}

func unitP2(z float64) float64 {
	p4 := fma(fma(0x1.5c5cc5dad2c7cp-24, z, 0x1.55cead33a2370p-23), z, 0x1.efd1b34ab0640p-21)
	p3 := fma(fma(p4, z, 0x1.10682c85824a9p-18), z, 0x1.3b1dd3d85de74p-16)
	return fma(p3, z, 0x1.745cb457bde45p-14)
}
