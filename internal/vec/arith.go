package vec

// Add sets dst to x + y.
func Add(dst, x, y []float64) {
	dst, y = dst[:len(x)], y[:len(x)]
	if addVec(dst, x, y) {
		return
	}
	for i, v := range x {
		dst[i] = v + y[i]
	}
}

// Sub sets dst to x − y.
func Sub(dst, x, y []float64) {
	dst, y = dst[:len(x)], y[:len(x)]
	if subVec(dst, x, y) {
		return
	}
	for i, v := range x {
		dst[i] = v - y[i]
	}
}

// Mul sets dst to x·y, element by element.
func Mul(dst, x, y []float64) {
	dst, y = dst[:len(x)], y[:len(x)]
	if mulVec(dst, x, y) {
		return
	}
	for i, v := range x {
		dst[i] = v * y[i]
	}
}

// Scale sets dst to a·x.
func Scale(dst []float64, a float64, x []float64) {
	dst = dst[:len(x)]
	if scaleVec(dst, a, x) {
		return
	}
	for i, v := range x {
		dst[i] = a * v
	}
}

// Axpy adds a·x to dst, each product fused with its addition.
func Axpy(dst []float64, a float64, x []float64) {
	dst = dst[:len(x)]
	if axpyVec(dst, a, x) {
		return
	}
	for i, v := range x {
		dst[i] = fma(a, v, dst[i])
	}
}

// Affine sets dst to a·x + b, each product fused with its addition.
func Affine(dst []float64, a, b float64, x []float64) {
	dst = dst[:len(x)]
	if affineVec(dst, a, b, x) {
		return
	}
	for i, v := range x {
		dst[i] = fma(a, v, b)
	}
}

// sub2 sets dst to (x − y) − z.
func sub2(dst, x, y, z []float64) {
	dst, y, z = dst[:len(x)], y[:len(x)], z[:len(x)]
	if sub2Vec(dst, x, y, z) {
		return
	}
	for i, v := range x {
		dst[i] = v - y[i] - z[i]
	}
}

// sub2Scalar sets dst to (x − a) − b.
func sub2Scalar(dst, x []float64, a, b float64) {
	dst = dst[:len(x)]
	if sub2ScalarVec(dst, x, a, b) {
		return
	}
	for i, v := range x {
		dst[i] = v - a - b
	}
}

// Fill sets every element of x to v, at the speed of copying.
func Fill[T any](x []T, v T) {
	n := min(len(x), 16)
	for i := range x[:n] {
		x[i] = v
	}
	for ; n < len(x); n *= 2 {
		copy(x[n:], x[:n])
	}
}
