package loss

import (
	"math"

	"lossctl/internal/vec"
)

// What siou adds to 1 − IoU is (Δ+Ω)/2:
//
//	Δ = 2 − e0 − e1, e0 = exp(−γ(d_x/c_w)²), e1 of y and c_h, γ = 2 − Λ
//	Ω = (1−e2)⁴ + (1−e3)⁴, e2 = exp(−|w−w_t|/max(w, w_t)), e3 of h
//
// Λ = 1 − 2·sin²(arcsin(d_y/ρ) − π/4) = 2|d_x d_y|/ρ², and 0 where the centres
// are the same.

// siouExponents computes e0…e3 of the n pairs of the run, side by side.
func (f *iouBoxes) siouExponents(n int) []float64 {
	e := f.exponents[:4*n]
	for i := range n {
		q := f.pair(i)
		gamma := 2 - q.angle()
		x, y := ratio(q.dx, q.cw), ratio(q.dy, q.ch)
		e[4*i], e[4*i+1] = -gamma*x*x, -gamma*y*y
		e[4*i+2], e[4*i+3] = -unlike(q.w, q.wt), -unlike(q.h, q.ht)
	}
	vec.Exp(e, e)
	return e
}

// siou adds what siou adds to the pairs of the run.
func (f *iouBoxes) siou(loss []float64) {
	e := f.siouExponents(len(loss))
	for i := range loss {
		loss[i] += (2 - e[4*i] - e[4*i+1] + fourth(1-e[4*i+2]) + fourth(1-e[4*i+3])) / 2
	}
}

func fourth(x float64) float64 { return x * x * x * x }

// angle is Λ, from the ratio of the shorter leg to the longer.
func (q *boxPair) angle() float64 {
	x, y := math.Abs(q.dx), math.Abs(q.dy)
	r := ratio(min(x, y), max(x, y))
	return 2 * r / (1 + r*r)
}

// unlike is |a−b|/max(a, b).
func unlike(a, b float64) float64 { return ratio(math.Abs(a-b), max(a, b)) }

// siouSlope adds the derivatives, e being e0…e3.
func siouSlope(d *boxSlope, q *boxPair, e []float64) {
	gamma := 2 - q.angle()
	x, y := ratio(q.dx, q.cw), ratio(q.dy, q.ch)
	// Δ/2 by the distances and sides: (d/c)² grows by 2(d/c)/c.
	sx, sy := gamma*x*e[0], gamma*y*e[1]
	d.dx += steep(sx, q.cw)
	d.dy += steep(sy, q.ch)
	d.cw -= steep(sx*x, q.cw)
	d.ch -= steep(sy*y, q.ch)
	// Δ/2 by Λ, and that by the legs.
	q.angleSlope(d, -(x*x*e[0]+y*y*e[1])/2)
	unlikeSlope(&d.w, &d.wt, q.w, q.wt, e[2])
	unlikeSlope(&d.h, &d.ht, q.h, q.ht, e[3])
}

// angleSlope adds up·∂Λ/∂(d_x, d_y): Λ = 2r/(1+r²), r = |short|/|long|.
func (q *boxPair) angleSlope(d *boxSlope, up float64) {
	short, long, byShort, byLong := q.dx, q.dy, &d.dx, &d.dy
	if math.Abs(short) > math.Abs(long) {
		short, long, byShort, byLong = long, short, byLong, byShort
	}
	r := ratio(math.Abs(short), math.Abs(long))
	up *= 2 * (1 - r*r) / ((1 + r*r) * (1 + r*r))
	if short != 0 {
		*byShort += math.Copysign(1, short) * steep(up, math.Abs(long))
	}
	*byLong -= steep(up*r, long)
}

// unlikeSlope adds the derivative of (1−e)⁴/2, e = exp(−|a−b|/max(a, b)).
func unlikeSlope(da, db *float64, a, b, e float64) {
	up := 2 * (1 - e) * (1 - e) * (1 - e) * e
	if a < b {
		a, b, da, db = b, a, db, da
	}
	*da += steep(up*ratio(b, a), a)
	*db -= steep(up, a)
}
