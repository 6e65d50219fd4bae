package vec

import "math"

// BinaryCrossEntropy sets, for logits x and labels t in [0, 1],
//
//	ce = −t·log σ(x) − (1−t)·log σ(−x),  miss = 1 − p_t = (1−t)·σ(x) + t·σ(−x),
//
// each within 3 ulp however small, for hard labels and for others. NaN gives NaN
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

// With e = e^−|x| and u the part of the label that the sign of x is against,
// ce = |x|·u + log(1+e) and miss = (u + e·(1−u))/(1+e).
func binaryCrossEntropy(x, t float64) (ce, miss float64) {
	a := negAbs(x)
	e := exp(a)
	u := 1 - t
	if math.Signbit(x) {
		u = t
	}
	return fma(-a, u, log1pUnit(half(e))), mul(fma(e, 1-u, u), 1/(1+e))
}
