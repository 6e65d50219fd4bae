package loss

import "math"

// A boxKind is what a kind adds to 1 − IoU, and how that changes: slope adds
// its derivatives.
type boxKind struct {
	penalty func(f *iouBoxes, q *boxPair) float64
	slope   func(f *iouBoxes, d *boxSlope, q *boxPair)
}

// boxKinds are those that add something, but for siou, whose exponentials are
// computed by the block.
var boxKinds = map[string]boxKind{
	"giou": {(*iouBoxes).enclosing, (*iouBoxes).enclosingSlope},
	"diou": {(*iouBoxes).distance, (*iouBoxes).distanceSlope},
	"ciou": {
		func(f *iouBoxes, q *boxPair) float64 { return f.distance(q) + f.aspect(q) },
		func(f *iouBoxes, d *boxSlope, q *boxPair) { f.distanceSlope(d, q); f.aspectSlope(d, q) },
	},
	"eiou": {
		func(f *iouBoxes, q *boxPair) float64 { return f.distance(q) + f.sides(q) },
		func(f *iouBoxes, d *boxSlope, q *boxPair) { f.distanceSlope(d, q); f.sidesSlope(d, q) },
	},
}

// A boxSlope is the derivative by each of the lengths of a pair, while these
// are taken to be independent of each other.
type boxSlope struct{ w, h, wt, ht, iw, ih, cw, ch, dx, dy float64 }

// ratio is a/b, and 0 where a is 0.
func ratio(a, b float64) float64 {
	if a == 0 {
		return 0
	}
	return a / b
}

// steepest bounds a quotient of a slope, so that a sum of them is a number.
const steepest = 0x1p+1000

// steep is ratio in a slope.
func steep(a, b float64) float64 { return max(-steepest, min(ratio(a, b), steepest)) }

// divisor is what an area divides as.
func (f *iouBoxes) divisor(q *boxPair, area float64) float64 {
	if f.maxes() {
		return max(area, q.eps)
	}
	return area + q.eps
}

// maxes reports whether areas divide as max(area, ε).
func (f *iouBoxes) maxes() bool { return f.mmdet && (f.kind == "iou" || f.kind == "giou") }

// miss is 1 − I/(U+ε), as (U−I+ε)/(U+ε), which cancels less.
func (f *iouBoxes) miss(q *boxPair) float64 {
	d := f.divisor(q, q.union)
	switch {
	case d == 0:
		return 1
	case f.maxes():
		return (d - q.inter) / d
	}
	return (q.union - q.inter + q.eps) / d
}

// missSlope adds up times the derivative.
func (f *iouBoxes) missSlope(d *boxSlope, q *boxPair, up float64) {
	u := f.divisor(q, q.union)
	iou := ratio(q.inter, u)
	grow := 1 + iou // of the area of the intersection, which the union loses
	if f.unionHeld(q) {
		grow = 1
	} else {
		d.w += up * iou * steep(q.h, u)
		d.h += up * iou * steep(q.w, u)
		d.wt += up * iou * steep(q.ht, u)
		d.ht += up * iou * steep(q.wt, u)
	}
	d.iw -= up * grow * steep(q.ih, u)
	d.ih -= up * grow * steep(q.iw, u)
}

// unionHeld reports whether max(U, ε) is ε.
func (f *iouBoxes) unionHeld(q *boxPair) bool { return f.maxes() && q.union < q.eps }

// enclosing is (C−U)/(C+ε) of giou; C is the area of the smallest box around.
func (f *iouBoxes) enclosing(q *boxPair) float64 {
	c := q.cw * q.ch
	if f.maxes() {
		c, u := max(c, q.eps), max(q.union, q.eps)
		return ratio(c-u, c)
	}
	return ratio(c-q.union, c+q.eps)
}

func (f *iouBoxes) enclosingSlope(d *boxSlope, q *boxPair) {
	c := q.cw * q.ch
	u := f.divisor(q, c)
	if !f.maxes() || c > q.eps {
		grow := 1 - f.enclosing(q) // ∂/∂C = (1 − penalty)/(C+ε)
		d.cw += grow * steep(q.ch, u)
		d.ch += grow * steep(q.cw, u)
	}
	if f.unionHeld(q) {
		return
	}
	d.w -= steep(q.h, u)
	d.h -= steep(q.w, u)
	d.wt -= steep(q.ht, u)
	d.ht -= steep(q.wt, u)
	d.iw += steep(q.ih, u)
	d.ih += steep(q.iw, u)
}

// distance is ρ²/(c_w²+c_h²+ε), ρ the distance of the centres.
func (f *iouBoxes) distance(q *boxPair) float64 {
	return ratio(q.dx*q.dx+q.dy*q.dy, q.diagonal())
}

// diagonal is the squared diagonal of the smallest box around, and ε.
func (q *boxPair) diagonal() float64 { return q.cw*q.cw + q.ch*q.ch + q.eps }

func (f *iouBoxes) distanceSlope(d *boxSlope, q *boxPair) {
	x, c2 := f.distance(q), q.diagonal()
	d.dx += 2 * steep(q.dx, c2)
	d.dy += 2 * steep(q.dy, c2)
	d.cw -= 2 * x * steep(q.cw, c2)
	d.ch -= 2 * x * steep(q.ch, c2)
}

// aspect is αv of ciou, v = 4/π²·(atan(w_t/h_t) − atan(w/h))².
func (f *iouBoxes) aspect(q *boxPair) float64 {
	turn := q.turn(f)
	v := fourByPi2 * turn * turn
	return f.alpha(q, v) * v
}

const fourByPi2 = 4 / (math.Pi * math.Pi)

// turn is atan(w_t/h_t) − atan(w/h), as one arc.
func (q *boxPair) turn(f *iouBoxes) float64 {
	h, ht := q.h+f.lift(q), q.ht+f.lift(q)
	return math.Atan(ratio(q.wt*h-q.w*ht, h*ht+q.w*q.wt))
}

// lift is what mmdet adds to the heights of the aspect.
func (f *iouBoxes) lift(q *boxPair) float64 {
	if f.mmdet {
		return f.eps * q.scale
	}
	return 0
}

// alpha is v/(1−IoU+v+ε), which the gradient takes for a constant.
func (f *iouBoxes) alpha(q *boxPair, v float64) float64 {
	miss := f.miss(q)
	switch {
	case !f.mmdet:
		return ratio(v, miss+v+f.eps)
	case miss < 0.5:
		return ratio(v, miss+v)
	}
	return 0
}

func (f *iouBoxes) aspectSlope(d *boxSlope, q *boxPair) {
	turn := q.turn(f)
	up := 2 * fourByPi2 * turn * f.alpha(q, fourByPi2*turn*turn)
	h, ht := q.h+f.lift(q), q.ht+f.lift(q)
	r2, rt2 := q.w*q.w+h*h, q.wt*q.wt+ht*ht
	d.w -= up * steep(h, r2)
	d.h += up * steep(q.w, r2)
	d.wt += up * steep(ht, rt2)
	d.ht -= up * steep(q.wt, rt2)
}

// sides is (w−w_t)²/(c_w²+ε) + (h−h_t)²/(c_h²+ε) of eiou.
func (f *iouBoxes) sides(q *boxPair) float64 {
	dw, dh := q.w-q.wt, q.h-q.ht
	return ratio(dw*dw, q.cw*q.cw+q.eps) + ratio(dh*dh, q.ch*q.ch+q.eps)
}

func (f *iouBoxes) sidesSlope(d *boxSlope, q *boxPair) {
	one := func(side, other, around *float64, a, b, c float64) {
		c2 := c*c + q.eps
		s := 2 * steep(a-b, c2)
		*side += s
		*other -= s
		*around -= 2 * ratio((a-b)*(a-b), c2) * steep(c, c2)
	}
	one(&d.w, &d.wt, &d.cw, q.w, q.wt, q.cw)
	one(&d.h, &d.ht, &d.ch, q.h, q.ht, q.ch)
}
