package loss

// grad computes up times the gradient of the loss by both boxes.
func (f *iouBoxes) grad(grad, up [][]float64, b *Block) {
	far := f.far(b)
	var e []float64
	if f.kind == "siou" {
		e = f.siouExponents(b)
	}
	q, d := &f.q, &f.d
	for i := range b.N {
		f.pair(q, b, i, far)
		*d = boxSlope{}
		f.missSlope(d, q, f.formSlope(q))
		switch {
		case e != nil:
			siouSlope(d, q, e[4*i:4*i+4])
		case f.added.slope != nil:
			f.added.slope(f, d, q)
		}
		p, t := q.byCorners(d)
		u := up[boxLoss][i] * q.scale
		if grad[0] != nil {
			f.write(grad[0][4*i:4*i+4], &p, u)
		}
		if grad[1] != nil {
			f.write(grad[1][4*i:4*i+4], &t, u)
		}
	}
}

// formSlope is the derivative of the form by 1 − IoU.
func (f *iouBoxes) formSlope(q *boxPair) float64 {
	iou := ratio(q.inter, f.divisor(q, q.union))
	switch {
	case iou < f.floor:
		return 0
	case f.form == "square":
		return 2 * iou
	case f.form == "log":
		return steep(1, iou)
	}
	return 1
}

// byCorners turns the derivatives by the lengths into those by the corners.
func (q *boxPair) byCorners(d *boxSlope) (p, t box) {
	p[0], p[2], t[0], t[2] = alongAxis(q.p[0], q.p[2], q.t[0], q.t[2], d.w, d.wt, d.iw, d.cw, d.dx)
	p[1], p[3], t[1], t[3] = alongAxis(q.p[1], q.p[3], q.t[1], q.t[3], d.h, d.ht, d.ih, d.ch, d.dy)
	return p, t
}

// alongAxis does so on one axis: the intersection begins at the larger of the
// two starts and ends at the smaller of the ends, the box around the other way
// round, and the distance goes from one middle to the other.
func alongAxis(p1, p2, t1, t2, side, sideT, inter, around, dist float64) (dp1, dp2, dt1, dt2 float64) {
	start, end := share(p1, t1), share(t2, p2) // of p in the intersection
	dp1 = -side - inter*start - around*(1-start) - dist/2
	dt1 = -sideT - inter*(1-start) - around*start + dist/2
	dp2 = side + inter*end + around*(1-end) - dist/2
	dt2 = sideT + inter*(1-end) + around*end + dist/2
	return dp1, dp2, dt1, dt2
}

// share is the part of the slope of max(a, b) that a has: half where they are
// equal.
func share(a, b float64) float64 {
	switch {
	case a > b:
		return 1
	case a < b:
		return 0
	}
	return 0.5
}

// write turns derivatives by the corners into those by the numbers of the
// format, times u.
func (f *iouBoxes) write(dst []float64, g *box, u float64) {
	for k := range 2 {
		a, b := g[k], g[k+2]
		switch f.format {
		case "xywh":
			a += b
		case "cxcywh":
			a, b = a+b, (b-a)/2
		}
		dst[k], dst[k+2] = u*a, u*b
	}
}
