package vec

import "math"

// BinaryCrossEntropy sets, for logits x and labels t in [0, 1],
//
//	ce = −t·log σ(x) − (1−t)·log σ(−x),  miss = 1 − p_t = (1−t)·σ(x) + t·σ(−x),
//
// each within 4 ulp however small, for hard labels and for others. NaN gives NaN
// in both. Infinite logits are for the caller: miss is right, but ce is NaN where
// it should be 0. ce and miss may be x and t, in either order.
func BinaryCrossEntropy(ce, miss, x, t []float64) {
	ce, miss, t = ce[:len(x)], miss[:len(x)], t[:len(x)]
	if binaryCrossEntropyVec(ce, miss, x, t) {
		return
	}
	for i, v := range x {
		ce[i], miss[i] = binaryCrossEntropy(v, t[i])
	}
}

// BinaryFocal sets dst to the focal loss of γ = 2 with the weight a·t + b,
//
//	(a·t + b)·miss²·ce,
//
// of what BinaryCrossEntropy computes, whose infinite logits are for the caller
// too. dst may be x or t.
func BinaryFocal(dst, x, t []float64, a, b float64) {
	dst, t = dst[:len(x)], t[:len(x)]
	if binaryFocalVec(dst, x, t, a, b) {
		return
	}
	for i, v := range x {
		dst[i] = binaryFocal(v, t[i], a, b)
	}
}

func binaryCrossEntropy(x, t float64) (ce, miss float64) {
	e, d := ratio(negAbs(x))
	return binaryOf(x, t, e, d)
}

// binaryOf is binaryCrossEntropy with e/d = e^−|x|. With u, the part of the label
// that the sign of x is against,
//
//	ce = |x|·u + log(1+e/d),  miss = (u·d + (1−u)·e)/(d+e).
func binaryOf(x, t, e, d float64) (ce, miss float64) {
	u := 1 - t
	if math.Signbit(x) {
		u = t
	}
	s, r := unit(e, d)
	return fma(-negAbs(x), u, log1pUnit(s)), mul(fma(d-e, u, e), r)
}

// Where e^−|x| is not a normal number, miss² is 0 unless the label is soft, and
// then e does not matter: it may be as it is at −708.
func binaryFocal(x, t, a, b float64) float64 {
	n := negAbs(x)
	if n < -708 {
		n = -708
	}
	p, d, k := ratioOf(n)
	e := math.Float64frombits(math.Float64bits(p) + uint64(k)<<52)
	ce, miss := binaryOf(x, t, e, d)
	return mul(ce, mul(mul(miss, miss), fma(t, a, b)))
}
