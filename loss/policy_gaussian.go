package loss

import (
	"math"

	"lossctl/internal/vec"
)

// gaussian computes the terms of policies over continuous actions, D numbers
// of a normal distribution each.
func (p *policy) gaussian(out *Out, b *Block) {
	p.entropyOfNormal(out.Terms[policyEntropy], b, policyNewLogstd)
	p.entropyOfNormal(out.Terms[policyOldEntropy], b, policyOldLogstd)
	kl := out.Terms[policyLoss]
	if p.estimator != "exact" {
		d := p.scratch.take(0, b.N)
		p.drawn(d, b)
		p.estimate(kl, d, out, policyNewMean)
		return
	}
	p.pair(b)
	c := p.scratch.take(3, len(b.In[policyNewMean]))
	p.normals.kl(c)
	sumPlanes(kl, c, b)
	for i, v := range kl {
		if math.IsInf(v, 1) {
			out.Warn(policyNewMean, i, 0, "so far from the old policy that the divergence is inf")
		}
	}
}

// pair gives the normals the two policies, number by number, in the order of
// the direction.
func (p *policy) pair(b *Block) {
	n := len(b.In[policyNewMean])
	older, newer := p.scratch.take(1, n), p.scratch.take(2, n)
	vec.Scale(older, 2, b.In[policyOldLogstd])
	vec.Scale(newer, 2, b.In[policyNewLogstd])
	if p.kind == "reverse" {
		p.normals.set(b.In[policyNewMean], newer, b.In[policyOldMean], older)
	} else {
		p.normals.set(b.In[policyOldMean], older, b.In[policyNewMean], newer)
	}
}

// sumPlanes sets dst to the sum of the numbers c of every position.
func sumPlanes(dst, c []float64, b *Block) {
	s := b.distribution(policyNewMean, Real, c)
	s.sum(dst, c)
}

// entropyOfNormal sets dst to Σ_d log σ_d + D/2·(1 + log 2π), where somebody
// wants it.
func (p *policy) entropyOfNormal(dst []float64, b *Block, logstd int) {
	if dst == nil {
		return
	}
	sumPlanes(dst, b.In[logstd], b)
	width := float64(b.Frame.Views[logstd].Planes)
	vec.Affine(dst, 1, width/2*(1+math.Log(2*math.Pi)), dst)
}

// score sets the normals to (a − μ)/σ of the actions under one of the
// policies.
func (p *policy) score(b *Block, mean, logstd int) {
	w := p.scratch.take(1, len(b.In[mean]))
	vec.Scale(w, 2, b.In[logstd])
	p.normals.set(b.In[policyActions], w, b.In[mean], w)
}

// drawn sets d to log π_old − log π_new of the actions, where
// −log π(a) = Σ_d ½·((a − μ)/σ)² + log σ + a constant; −Inf where the old
// policy gives them probability 0.
func (p *policy) drawn(d []float64, b *Block) {
	older := p.scratch.take(4, b.N)
	p.surprise(older, b, policyOldMean, policyOldLogstd)
	p.surprise(d, b, policyNewMean, policyNewLogstd)
	for i, s := range older {
		d[i] -= s
		if math.IsInf(s, 1) {
			d[i] = math.Inf(-1)
		}
	}
}

// surprise sets dst to −log π of the actions, but for the constant.
func (p *policy) surprise(dst []float64, b *Block, mean, logstd int) {
	p.score(b, mean, logstd)
	c := p.scratch.take(3, len(b.In[mean]))
	vec.Scale(c, 0.5, p.normals.square())
	vec.Add(c, c, b.In[logstd])
	sumPlanes(dst, c, b)
}

// gaussianGrad computes up·∂KL/∂x for the means or log-deviations of one of
// the policies.
func (p *policy) gaussianGrad(grad, up []float64, b *Block, input int) {
	if p.estimator == "exact" {
		p.pairGrad(grad, b, input)
	} else {
		up = p.drawnGrad(grad, up, b, input)
	}
	k := b.Frame.Views[input].Planes
	for j, g := range grad {
		i := j % b.N
		if b.Frame.Rows {
			i = j / k
		}
		grad[j] = product(up[i], g)
	}
}

// pairGrad sets grad to the derivatives of the divergences; log-variances are
// twice the log-deviations.
func (p *policy) pairGrad(grad []float64, b *Block, input int) {
	p.pair(b)
	mu, logv, m := policyOldMean, policyOldLogstd, policyNewMean
	if p.kind == "reverse" {
		mu, logv, m = policyNewMean, policyNewLogstd, policyOldMean
	}
	switch input {
	case mu:
		p.normals.byMu(grad)
	case m:
		p.normals.byMu(grad)
		vec.Scale(grad, -1, grad)
	case logv:
		p.normals.byV(grad)
		vec.Scale(grad, 2, grad)
	default:
		p.normals.byW(grad)
		vec.Scale(grad, 2, grad)
	}
}

// drawnGrad sets grad to the derivatives of log π of the actions by the means
// or log-deviations of one of the policies, (a − μ)/σ² and ((a − μ)/σ)² − 1,
// and returns what they are to be multiplied with.
func (p *policy) drawnGrad(grad, up []float64, b *Block, input int) []float64 {
	older := input == policyOldMean || input == policyOldLogstd
	d, w := p.scratch.take(0, b.N), p.scratch.take(5, b.N)
	p.drawn(d, b)
	estimator(p.estimator).slope(w, d)
	for i, u := range up {
		if !older {
			u = -u
		}
		w[i] = product(u, w[i])
	}
	if older {
		p.score(b, policyOldMean, policyOldLogstd)
	} else {
		p.score(b, policyNewMean, policyNewLogstd)
	}
	if input == policyOldMean || input == policyNewMean {
		p.normals.byMu(grad)
	} else {
		vec.Affine(grad, 1, -1, p.normals.square())
	}
	return w
}
