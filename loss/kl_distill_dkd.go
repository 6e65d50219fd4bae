package loss

import (
	"math"

	"lossctl/internal/vec"
)

// decoupled sets dst to α·TCKD + β·NCKD.
func (k *distill) decoupled(dst []float64, out *Out, b *Block) {
	tckd, nckd := out.Terms[distillTarget], out.Terms[distillNonTarget]
	var margins [2][]float64
	for side, s := range []*distribution{&k.soft.q, &k.soft.p} {
		margins[side] = k.others(s, b, side)
	}
	k.rest.Found = k.rest.Found[:0]
	k.soft.between(nckd, &k.rest, &k.soft.p, &k.soft.q)
	for _, f := range k.rest.Found {
		if f.Want != "" {
			f.Got += " but the label's"
		}
		out.Found = append(out.Found, f)
	}
	for i, t := range margins[1] {
		tckd[i] = binaryKL(t, margins[0][i])
		dst[i] = float64(k.dkdAlpha*tckd[i]) + float64(k.dkdBeta*nckd[i])
	}
}

// others loads into s the classes of an input but for the label's, the last
// in its place, and returns by how much the label's softened score is above
// the log-sum-exp of theirs.
func (k *distill) others(s *distribution, b *Block, input int) []float64 {
	x := k.scores(b, input, 5+4*input)
	n, last := b.N, k.width-1
	if k.soft.temperature < 1 { // x/T might overflow: move the largest near 0
		moved, all := k.memory.take(5+4*input, len(x)), b.distribution(input, Logit, x)
		all.normalise(moved, x)
		x = moved
	}
	rest, margin := k.memory.take(6+4*input, n*last), k.memory.take(7+4*input, n)
	if b.Frame.Rows {
		for i := range n {
			copy(rest[i*last:(i+1)*last], x[i*k.width:])
		}
	} else {
		copy(rest, x)
	}
	for i, id := range b.In[2] {
		if c := int(id); c < last {
			rest[b.place(i, c, last)] = x[b.place(i, last, k.width)]
		}
	}
	*s = b.distribution(input, Logit, rest)
	scaled := k.memory.take(8+4*input, n*last)
	vec.Scale(scaled, 1/k.soft.temperature, rest)
	logSumExp(margin, scaled, b)
	for i, id := range b.In[2] {
		margin[i] = x[b.place(i, int(id), k.width)]/k.soft.temperature - margin[i]
	}
	return margin
}

// binaryKL is KL of (σ(t), σ(−t)) against (σ(s), σ(−s)).
func binaryKL(t, s float64) float64 {
	if t == s {
		return 0
	}
	p, q := sigma(t), sigma(-t)
	return float64(product(p, logSigma(t)-logSigma(s))) + float64(product(q, logSigma(-t)-logSigma(-s)))
}

func sigma(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

// logSigma is log σ(x).
func logSigma(x float64) float64 { return min(x, 0) - math.Log1p(math.Exp(-math.Abs(x))) }

// decoupledGrad adds u·∂(α·TCKD + β·NCKD)/∂s. TCKD has the derivative
// σ(m_s) − σ(m_t) by the margin m_s, which the label's score raises and the
// others lower by their share among themselves.
func (k *distill) decoupledGrad(grad, u []float64, b *Block) {
	ms := k.others(&k.soft.q, b, 0)
	mt := k.others(&k.soft.p, b, 1)
	q := &k.soft.q
	last := k.width - 1
	rest := k.memory.take(13, len(q.x))
	clear(rest)
	v := k.memory.take(14, b.N)
	vec.Scale(v, k.dkdBeta, u)
	k.soft.slope(rest, v, &k.soft.p, q, q)
	for i := range v {
		v[i] = u[i] * k.dkdAlpha * (sigma(ms[i]) - sigma(mt[i])) / k.soft.temperature
		u[i] = -v[i]
	}
	q.addScaled(rest, u, q.p)
	for i, id := range b.In[2] {
		y := int(id)
		for c := range last {
			to := c
			if c == y {
				to = last
			}
			grad[b.place(i, to, k.width)] += rest[b.place(i, c, last)]
		}
		grad[b.place(i, y, k.width)] += v[i]
	}
}
