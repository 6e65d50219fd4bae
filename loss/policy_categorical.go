package loss

import "math"

// categorical computes the terms of policies over discrete actions.
func (p *policy) categorical(out *Out, b *Block) {
	kl := out.Terms[policyLoss]
	old, newer := p.side(b, policyOld, &p.p), p.side(b, policyNew, &p.q)
	if p.estimator == "exact" {
		p.between(kl, out, old, newer)
	} else {
		p.checkSums(out, old)
		p.checkSums(out, newer)
		d := p.scratch.take(0, b.N)
		p.taken(d, p.load(old), p.load(newer), b)
		p.estimate(kl, d, out, policyNew)
	}
	p.entropyOf(out.Terms[policyOldEntropy], old)
	p.entropyOf(out.Terms[policyEntropy], newer)
}

// taken sets d to log π_old − log π_new of the actions; −Inf where the old
// policy gives them probability 0.
func (p *policy) taken(d []float64, old, newer *distribution, b *Block) {
	for i, a := range b.In[policyActions] {
		j := old.number(i, int(a))
		d[i] = old.log[j] - newer.log[j]
		if math.IsInf(old.log[j], -1) {
			d[i] = old.log[j]
		}
	}
}

// categoricalGrad adds up·∂estimate by the numbers of one of the policies.
func (p *policy) categoricalGrad(grad, up []float64, b *Block, input int) {
	old, newer := p.of(b, policyOld, &p.p), p.of(b, policyNew, &p.q)
	n := len(old.x)
	d, s, g, tmp := p.scratch.take(0, b.N), p.scratch.take(1, b.N), p.scratch.take(2, n), p.scratch.take(3, n)
	p.taken(d, old, newer, b)
	estimator(p.estimator).slope(s, d)
	side, sign := old, 1.0
	if input == policyNew {
		side, sign = newer, -1
	}
	clear(g)
	for i, a := range b.In[policyActions] {
		g[side.number(i, int(a))] = sign * s[i]
	}
	if side.role == Prob {
		p.byProb(grad, up, g, tmp, side, nil)
	} else {
		p.byLog(grad, up, g, tmp, side)
	}
}
