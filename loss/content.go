package loss

import (
	"math"

	"lossctl/internal/vec"
)

// stored is what features are stored as.
type stored interface{ float32 | float64 }

// channels are the feature maps of a layer: c of them, of n numbers each.
type channels[T stored] struct {
	c, n int
	x    []T
}

// A comparison is how features are compared.
type comparison struct {
	norm       string  // of content: l1, mse, fro or gatys
	channelSum bool    // the mean over the numbers of a map, the sum over maps
	gram       string  // what Gram matrices are divided by: hw, chw, gatys or none
	styleNorm  string  // of Gram matrices: l1, mse or fro
	root       float64 // within the root of the norm of channels; 0: 1e-10 beside it
	unit       unitNorms
	grams      [2][]float64
	wide       []float64 // features as float64, and gradients by them
	by         []float64 // the gradient by a Gram matrix
	steep      []float64
}

// content is the distance of two layers.
func content[T stored](c *comparison, x, y channels[T]) float64 {
	return apart(c.norm, c.terms(x.c, x.n), x.x, y.x)
}

// contentGrad adds up times the gradient of content by x.
func contentGrad[T stored](c *comparison, dst []T, up float64, x, y channels[T]) {
	apartGrad(dst, c.norm, c.terms(x.c, x.n), up, x.x, y.x)
}

// terms is what a mean over a layer divides by.
func (c *comparison) terms(maps, n int) float64 {
	if c.channelSum {
		return float64(n)
	}
	return float64(maps * n)
}

// apart is Σ|x−y| / n for l1, Σ(x−y)² / n for mse, √Σ(x−y)² for fro, ½ Σ(x−y)²
// for gatys.
func apart[T stored](norm string, n float64, x, y []T) float64 {
	sum := sumApart(norm == "l1", x, y)
	switch norm {
	case "l1", "mse":
		return sum / n
	case "fro":
		return math.Sqrt(sum)
	}
	return sum / 2
}

// sumApart is Σ|x−y| or Σ(x−y)².
func sumApart[T stored](abs bool, x, y []T) (sum float64) {
	if a, ok := any(x).([]float64); ok {
		b := any(y).([]float64)
		if abs {
			return vec.AbsDistance(a, b)
		}
		return vec.SquaredDistance(a, b)
	}
	for i, v := range x {
		d := math.Abs(float64(v) - float64(y[i]))
		if !abs {
			d *= d
		}
		sum += d
	}
	return sum
}

// apartGrad adds up times the gradient of apart by x; where x is y, it is 0.
func apartGrad[T stored](dst []T, norm string, n, up float64, x, y []T) {
	switch norm {
	case "l1":
		up /= n
		for i, v := range x {
			switch w := y[i]; {
			case v > w:
				dst[i] += T(up)
			case v < w:
				dst[i] -= T(up)
			}
		}
		return
	case "mse":
		up *= 2 / n
	case "fro":
		size := apart(norm, n, x, y)
		if size == 0 {
			return
		}
		up /= size
	}
	for i, v := range x {
		dst[i] += T(up * (float64(v) - float64(y[i])))
	}
}
