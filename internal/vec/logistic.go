package vec

import "math"

// Logistic sets p to σ(x) = 1/(1+e⁻ˣ), q to σ(−x) = 1 − p, each within 3 ulp
// however small, and l to log(1+e^−|x|), within 2 ulp. These make the binary
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

// Softplus sets dst to log(1+eˣ) = max(x, 0) + log(1+e^−|x|), within 2 ulp.
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
	e := exp(negAbs(x))
	p = 1 / (1 + e)
	q = mul(e, p)
	if x < 0 {
		p, q = q, p
	}
	return p, q, log1pUnit(e)
}

func softplus(x float64) float64 {
	l := log1pUnit(exp(negAbs(x)))
	if x > 0 {
		return x + l
	}
	return l
}

func negAbs(x float64) float64 { return math.Float64frombits(math.Float64bits(x) | signBit) }

// log1pUnit returns log(1+e) for 0 ≤ e ≤ 1: with s = e/(2+e), it is
// e − e²/2 + s·(e²/2 + R(s²)).
func log1pUnit(e float64) float64 {
	s := e / (2 + e)
	z := mul(s, s)
	z2 := mul(z, z)
	h := mul(0.5*e, e)
	return e + fma(s, h+mul(z, unitP(unitP2(z, z2), z, z2)), -h)
}

// unitP returns R(z)/z, R as in logR, for 0 ≤ z ≤ 1/9: a minimax polynomial
// with which log1pUnit is within 2^-59.4, relatively. Its upper coefficients are
// in unitP2.
func unitP(p2, z, z2 float64) float64 {
	p1 := fma(p2, z2, fma(0x1.c71c741a13f12p-3, z, 0x1.2492492090f8ep-2))
	return fma(p1, z2, fma(0x1.99999999a06c4p-2, z, 0x1.5555555555535p-1))
}

func unitP2(z, z2 float64) float64 {
	p4 := fma(0x1.5c5cc5dad2c7cp-3, z, 0x1.55cead33a2370p-4)
	p3 := fma(p4, z2, fma(0x1.efd1b34ab0640p-4, z, 0x1.10682c85824a9p-3))
	return fma(p3, z2, fma(0x1.3b1dd3d85de74p-3, z, 0x1.745cb457bde45p-3))
}
