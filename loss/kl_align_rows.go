package loss

import (
	"math"

	"lossctl/internal/vec"
)

// matchSharpness is what ActionCLIP multiplies the 1 of a match by, before
// the softmax over the matches.
const matchSharpness = 10

// compare computes the losses of both directions.
func (a *align) compare(b *Block) {
	t := &a.batch
	for side := range t.sides {
		s := &t.sides[side]
		for i := range t.n {
			a.want(s, i)
		}
		t.tiles(b, side, func(w *alignWork, from, rows int) {
			for i := range rows {
				a.row(s, from+i, w.cosines[i*t.n:][:t.n], w.p)
			}
		})
	}
}

// want sets the factor of row i, the scale and in cmpm the length of the row,
// and what it wants of the other side, of which k rows match.
func (a *align) want(s *alignSide, i int) {
	t := &a.batch
	n, k := float64(t.n), float64(t.to[i]-t.from[i])
	s.factor[i] = a.scale
	if a.kind == "cmpm" { // what overflows leaves the nearest row alone
		s.factor[i] = min(a.scale*s.norm[i], math.MaxFloat64)
	}
	match, other := 1/k, 0.0
	switch {
	case a.kind == "actionclip":
		e := math.Exp(-matchSharpness)
		match = 1 / (k + (n-k)*e)
		other = match * e
	case a.towards() && a.labelNorm == "l2":
		match = 1 / math.Sqrt(k)
	}
	if a.towards() {
		match, other = math.Log(match+a.eps), math.Log(a.eps)
	}
	s.match[i], s.other[i] = match, other
}

// row computes the loss of row i from its cosines z, which it overwrites; p
// is memory of their number.
func (a *align) row(s *alignSide, i int, z, p []float64) {
	lo, hi := int(a.batch.from[i]), int(a.batch.to[i])
	s.most[i] = vec.Max(z)
	vec.Affine(z, 1, -s.most[i], z)
	vec.Scale(z, s.factor[i], z)
	vec.Exp(p, z)
	sum := vec.Sum(p)
	s.log[i] = math.Log(sum)
	match, other := s.match[i], s.other[i]
	if a.towards() { // Σ P·(log P − log match), log P = z − log
		if s.factor[i] > math.MaxFloat64/4 {
			for j, v := range z { // what overflows has probability 0
				z[j] = max(v, -math.MaxFloat64)
			}
		}
		m, o := vec.Sum(p[lo:hi])/sum, (vec.Sum(p[:lo])+vec.Sum(p[hi:]))/sum
		s.kl[i] = vec.Dot(p, z)/sum - s.log[i] - product(m, match) - product(o, other)
		return
	}
	// Σ match·(log match − log P)
	k, rest := float64(hi-lo), float64(len(z)-hi+lo)
	s.kl[i] = k*match*math.Log(match) + s.log[i] - match*vec.Sum(z[lo:hi])
	if other > 0 {
		s.kl[i] += rest*other*math.Log(other) - other*(vec.Sum(z[:lo])+vec.Sum(z[hi:]))
	}
}
