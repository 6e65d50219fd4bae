package vec

// Above sets dst to 1 where x > a, and to 0 elsewhere.
func Above(dst []float64, a float64, x []float64) {
	dst = dst[:len(x)]
	if aboveVec(dst, a, x) {
		return
	}
	for i, v := range x {
		dst[i] = 0
		if v > a {
			dst[i] = 1
		}
	}
}

// Below sets dst to 1 where x < a, and to 0 elsewhere.
func Below(dst []float64, a float64, x []float64) {
	dst = dst[:len(x)]
	if belowVec(dst, a, x) {
		return
	}
	for i, v := range x {
		dst[i] = 0
		if v < a {
			dst[i] = 1
		}
	}
}

// Rectify sets dst to max(a·x + b, 0), the product fused with the addition.
// NaN gives NaN, and a·x + b = −0 gives −0.
func Rectify(dst []float64, a, b float64, x []float64) {
	dst = dst[:len(x)]
	if rectifyVec(dst, a, b, x) {
		return
	}
	for i, v := range x {
		v = fma(a, v, b)
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}
