package loss

import (
	"math"

	"lossctl/internal/vec"
)

// of is the penalty of a squared norm.
func (p *penalty) of(s float64) float64 {
	switch p.kind {
	case "drift":
		return p.lambda * s
	case "r1", "r2":
		return p.gamma / 2 * s
	}
	d := math.Sqrt(s) - p.targetNorm
	if p.kind == "gp-one-sided" {
		d = max(d, 0)
	}
	return p.lambda * d * d
}

// slope is the derivative of the penalty by a squared norm; 0 where the norm
// is 0.
func (p *penalty) slope(s float64) float64 {
	switch {
	case p.kind == "drift":
		return p.lambda
	case p.kind == "r1" || p.kind == "r2":
		return p.gamma / 2
	case s == 0 || p.kind == "gp-one-sided" && math.Sqrt(s) <= p.targetNorm:
		return 0
	}
	n := math.Sqrt(s)
	return p.lambda * (n - p.targetNorm) / n
}

// scratch returns n numbers of the loss's own memory.
func (p *penalty) scratch(i, n int) []float64 {
	if cap(p.memory[i]) < n {
		p.memory[i] = make([]float64, n)
	}
	return p.memory[i][:n]
}

func (p *penalty) eval(out *Out, b *Block) {
	g := p.shifted(b)
	if p.norm == "sample" {
		vec.Mul(out.Terms[penaltySquares], g, g)
		vec.Fill(out.Terms[penaltyWeight], 1)
		return
	}
	s := p.squares(g, b)
	norm := out.Terms[penaltyCellNorm]
	for i, v := range s {
		norm[i] = math.Sqrt(v)
		out.Terms[penaltyCells][i] = p.of(v)
	}
	copy(out.Terms[penaltyCellMost], norm)
}

// shifted is the gradient and ε.
func (p *penalty) shifted(b *Block) []float64 {
	if p.eps == 0 {
		return b.In[0]
	}
	g := p.scratch(0, len(b.In[0]))
	vec.Affine(g, 1, p.eps, b.In[0])
	return g
}

// squares is the squared norm of every position over its planes.
func (p *penalty) squares(g []float64, b *Block) []float64 {
	n, planes := b.N, b.Frame.Views[0].Planes
	s := p.scratch(1, n)
	if b.Frame.Rows {
		for i := range s {
			s[i] = vec.SumSq(g[i*planes : (i+1)*planes])
		}
		return s
	}
	clear(s)
	square := p.scratch(2, n)
	for k := range planes {
		x := g[k*n : (k+1)*n]
		vec.Mul(square, x, x)
		vec.Add(s, s, square)
	}
	return s
}

// close computes the penalty of a sample from the sums of its positions.
func (p *penalty) close(all *Totals, _ []Totals) {
	t := all.Terms
	if p.norm != "sample" {
		t[penaltyLoss], t[penaltyNorm], t[penaltyMost] = t[penaltyCells], t[penaltyCellNorm], t[penaltyCellMost]
		return
	}
	s, weight := t[penaltySquares], t[penaltyWeight]/float64(all.Count)
	t[penaltyMost] = math.Sqrt(s)
	if weight == 0 { // not looked at
		t[penaltyLoss], t[penaltyNorm], t[penaltyMost] = 0, 0, math.Inf(-1)
		return
	}
	t[penaltyLoss], t[penaltyNorm] = weight*p.of(s), weight*math.Sqrt(s)
}

func (p *penalty) closeSlope(dst, up [][]float64, all *Totals, _ []Totals) {
	u := up[0][penaltyLoss]
	if p.norm != "sample" {
		dst[0][penaltyCells] += u
		return
	}
	t := all.Terms
	dst[0][penaltySquares] += u * t[penaltyWeight] / float64(all.Count) * p.slope(t[penaltySquares])
}

func (p *penalty) grad(grad, up [][]float64, b *Block) {
	g, dst := p.shifted(b), grad[0]
	if p.norm == "sample" {
		vec.Mul(dst, g, up[penaltySquares])
		vec.Scale(dst, 2, dst)
		return
	}
	n, planes := b.N, b.Frame.Views[0].Planes
	by := p.scratch(3, n)
	for i, s := range p.squares(g, b) {
		by[i] = 2 * up[penaltyCells][i] * p.slope(s)
	}
	for k := range planes {
		if !b.Frame.Rows {
			vec.Mul(dst[k*n:(k+1)*n], g[k*n:(k+1)*n], by)
			continue
		}
		for i, v := range by {
			dst[i*planes+k] = v * g[i*planes+k]
		}
	}
}
