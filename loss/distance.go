package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A distance measures how far apart two embeddings x and y are:
//
//	l2      ‖δ‖₂
//	sql2    ‖δ‖₂²
//	l1      ‖δ‖₁
//	lp      ‖δ‖_p, of p = ∞ max|δ_i|
//	cosine  1 − cos(x, y), which is ‖δ‖₂²/2 of the unit vectors
//
// of δ = x − y + ε, or with ε under the root (Σ|x_i−y_i|^p + ε)^(1/p). The
// gradient of a root at 0 is taken as 0, and that of a maximum is shared by all
// components that have it, as in torch. Nothing overflows before the distance
// itself does. A distance is used by one goroutine, as it has memory.
type distance struct {
	kind      string
	p         float64 // NaN: ∞
	eps       float64
	epsWhere  string // difference or root
	normalize bool

	memory []float64
}

var distances = []string{"l2", "sql2", "l1", "lp", "cosine"}

func newDistance() distance { return distance{kind: "l2", p: 2, epsWhere: "difference"} }

// params are the parameters that every user of distances has.
func (d *distance) params() []Param {
	return []Param{
		{Name: "distance", Main: true, Value: Choice(&d.kind, distances...), Doc: "l2, its square, l1, lp, or 1 − cos"},
		{Name: "p", Value: FloatOr(&d.p, 1, math.Inf(1), "inf"), Doc: "p of --distance lp; inf: the largest difference"},
		{Name: "normalize", Value: Bool(&d.normalize), Doc: "divide every embedding by its l2 norm first"},
	}
}

// units reports whether the distance is between unit vectors.
func (d *distance) units() bool { return d.normalize || d.kind == "cosine" }

// largest reports whether the distance is the largest difference.
func (d *distance) largest() bool { return d.kind == "lp" && math.IsNaN(d.p) }

// added and root are the ε of the difference and that under the root; cosine
// has neither.
func (d *distance) added() float64 {
	if d.epsWhere == "difference" && d.kind != "cosine" {
		return d.eps
	}
	return 0
}

func (d *distance) root() float64 {
	if d.epsWhere == "root" && d.kind != "cosine" {
		return d.eps
	}
	return 0
}

// delta computes δ.
func (d *distance) delta(x, y []float64) []float64 {
	if cap(d.memory) < len(x) {
		d.memory = make([]float64, len(x))
	}
	r := d.memory[:len(x)]
	vec.Sub(r, x, y)
	if eps := d.added(); eps > 0 {
		vec.Affine(r, 1, eps, r)
	}
	return r
}

// between returns the distance of x and y, unit vectors where units says so.
func (d *distance) between(x, y []float64) float64 {
	if s := d.sum(x, y) + d.root(); s > 1e-290 && !math.IsInf(s, 1) {
		switch d.kind {
		case "l2":
			return math.Sqrt(s)
		case "cosine":
			return s / 2
		case "lp":
			return d.rootOf(s)
		}
		return s
	}
	return d.wide(x, y).float()
}

// rootOf returns the p-th root of what sum returns.
func (d *distance) rootOf(s float64) float64 {
	if d.largest() {
		return s
	}
	return math.Pow(s, 1/d.p)
}

// sum returns Σ|δ_i|^p, which may overflow or vanish; of p = ∞ max|δ_i|.
func (d *distance) sum(x, y []float64) float64 {
	plain := d.added() == 0
	switch {
	case d.largest():
		return maxAbs(d.delta(x, y))
	case d.kind == "lp":
		return d.powers(d.delta(x, y))
	case d.kind == "l1" && plain:
		return vec.AbsDistance(x, y)
	case d.kind == "l1":
		return absSum(d.delta(x, y))
	case plain:
		return vec.SquaredDistance(x, y)
	}
	return vec.SumSq(d.delta(x, y))
}

// powers returns Σ|r_i|^p, and leaves the powers in r.
func (d *distance) powers(r []float64) float64 {
	for i, v := range r {
		r[i] = math.Abs(v)
	}
	vec.Pow(r, r, d.p)
	return vec.Sum(r)
}

func absSum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += math.Abs(v)
	}
	return s
}

// A wide number is m·2^e: distances that float64 does not hold.
type wide struct {
	m float64
	e int
}

func (w wide) float() float64 { return math.Ldexp(w.m, w.e) }

func (w wide) minus(v wide) float64 {
	e := max(w.e, v.e)
	return math.Ldexp(math.Ldexp(w.m, w.e-e)-math.Ldexp(v.m, v.e-e), e)
}

// wide returns the distance where its sum overflows or vanishes. ε under the
// root does not matter to one that overflows.
func (d *distance) wide(x, y []float64) wide {
	_, largest, s := d.scaled(x, y)
	if largest.m == 0 {
		return wide{}
	}
	switch d.kind {
	case "l1":
		return wide{largest.m * s, largest.e}
	case "lp":
		return wide{largest.m * d.rootOf(s), largest.e}
	case "l2":
		return wide{largest.m * math.Sqrt(s), largest.e}
	case "cosine":
		s /= 2
	}
	return wide{largest.m * largest.m * s, 2 * largest.e}
}

// scaled returns r = δ/max|δ|, the maximum, and Σ|r_i|^p; of p = ∞ that is 1.
func (d *distance) scaled(x, y []float64) (r []float64, largest wide, s float64) {
	r = d.delta(x, y)
	most, shift := maxAbs(r), 0
	if math.IsInf(most, 1) {
		shift = 2
		for i, v := range x {
			r[i] = v/4 - y[i]/4 // ε is nothing beside it
		}
		most = maxAbs(r)
	}
	if most == 0 {
		return r, wide{}, 0
	}
	for i := range r {
		r[i] /= most
	}
	switch {
	case d.kind == "l1":
		s = absSum(r)
	case d.largest():
		s = 1
	case d.kind == "lp":
		for _, v := range r {
			s += math.Pow(math.Abs(v), d.p)
		}
	default:
		s = vec.SumSq(r)
	}
	m, e := math.Frexp(most)
	return r, wide{m, e + shift}, s
}

func maxAbs(x []float64) float64 {
	lo, hi := vec.Range(x)
	return max(-lo, hi)
}

// gap returns d(x, y) − d(x, z), given both.
func (d *distance) gap(xy, xz float64, x, y, z []float64) float64 {
	if math.IsInf(xy, 1) && math.IsInf(xz, 1) {
		return d.wide(x, y).minus(d.wide(x, z))
	}
	return xy - xz
}

// pull adds up·∂d/∂x to gx and up·∂d/∂y to gy, either of which may be nil,
// given the distance at.
func (d *distance) pull(gx, gy, x, y []float64, at, up float64) {
	if up == 0 || at == 0 && (d.kind == "l2" || d.kind == "lp") {
		return
	}
	r := d.delta(x, y)
	k := up // times r
	switch d.kind {
	case "l2":
		k = up / at
	case "sql2":
		k = 2 * up
	case "l1":
		signs(r)
	case "lp":
		d.slopes(r, at)
	}
	if d.kind != "l1" && (math.IsInf(k, 0) || math.IsInf(at, 1) || !vec.AllFinite(r)) {
		r, k = d.pullWide(x, y, up)
	}
	if gx != nil {
		vec.Axpy(gx, k, r)
	}
	if gy != nil {
		vec.Axpy(gy, -k, r)
	}
}

func signs(r []float64) {
	for i, v := range r {
		switch {
		case v > 0:
			r[i] = 1
		case v < 0:
			r[i] = -1
		}
	}
}

// slopes turns r into sign(r)·(|r|/at)^(p−1); of p = ∞ into sign(r)/n where
// |r| is at, in n components.
func (d *distance) slopes(r []float64, at float64) {
	if d.largest() {
		n := 0.0
		for i, v := range r {
			if r[i] = 0; math.Abs(v) == at {
				r[i] = math.Copysign(1, v)
				n++
			}
		}
		vec.Scale(r, 1/n, r)
		return
	}
	for i, v := range r {
		r[i] = math.Copysign(math.Pow(math.Abs(v)/at, d.p-1), v)
		if v == 0 {
			r[i] = 0
		}
	}
}

// pullWide returns ∂d/∂x as k·r where the sum overflows or vanishes.
func (d *distance) pullWide(x, y []float64, up float64) (r []float64, k float64) {
	r, largest, s := d.scaled(x, y)
	switch d.kind {
	case "l2":
		return r, up / math.Sqrt(s)
	case "lp":
		d.slopes(r, d.rootOf(s))
		return r, up
	case "sql2":
		up *= 2
	}
	return r, up * largest.float()
}

// What is wrong with a vector of zeros.
const (
	noDirection   = "a vector of zeros"
	someDirection = "one that has a direction"
)

// unit computes the unit vector u of v, and returns the norm of v: 0 where v
// has no direction, and u is 0 too.
func unit(u, v []float64) (norm float64) {
	if s := vec.SumSq(v); s > 1e-290 && !math.IsInf(s, 1) {
		norm = math.Sqrt(s)
		vec.Scale(u, 1/norm, v)
		return norm
	}
	most := maxAbs(v)
	if most == 0 {
		clear(u)
		return 0
	}
	for k, c := range v {
		u[k] = c / most
	}
	s := math.Sqrt(vec.SumSq(u))
	vec.Scale(u, 1/s, u)
	return most * s
}

// unitGrad turns the gradient g by a unit vector u into that by the vector of
// that norm: (g − u·⟨u, g⟩)/‖x‖.
func unitGrad(g, u []float64, norm float64) {
	vec.Axpy(g, -vec.Dot(u, g), u)
	for i, v := range g {
		g[i] = v / norm
	}
}
