package vec

// Overlap returns Sum(x), Sum(y) and Dot(x, y), in one pass.
func Overlap(x, y []float64) (sumX, sumY, dot float64) {
	var lx, ly, lxy lanes
	n := overlapVec(x, y[:len(x)], &lx, &ly, &lxy)
	x, y = x[n:], y[n:len(x)]
	for i, v := range x {
		k := i & 7
		lx[k] += v
		ly[k] += y[i]
		lxy[k] = fma(v, y[i], lxy[k])
	}
	return lx.sum(), ly.sum(), lxy.sum()
}
