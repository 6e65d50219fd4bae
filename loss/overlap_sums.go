package loss

import (
	"math"

	"lossctl/internal/vec"
)

// eval makes the predicted masks of the block, class by class, and computes
// the cross-entropy and the focal part of every pixel where they are wanted.
func (o *overlap) eval(out *Out, b *Block) {
	if o.maps && b.Role(0) == Index {
		return // sums counts them
	}
	o.masks(b)
	if out.Terms[overlapCE] != nil || out.Terms[overlapFocal] != nil {
		o.entropies(out, b)
	}
	if o.kind == "lovasz" {
		o.keepErrors(b)
	}
}

// masks makes the predicted masks of a block, 0 where a pixel is left out, and
// so is its weight, which may be that of a sample that comes in tiles.
func (o *overlap) masks(b *Block) {
	p := o.probabilities(b)
	if o.hard {
		o.decide(p, b)
	}
	if b.Left != nil {
		for i, left := range b.Left {
			if left {
				for c := range o.classes {
					p[c*b.N+i] = 0
				}
				if b.Weight != nil {
					b.Weight[i] = 0
				}
			}
		}
	}
}

// probabilities returns p of every class and pixel, by plane.
func (o *overlap) probabilities(b *Block) []float64 {
	x := b.In[0]
	p := o.scratch(0, len(x))
	switch b.Role(0) {
	case LogProb:
		vec.Exp(p, x)
	case Logit:
		if o.activation == "softmax" {
			vec.SoftmaxPlanes(p, x, b.N)
		} else {
			vec.Sigmoid(p, x)
		}
	default:
		copy(p, x)
	}
	return p
}

// decide makes p 0 or 1.
func (o *overlap) decide(p []float64, b *Block) {
	n := b.N
	if o.activation == "sigmoid" || o.classes == 1 {
		for i, v := range p {
			p[i] = 0
			if v >= o.threshold {
				p[i] = 1
			}
		}
		return
	}
	for i := range n {
		best := 0
		for c := 1; c < o.classes; c++ {
			if p[c*n+i] > p[best*n+i] {
				best = c
			}
		}
		for c := range o.classes {
			p[c*n+i] = 0
		}
		p[best*n+i] = 1
	}
}

// sums sums the masks over the pixels [lo, hi).
func (o *overlap) sums(byClass []Totals, b *Block, lo, hi int) {
	for c := range byClass {
		t := byClass[c].Terms
		for k := overlapBoth; k <= overlapTrue2; k++ {
			t[k] = 0
		}
	}
	size := o.size(b, lo, hi)
	for c := range byClass {
		byClass[c].Terms[overlapSize] = size
	}
	switch {
	case b.Role(0) == Index:
		o.countLabels(byClass, b, lo, hi)
	case b.Role(1) == Index:
		o.sumIDs(byClass, b, lo, hi)
	default:
		o.sumMasks(byClass, b, lo, hi)
	}
}

// size is the weight of the pixels that count.
func (o *overlap) size(b *Block, lo, hi int) float64 {
	if b.Left == nil && b.Weight == nil {
		return float64(hi - lo)
	}
	n := 0.0
	for i := lo; i < hi; i++ {
		n += b.weight(i)
	}
	return n
}

// weight is that of a position, 0 where it is left out.
func (b *Block) weight(i int) float64 {
	switch {
	case b.Left != nil && b.Left[i]:
		return 0
	case b.Weight != nil:
		return b.Weight[i]
	}
	return 1
}

// countLabels counts maps of ids.
func (o *overlap) countLabels(byClass []Totals, b *Block, lo, hi int) {
	for i := lo; i < hi; i++ {
		w := b.weight(i)
		if w == 0 {
			continue
		}
		p, t := int(b.In[0][i]), int(b.In[1][i])
		byClass[p].Terms[overlapPred] += w
		byClass[t].Terms[overlapTrue] += w
		if p == t {
			byClass[p].Terms[overlapBoth] += w
		}
	}
	o.squares(byClass)
}

// squares are the sums themselves where masks are 0 or 1.
func (o *overlap) squares(byClass []Totals) {
	if !o.squared {
		return
	}
	for c := range byClass {
		t := byClass[c].Terms
		t[overlapPred2], t[overlapTrue2] = t[overlapPred], t[overlapTrue]
	}
}

// sumIDs sums masks against class ids. The predicted mask is 0 where a pixel
// is left out.
func (o *overlap) sumIDs(byClass []Totals, b *Block, lo, hi int) {
	n, p, ids := b.N, o.memory[0], b.In[1]
	for c := range byClass {
		o.sumPredicted(&byClass[c], b, c, lo, hi)
	}
	for i := lo; i < hi; i++ {
		w := b.weight(i)
		if w == 0 {
			continue
		}
		c := int(ids[i])
		t := byClass[c].Terms
		t[overlapTrue] += w
		t[overlapBoth] += w * p[c*n+i]
	}
	if o.squared {
		for c := range byClass {
			byClass[c].Terms[overlapTrue2] = byClass[c].Terms[overlapTrue]
		}
	}
	if o.oneHotEps > 0 { // the other classes of a target are not 0
		for c := range byClass {
			t := byClass[c].Terms
			t[overlapBoth] += o.oneHotEps * (t[overlapPred] - t[overlapBoth])
			t[overlapTrue] += o.oneHotEps * (t[overlapSize] - t[overlapTrue])
		}
	}
}

// sumPredicted sums p of a class.
func (o *overlap) sumPredicted(all *Totals, b *Block, class, lo, hi int) {
	t, x := all.Terms, o.memory[0][class*b.N+lo:class*b.N+hi]
	if b.Weight == nil {
		t[overlapPred] = vec.Sum(x)
		if o.squared {
			t[overlapPred2] = vec.Dot(x, x)
		}
		return
	}
	w := b.Weight[lo:hi]
	t[overlapPred] = vec.Dot(x, w)
	if o.squared {
		y := o.scratch(3, hi-lo)
		vec.Mul(y, x, w)
		t[overlapPred2] = vec.Dot(x, y)
	}
}

// sumMasks sums masks against masks. Both are 0 where a pixel is left out.
func (o *overlap) sumMasks(byClass []Totals, b *Block, lo, hi int) {
	for c := range byClass {
		t, at := byClass[c].Terms, c*b.N
		x, truth := o.memory[0][at+lo:at+hi], b.In[1][at+lo:at+hi]
		y := truth
		switch {
		case b.Weight != nil:
			o.sumPredicted(&byClass[c], b, c, lo, hi)
			y = o.scratch(3, hi-lo)
			vec.Mul(y, truth, b.Weight[lo:hi])
			t[overlapTrue], t[overlapBoth] = vec.Sum(y), vec.Dot(x, y)
		default:
			t[overlapPred], t[overlapTrue], t[overlapBoth] = vec.Overlap(x, truth)
			if o.squared {
				t[overlapPred2] = vec.Dot(x, x)
			}
		}
		if o.squared {
			t[overlapTrue2] = vec.Dot(truth, y)
		}
		if o.minimum {
			both := 0.0
			for i, v := range x {
				both += b.weight(lo+i) * min(v, truth[i])
			}
			t[overlapBoth] = both
		}
	}
}

// entropies computes the cross-entropy and the focal part of every pixel:
// of a softmax over the classes, or the sum over the classes of sigmoids.
func (o *overlap) entropies(out *Out, b *Block) {
	n := b.N
	ce, focal := out.Terms[overlapCE], out.Terms[overlapFocal]
	if o.activation == "softmax" {
		lp := o.scratch(4, n*o.classes)
		o.logProbs(lp, b)
		if ce != nil {
			o.mixture(ce, lp, b, func(l float64) float64 { return -l })
		}
		if focal != nil && !o.focalSides {
			o.mixture(focal, lp, b, func(l float64) float64 { return -math.Pow(-math.Expm1(l), o.focalGamma) * l })
		}
	} else if ce != nil {
		o.sides(ce, b, 0)
	}
	if focal != nil && (o.activation == "sigmoid" || o.focalSides) {
		o.sides(focal, b, o.focalGamma)
	}
}

// logProbs are the log-probabilities of the softmax.
func (o *overlap) logProbs(lp []float64, b *Block) {
	switch b.Role(0) {
	case Logit:
		vec.LogSoftmaxPlanes(lp, b.In[0], b.N)
	case Prob:
		vec.Log(lp, b.In[0])
	default:
		copy(lp, b.In[0])
	}
}

// mixture is Σ t·f(log p) over the classes.
func (o *overlap) mixture(dst, lp []float64, b *Block, f func(float64) float64) {
	n := b.N
	for i := range dst {
		if b.Role(1) == Index {
			dst[i] = f(lp[int(b.In[1][i])*n+i])
			continue
		}
		dst[i] = 0
		for c := range o.classes {
			if t := b.In[1][c*n+i]; t != 0 {
				dst[i] += t * f(lp[c*n+i])
			}
		}
	}
}

// truth is the mask of a class at a pixel.
func (b *Block) truth(c, i int) float64 {
	if b.Role(1) != Index {
		return b.In[1][c*b.N+i]
	}
	if int(b.In[1][i]) == c {
		return 1
	}
	return 0
}

// sides is the sum over the classes of the binary cross-entropy times
// (1−p_t)^γ.
func (o *overlap) sides(dst []float64, b *Block, gamma float64) {
	vec.Fill(dst, 0)
	for c := range o.classes {
		ce, miss := o.side(b, c)
		if gamma > 0 {
			vec.Pow(miss, miss, gamma)
			for i, v := range ce {
				ce[i] = product(v, miss[i])
			}
		}
		vec.Add(dst, dst, ce)
	}
}

// side computes the binary cross-entropy and 1−p_t of a class at every pixel.
func (o *overlap) side(b *Block, class int) (ce, miss []float64) {
	n := b.N
	x, t := b.In[0][class*n:(class+1)*n], o.scratch(6, n)
	ce, miss = o.scratch(7, 2*n)[:n], o.memory[7][n:2*n]
	for i := range t {
		t[i] = b.truth(class, i)
	}
	if b.Role(0) == Logit {
		vec.BinaryCrossEntropy(ce, miss, x, t)
		for i, v := range t {
			if v == 0 && math.IsInf(x[i], -1) {
				ce[i] = 0
			}
		}
		return ce, miss
	}
	for i, v := range x {
		p, lp, lq := v, math.Log(v), math.Log1p(-v)
		if b.Role(0) == LogProb {
			p, lp, lq = math.Exp(v), v, math.Log(-math.Expm1(v))
		}
		ce[i] = 0
		if t[i] > 0 {
			ce[i] -= t[i] * lp
		}
		if t[i] < 1 {
			ce[i] -= (1 - t[i]) * lq
		}
		miss[i] = t[i]*(1-p) + (1-t[i])*p
	}
	return ce, miss
}
