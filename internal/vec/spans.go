package vec

// Spans measures intervals from a1 to a2 and from b1 to b2, the starts being at
// most the ends: over is the length that two have in common, 0 if there is
// none, around that of the shortest interval around both, a and b are their
// own lengths, and apart is how far it is from the middle of the first to that
// of the second.
func Spans(over, around, a, b, apart, a1, a2, b1, b2 []float64) {
	n := len(a1)
	over, around, a, b, apart, a2, b1, b2 = over[:n], around[:n], a[:n], b[:n], apart[:n], a2[:n], b1[:n], b2[:n]
	if spansVec(over, around, a, b, apart, a1, a2, b1, b2) {
		return
	}
	for i := range a1 {
		over[i], around[i], a[i], b[i], apart[i] = spans(a1[i], a2[i], b1[i], b2[i])
	}
}

func spans(a1, a2, b1, b2 float64) (over, around, a, b, apart float64) {
	over = larger(smaller(a2, b2)-larger(a1, b1), 0)
	return over, larger(a2, b2) - smaller(a1, b1), a2 - a1, b2 - b1, mul((b1+b2)-(a1+a2), 0.5)
}

// larger and smaller are y where x or y is NaN or both are zeros.
func larger(x, y float64) float64 {
	if x > y {
		return x
	}
	return y
}

func smaller(x, y float64) float64 {
	if x < y {
		return x
	}
	return y
}
