package loss

import "math"

// sumsGrad adds the gradient by way of the sums: of I and P of every class by
// p, and of p by the numbers of pred.
func (o *overlap) sumsGrad(grad, up [][]float64, b *Block, lo, hi int) {
	var lovasz [][]float64
	if o.kind == "lovasz" {
		lovasz = o.lovaszWeights(b.Frame.Positions())
		o.masks(b) // Eval has seen all tiles since
	}
	n, p := b.N, o.memory[0]
	g := o.scratch(4, o.classes)
	for i := lo; i < hi; i++ {
		w := b.weight(i)
		if w == 0 {
			continue
		}
		for c := range o.classes {
			v, t := p[c*n+i], b.truth(c, i)
			u := up[min(c, len(up)-1)]
			g[c] = w * (u[overlapBoth]*o.bothSlope(v, t) + u[overlapPred])
			if o.squared {
				g[c] += 2 * w * u[overlapPred2] * v
			}
			if lovasz != nil {
				g[c] += u[overlapLovasz] * lovasz[c][b.At+i] * o.lovaszSlope(b, c, i)
			}
		}
		o.chain(grad[0], g, b, i)
	}
}

// bothSlope is the derivative of I by p at a pixel.
func (o *overlap) bothSlope(p, t float64) float64 {
	switch {
	case o.minimum && p == t:
		return 0.5
	case o.minimum && p < t:
		return 1
	case o.minimum:
		return 0
	case o.oneHotEps > 0 && t == 0:
		return o.oneHotEps
	}
	return t
}

// chain adds the gradient by the numbers of pred at a pixel, g being that by
// p of each class.
func (o *overlap) chain(dst, g []float64, b *Block, i int) {
	n, p := b.N, o.memory[0]
	hinge := o.hinge(b)
	mean := 0.0
	if b.Role(0) == Logit && o.activation == "softmax" {
		for c, v := range g {
			mean += v * p[c*n+i]
		}
	}
	for c, v := range g {
		at, q := c*n+i, p[c*n+i]
		switch {
		case hinge: // g is by the logit
			dst[at] += v
		case b.Role(0) == LogProb:
			dst[at] += v * q
		case b.Role(0) != Logit:
			dst[at] += v
		case o.activation == "softmax":
			dst[at] += q * (v - mean)
		default:
			dst[at] += v * q * (1 - q)
		}
	}
}

// positionGrad is the gradient of the cross-entropy and the focal part.
func (o *overlap) positionGrad(grad, up [][]float64, b *Block) {
	ce, focal := up[overlapCE], up[overlapFocal]
	if o.withCE == 0 {
		ce = nil
	}
	if o.withFocal == 0 {
		focal = nil
	}
	if ce == nil && focal == nil {
		return
	}
	if o.activation == "softmax" {
		o.mixtureGrad(grad[0], ce, focal, b)
	} else if ce != nil {
		o.sidesGrad(grad[0], ce, b, 0)
	}
	if focal != nil && (o.activation == "sigmoid" || o.focalSides) {
		o.sidesGrad(grad[0], focal, b, o.focalGamma)
	}
}

// mixtureGrad adds the gradient of Σ t·f(log p) over the classes.
func (o *overlap) mixtureGrad(dst, ce, focal []float64, b *Block) {
	n := b.N
	lp := o.scratch(5, n*o.classes)
	o.logProbs(lp, b)
	g := o.scratch(4, o.classes)
	for i := range n {
		total := 0.0
		for c := range g {
			g[c] = 0
			t := b.truth(c, i)
			if t == 0 {
				continue
			}
			l := lp[c*n+i]
			if ce != nil {
				g[c] -= ce[i] * t
			}
			if focal != nil && !o.focalSides {
				miss := -math.Expm1(l)
				s := -math.Pow(miss, o.focalGamma)
				if miss > 0 {
					s += o.focalGamma * math.Pow(miss, o.focalGamma-1) * math.Exp(l) * l
				}
				g[c] += focal[i] * t * s
			}
			total += g[c]
		}
		for c, v := range g {
			at := c*n + i
			switch b.Role(0) {
			case Logit:
				dst[at] += v - total*math.Exp(lp[at])
			case LogProb:
				dst[at] += v
			default:
				if v != 0 {
					dst[at] += v / b.In[0][at]
				}
			}
		}
	}
}

// sidesGrad adds the gradient of the binary cross-entropy times (1−p_t)^γ.
func (o *overlap) sidesGrad(dst, up []float64, b *Block, gamma float64) {
	n := b.N
	for c := range o.classes {
		ce, miss := o.side(b, c)
		for i := range n {
			if up[i] == 0 {
				continue
			}
			x, t := b.In[0][c*n+i], b.truth(c, i)
			// p and 1−p, and their derivative by the number
			p, q, step := x, 1-x, 1.0
			switch b.Role(0) {
			case Logit:
				p, q = 1/(1+math.Exp(-x)), 1/(1+math.Exp(x))
				step = p * q
			case LogProb:
				p, q = math.Exp(x), -math.Expm1(x)
				step = p
			}
			slope := p - t // by the logit
			if b.Role(0) != Logit {
				slope = 0
				if t > 0 {
					slope -= t / p * step
				}
				if t < 1 {
					slope += (1 - t) / q * step
				}
			}
			if gamma > 0 {
				m := math.Pow(miss[i], gamma)
				slope *= m
				if miss[i] > 0 {
					slope -= ce[i] * gamma * m / miss[i] * (2*t - 1) * step
				}
			}
			dst[c*n+i] += up[i] * slope
		}
	}
}
