package loss

import (
	"math"

	"lossctl/internal/vec"
)

// An estimator of KL(π‖ρ) has a number for every draw from π, of
// d = log π − log ρ of what was drawn (Schulman 2020, Approximating KL
// Divergence):
//
//	k1   d                    abs  |d|
//	k2   d²/2                 k3   e^−d − 1 + d
type estimator string

// apply sets kl to the estimates.
func (e estimator) apply(kl, d []float64) {
	switch e {
	case "k1":
		copy(kl, d)
	case "abs":
		for i, x := range d {
			kl[i] = math.Abs(x)
		}
	case "k2":
		vec.Mul(kl, d, d)
		vec.Scale(kl, 0.5, kl)
	case "k3":
		vec.Scale(kl, -1, d)
		vec.Expm1(kl, kl)
		for i, x := range d {
			switch {
			case math.Abs(x) < k3Small:
				kl[i] = k3Series(x)
			case !math.IsInf(x, -1): // there e^−d is all
				kl[i] += x
			}
		}
	}
}

// slope sets s to the derivatives by d.
func (e estimator) slope(s, d []float64) {
	switch e {
	case "k1":
		vec.Fill(s, 1)
	case "abs":
		for i, x := range d {
			s[i] = 0
			if x != 0 {
				s[i] = math.Copysign(1, x)
			}
		}
	case "k2":
		copy(s, d)
	case "k3": // 1 − e^−d
		vec.Scale(s, -1, d)
		vec.Expm1(s, s)
		vec.Scale(s, -1, s)
	}
}

// Below k3Small, expm1(−d) + d loses digits and the series has them all.
const k3Small = 1.0 / 16

// k3Series is e^−d − 1 + d = d²/2·(1 − d/3·(1 − d/4·(1 − …))).
func k3Series(d float64) float64 {
	s := 1.0
	for n := 12.0; n >= 3; n-- {
		s = 1 - float64(d/n*s)
	}
	return d * d / 2 * s
}
