package loss

import "math"

// shrinking is the side of the squares that ssim averages with --shrink.
func shrinking(h, w int) int { return max(1, int(math.RoundToEven(float64(min(h, w))/256))) }

// reduced are the pictures that ssim compares.
func (p *perceptual) reduced(x, y *pixels) (a, b *pixels, factor int) {
	if factor = shrinking(x.h, x.w); !p.shrink || factor == 1 {
		return x, y, 1
	}
	for k, src := range []*pixels{x, y} {
		shrink(&p.small[k], src, factor)
	}
	return &p.small[0], &p.small[1], factor
}

// shrink sets dst to the means of squares of pixels.
func shrink(dst, src *pixels, factor int) {
	dst.resize(src.c, src.h/factor, src.w/factor)
	clear(dst.x)
	unit := 1 / float64(factor*factor)
	for c := range dst.c {
		from, to := src.plane(c), dst.plane(c)
		for y := range dst.h * factor {
			row := to[y/factor*dst.w:]
			for x := range dst.w * factor {
				row[x/factor] += unit * from[y*src.w+x]
			}
		}
	}
}

// ssim is the mean over the channels.
func (p *perceptual) ssim(b *Block, _ []float64) float64 {
	x, y, _ := p.reduced(&p.pair[0], &p.pair[1])
	p.score = p.score.of(x.c)
	b.Each(x.c, func(worker, c int) {
		s := &p.single[worker].similarity
		p.score[c][0] = s.whole(x.plane(c), y.plane(c), x.h, x.w)
	})
	sum := 0.0
	for _, s := range p.score {
		sum += s[0]
	}
	p.ssimMap(b)
	return sum / float64(x.c)
}

// of returns scores with room for c channels.
func (s scores) of(c int) scores {
	for len(s) < c {
		s = append(s, make([]float64, len(scaleWeights)))
	}
	return s[:c]
}

func (p *perceptual) ssimGrad(b *Block, k int, up float64) {
	small, other, factor := p.reduced(&p.pair[k], &p.pair[1-k])
	by := &p.by
	if factor > 1 {
		by = &pixels{}
		by.resize(small.c, small.h, small.w)
		clear(by.x)
	}
	b.Each(small.c, func(worker, c int) {
		s := &p.single[worker].similarity
		s.wholeGrad(by.plane(c), up/float64(small.c), small.plane(c), other.plane(c), small.h, small.w)
	})
	if factor == 1 {
		return
	}
	unit := 1 / float64(factor*factor)
	for c := range by.c {
		from, to := by.plane(c), p.by.plane(c)
		for y := range by.h * factor {
			for x := range by.w * factor {
				to[y*p.by.w+x] += unit * from[y/factor*by.w+x/factor]
			}
		}
	}
}

// msssim is the mean over the channels, or that of the mean channel.
func (p *perceptual) msssim(b *Block, _ []float64) float64 {
	p.measure(b, &p.pair[0], &p.pair[1])
	if p.joint == "together" {
		return powers(p.score.mean())
	}
	sum := 0.0
	for _, s := range p.score {
		sum += powers(s)
	}
	return sum / float64(len(p.score))
}

// mean is that of the channels.
func (s scores) mean() []float64 {
	m := make([]float64, len(scaleWeights))
	for _, score := range s {
		for k, v := range score {
			m[k] += v / float64(len(s))
		}
	}
	return m
}

// measure computes the scores of all scales.
func (p *perceptual) measure(b *Block, x, y *pixels) {
	last := len(scaleWeights) - 1
	for k, src := range []*pixels{x, y} {
		if p.levels[k] == nil {
			p.levels[k] = make(pyramid, len(scaleWeights))
		}
		p.levels[k].build(src, p.odd)
	}
	p.score = p.score.of(x.c)
	b.Each(x.c, func(worker, c int) {
		s := &p.single[worker].similarity
		for k := range scaleWeights {
			a, b := &p.levels[0][k], &p.levels[1][k]
			if k == last {
				p.score[c][k] = s.whole(a.plane(c), b.plane(c), a.h, a.w)
				break
			}
			s.compare(a.plane(c), b.plane(c), a.h, a.w)
			_, p.score[c][k] = s.means()
		}
	})
}

// msssimGrad goes down the scales and back up.
func (p *perceptual) msssimGrad(b *Block, k int, up float64) {
	x, y := &p.pair[k], &p.pair[1-k]
	p.measure(b, x, y)
	last := len(scaleWeights) - 1
	slope := make(scores, x.c)
	joint := p.score.mean()
	for c := range slope {
		slope[c] = make([]float64, len(scaleWeights))
		if p.joint == "together" {
			slopes(slope[c], joint)
		} else {
			slopes(slope[c], p.score[c])
		}
	}
	by := make(pyramid, len(scaleWeights))
	by[0] = p.by
	for k := 1; k < len(by); k++ {
		by[k].resize(x.c, p.levels[0][k].h, p.levels[0][k].w)
		clear(by[k].x)
	}
	b.Each(x.c, func(worker, c int) {
		s := &p.single[worker].similarity
		for k := range by {
			a, b := &p.levels[0][k], &p.levels[1][k]
			factor := up / float64(x.c) * slope[c][k]
			if k == last {
				s.wholeGrad(by[k].plane(c), factor, a.plane(c), b.plane(c), a.h, a.w)
				break
			}
			s.compare(a.plane(c), b.plane(c), a.h, a.w)
			s.grad(by[k].plane(c), 0, factor, a.plane(c), b.plane(c), a.h, a.w)
		}
	})
	for k := last; k > 0; k-- {
		double(&by[k-1], &by[k], p.odd)
	}
}

// squared is the mean squared difference.
func squared(x, y *pixels) float64 {
	sum := 0.0
	for i, v := range x.x {
		d := v - y.x[i]
		sum += d * d
	}
	return sum / float64(len(x.x))
}

func (p *perceptual) psnr(*Block, []float64) float64 {
	return -10 * math.Log10(squared(&p.pair[0], &p.pair[1])+p.floor)
}

func (p *perceptual) psnrGrad(_ *Block, k int, up float64) {
	x, y := &p.pair[k], &p.pair[1-k]
	factor := -20 / math.Ln10 * up / ((squared(x, y) + p.floor) * float64(len(x.x)))
	for i, v := range x.x {
		p.by.x[i] += factor * (v - y.x[i])
	}
}

// differences calls do with every pair of neighbours, along y and x.
func differences(x *pixels, do func(axis, lo, hi int)) {
	for c := range x.c {
		at := c * x.h * x.w
		for y := range x.h {
			for i := range x.w {
				k := at + y*x.w + i
				if y+1 < x.h {
					do(0, k, k+x.w)
				}
				if i+1 < x.w {
					do(1, k, k+1)
				}
			}
		}
	}
}

// steps are those from pixel to pixel: of both axes the sum of |d| or d², and
// what it is weighed with for a sum or a mean.
func (p *perceptual) steps(x *pixels) (sum, weight [2]float64) {
	differences(x, func(axis, lo, hi int) {
		d := x.x[hi] - x.x[lo]
		if p.variation == "l1" {
			sum[axis] += math.Abs(d)
		} else {
			sum[axis] += d * d
		}
	})
	weight = [2]float64{1, 1}
	if !p.variationSum {
		weight = [2]float64{1 / float64(x.c*(x.h-1)*x.w), 1 / float64(x.c*x.h*(x.w-1))}
	}
	return sum, weight
}

func (p *perceptual) tv(*Block, []float64) float64 {
	sum, weight := p.steps(&p.pair[0])
	v := sum[0]*weight[0] + sum[1]*weight[1]
	if p.variation == "l2" {
		return math.Sqrt(v)
	}
	return v
}

// tvGrad is that of pred; at a kink, and of a flat picture, it is 0.
func (p *perceptual) tvGrad(b *Block, k int, up float64) {
	if k > 0 {
		return
	}
	x := &p.pair[0]
	_, weight := p.steps(x)
	if p.variation == "l2" {
		v := p.tv(b, nil)
		if v == 0 {
			return
		}
		up /= 2 * v
	}
	differences(x, func(axis, lo, hi int) {
		d := x.x[hi] - x.x[lo]
		g := up * weight[axis]
		switch {
		case p.variation != "l1":
			g *= 2 * d
		case d == 0:
			g = 0
		case d < 0:
			g = -g
		}
		p.by.x[hi] += g
		p.by.x[lo] -= g
	})
}
