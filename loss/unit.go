package loss

import "math"

// unitNorms are the norms of the channels of every pixel of two layers.
type unitNorms struct {
	norm  [2][]float64
	along []float64 // of the gradient by the unit vector, with x
	wide  [2][]float64
}

// lpipsEps stands beside the norm of the channels.
const lpipsEps = 1e-10

// unitSizes computes the norms of the channels of every pixel, √(root + Σx²),
// and returns what stands beside them.
func unitSizes[T stored](c *comparison, x, y channels[T]) (beside float64) {
	for k, f := range []channels[T]{x, y} {
		norm := resized(c.unit.norm[k], f.n)
		clear(norm)
		unitSquares(&c.unit, norm, f)
		for at, v := range norm {
			norm[at] = math.Sqrt(c.root + v)
			if v < 1e-280 || v > 1e300 {
				norm[at] = farNorm(f, at, c.root)
			}
		}
		c.unit.norm[k] = norm
	}
	if c.root > 0 {
		return 0
	}
	return lpipsEps
}

// farNorm is a norm whose square float64 may not hold.
func farNorm[T stored](f channels[T], at int, root float64) float64 {
	norm := math.Sqrt(root)
	for i := range f.c {
		norm = math.Hypot(norm, float64(f.x[i*f.n+at]))
	}
	return norm
}

// unitDistance is mean_pixels Σ_c w_c (x_c/‖x‖ − y_c/‖y‖)²; without weights
// they are 1.
func unitDistance[T stored](c *comparison, weights []float64, x, y channels[T]) float64 {
	beside := unitSizes(c, x, y)
	norm, other := c.unit.norm[0], c.unit.norm[1]
	if _, ok := any(x.x).([]float32); ok { // whose norms and their inverses float64 holds
		return c.unit.sum(weights, any(x).(channels[float32]), any(y).(channels[float32]), beside) / float64(x.n)
	}
	sum := 0.0
	for i := range x.c {
		part := 0.0
		for at, v := range x.x[i*x.n : (i+1)*x.n] {
			diff := float64(v)/(norm[at]+beside) - float64(y.x[i*x.n+at])/(other[at]+beside)
			part += diff * diff
		}
		sum += weightOf(weights, i) * part
	}
	return sum / float64(x.n)
}

func weightOf(weights []float64, channel int) float64 {
	if weights == nil {
		return 1
	}
	return weights[channel]
}

// unitDistanceGrad adds up times the gradient of unitDistance by x.
func unitDistanceGrad[T stored](c *comparison, dst []T, weights []float64, up float64, x, y channels[T]) {
	beside := unitSizes(c, x, y)
	norm, other := c.unit.norm[0], c.unit.norm[1]
	c.unit.along = resized(c.unit.along, x.n)
	along := c.unit.along
	clear(along)
	slope := func(i, at int) float64 {
		diff := float64(x.x[i*x.n+at])/(norm[at]+beside) - float64(y.x[i*x.n+at])/(other[at]+beside)
		return up / float64(x.n) * 2 * weightOf(weights, i) * diff
	}
	for i := range x.c {
		for at := range x.n {
			along[at] += slope(i, at) * (float64(x.x[i*x.n+at]) / (norm[at] + beside))
		}
	}
	for i := range x.c {
		for at := range x.n {
			v := slope(i, at)
			if norm[at] > 0 {
				v -= along[at] * (float64(x.x[i*x.n+at]) / norm[at])
			}
			dst[i*x.n+at] += T(v / (norm[at] + beside))
		}
	}
}
