package loss

import (
	"math"

	"lossctl/internal/vec"
)

// gramOf sets dst to the Gram matrix of a layer, of features over 2^e, divided
// as --gram says: G_ij = Σ x_i x_j / (H·W), / (C·H·W), / (2·H·W), or not.
// Rows go to all goroutines.
func gramOf[T stored](c *comparison, b *Block, dst []float64, x channels[T], e int) []float64 {
	wide := widened(c, x, e)
	dst = resized(dst, x.c*x.c)
	b.Each((x.c+gramRows-1)/gramRows, func(_, i int) {
		lo, hi := i*gramRows, min((i+1)*gramRows, x.c)
		vec.GemmNT(dst[lo*x.c+lo:], x.c, wide[lo*x.n:], x.n, wide[lo*x.n:], x.n, hi-lo, x.c-lo, x.n, false)
	})
	for i := range x.c { // it is symmetric
		for j := range i {
			dst[i*x.c+j] = dst[j*x.c+i]
		}
	}
	vec.Scale(dst, 1/c.gramSize(x.c, x.n), dst)
	return dst
}

// gramRows is how many rows of a matrix a goroutine takes at a time.
const gramRows = 64

// gramSize is what the sums of a Gram matrix are divided by. With it the
// distance Σ(G−A)² / (4 C² (H·W)²) of Gatys is the mean over C × C.
func (c *comparison) gramSize(maps, n int) float64 {
	switch c.gram {
	case "hw":
		return float64(n)
	case "chw":
		return float64(maps) * float64(n)
	case "gatys":
		return 2 * float64(n)
	}
	return 1
}

// widened are the features over 2^e in float64.
func widened[T stored](c *comparison, x channels[T], e int) []float64 {
	if list, ok := any(x.x).([]float64); ok && e == 0 {
		return list
	}
	c.wide = resized(c.wide, x.c*x.n)
	scale := math.Ldexp(1, -e)
	for i, v := range x.x {
		c.wide[i] = float64(v) * scale
	}
	return c.wide
}

// farExponent is that of the largest of features whose products could overflow,
// else 0.
func farExponent[T stored](lists ...[]T) int {
	most := 0.0
	for _, x := range lists {
		wide, ok := any(x).([]float64)
		if !ok { // no product of float32 overflows
			continue
		}
		lo, hi := vec.Range(wide)
		most = max(most, -lo, hi)
	}
	if _, e := math.Frexp(most); e > 200 {
		return e
	}
	return 0
}

// apartStyle is the distance of two Gram matrices of features over 2^e.
func (c *comparison) apartStyle(maps, e int, x, y []float64) float64 {
	d := apart(c.styleNorm, float64(maps*maps), x, y)
	if c.styleNorm == "mse" {
		return math.Ldexp(d, 4*e)
	}
	return math.Ldexp(d, 2*e)
}

// style is the distance of the Gram matrices of two layers.
func style[T stored](c *comparison, b *Block, x, y channels[T]) float64 {
	e := farExponent(x.x, y.x)
	for k, f := range []channels[T]{x, y} {
		c.grams[k] = gramOf(c, b, c.grams[k], f, e)
	}
	return c.apartStyle(x.c, e, c.grams[0], c.grams[1])
}

// styleGrad adds up times the gradient of style by x, of which y need only have
// the Gram matrix: ∂/∂x_i = Σ_j (S_ij + S_ji) x_j, S that by the matrix.
func styleGrad[T stored](c *comparison, b *Block, dst []T, up float64, x channels[T], e int, y []float64) {
	c.grams[0] = gramOf(c, b, c.grams[0], x, e)
	c.by = resized(c.by, x.c*x.c)
	clear(c.by)
	apartGrad(c.by, c.styleNorm, float64(x.c*x.c), 2*up/c.gramSize(x.c, x.n), c.grams[0], y) // S is symmetric
	c.steep = resized(c.steep, x.c*x.n)
	wide := widened(c, x, e)
	b.Each((x.c+gramRows-1)/gramRows, func(_, i int) {
		lo, hi := i*gramRows, min((i+1)*gramRows, x.c)
		vec.Gemm(c.steep[lo*x.n:], x.n, c.by[lo*x.c:], x.c, wide, x.n, hi-lo, x.n, x.c, false)
	})
	powers := 1 // of 2^e: the distance has 2 or 4 of them, and x one less
	if c.styleNorm == "mse" {
		powers = 3
	}
	for i, v := range c.steep {
		if e != 0 {
			v = math.Ldexp(v, powers*e)
		}
		dst[i] += T(v)
	}
}
