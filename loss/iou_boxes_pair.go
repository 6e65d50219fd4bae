package loss

import (
	"math"

	"lossctl/internal/vec"
)

// boxRun is how many pairs of boxes are measured at once, so that what is
// measured stays in the cache.
const boxRun = 512

// boxRuns are the pairs of boxes of a run of positions.
type boxRuns struct {
	p, t  [4][]float64 // corners of pred and target: x1, y1, x2, y2
	x, y  boxSpans
	inter []float64 // areas of the intersection and the union
	union []float64
	scale []float64 // powers of two by which coordinates are multiplied; nil: 1

	corners [2][4][boxRun]float64 // memory of p and t
	spans   [10][boxRun]float64   // of x and y
	areas   [2][boxRun]float64    // of inter and union
	scales  [boxRun]float64
	scratch [2][boxRun]float64
}

// boxSpans are the lengths of two boxes along an axis, that of what they have
// in common, that of the shortest interval around both, and how far it is from
// the middle of pred to that of target.
type boxSpans struct{ over, around, p, t, apart []float64 }

// A boxPair is the pair of a position: what the kinds are made of.
type boxPair struct {
	w, h, wt, ht   float64 // sides of pred and target
	iw, ih, cw, ch float64 // of the intersection, 0 where there is none, and of the smallest box around both
	dx, dy         float64 // between the centres
	inter, union   float64 // areas
	eps            float64 // ε in the scale of the rest
	scale          float64
}

// measure measures the pairs [lo, hi) of a block.
func (f *iouBoxes) measure(b *Block, lo, hi int, far bool) {
	r, n := &f.run, hi-lo
	r.scale = nil
	if far {
		r.scale = r.scales[:n]
		for i := range r.scale {
			r.scale[i] = f.scaleOf(b, lo+i)
		}
	}
	r.p, r.t = f.corners(b, 0, lo, hi), f.corners(b, 1, lo, hi)
	for k, s := range []*boxSpans{&r.x, &r.y} {
		m := r.spans[5*k:]
		*s = boxSpans{m[0][:n], m[1][:n], m[2][:n], m[3][:n], m[4][:n]}
		vec.Spans(s.over, s.around, s.p, s.t, s.apart, r.p[k], r.p[k+2], r.t[k], r.t[k+2])
	}
	r.inter, r.union = r.areas[0][:n], r.areas[1][:n]
	vec.Mul(r.union, r.x.p, r.y.p)
	vec.Mul(r.inter, r.x.t, r.y.t)
	vec.Add(r.union, r.union, r.inter)
	vec.Mul(r.inter, r.x.over, r.y.over)
	vec.Sub(r.union, r.union, r.inter)
}

// corners are those of an input, scaled.
func (f *iouBoxes) corners(b *Block, input, lo, hi int) (c [4][]float64) {
	for k := range c {
		c[k] = b.In[input][k*b.N+lo : k*b.N+hi]
	}
	memory := &f.run.corners[input]
	if s := f.run.scale; s != nil {
		for k := range c {
			vec.Mul(memory[k][:hi-lo], c[k], s)
			c[k] = memory[k][:hi-lo]
		}
	}
	if f.format == "xyxy" {
		return c
	}
	for k := range 2 {
		start, end, side := memory[k][:hi-lo], memory[k+2][:hi-lo], c[k+2]
		if f.format == "xywh" {
			vec.Add(end, c[k], side)
			c[k+2] = end
			continue
		}
		half, centre := f.run.scratch[0][:hi-lo], c[k]
		vec.Scale(half, 0.5, side)
		vec.Add(end, centre, half)
		vec.Sub(start, centre, half) // which may be the centre
		c[k], c[k+2] = start, end
	}
	return c
}

// farBox is the coordinate from which on squares of areas may overflow.
const farBox = 0x1p+200

// far reports whether a coordinate of the block may want to be scaled:
// everything but ε is relative.
func (f *iouBoxes) far(b *Block) bool {
	for _, x := range b.In {
		if lo, hi := vec.Range(x); lo < -farBox || hi > farBox {
			return true
		}
	}
	return f.eps == 0 // boxes may be tiny as well
}

// scaleOf is a power of two that brings the largest coordinate of a pair near
// 1, where it is extreme.
func (f *iouBoxes) scaleOf(b *Block, i int) float64 {
	m := 0.0
	for _, x := range b.In {
		for k := range 4 {
			m = max(m, math.Abs(x[k*b.N+i]))
		}
	}
	if m > farBox || f.eps == 0 && m > 0 && m < 1/farBox {
		_, e := math.Frexp(m)
		return math.Ldexp(1, min(-e, 1000)) // of the least numbers 2^1000 is enough
	}
	return 1
}

// pair is pair i of the run.
func (f *iouBoxes) pair(i int) *boxPair {
	q, x, y := &f.q, &f.run.x, &f.run.y
	q.w, q.h, q.wt, q.ht = x.p[i], y.p[i], x.t[i], y.t[i]
	q.iw, q.ih, q.cw, q.ch = x.over[i], y.over[i], x.around[i], y.around[i]
	q.dx, q.dy = x.apart[i], y.apart[i]
	if q.iw == 0 || q.ih == 0 {
		q.iw, q.ih = 0, 0
	}
	q.inter, q.union = f.run.inter[i], f.run.union[i]
	q.eps, q.scale = f.eps, 1
	if s := f.run.scale; s != nil {
		q.scale = s[i]
		q.eps *= q.scale
		q.eps *= q.scale
	}
	return q
}
