package loss

import "lossctl/internal/vec"

// unitBlock is how many pixels of a layer are compared at a time, all channels of
// them, so that norms stay in the first cache.
const unitBlock = 1024

// unitWide returns numbers of x as float64, for a while: k is 0 or 1.
func unitWide[T stored](u *unitNorms, k int, x []T) []float64 {
	u.wide[k] = resized(u.wide[k], unitBlock)
	dst := u.wide[k][:len(x)]
	switch x := any(x).(type) {
	case []float32:
		vec.Widen(dst, x)
	case []float64:
		copy(dst, x)
	}
	return dst
}

// unitSquares adds to sums those of the channels of every pixel.
func unitSquares[T stored](u *unitNorms, sums []float64, f channels[T]) {
	for at := 0; at < f.n; at += unitBlock {
		end := min(at+unitBlock, f.n)
		for i := range f.c {
			x := unitWide(u, 0, f.x[i*f.n+at:i*f.n+end])
			vec.Mul(x, x, x)
			vec.Add(sums[at:end], sums[at:end], x)
		}
	}
}

// sum is Σ_pixels Σ_c w_c (x_c/‖x‖ − y_c/‖y‖)². It writes the inverses of the norms.
func (u *unitNorms) sum(weights []float64, x, y channels[float32], beside float64) float64 {
	for _, norm := range u.norm {
		for i, v := range norm {
			norm[i] = 1 / (v + beside)
		}
	}
	sum := 0.0
	for at := 0; at < x.n; at += unitBlock {
		end := min(at+unitBlock, x.n)
		for i := range x.c {
			a, b := unitWide(u, 0, x.x[i*x.n+at:i*x.n+end]), unitWide(u, 1, y.x[i*x.n+at:i*x.n+end])
			vec.Mul(a, a, u.norm[0][at:end])
			vec.Mul(b, b, u.norm[1][at:end])
			sum += weightOf(weights, i) * vec.SquaredDistance(a, b)
		}
	}
	return sum
}
