package loss

import "lossctl/internal/vec"

// pair gives the normals the distributions of the block, number by number.
func (g *gaussian) pair(b *Block) {
	v := g.logvar(0, b, gaussianLogvar, gaussianStd)
	w := g.logvar(1, b, gaussianTargetLogvar, gaussianTargetStd)
	g.normals.set(b.In[gaussianMu], v, b.In[gaussianTargetMu], w)
}

// logvar returns log-variances, those of standard deviations in scratch
// memory; nil where neither is given.
func (g *gaussian) logvar(slot int, b *Block, logvar, std int) []float64 {
	s := b.In[std]
	if s == nil {
		return b.In[logvar]
	}
	v := g.memory.take(slot, len(s))
	vec.Log(v, s)
	vec.Scale(v, 2, v)
	return v
}

// diagonalGrad computes w·∂KL/∂x.
func (g *gaussian) diagonalGrad(grad [][]float64, w []float64, b *Block) {
	g.pair(b)
	p := &g.normals
	for _, c := range [...]struct {
		input int
		slope func(dst []float64)
	}{
		{gaussianMu, p.byMu},
		{gaussianTargetMu, p.byMu},
		{gaussianLogvar, p.byV},
		{gaussianStd, p.byV},
		{gaussianTargetLogvar, p.byW},
		{gaussianTargetStd, p.byW},
	} {
		dst := grad[c.input]
		if dst == nil {
			continue
		}
		c.slope(dst)
		for i, s := range dst {
			dst[i] = product(w[i], s)
		}
		switch c.input {
		case gaussianTargetMu:
			vec.Scale(dst, -1, dst)
		case gaussianStd, gaussianTargetStd:
			for i, s := range b.In[c.input] {
				dst[i] = product(dst[i], 2/s) // v = 2·log σ
			}
		}
	}
}
