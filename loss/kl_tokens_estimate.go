package loss

import (
	"math"

	"lossctl/internal/vec"
)

// clipped reports whether something is clamped.
func (k *tokens) clipped() bool { return !math.IsNaN(k.clipLogRatio) || !math.IsNaN(k.clipValue) }

// ratios computes d = log π − log π_ref, 0 where both are −Inf.
func ratios(d []float64, b *Block) {
	ref := b.In[1]
	for i, x := range b.In[0] {
		d[i] = 0
		if x != ref[i] {
			d[i] = x - ref[i]
		}
	}
}

// estimate computes the estimate of KL(pred‖target) of every token.
func (k *tokens) estimate(kl []float64, b *Block) {
	d := k.memory.take(0, b.N)
	ratios(d, b)
	clamp(d, k.clipLogRatio)
	k.apply(kl, d)
	clamp(kl, k.clipValue)
}

// apply computes the estimator at d.
func (k *tokens) apply(kl, d []float64) {
	switch k.estimator {
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

// Below k3Small, expm1(−d) + d loses digits and the series has them all.
const k3Small = 1.0 / 16

// k3Series is e^−d − 1 + d = d²/2·(1 − d/3·(1 − d/4·(1 − …))).
func k3Series(d float64) float64 {
	s := 1.0
	for n := 12.0; n >= 3; n-- {
		s = 1 - d/n*s
	}
	return d * d / 2 * s
}

// estimateGrad computes up·∂estimate by the log-probabilities of one of the
// models, which is 0 where something is clamped.
func (k *tokens) estimateGrad(grad, up []float64, b *Block, by int) {
	d, kl := k.memory.take(0, b.N), k.memory.take(1, b.N)
	ratios(d, b)
	k.slope(grad, d)
	if k.clipped() {
		k.apply(kl, d)
		for i, x := range d {
			if math.Abs(x) > k.clipLogRatio || math.Abs(kl[i]) > k.clipValue {
				grad[i] = 0
			}
		}
	}
	sign := 1.0
	if by == 1 {
		sign = -1
	}
	for i, u := range up {
		grad[i] = product(sign*u, grad[i])
	}
}

// slope computes the derivative of the estimator by d.
func (k *tokens) slope(s, d []float64) {
	switch k.estimator {
	case "k1":
		fill(s, 1)
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

// clamp puts the numbers of x in ±limit; NaN: it leaves them.
func clamp(x []float64, limit float64) {
	if math.IsNaN(limit) {
		return
	}
	for i, v := range x {
		x[i] = min(max(v, -limit), limit)
	}
}
