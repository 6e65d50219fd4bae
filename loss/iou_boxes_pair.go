package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A box is its corners: x1, y1, x2, y2.
type box [4]float64

// A boxPair is two boxes with what the kinds are made of.
type boxPair struct {
	p, t           box
	w, h, wt, ht   float64 // sides
	iw, ih, cw, ch float64 // of the intersection, 0 where there is none, and of the smallest box around both
	dx, dy         float64 // from the centre of p to that of t
	inter, union   float64 // areas
	eps            float64
	scale          float64 // of the coordinates, a power of two
}

// farBox is the coordinate from which on squares of areas may overflow.
const farBox = 0x1p+200

// far reports whether a coordinate of the block wants to be scaled.
func (f *iouBoxes) far(b *Block) bool {
	for _, x := range b.In {
		if lo, hi := vec.Range(x); lo < -farBox || hi > farBox {
			return true
		}
	}
	return f.eps == 0 // boxes may be tiny as well
}

// pair measures the boxes of position i. Where far, coordinates of extreme
// size are brought near 1: everything but ε is relative.
func (f *iouBoxes) pair(q *boxPair, b *Block, i int, far bool) {
	p, t := (*[4]float64)(b.In[0][4*i:]), (*[4]float64)(b.In[1][4*i:])
	q.scale, q.eps = 1, f.eps
	if far {
		q.scale = boxScale(p, t, f.eps)
		q.eps *= q.scale
		q.eps *= q.scale
	}
	q.p, q.t = f.corners(p, q.scale), f.corners(t, q.scale)
	q.measure()
}

// boxScale is a power of two that brings the largest coordinate near 1, where
// it is extreme.
func boxScale(p, t *[4]float64, eps float64) float64 {
	m := 0.0
	for k := range 4 {
		m = max(m, math.Abs(p[k]), math.Abs(t[k]))
	}
	if m > farBox || eps == 0 && m > 0 && m < 1/farBox {
		_, e := math.Frexp(m)
		return math.Ldexp(1, min(-e, 1000)) // of the least numbers 2^1000 is enough
	}
	return 1
}

// boxFormats give the corners of the numbers of each format, times s.
var boxFormats = map[string]func(x *[4]float64, s float64) box{
	"xyxy": func(x *[4]float64, s float64) box { return box{x[0] * s, x[1] * s, x[2] * s, x[3] * s} },
	"xywh": func(x *[4]float64, s float64) box {
		return box{x[0] * s, x[1] * s, x[0]*s + x[2]*s, x[1]*s + x[3]*s}
	},
	"cxcywh": func(x *[4]float64, s float64) box {
		w, h := x[2]*s/2, x[3]*s/2
		return box{x[0]*s - w, x[1]*s - h, x[0]*s + w, x[1]*s + h}
	},
}

// measure computes the rest from the corners.
func (q *boxPair) measure() {
	p, t := &q.p, &q.t
	q.w, q.h, q.wt, q.ht = p[2]-p[0], p[3]-p[1], t[2]-t[0], t[3]-t[1]
	q.iw, q.ih = min(p[2], t[2])-max(p[0], t[0]), min(p[3], t[3])-max(p[1], t[1])
	if q.iw <= 0 || q.ih <= 0 {
		q.iw, q.ih = 0, 0
	}
	q.cw, q.ch = max(p[2], t[2])-min(p[0], t[0]), max(p[3], t[3])-min(p[1], t[1])
	q.dx, q.dy = ((t[0]+t[2])-(p[0]+p[2]))/2, ((t[1]+t[3])-(p[1]+p[3]))/2
	q.inter = q.iw * q.ih
	q.union = q.w*q.h + q.wt*q.ht - q.inter
}

// iou is the IoU without ε, 0 of boxes without area.
func (q *boxPair) iou() float64 { return ratio(q.inter, q.union) }
