package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A binary has the probabilities of a tile of scores: p and q = 1−p, and
// their logarithms.
type binary struct{ p, q, logP, logQ []float64 }

// binary computes the probabilities, each stable on its own.
func (f *focal) binary(b *Block) binary {
	x, role, n := b.In[0], f.role(b), b.N
	z := binary{f.scratch(0, n), f.scratch(1, n), f.scratch(2, n), f.scratch(3, n)}
	switch {
	case role == Logit:
		if b.Role(0) == Prob {
			vec.Log(z.logQ, x)
			x = z.logQ
		}
		tail := f.scratch(10, n)
		vec.Logistic(z.p, z.q, tail, x)
		vec.Rectify(z.logP, -1, 0, x)
		vec.Rectify(z.logQ, 1, 0, x)
		for _, l := range [][]float64{z.logP, z.logQ} {
			vec.Add(l, l, tail)
			vec.Scale(l, -1, l)
		}
	case role == Prob:
		for i, v := range x {
			z.p[i], z.q[i] = v, 1-v
		}
		vec.Log(z.logP, z.p)
		vec.Log(z.logQ, z.q)
	default:
		copy(z.logP, x)
		vec.Exp(z.p, x)
		vec.Expm1(z.q, x)
		vec.Scale(z.q, -1, z.q)
		vec.Log(z.logQ, z.q)
	}
	f.bound(z)
	return z
}

// role is what the scores are taken for.
func (f *focal) role(b *Block) Role {
	if r := b.Role(0); r != Prob || !f.logAsLogit || b.Role(1) != Index {
		return r
	}
	return Logit
}

// bound applies what libraries put into the logarithm.
func (f *focal) bound(z binary) {
	if f.probClip > 0 {
		for i, v := range z.p {
			p := min(max(v, f.probClip), 1-f.probClip)
			z.logP[i], z.logQ[i] = p, 1-p
		}
		vec.Log(z.logP, z.logP)
		vec.Log(z.logQ, z.logQ)
	}
	if f.eps > 0 {
		vec.Affine(z.logP, 1, f.eps, z.p)
		vec.Affine(z.logQ, 1, f.eps, z.q)
		vec.Log(z.logP, z.logP)
		vec.Log(z.logQ, z.logQ)
	}
	if f.logFloor > 0 {
		floor := math.Log(f.logFloor)
		for i := range z.p {
			z.logP[i], z.logQ[i] = max(z.logP[i], floor), max(z.logQ[i], floor)
		}
	}
}

// labels returns the label of every element in [0, 1], smoothed and as it was.
func (f *focal) labels(b *Block) (smooth, hard []float64) {
	t := b.In[1]
	if b.Role(1) == Index {
		hot := f.scratch(4, b.N)
		for i := range t {
			hot[i] = 0
			if f.classOf(t[i]) == int(b.Class[i]) {
				hot[i] = 1
			}
		}
		t = hot
	}
	if f.smoothing == 0 {
		return t, t
	}
	s := f.scratch(11, b.N)
	for i, v := range t {
		s[i] = v*(1-f.smoothing) + f.smoothing/2
	}
	return s, t
}

// classOf returns the class of an id of one-vs-rest, −1 for the background.
func (f *focal) classOf(id float64) int {
	switch c := int(id); {
	case f.backgroundID == 0:
		return c - 1
	case c == f.backgroundID:
		return -1
	default:
		return c
	}
}

// class returns the class of element i, 0 where there are none.
func (b *Block) class(i int) int {
	if b.Class == nil {
		return 0
	}
	return int(b.Class[i])
}

// weight returns the class weight of element i.
func (f *focal) weight(b *Block, i int) float64 {
	if len(f.weights) == 0 {
		return 1
	}
	c := b.class(i)
	if f.byTarget {
		if c = f.classOf(b.In[1][i]); c < 0 {
			return 1
		}
	}
	return at(f.weights, c)
}

// alphas returns the factors of the two sides of element i.
func (f *focal) alphas(b *Block, i int) (pos, neg float64) {
	switch {
	case len(f.alpha) == 0:
		return 1, 1
	case f.alphaPositives && len(f.alpha) > 1:
		return at(f.alpha, b.class(i)), 1
	}
	a := at(f.alpha, b.class(i))
	return a, 1 - a
}

// positiveWeight returns the factor of −log p of element i.
func (f *focal) positiveWeight(b *Block, i int) float64 {
	if len(f.posWeight) == 0 {
		return 1
	}
	return at(f.posWeight, b.class(i))
}

// product is a·b, and 0 where one of them is, even if the other is infinite.
func product(a, b float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return a * b
}

// sigmoid computes the terms of a tile of elements.
func (f *focal) sigmoid(out *Out, b *Block) {
	t, hard := f.labels(b)
	switch {
	case f.plain(b):
		f.plainLoss(out, t, b)
	case f.sides():
		f.twoSided(out, f.binary(b), t, b)
	default:
		f.oneSided(out, f.binary(b), t, b)
	}
	for i := range out.Terms[focalWeight] {
		out.Terms[focalWeight][i] = f.weight(b, i)
	}
	copy(out.Terms[focalPositives], hard)
}

// sides reports whether positives and negatives are computed apart.
func (f *focal) sides() bool { return f.asymmetric() || f.softTarget == "sides" }

// plain reports whether the loss is that of the paper on finite logits.
func (f *focal) plain(b *Block) bool {
	return b.Role(0) == Logit && !f.sides() && f.softTarget == "mixture" && len(f.posWeight) == 0 &&
		f.eps == 0 && f.probClip == 0 && f.logFloor == 0 && vec.AllFinite(b.In[0])
}

// plainLoss is oneSided in a few vector operations, or in one.
func (f *focal) plainLoss(out *Out, t []float64, b *Block) {
	value := out.Terms[focalLoss]
	if f.paper(out.Terms[focalModulator] != nil) {
		slope, at0 := f.sideWeights()
		vec.BinaryFocal(value, b.In[0], t, slope, at0)
		return
	}
	m, s := f.modulatorTerm(out, b.N), f.scratch(5, b.N)
	vec.BinaryCrossEntropy(value, s, b.In[0], t)
	f.modulator(m, s, f.gamma)
	if f.poly != 0 {
		vec.Axpy(value, f.poly, s)
	}
	vec.Mul(value, value, m)
	scale := f.scratch(6, b.N)
	switch {
	case f.listed():
		for i, ti := range t {
			pos, neg := f.alphas(b, i)
			scale[i] = f.weight(b, i) * (pos*ti + neg*(1-ti))
		}
	case len(f.alpha) == 1:
		slope, at0 := f.sideWeights()
		vec.Affine(scale, slope, at0, t)
	default:
		return
	}
	vec.Mul(value, value, scale)
}

// listed reports whether elements have weights by their class.
func (f *focal) listed() bool { return len(f.weights) > 0 || len(f.alpha) > 1 }

// paper reports whether the loss is that of the paper with its γ, which vec has in
// one operation.
func (f *focal) paper(modulators bool) bool {
	return f.gamma == 2 && f.poly == 0 && f.reducedThreshold == 0 && !f.listed() && !modulators
}

// sideWeights returns the weight α·t + (1−α)·(1−t) of a label t as a slope
// and what it is at 0.
func (f *focal) sideWeights() (slope, at0 float64) {
	if len(f.alpha) == 0 {
		return 0, 1
	}
	return 2*f.alpha[0] - 1, 1 - f.alpha[0]
}

// oneSided is the loss with one p_t for both sides.
func (f *focal) oneSided(out *Out, z binary, t []float64, b *Block) {
	value, m := out.Terms[focalLoss], f.modulatorTerm(out, b.N)
	s, ce := f.scratch(5, b.N), f.scratch(6, b.N)
	f.misses(s, ce, z, t, b)
	f.modulator(m, s, f.gamma)
	if f.listed() || !vec.AllFinite(ce) {
		for i, ti := range t {
			pos, neg := f.alphas(b, i)
			w := f.weight(b, i)
			value[i] = product(w*(pos*ti+neg*(1-ti)), product(m[i], ce[i]+f.poly*s[i]))
		}
		return
	}
	if f.poly != 0 { // rounded as each element is
		vec.Scale(s, f.poly, s)
		vec.Add(ce, ce, s)
	}
	vec.Mul(ce, m, ce)
	pos, neg := f.alphas(b, 0)
	vec.Affine(s, -1, 1, t)
	vec.Scale(s, neg, s)
	vec.Scale(value, pos, t)
	vec.Add(value, value, s)
	vec.Mul(value, value, ce)
}

// misses computes s = 1−p_t and the cross-entropy.
func (f *focal) misses(s, ce []float64, z binary, t []float64, b *Block) {
	if len(f.posWeight) <= 1 && vec.AllFinite(z.logP) && vec.AllFinite(z.logQ) {
		cold, other := f.scratch(7, b.N), f.scratch(8, b.N)
		vec.Affine(cold, -1, 1, t)
		vec.Mul(s, z.p, cold)
		vec.Mul(other, z.q, t)
		vec.Add(s, s, other)
		vec.Scale(ce, -f.positiveWeight(b, 0), t)
		vec.Mul(ce, ce, z.logP)
		vec.Mul(other, cold, z.logQ)
		vec.Sub(ce, ce, other)
	} else {
		for i, ti := range t {
			s[i] = z.p[i]*(1-ti) + z.q[i]*ti
			ce[i] = -product(f.positiveWeight(b, i)*ti, z.logP[i]) - product(1-ti, z.logQ[i])
		}
	}
	switch f.softTarget {
	case "logit":
		for i, ti := range t {
			if ti != 0 && ti != 1 {
				s[i] = product(2*ti-1, z.logQ[i]-z.logP[i])
				s[i] = 1 / (1 + math.Exp(-s[i]))
			}
		}
	case "entropy":
		for i, ti := range t {
			s[i] = product(ti, z.logP[i]) + product(1-ti, z.logQ[i])
		}
		vec.Expm1(s, s)
		vec.Scale(s, -1, s)
	}
}

// twoSided is the asymmetric loss of Ridnik et al. 2021 (arXiv 2009.14119):
// exponents of their own for positives and negatives, and a probability of
// negatives that is shifted by the margin.
func (f *focal) twoSided(out *Out, z binary, t []float64, b *Block) {
	value, m := out.Terms[focalLoss], out.Terms[focalModulator]
	mPos, mNeg, shifted, logN := f.twoModulators(z)
	for i := range m {
		m[i] = t[i]*mPos[i] + (1-t[i])*mNeg[i]
	}
	if !f.listed() && len(f.posWeight) <= 1 && vec.AllFinite(z.logP) && vec.AllFinite(logN) {
		pos, neg := f.alphas(b, 0)
		side, cold := f.scratch(10, b.N), f.scratch(9, b.N)
		f.oneSide(value, pos, mPos, t, f.positiveWeight(b, 0), z.logP, z.q)
		vec.Affine(cold, -1, 1, t)
		f.oneSide(side, neg, mNeg, cold, 1, logN, shifted)
		vec.Add(value, value, side)
		return
	}
	for i, ti := range t {
		pos, neg := f.alphas(b, i)
		w := f.weight(b, i)
		p := product(mPos[i]*ti, f.poly*z.q[i]-f.positiveWeight(b, i)*z.logP[i])
		n := product(mNeg[i]*(1-ti), f.poly*shifted[i]-logN[i])
		value[i] = product(w*pos, p) + product(w*neg, n)
	}
}

// oneSide is α·m·t·(poly·s − w·log p) of one side of finite logarithms, rounded
// as twoSided does each element. It writes to m, and to the slices s and log.
func (f *focal) oneSide(dst []float64, alpha float64, m, t []float64, w float64, log, s []float64) {
	vec.Scale(dst, -w, log)
	if f.poly != 0 {
		vec.Scale(s, f.poly, s)
		vec.Add(dst, s, dst)
	}
	vec.Mul(m, m, t)
	vec.Mul(dst, m, dst)
	if alpha != 1 {
		vec.Scale(dst, alpha, dst)
	}
}

// twoModulators computes the modulators of positives and of negatives, with
// p_m and log(1−p_m) of the negatives.
func (f *focal) twoModulators(z binary) (pos, neg, shifted, log []float64) {
	gammaPos, gammaNeg := f.gammas()
	n := len(z.p)
	pos, neg, shifted, log = f.scratch(5, n), f.scratch(6, n), f.scratch(7, n), f.scratch(8, n)
	f.modulator(pos, z.q, gammaPos)
	f.shift(shifted, log, z)
	f.modulator(neg, shifted, gammaNeg)
	return pos, neg, shifted, log
}

// shift computes p_m = max(p−clip, 0) and log(1−p_m).
func (f *focal) shift(shifted, log []float64, z binary) {
	if f.clip == 0 {
		copy(shifted, z.p)
		copy(log, z.logQ)
		return
	}
	vec.Rectify(shifted, 1, -f.clip, z.p)
	for i, v := range z.q {
		log[i] = min(v+f.clip, 1) + f.eps
	}
	vec.Log(log, log)
}
