package loss

import (
	"fmt"
	"math"

	"lossctl/internal/vec"
)

// A divergence compares two distributions over the planes of two inputs, p
// and q, at every position:
//
//	forward   KL(p‖q) = Σ_k p_k·(log p_k − log q_k)
//	reverse   KL(q‖p)
//	jeffreys  KL(p‖q) + KL(q‖p)
//	gjs       β·KL(p‖m) + (1−β)·KL(q‖m), m = β·p + (1−β)·q
//	js        gjs with β = ½
//
// The distributions are softmax(x/T) of logits, and softmax(log(x)/T) of
// probabilities; at T = 1 these are taken as they are, unless they are to be
// divided by their sum. At β = 0 gjs is KL(p‖q) and at β = 1 KL(q‖p), as in
// TRL, though it tends to 0 there.
//
// A probability of 0 adds nothing, whatever the other is; 0 where the other
// distribution is not makes the divergence infinite, which a warning says.
// Identical inputs give 0, exactly.
type divergence struct {
	kind        string
	beta        float64 // of gjs
	temperature float64
	renormalize bool    // probabilities are divided by their sum
	tolerance   float64 // by which a sum of probabilities may miss 1, NaN: any
	floor       float64 // probabilities are clipped to [floor, 1], 0: they are not

	p, q, m distribution
	memory  memory
}

// newDivergence is forward at T = 1, of distributions that sum to 1 within
// 1e-3.
func newDivergence() divergence {
	return divergence{kind: "forward", beta: 0.5, temperature: 1, tolerance: 1e-3}
}

// divergences are the kinds.
var divergences = []string{"forward", "reverse", "js", "jeffreys", "gjs"}

// A part of a divergence is weight·KL(a‖b).
type part struct {
	a, b   *distribution
	weight float64
}

// eval sets dst to the divergence of inputs p and q at every position.
func (d *divergence) eval(dst []float64, out *Out, b *Block, p, q int) {
	d.between(dst, out, d.side(b, p, &d.p), d.side(b, q, &d.q))
}

// grad adds up·∂D/∂x to grad for the numbers x of input by, which is p or q.
func (d *divergence) grad(grad, up []float64, b *Block, p, q, by int) {
	P, Q := d.side(b, p, &d.p), d.side(b, q, &d.q)
	if by == p {
		d.slope(grad, up, P, Q, P)
	} else {
		d.slope(grad, up, P, Q, Q)
	}
}

// entropy sets dst to −Σ_k p_k·log p_k of an input at every position.
func (d *divergence) entropy(dst []float64, b *Block, input int) {
	d.entropyOf(dst, d.side(b, input, &d.p))
}

// entropyOf is entropy of distributions of slot d.p or d.q, where somebody
// wants it.
func (d *divergence) entropyOf(dst []float64, s *distribution) {
	if dst == nil {
		return
	}
	d.load(s)
	c := d.memory.take(8, len(s.x))
	vec.Mul(c, s.p, s.log)
	if !vec.AllFinite(c) {
		for j, v := range c {
			if v != v && s.p[j] == 0 {
				c[j] = 0
			}
		}
	}
	s.sum(dst, c)
	vec.Affine(dst, -1, 0, dst)
}

// side is the distributions of an input, whose probabilities are not computed.
func (d *divergence) side(b *Block, input int, s *distribution) *distribution {
	*s = b.distribution(input, b.Role(input), b.In[input])
	return s
}

// of computes in s the distributions of an input.
func (d *divergence) of(b *Block, input int, s *distribution) *distribution {
	return d.load(d.side(b, input, s))
}

// between sets dst to the divergence of two distributions, p of slot d.p and q
// of d.q, at every position.
func (d *divergence) between(dst []float64, out *Out, p, q *distribution) {
	if d.quick(dst, out, p, q) {
		return
	}
	d.checkSums(out, p)
	d.checkSums(out, q)
	var list [2]part
	parts := d.parts(list[:0], d.load(p), d.load(q))
	total, c := d.memory.take(8, len(p.x)), d.memory.take(9, len(p.x))
	clear(total)
	for _, t := range parts {
		vec.Sub(c, t.a.log, t.b.log)
		vec.Mul(c, c, t.a.p)
		vec.Axpy(total, t.weight, c)
	}
	p.sum(dst, total)
	for i, v := range dst {
		if v-v != 0 { // NaN or infinite
			dst[i] = d.mend(out, i, p, q, parts)
		}
	}
}

// quick computes what is KL of softmaxes whose probabilities are not at hand,
// without them. A position whose result is not finite goes the way of the others.
func (d *divergence) quick(dst []float64, out *Out, p, q *distribution) bool {
	if !d.isSoftmax(p) || !d.isSoftmax(q) || p.role == Prob || q.role == Prob || d.floor > 0 || p.p != nil || p.alone {
		return false
	}
	var list [2]part
	kl, s := vec.KLPlanes, 1/d.temperature
	if p.rows {
		kl = vec.KLRows
	}
	switch parts := d.directions(list[:0], p, q); len(parts) {
	case 0:
		return false
	case 2:
		other := d.memory.take(8, len(dst))
		kl(dst, q.x, p.x, s)
		kl(other, p.x, q.x, s)
		vec.Add(dst, dst, other)
	default:
		kl(dst, parts[0].a.x, parts[0].b.x, s)
	}
	for i, v := range dst {
		if v-v != 0 {
			a, b := *p, *q // of this position
			d.p, d.q = d.only(p, i, 10), d.only(q, i, 11)
			d.between(dst[i:i+1], out, &d.p, &d.q)
			d.p, d.q = a, b
		}
	}
	return true
}

// only is the distribution of position i of s, in a row.
func (d *divergence) only(s *distribution, i, slot int) distribution {
	x := d.memory.take(slot, s.classes)
	for k := range x {
		x[k] = s.x[s.number(i, k)]
	}
	return distribution{input: s.input, role: s.role, x: x, n: 1, classes: s.classes, first: s.first + i, rows: true, alone: true}
}

// parts appends the parts of the divergence of p and q.
func (d *divergence) parts(list []part, p, q *distribution) []part {
	if list = d.directions(list, p, q); len(list) > 0 {
		return list
	}
	beta := d.beta
	if d.kind == "js" {
		beta = 0.5
	}
	m := d.mix(p, q, beta)
	return append(list, part{p, m, beta}, part{q, m, 1 - beta})
}

// directions appends the parts of what needs no mixture.
func (d *divergence) directions(list []part, p, q *distribution) []part {
	switch gjs := d.kind == "gjs"; {
	case d.kind == "forward" || gjs && d.beta == 0:
		return append(list, part{p, q, 1})
	case d.kind == "reverse" || gjs && d.beta == 1:
		return append(list, part{q, p, 1})
	case d.kind == "jeffreys":
		return append(list, part{p, q, 1}, part{q, p, 1})
	}
	return list
}

// mix returns the mixture β·p + (1−β)·q. The logarithms of p and q are taken
// again, of their probabilities as that of the mixture is, so that where the
// three are equal nothing is left.
func (d *divergence) mix(p, q *distribution, beta float64) *distribution {
	n := len(p.x)
	d.m = distribution{x: p.x, n: p.n, classes: p.classes, rows: p.rows, mixture: true, log: d.memory.take(6, n), p: d.memory.take(7, n)}
	m := &d.m
	vec.Sub(m.log, p.p, q.p)
	copy(m.p, q.p)
	vec.Axpy(m.p, beta, m.log)
	vec.Log(m.log, m.p)
	for i, s := range [...]*distribution{p, q} {
		s.log = d.memory.take(1+3*i, n)
		vec.Log(s.log, s.p)
	}
	return m
}

// mend computes the divergence at position i, where the quick way finds no
// finite number: with classes that are impossible.
func (d *divergence) mend(out *Out, i int, p, q *distribution, parts []part) float64 {
	if !d.possible(p, out, i) || !d.possible(q, out, i) {
		return math.NaN()
	}
	total := 0.0
	for _, t := range parts {
		for k := range p.classes {
			j := p.number(i, k)
			if t.a.p[j] == 0 || t.b.mixture && t.b.p[j] == 0 { // the other way round it is below what float64 holds
				continue
			}
			v := float64(t.weight * t.a.p[j] * (t.a.log[j] - t.b.log[j]))
			if math.IsInf(v, 1) && !math.IsInf(total, 1) {
				why := "probability 0 where the other is not: the divergence is inf"
				if !t.b.impossible(j) {
					why = "so far from the other that the divergence is inf"
				}
				out.Warn(t.b.input, t.b.first+i, k, why)
			}
			total += v
		}
	}
	return total
}

// checkSums refuses probabilities that do not sum to 1.
func (d *divergence) checkSums(out *Out, s *distribution) {
	if s.role == Logit || d.renormalize || math.IsNaN(d.tolerance) {
		return
	}
	p := s.x
	if s.role == LogProb {
		p = d.memory.take(8, len(s.x))
		vec.Exp(p, s.x)
	}
	sums := d.memory.take(9, s.n)
	s.sum(sums, p)
	for i, v := range sums {
		if math.Abs(v-1) > d.tolerance {
			out.Fail(s.input, s.first+i, 0, fmt.Sprintf("a row that sums to %.6g", v),
				fmt.Sprintf("1 within %g; --renormalize divides by the sum", d.tolerance))
		}
	}
}

// memory is kept from block to block.
type memory [][]float64

// take returns n numbers of slot i, of any content.
func (m *memory) take(i, n int) []float64 {
	for len(*m) <= i {
		*m = append(*m, nil)
	}
	(*m)[i] = resize((*m)[i], n)
	return (*m)[i]
}

// resize returns n items in the memory of x, of any content.
func resize[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
