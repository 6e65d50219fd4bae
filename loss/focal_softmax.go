package loss

import (
	"math"

	"lossctl/internal/vec"
)

// logProbs computes the log-probabilities of all classes of a tile, in the
// layout of x.
func (f *focal) logProbs(dst, x []float64, b *Block) {
	switch b.Role(0) {
	case Logit:
		logSoftmax(dst, x, b)
	case Prob:
		vec.Log(dst, x)
		if f.renormalize {
			logSoftmax(dst, dst, b)
		}
	default:
		copy(dst, x)
	}
}

// bounded clips log-probabilities as a library does with probabilities.
func (f *focal) bounded(lp []float64) {
	if f.probClip > 0 {
		lo, hi := math.Log(f.probClip), math.Log(1-f.probClip)
		for i, v := range lp {
			lp[i] = min(max(v, lo), hi)
		}
	}
}

// logSoftmax normalises scores over the classes of each position.
func logSoftmax(dst, x []float64, b *Block) {
	if b.Frame.Rows {
		vec.LogSoftmaxRows(dst, x, b.Frame.Classes)
	} else {
		vec.LogSoftmaxPlanes(dst, x, b.N)
	}
}

// targetLogProb computes log p of the target's class alone.
func (f *focal) targetLogProb(dst []float64, b *Block) {
	x, id, n := b.In[0], b.In[1], b.N
	lse := f.scratch(0, n)
	role := b.Role(0)
	if role == Logit {
		if b.Frame.Rows {
			vec.LogSumExpRows(lse, x)
		} else {
			vec.LogSumExpPlanes(lse, x)
		}
	}
	for i := range dst {
		v := x[b.number(i, int(id[i]))]
		if role == Logit {
			v -= lse[i]
		}
		dst[i] = v
	}
	if role == Prob {
		vec.Log(dst, dst)
	}
}

// number returns the place of class c of position i among the scores.
func (b *Block) number(i, c int) int {
	if b.Frame.Rows {
		return i*b.Frame.Classes + c
	}
	return c*b.N + i
}

// distribution reports whether every class has a share in the loss of a
// position.
func (f *focal) distribution(b *Block) bool {
	return b.Role(1) == Soft || f.smoothing > 0 || f.oneHotEps > 0 || f.asymmetric() || f.probClip > 0 || f.renormalize
}

// softmax computes the terms of a tile of positions.
func (f *focal) softmax(out *Out, b *Block) {
	f.classes(out.Class, b)
	f.denominators(out, b)
	if f.distribution(b) {
		f.softmaxAll(out, b)
		return
	}
	n := b.N
	lp, s, ce := f.scratch(1, n), f.scratch(2, n), f.scratch(3, n)
	f.targetLogProb(lp, b)
	f.side(s, ce, lp)
	m, value := f.modulatorTerm(out, n), out.Terms[focalLoss]
	f.modulator(m, s, f.gamma)
	if f.poly != 0 {
		vec.Axpy(ce, f.poly, s)
	}
	vec.Mul(value, m, ce) // where ce is infinite, m is 1
	if len(f.alpha) == 0 && len(f.weights) == 0 {
		return
	}
	for i, c := range out.Class {
		value[i] = product(f.classScale(int(c)), value[i])
	}
}

// side computes s = 1−p and the cross-entropy from log p; 0 is +0.
func (f *focal) side(s, ce, lp []float64) {
	vec.Expm1(s, lp)
	vec.Affine(s, -1, 0, s)
	if f.eps == 0 {
		vec.Affine(ce, -1, 0, lp)
		return
	}
	vec.Exp(ce, lp)
	for i, p := range ce {
		ce[i] = p + f.eps
	}
	vec.Log(ce, ce)
	vec.Scale(ce, -1, ce)
}

// classScale returns α times the class weight.
func (f *focal) classScale(c int) float64 {
	a := 1.0
	if len(f.alpha) > 0 {
		a = at(f.alpha, c)
	}
	if len(f.weights) > 0 {
		a *= at(f.weights, c)
	}
	return a
}

// classes says the class of every position: its id, or the class that a
// distribution gives 1, else none.
func (f *focal) classes(class []int32, b *Block) {
	t := b.In[1]
	if b.Role(1) == Index {
		for i, id := range t {
			class[i] = int32(id)
		}
		return
	}
	for i := range class {
		class[i] = -1
		for c := range b.Frame.Classes {
			if t[b.number(i, c)] == 1 {
				class[i] = int32(c)
			}
		}
	}
}

// denominators fills the terms of the reductions that are not the mean.
func (f *focal) denominators(out *Out, b *Block) {
	vec.Fill(out.Terms[focalPositives], 1)
	weight := out.Terms[focalWeight]
	if weight == nil {
		return
	}
	for i, c := range out.Class {
		w := 1.0
		if len(f.weights) > 0 {
			w = 0
			if c >= 0 {
				w = at(f.weights, int(c))
			} else {
				for k := range b.Frame.Classes {
					w += b.In[1][b.number(i, k)] * at(f.weights, k)
				}
			}
		}
		weight[i] = w
	}
}

// target returns the probability of class c that the target of position i
// asks for.
func (f *focal) target(b *Block, i, c int) (y float64, hard bool) {
	if b.Role(1) == Index {
		if hard = int(b.In[1][i]) == c; hard {
			y = 1
		}
	} else {
		y = b.In[1][b.number(i, c)]
		hard = y == 1
	}
	y = f.smooth(y, b.Frame.Classes)
	if !hard {
		y += f.oneHotEps
	}
	return y, hard
}

// smooth is the share of a class whose label is y.
func (f *focal) smooth(y float64, classes int) float64 {
	if f.smoothing == 0 {
		return y
	}
	return (1-f.smoothing)*y + f.smoothing/float64(classes)
}

// modulators computes m of every class of a tile. The asymmetric loss has
// exponents of their own for the class of the target and for the others,
// which are right where p is small: it puts p in s for them.
func (f *focal) modulators(m, s, lp []float64, b *Block) {
	if !f.asymmetric() {
		f.modulator(m, s, f.gamma)
		return
	}
	pos, neg := f.gammas()
	target := f.scratch(4, len(m))
	f.modulator(target, s, pos)
	vec.Exp(m, lp)
	for i := range b.N {
		for c := range b.Frame.Classes {
			if _, hard := f.target(b, i, c); !hard {
				s[b.number(i, c)] = m[b.number(i, c)]
			}
		}
	}
	f.modulator(m, s, neg)
	for i := range b.N {
		for c := range b.Frame.Classes {
			if _, hard := f.target(b, i, c); hard {
				m[b.number(i, c)] = target[b.number(i, c)]
			}
		}
	}
}

// targets are those of all classes and positions.
func (f *focal) targets(b *Block) []float64 {
	k := b.Frame.Classes
	y := f.scratch(7, b.N*k)
	if b.Role(1) != Index {
		for i := range b.N {
			for c := range k {
				y[b.number(i, c)], _ = f.target(b, i, c)
			}
		}
		return y
	}
	on := f.smooth(1, k)
	vec.Fill(y, f.smooth(0, k)+f.oneHotEps)
	for i, id := range b.In[1] {
		y[b.number(i, int(id))] = on
	}
	return y
}

// sumClasses is softmaxAll where every cross-entropy is finite. It writes to
// s and ce.
func (f *focal) sumClasses(value, s, ce, m []float64, b *Block) {
	if f.poly != 0 { // rounded as each number is
		vec.Scale(s, f.poly, s)
		vec.Add(ce, ce, s)
	}
	vec.Mul(ce, m, ce)
	y, k := f.targets(b), b.Frame.Classes
	if !b.Frame.Rows {
		clear(value)
		for c := range k {
			y := y[c*b.N : (c+1)*b.N]
			if a := f.classScale(c); a != 1 {
				vec.Scale(y, a, y)
			}
			vec.Mul(y, y, ce[c*b.N:(c+1)*b.N])
			vec.Add(value, value, y)
		}
		return
	}
	for i := range value {
		v := 0.0
		for c, y := range y[i*k : (i+1)*k] {
			v += float64(f.classScale(c) * y * ce[i*k+c])
		}
		value[i] = v
	}
}

// softmaxAll sums over the classes: Σ y_c·α_c·m_c·(−log p_c).
func (f *focal) softmaxAll(out *Out, b *Block) {
	n := b.N * b.Frame.Classes
	lp, s, ce, m := f.scratch(1, n), f.scratch(2, n), f.scratch(3, n), f.scratch(5, n)
	f.logProbs(lp, b.In[0], b)
	f.bounded(lp)
	f.side(s, ce, lp)
	f.modulators(m, s, lp, b)
	value, mod := out.Terms[focalLoss], out.Terms[focalModulator]
	if mod == nil && vec.AllFinite(ce) {
		f.sumClasses(value, s, ce, m, b)
		return
	}
	for i := range b.N {
		v, ms := 0.0, 0.0
		for c := range b.Frame.Classes {
			j := b.number(i, c)
			y, _ := f.target(b, i, c)
			v += product(f.classScale(c)*y, product(m[j], ce[j]+f.poly*s[j]))
			ms += y * m[j]
		}
		value[i] = v
		if mod != nil {
			mod[i] = ms
		}
	}
}
