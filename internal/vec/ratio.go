package vec

// Ratio sets dst to x/y, and to 0 where x is 0.
func Ratio(dst, x, y []float64) {
	dst, y = dst[:len(x)], y[:len(x)]
	if ratioVec(dst, x, y) {
		return
	}
	for i, v := range x {
		dst[i] = quotient(v, y[i])
	}
}

func quotient(x, y float64) float64 {
	if x == 0 {
		return 0
	}
	return x / y
}
