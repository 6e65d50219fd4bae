package loss

import "lossctl/internal/vec"

// softmaxGrad computes Σ up·∂term/∂x: with G_c the derivative of a term by
// log p_c, it is G_c − p_c·ΣG for logits, G_c for log-probabilities and
// G_c/p_c for probabilities, or G_c/x_c − ΣG/Σx where they are divided by
// their sum.
func (f *focal) softmaxGrad(grad []float64, up [][]float64, b *Block) {
	k := b.Frame.Classes
	n := b.N * k
	lp, p := f.scratch(1, n), f.scratch(6, n)
	f.logProbs(lp, b.In[0], b)
	vec.Exp(p, lp)
	x := b.In[0]
	role := b.Role(0)
	if !f.distribution(b) {
		f.targetGrad(grad, up, lp, p, b)
		return
	}
	f.byLogProb(grad, up, lp, b)
	if role == LogProb {
		return
	}
	for i := range b.N {
		total, sum := 0.0, 0.0
		for c := range k {
			total += grad[b.number(i, c)]
			sum += x[b.number(i, c)]
		}
		for c := range k {
			j := b.number(i, c)
			switch {
			case role == Logit:
				grad[j] -= product(p[j], total)
			case f.renormalize:
				grad[j] = product(grad[j], inverse(x[j])) - product(total, inverse(sum))
			default:
				grad[j] = product(grad[j], inverse(x[j]))
			}
		}
	}
}

// targetGrad is softmaxGrad where only the class of the target has a share in
// the loss.
func (f *focal) targetGrad(grad []float64, up [][]float64, lp, p []float64, b *Block) {
	n := b.N
	g, s, ce, m := f.scratch(0, n), f.scratch(2, n), f.scratch(3, n), f.scratch(5, n)
	for i, id := range b.In[1] {
		g[i] = lp[b.number(i, int(id))]
	}
	f.side(s, ce, g)
	f.modulator(m, s, f.gamma)
	for i, id := range b.In[1] {
		py := p[b.number(i, int(id))]
		dm := -f.steep(m[i], s[i], f.gamma) * py
		dce := -1.0
		if f.eps > 0 {
			dce = -py / (py + f.eps)
		}
		d := product(dm, ce[i]+f.poly*s[i]) + m[i]*(dce-f.poly*py)
		g[i] = product(up[focalLoss][i]*f.classScale(int(id)), d)
		if u := up[focalModulator]; u != nil {
			g[i] += product(u[i], dm)
		}
	}
	if b.Role(0) == Logit {
		f.spread(grad, g, p, b)
	} else {
		clear(grad)
	}
	for i, id := range b.In[1] {
		j := b.number(i, int(id))
		if b.Role(0) == Prob {
			grad[j] = product(g[i], inverse(b.In[0][j]))
		} else {
			grad[j] += g[i]
		}
	}
}

// spread sets grad to −p·g, g of each position.
func (f *focal) spread(grad, g, p []float64, b *Block) {
	k := b.Frame.Classes
	if b.Frame.Rows {
		for i, v := range g {
			vec.Scale(grad[i*k:(i+1)*k], -v, p[i*k:(i+1)*k])
		}
		return
	}
	vec.Scale(g, -1, g)
	for c := range k {
		vec.Mul(grad[c*b.N:(c+1)*b.N], p[c*b.N:(c+1)*b.N], g)
	}
	vec.Scale(g, -1, g)
}

// byLogProb computes G, the derivative by the log-probability of each class.
// It bounds lp.
func (f *focal) byLogProb(g []float64, up [][]float64, lp []float64, b *Block) {
	n := len(lp)
	s, ce, m, p := f.scratch(2, n), f.scratch(3, n), f.scratch(5, n), f.scratch(8, n)
	free := f.scratch(10, n)
	copy(free, lp)
	f.bounded(lp)
	f.side(s, ce, lp)
	f.modulators(m, s, lp, b)
	vec.Exp(p, lp)
	pos, neg := f.gammas()
	asymmetric := f.asymmetric()
	for i := range b.N {
		for c := range b.Frame.Classes {
			j := b.number(i, c)
			g[j] = 0
			y, hard := f.target(b, i, c)
			if y == 0 || free[j] != lp[j] {
				continue
			}
			dm, ds := -f.steep(m[j], s[j], pos)*p[j], -p[j]
			if asymmetric && !hard {
				dm, ds = f.steep(m[j], s[j], neg)*p[j], p[j]
			}
			dce := -1.0
			if f.eps > 0 {
				dce = -p[j] / (p[j] + f.eps)
			}
			dLoss := product(dm, ce[j]+f.poly*s[j]) + m[j]*(dce+f.poly*ds)
			g[j] = product(up[focalLoss][i]*f.classScale(c)*y, dLoss)
			if u := up[focalModulator]; u != nil {
				g[j] += product(u[i]*y, dm)
			}
		}
	}
}
