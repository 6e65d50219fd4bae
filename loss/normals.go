package loss

import (
	"math"

	"lossctl/internal/vec"
)

// normals are pairs of normal distributions, number by number, given by their
// means and log-variances. Their divergence is
//
//	KL(N(μ, e^v) ‖ N(m, e^w)) = ½·(e^δ − 1 − δ) + ½·((μ − m)·e^(−w/2))²,  δ = v − w.
type normals struct {
	mu, v []float64
	m, w  []float64 // nil: 0, so that without both it is the standard normal

	wide   bool // some w are, or some v infinite
	memory memory
}

// Within wideLogvar no e^−w overflows or vanishes, so that none makes 0·inf.
const wideLogvar = 700

// isWide reports whether a log-variance is beyond, or no number.
func isWide(w float64) bool { return !(math.Abs(w) <= wideLogvar) }

// set takes the pairs; the slices are only read.
func (p *normals) set(mu, v, m, w []float64) {
	p.mu, p.v, p.m, p.w, p.wide = mu, v, m, w, false
	if w != nil {
		lo, hi := vec.Range(w)
		p.wide = isWide(lo) || isWide(hi) || !vec.AllFinite(v)
	}
}

// kl sets dst to the divergences.
func (p *normals) kl(dst []float64) {
	delta := p.delta()
	vec.KLNormal(dst, p.shift(), delta)
	if p.wide {
		for i, d := range delta {
			if math.IsInf(d, 1) {
				dst[i] = d
			}
		}
	}
}

// byMu sets dst to the derivative by μ, (μ − m)·e^−w; that by m is its
// negative.
func (p *normals) byMu(dst []float64) {
	shift := p.shift()
	if p.w == nil {
		copy(dst, shift)
		return
	}
	p.precision(dst)
	vec.Mul(dst, dst, shift)
	p.apart(dst, 1)
}

// byV sets dst to the derivative by v, ½·(e^δ − 1).
func (p *normals) byV(dst []float64) {
	vec.Expm1(dst, p.delta())
	vec.Scale(dst, 0.5, dst)
}

// byW sets dst to the derivative by w, −½·(e^δ − 1 + ((μ − m)·e^(−w/2))²).
func (p *normals) byW(dst []float64) {
	vec.Expm1(dst, p.delta())
	vec.Add(dst, dst, p.square())
	vec.Scale(dst, -0.5, dst)
}

// delta returns δ, which is 0 for equals also where they are infinite.
func (p *normals) delta() []float64 {
	if p.w == nil {
		return p.v
	}
	d := p.memory.take(0, len(p.mu))
	vec.Sub(d, p.v, p.w)
	if p.wide {
		for i, v := range p.v {
			if v == p.w[i] {
				d[i] = 0
			}
		}
	}
	return d
}

// square returns ((μ − m)·e^(−w/2))².
func (p *normals) square() []float64 {
	s, dst := p.shift(), p.memory.take(1, len(p.mu))
	vec.Mul(dst, s, s)
	return dst
}

// shift returns (μ − m)·e^(−w/2), which is μ itself against the standard
// normal.
func (p *normals) shift() []float64 {
	d, dst := p.mu, p.memory.take(1, len(p.mu))
	if p.m != nil {
		vec.Sub(dst, d, p.m)
		d = dst
	}
	if p.w != nil {
		e := p.memory.take(2, len(p.mu))
		p.precision(e)
		vec.Mul(dst, d, e)
		p.apart(dst, 0.5)
		d = dst
	}
	return d
}

// precision sets dst to e^(−w/2).
func (p *normals) precision(dst []float64) {
	vec.Scale(dst, -0.5, p.w)
	vec.Exp(dst, dst)
}

// apart sets dst, where w is wide, to (μ − m)·e^(−a·w) taken apart:
// ±exp(log 2 + log |μ/2 − m/2| − a·w), and 0 where μ = m.
func (p *normals) apart(dst []float64, a float64) {
	if !p.wide {
		return
	}
	half, e := p.memory.take(2, len(p.mu)), p.memory.take(3, len(p.mu))
	vec.Scale(half, 0.5, p.mu)
	if p.m != nil {
		vec.Axpy(half, -0.5, p.m)
	}
	for i, h := range half {
		e[i] = math.Abs(h)
	}
	vec.Log(e, e)
	for i, w := range p.w {
		e[i] += math.Ln2 - float64(a*w)
	}
	vec.Exp(e, e)
	for i, w := range p.w {
		switch h := half[i]; {
		case !isWide(w):
		case h == 0:
			dst[i] = 0
		default:
			dst[i] = math.Copysign(e[i], h)
		}
	}
}
