package vec

// LogAddExp sets dst to log(eˣ + e^y) = max + log(1 + e^−|x−y|): the sum of two
// probabilities that are given by their logarithms. −Inf is a probability of 0,
// +Inf gives +Inf, NaN gives NaN. The error is at most half an ulp of the result
// plus 3·2^-53.
func LogAddExp(dst, x, y []float64) {
	dst, y = dst[:len(x)], y[:len(x)]
	if logAddExpVec(dst, x, y) {
		return
	}
	for i, v := range x {
		dst[i] = logAddExp(v, y[i])
	}
}

func logAddExp(x, y float64) float64 {
	lo, hi := x, y
	if x > y {
		lo, hi = y, x
	}
	d := lo - hi
	if x == y { // infinities have no difference
		d = 0
	}
	return hi + log1pUnit(half(exp(d)))
}
