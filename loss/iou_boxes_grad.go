package loss

// grad computes up times the gradient of the loss by both boxes.
func (f *iouBoxes) grad(grad, up [][]float64, b *Block) {
	far := f.far(b)
	for lo := 0; lo < b.N; lo += boxRun {
		hi := min(lo+boxRun, b.N)
		f.measure(b, lo, hi, far)
		var e []float64
		if f.kind == "siou" {
			e = f.siouExponents(hi - lo)
		}
		for i := range hi - lo {
			q, d := f.pair(i), &f.d
			*d = boxSlope{}
			f.missSlope(d, q, f.formSlope(q))
			switch {
			case e != nil:
				siouSlope(d, q, e[4*i:4*i+4])
			case f.added.slope != nil:
				f.added.slope(f, d, q)
			}
			p, t := f.byCorners(d, i)
			u := up[boxLoss][lo+i] * q.scale
			f.write(grad[0], b.N, lo+i, &p, u)
			f.write(grad[1], b.N, lo+i, &t, u)
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

// byCorners turns the derivatives by the lengths of pair i into those by the
// corners, x1, y1, x2, y2.
func (f *iouBoxes) byCorners(d *boxSlope, i int) (p, t [4]float64) {
	r := &f.run
	p[0], p[2], t[0], t[2] = alongAxis(r.p[0][i], r.p[2][i], r.t[0][i], r.t[2][i], d.w, d.wt, d.iw, d.cw, d.dx)
	p[1], p[3], t[1], t[3] = alongAxis(r.p[1][i], r.p[3][i], r.t[1][i], r.t[3][i], d.h, d.ht, d.ih, d.ch, d.dy)
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
// format, times u, where they are wanted.
func (f *iouBoxes) write(grad []float64, n, i int, g *[4]float64, u float64) {
	if grad == nil {
		return
	}
	for k := range 2 {
		a, b := g[k], g[k+2]
		switch f.format {
		case "xywh":
			a += b
		case "cxcywh":
			a, b = a+b, (b-a)/2
		}
		grad[k*n+i], grad[(k+2)*n+i] = u*a, u*b
	}
}
