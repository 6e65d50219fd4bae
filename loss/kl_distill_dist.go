package loss

import (
	"math"

	"lossctl/internal/sum"
	"lossctl/internal/vec"
)

// A relation is Pearson's correlation ρ of a and b, from their centred sums.
type relation struct{ aa, bb, ab float64 }

func (r relation) rho() float64 {
	n := r.norm()
	if n == 0 {
		return 0
	}
	return r.ab / n
}

// norm is the product of the lengths. Where a and b are the same, ρ is 1
// exactly unless the squares underflow.
func (r relation) norm() float64 {
	if n := r.aa * r.bb; n > 1e-280 {
		return math.Sqrt(n)
	}
	return math.Sqrt(r.aa) * math.Sqrt(r.bb)
}

// slope returns ∂ρ/∂a for numbers of a and b: (b/‖b‖ − ρ·a/‖a‖)/‖a‖.
func (r relation) slope() func(a, b float64) float64 {
	if r.norm() == 0 {
		return func(float64, float64) float64 { return 0 }
	}
	rho, x, y := r.rho(), 1/math.Sqrt(r.aa), 1/math.Sqrt(r.bb)
	return func(a, b float64) float64 { return x * (float64(b*y) - float64(rho*a*x)) }
}

// relations sets dst to β·inter + γ·intra: for each position 1 − ρ over the
// classes, and for the batch the mean over the classes of 1 − ρ over its
// positions.
func (k *distill) relations(dst []float64, out *Out, b *Block) {
	p, q := k.soft.of(b, 1, &k.soft.p), k.soft.of(b, 0, &k.soft.q)
	inter, intra := out.Terms[distillInter], out.Terms[distillIntra]
	for i, r := range k.acrossClasses(p, q) {
		inter[i] = 1 - r.rho()
	}
	mean := 0.0
	for _, r := range k.acrossSamples(p, q, b) {
		mean += (1 - r.rho()) / float64(k.width)
	}
	for i := range dst {
		intra[i] = mean
		dst[i] = float64(k.distBeta*inter[i]) + float64(k.distGamma*intra[i])
	}
	for i, v := range dst {
		if v != v && !(k.soft.possible(p, out, i) && k.soft.possible(q, out, i)) {
			return
		}
	}
}

// acrossClasses returns the relations between the classes of each position.
func (k *distill) acrossClasses(p, q *distribution) []relation {
	list := resize(k.rows, p.n)
	k.rows = list
	clear(list)
	share := 1 / float64(k.width)
	for c := range k.width {
		for i := range list {
			a, b := q.p[c*p.n+i]-share, p.p[c*p.n+i]-share
			r := &list[i]
			r.aa += float64(a * a)
			r.bb += float64(b * b)
			r.ab += float64(a * b)
		}
	}
	return list
}

// acrossSamples returns the relations between the positions of each class, but for
// those that are left out. Their sums do not depend on the order. The
// probabilities of q and p become their distances from the mean of the class,
// 0 for those that are left out.
func (k *distill) acrossSamples(p, q *distribution, b *Block) []relation {
	n := float64(b.N)
	for _, left := range b.Left {
		if left {
			n--
		}
	}
	list := resize(k.columns, k.width)
	k.columns = list
	products := k.memory.take(5, b.N)
	for c := range list {
		lo, hi := c*b.N, (c+1)*b.N
		x, y := q.p[lo:hi], p.p[lo:hi]
		for _, side := range [][]float64{x, y} {
			var s sum.Sum
			leave(side, b.Left)
			s.AddSlice(side)
			vec.Affine(side, 1, -s.Value()/n, side)
			leave(side, b.Left)
		}
		total := func(x, y []float64) float64 {
			var s sum.Sum
			vec.Mul(products, x, y)
			s.AddSlice(products)
			return s.Value()
		}
		list[c] = relation{aa: total(x, x), bb: total(y, y), ab: total(x, y)}
	}
	return list
}

func leave(x []float64, left []bool) {
	for i, l := range left {
		if l {
			x[i] = 0
		}
	}
}

// relationsGrad adds u·∂(β·inter + γ·intra)/∂s: with h the derivative by the
// probabilities q, it is q·(h − Σ q·h)/T.
func (k *distill) relationsGrad(grad, u []float64, b *Block) {
	p, q := k.soft.of(b, 1, &k.soft.p), k.soft.of(b, 0, &k.soft.q)
	n := b.N
	share := 1 / float64(k.width)
	h, probs := k.memory.take(6, len(q.p)), k.memory.take(7, len(q.p))
	copy(probs, q.p)
	for i, r := range k.acrossClasses(p, q) {
		slope := r.slope()
		for j := i; j < len(h); j += n {
			h[j] = -k.distBeta * u[i] * slope(q.p[j]-share, p.p[j]-share)
		}
	}
	var total sum.Sum
	total.AddSlice(u)
	for c, r := range k.acrossSamples(p, q, b) {
		slope := r.slope()
		f := -k.distGamma * total.Value() / float64(k.width)
		for j := c * n; j < (c+1)*n; j++ {
			h[j] += float64(f * slope(q.p[j], p.p[j]))
		}
	}
	for i := range n {
		if b.Left != nil && b.Left[i] {
			continue
		}
		mean := 0.0
		for j := i; j < len(h); j += n {
			mean += float64(product(probs[j], h[j]))
		}
		for j := i; j < len(h); j += n {
			grad[j] += product(probs[j], h[j]-mean) / k.soft.temperature
		}
	}
}
