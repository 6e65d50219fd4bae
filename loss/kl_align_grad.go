package loss

import "lossctl/internal/vec"

// grad computes the gradient by the rows of pred or of target. They stand in
// both directions: a row asks all of the other side, and is asked by them.
func (a *align) grad(grad, up [][]float64, b *Block) {
	t := &a.batch
	if !t.load(&Out{}, b) {
		return
	}
	a.compare(b)
	for i, at := range t.order {
		for k := range t.sides {
			t.sides[k].up[i] = a.half() * up[alignLoss][at]
		}
	}
	for side, g := range grad[:2] {
		if g != nil {
			a.gradSide(g, side, b)
		}
	}
}

// gradSide computes the gradient by the rows of one side. The derivatives by
// the cosines, times the rows of the other side, are those by the unit rows;
// a row itself only turns, but where cmpm takes its length for the factor.
func (a *align) gradSide(grad []float64, side int, b *Block) {
	t := &a.batch
	s, o := &t.sides[side], &t.sides[1-side]
	most := vec.Max(o.factor) // in units of it nothing overflows
	for i, f := range o.factor {
		o.pull[i] = o.up[i] * (f / most)
	}
	t.tiles(b, side, func(w *alignWork, from, rows int) {
		w.slopes, w.asked = resize(w.slopes, rows*t.n), resize(w.asked, rows*t.n)
		for k := range w.sums {
			w.sums[k] = resize(w.sums[k], rows*t.d)
		}
		for i := range rows {
			cosines := w.cosines[i*t.n:][:t.n]
			a.asking(w.slopes[i*t.n:][:t.n], cosines, w.p, s, from+i)
			a.asked(w.asked[i*t.n:][:t.n], cosines, w.p, o, from+i)
		}
		if a.kind != "cmpm" {
			vec.Add(w.asked, w.asked, w.slopes)
		} else {
			vec.Gemm(w.sums[0], t.d, w.slopes, t.n, o.unit, t.d, rows, t.d, t.n, false)
		}
		vec.Gemm(w.sums[1], t.d, w.asked, t.n, o.unit, t.d, rows, t.d, t.n, false)
		for i := range rows {
			row := from + i
			u, g := s.unit[row*t.d:][:t.d], w.sums[1][i*t.d:][:t.d]
			along, dst := vec.Dot(u, g), grad[int(t.order[row])*t.d:][:t.d]
			for k := range dst {
				dst[k] = (g[k] - along*u[k]) / s.norm[row] * most
			}
			if a.kind == "cmpm" {
				vec.Axpy(dst, a.scale, w.sums[0][i*t.d:][:t.d])
			}
		}
	})
}

// asking computes the derivatives of the loss of row i by factor·cosine.
func (a *align) asking(g, cosines, p []float64, s *alignSide, i int) {
	lo, hi := int(a.batch.from[i]), int(a.batch.to[i])
	vec.Affine(g, 1, -s.most[i], cosines)
	vec.Scale(g, s.factor[i], g)
	vec.Affine(g, 1, -s.log[i], g)
	vec.Exp(p, g)
	kl := 0.0
	if a.towards() {
		kl = s.kl[i]
	} else {
		copy(g, p)
	}
	vec.Affine(g[:lo], 1, -s.other[i]-kl, g[:lo])
	vec.Affine(g[lo:hi], 1, -s.match[i]-kl, g[lo:hi])
	vec.Affine(g[hi:], 1, -s.other[i]-kl, g[hi:])
	a.weigh(g, p)
	vec.Scale(g, s.up[i], g)
}

// asked computes the derivatives of the losses of all rows by their cosine
// with row i of the other side, in units of the largest factor; the matches of
// row i are theirs.
func (a *align) asked(g, cosines, p []float64, s *alignSide, i int) {
	lo, hi := int(a.batch.from[i]), int(a.batch.to[i])
	vec.Sub(g, cosines, s.most)
	vec.Mul(g, g, s.factor)
	vec.Sub(g, g, s.log)
	vec.Exp(p, g)
	if a.towards() {
		vec.Sub(g, g, s.kl)
	} else {
		copy(g, p)
	}
	vec.Sub(g[:lo], g[:lo], s.other[:lo])
	vec.Sub(g[lo:hi], g[lo:hi], s.match[lo:hi])
	vec.Sub(g[hi:], g[hi:], s.other[hi:])
	a.weigh(g, p)
	vec.Mul(g, g, s.pull)
}

// weigh completes the derivatives of a softmax: P·(log P − log match − KL),
// or P − match as it is. What is impossible stays so.
func (a *align) weigh(g, p []float64) {
	if !a.towards() {
		return
	}
	vec.Mul(g, g, p)
	for j, v := range g {
		if v != v && p[j] == 0 {
			g[j] = 0
		}
	}
}
