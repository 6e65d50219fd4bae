package loss

import "math"

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
	estimator(k.estimator).apply(kl, d)
	clamp(kl, k.clipValue)
}

// estimateGrad computes up·∂estimate by the log-probabilities of one of the
// models, which is 0 where something is clamped.
func (k *tokens) estimateGrad(grad, up []float64, b *Block, by int) {
	d, kl := k.memory.take(0, b.N), k.memory.take(1, b.N)
	ratios(d, b)
	e := estimator(k.estimator)
	e.slope(grad, d)
	if k.clipped() {
		e.apply(kl, d)
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

// clamp puts the numbers of x in ±limit; NaN: it leaves them.
func clamp(x []float64, limit float64) {
	if math.IsNaN(limit) {
		return
	}
	for i, v := range x {
		x[i] = min(max(v, -limit), limit)
	}
}
