package loss

import (
	"fmt"
	"math"
)

// video is what --temporal needs: the frames are one batch, in order.
type video struct {
	temporal bool
	weight   float64
	terms    int          // of the loss, the last two of neighbours
	two      [2][2]pixels // by input: the frame before, and this one
}

// temporalTerm is the sum over neighbours; behind it stands their count.
func (v *video) temporalTerm() int { return v.terms - 2 }

// frames makes the pictures of a frame a video.
func (p *perceptual) frames(f *Frame, name string) error {
	switch {
	case !p.temporal:
		return nil
	case p.isScore():
		return fmt.Errorf("--temporal: got --kind %s, a score, want a loss to add to", p.kinds[0])
	case f.Samples < 2:
		f.Warnings = append(f.Warnings, fmt.Sprintf("--temporal: %s has %s, which has no neighbours: frames are a folder, a quoted pattern, @list.txt or an array", name, count(f.Samples, "picture")))
	}
	f.Batch, f.Rows = max(f.Samples, 1), true
	return nil
}

// sequence has eval look at the pictures of the block one by one, and adds
// the terms of neighbours: behind Terms of the kinds,
//
//	temporal_t = mean |(pred_t − pred_t−1) − (target_t − target_t−1)|
//
// over pixels and channels as they are compared, for every frame but the first,
// where both frames count.
func (p *perceptual) sequence(out *Out, b *Block) {
	p.maps = p.maps[:0]
	if !p.temporal {
		p.eval(out, b)
		return
	}
	temporal, pairs := out.Terms[p.temporalTerm()], out.Terms[p.temporalTerm()+1]
	for i := range b.N {
		one := Out{Terms: make([][]float64, len(out.Terms))}
		for k, t := range out.Terms {
			if t != nil {
				one.Terms[k] = t[i : i+1]
			}
		}
		block := p.alone(b, i)
		p.eval(&one, block)
		for _, f := range one.Found {
			f.Position = i
			out.Found = append(out.Found, f)
		}
		if !p.paired(b, i) {
			continue
		}
		p.neighbours(b, i)
		sum := 0.0
		p.change(func(_, _ int, d float64) { sum += math.Abs(d) })
		temporal[i], pairs[i] = sum/float64(len(p.two[0][0].x)), 1
	}
}

// alone is the block of picture i alone.
func (p *perceptual) alone(b *Block, i int) *Block {
	one := *b
	one.N, one.Sample, one.Left, one.Weight = 1, b.Sample+i, nil, nil
	if b.Left != nil {
		one.Left = b.Left[i : i+1]
	}
	one.In = make([][]float64, len(b.In))
	for k, x := range b.In {
		one.In[k] = x
		if k < 2 && x != nil { // the picture of --style is that of all
			n := len(x) / b.N
			one.In[k] = x[i*n : (i+1)*n]
		}
	}
	return &one
}

// paired reports whether picture i and the one before count.
func (p *perceptual) paired(b *Block, i int) bool {
	return i > 0 && (b.Left == nil || !b.Left[i] && !b.Left[i-1])
}

// neighbours takes picture i and the one before out of the block.
func (p *perceptual) neighbours(b *Block, i int) {
	for k := range p.two {
		n := len(b.In[k]) / b.N
		for j := range 2 {
			p.lens.take(&p.two[k][j], p.frame.Pictures[k], b.In[k][(i-1+j)*n:(i+j)*n])
		}
	}
}

// change calls do with how much more pred changes than target, at every number.
func (p *perceptual) change(do func(c, i int, d float64)) {
	x, y := &p.two[0], &p.two[1]
	n := x[0].h * x[0].w
	for i := range x[0].x {
		do(i/n, i%n, (x[1].x[i]-x[0].x[i])-(y[1].x[i]-y[0].x[i]))
	}
}

// sequenceGrad is the gradient of the pictures one by one, and by way of
// neighbours: where the change is the same it is 0.
func (p *perceptual) sequenceGrad(grad, up [][]float64, b *Block) {
	if !p.temporal {
		p.grad(grad, up, b)
		return
	}
	by := up[p.temporalTerm()]
	for i := range b.N {
		one, slope := make([][]float64, len(grad)), make([][]float64, len(up))
		part := func(k, i int) []float64 {
			n := len(grad[k]) / b.N
			return grad[k][i*n : (i+1)*n]
		}
		for k, g := range grad {
			if g != nil {
				one[k] = part(k, i)
			}
		}
		for k, u := range up {
			if u != nil {
				slope[k] = u[i : i+1]
			}
		}
		p.grad(one, slope, p.alone(b, i))
		if by == nil || by[i] == 0 || !p.paired(b, i) {
			continue
		}
		for k, g := range grad {
			if g == nil {
				continue
			}
			p.neighbours(b, i)
			d := &p.by
			d.resize(p.two[0][0].c, p.two[0][0].h, p.two[0][0].w)
			unit := by[i] / float64(len(d.x)) * float64(1-2*k)
			for j, side := range []float64{-1, 1} {
				p.change(func(c, at int, v float64) {
					d.plane(c)[at] = 0
					if v != 0 {
						d.plane(c)[at] = unit * side * math.Copysign(1, v)
					}
				})
				p.lens.back(part(k, i-1+j), p.frame.Pictures[k], d)
			}
		}
	}
}

// The value of a video is that of its frames, plus the weight times that of
// its neighbours: both are means, but for --reduction sum.
func (p *perceptual) videoValue(r *Reduction, all *Totals, _ []Totals) float64 {
	return all.Terms[pictureLoss]/r.Den(all) + p.weight*p.changes(r, all)
}

// changes is the value of the neighbours, 0 where there are none.
func (p *perceptual) changes(r *Reduction, all *Totals) float64 {
	if den := p.pairs(r, all); den > 0 {
		return all.Terms[p.temporalTerm()] / den
	}
	return 0
}

func (p *perceptual) videoSlope(dst [][]float64, r *Reduction, all *Totals, _ []Totals) {
	dst[0][pictureLoss] = 1 / r.Den(all)
	if den := p.pairs(r, all); den > 0 {
		dst[0][p.temporalTerm()] = p.weight / den
	}
}

// pairs is what the sum of the neighbours is divided by.
func (p *perceptual) pairs(r *Reduction, all *Totals) float64 {
	if r.Name == SumOf.Name {
		return 1
	}
	return all.Terms[p.temporalTerm()+1]
}
