package loss

import "lossctl/internal/vec"

// grad computes, with γ_c the posterior of class c at a frame, a the
// derivative of the value by the loss of the target and s that by the mean of
// −log p,
//
//	G_c = −a·γ_c − s/(T·C)          by log p_c,
//	G_c − p_c·ΣG                    by logits,
//	a·(e^log p_c − γ_c) − s/(T·C)   by log p_c as torch has it,
//	G_c/p_c                         by probabilities.
//
// Tiles come last first. Where the loss does not come from the alignments the
// gradient is 0.
func (c *ctc) grad(grad, up [][]float64, b *Block) {
	if !c.turned {
		c.lattice.turn()
		c.turned = true
	}
	if c.unread || c.void() {
		return
	}
	k, x, g := c.classes, b.In[0], grad[0]
	lp, post := c.memory.take(1, len(c.labels)), c.memory.take(3, len(c.labels))
	for i := c.within(b) - 1; i >= 0; i-- {
		if b.Left != nil && b.Left[i] {
			continue
		}
		row, to := x[i*k:(i+1)*k], g[i*k:(i+1)*k]
		norm := c.norms[c.lattice.steps-1]
		u := up[ctcLoss][i]
		if perLabel := up[ctcPerLabel]; perLabel != nil {
			u += perLabel[i] / float64(max(len(c.labels), 1))
		}
		aligned, flat := product(u*(1-c.smoothing), c.focalSlope()), u*c.smoothing/float64(len(c.norms))
		blank := c.gather(lp, row, norm, b)
		blankPost := c.lattice.posteriors(post, c.total)
		c.lattice.back(lp, blank)
		c.spread(to, row, norm, aligned, flat, b)
		for at, y := range c.labels {
			to[y] -= c.share(aligned*post[at], row[y], b)
		}
		to[c.blankID] -= c.share(aligned*blankPost, row[c.blankID], b)
	}
}

// share is what the derivative d by log p adds to that by x.
func (c *ctc) share(d, x float64, b *Block) float64 {
	if b.Role(0) == Prob {
		return product(d, inverse(x))
	}
	return d
}

// spread sets to the part of the gradient that every class has.
func (c *ctc) spread(to, row []float64, norm, aligned, flat float64, b *Block) {
	share := flat / float64(len(row))
	switch {
	case b.Role(0) == Logit:
		vec.Affine(to, 1, -norm, row)
		vec.Exp(to, to)
		vec.Affine(to, aligned+flat, -share, to)
	case b.Role(0) == LogProb && c.gradient == "torch":
		vec.Exp(to, row)
		vec.Affine(to, aligned, -share, to)
	case b.Role(0) == LogProb:
		vec.Fill(to, -share)
	case flat != 0:
		for j, x := range row {
			to[j] = -product(share, inverse(x))
		}
	default:
		clear(to)
	}
}
