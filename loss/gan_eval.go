package loss

import (
	"math"

	"lossctl/internal/vec"
)

func (g *gan) eval(out *Out, b *Block) {
	if b.Frame.Classes > 1 {
		for i := range out.Class[:b.N] {
			out.Class[i] = int32(b.Frame.Scale)
		}
	}
	t := out.Terms
	for input, x := range b.In {
		if x != nil {
			scale(t[ganScoreReal+input], small, x)
		}
	}
	vec.Fill(t[ganReals], 1)
	if g.relativistic == "paired" {
		g.pairs(t, b)
		return
	}
	input := realInput
	if b.In[input] == nil {
		input = fakeInput
	}
	if g.relativistic == "average" && g.means == nil { // the reading for the means
		return
	}
	g.alone(t, b, input)
}

// alone computes the terms of the scores of one input.
func (g *gan) alone(t [][]float64, b *Block, input int) {
	d, gPart := t[ganDReal+input], t[ganGReal+input]
	hard := (d == nil || g.d[input].hard()) && (gPart == nil || g.g[input].hard()) && t[ganSlopeReal+input] == nil
	z := g.judge(b, input, hard)
	if hard && d != nil && gPart != nil {
		g.shareTail(z)
	}
	g.cost(d, &g.d[input], z)
	g.cost(gPart, &g.g[input], z)
	g.part(t[ganLoss], d, gPart)
	if slope := t[ganSlopeReal+input]; slope != nil {
		g.derivative(slope, input, z)
	}
	g.probability(t[ganJudgedReal+input], z)
	g.above(t[ganAboveReal], z)
	g.below(t[ganBelowReal], z)
	g.below(t[ganRightFake], z)
}

// pairs computes the terms of pairs, which are judged together.
func (g *gan) pairs(t [][]float64, b *Block) {
	z := g.judge(b, realInput, false)
	g.cost(t[ganDReal], &g.d[realInput], z)
	g.cost(t[ganGFake], &g.g[fakeInput], z)
	g.part(t[ganLoss], t[ganDReal], t[ganGFake])
	g.probability(t[ganJudgedReal], z)
	g.above(t[ganAboveReal], z)
	g.below(t[ganBelowReal], z)
	z.x, z.p, z.q = scale(g.scratch(0, b.N), -1, z.x), z.q, z.p
	g.probability(t[ganJudgedFake], z)
}

// scale sets dst to a·x and returns it, where somebody wants it.
func scale(dst []float64, a float64, x []float64) []float64 {
	if dst != nil {
		vec.Scale(dst, a, x)
	}
	return dst
}

// cost computes a part of a loss, times unit, where somebody wants it.
func (g *gan) cost(dst []float64, c *cost, z *judged) {
	if dst != nil {
		c.eval(dst, z)
		g.scaleUnit(dst)
	}
}

func (g *gan) scaleUnit(x []float64) {
	if u := g.unit(); u != 1 {
		vec.Scale(x, u, x)
	}
}

// part is the part of the value, where somebody wants it: of d_loss, or of
// g_loss, where there is one.
func (g *gan) part(dst, d, gPart []float64) {
	x := d
	if g.side == "generator" {
		x = gPart
	}
	if x == nil {
		clear(dst)
		return
	}
	scale(dst, g.factor(g.side)/g.unit(), x)
}

// probability is D(x), where somebody wants it: σ, or for critics the score,
// times small.
func (g *gan) probability(dst []float64, z *judged) {
	switch {
	case dst == nil:
	case z.p != nil:
		copy(dst, z.p)
	case g.form() == crossEntropy:
		vec.Sigmoid(dst, z.x)
	default:
		vec.Scale(dst, small, z.x)
	}
}

func (g *gan) above(dst []float64, z *judged) {
	if dst != nil {
		vec.Above(dst, g.middle(), z.x)
	}
}

func (g *gan) below(dst []float64, z *judged) {
	if dst != nil {
		vec.Below(dst, g.middle(), z.x)
	}
}

// judge computes what the loss judges of the scores of an input: themselves,
// their difference from the other input, or from its mean; only that where
// hard costs are all that is wanted.
func (g *gan) judge(b *Block, input int, hard bool) *judged {
	z := &g.z
	*z = judged{x: b.In[input]}
	switch n := b.N; g.relativistic {
	case "paired":
		x := g.scratch(0, n)
		vec.Sub(x, z.x, b.In[fakeInput])
		z.x = x
	case "average":
		x := g.scratch(0, n)
		other := g.means[b.Frame.Scale][fakeInput-input] / small
		vec.Affine(x, 1, -other, z.x)
		z.x = x
	}
	if z.raw = z.x; g.squash {
		z.x = g.squashed(z.raw)
	}
	if g.form() == crossEntropy && !hard {
		z.p, z.q, z.l = g.scratch(1, b.N), g.scratch(2, b.N), g.scratch(3, b.N)
		vec.Logistic(z.p, z.q, z.l, z.x)
	}
	return z
}

// shareTail computes once what both costs of a score have in common.
func (g *gan) shareTail(z *judged) {
	z.tail = g.scratch(1, len(z.x))
	vec.Rectify(z.tail, 2, 0, z.x)
	vec.Sub(z.tail, z.x, z.tail) // −|x|
	vec.Softplus(z.tail, z.tail)
}

// squashed is what MONAI puts between scores and loss: tanh(x) for hinge,
// LeakyReLU of slope 0.05 for lsgan.
func (g *gan) squashed(x []float64) []float64 {
	y := g.scratch(4, len(x))
	for i, v := range x {
		switch {
		case g.kind == "hinge":
			y[i] = math.Tanh(v)
		case g.kind == "lsgan" && v < 0:
			y[i] = 0.05 * v
		default:
			y[i] = v
		}
	}
	return y
}

// unsquash multiplies with the derivative of squashed.
func (g *gan) unsquash(slope, x []float64) {
	for i, v := range x {
		switch {
		case g.kind == "hinge":
			c := 1 / math.Cosh(v)
			slope[i] *= c * c
		case g.kind == "lsgan" && v <= 0:
			slope[i] *= 0.05
		}
	}
}

func (g *gan) grad(grad, up [][]float64, b *Block) {
	k := ganDReal
	if g.side == "generator" {
		k = ganGReal
	}
	for input, dst := range grad {
		switch {
		case dst == nil:
		case g.relativistic == "paired":
			pair := realInput // the cost of g_loss is that of fake scores
			if g.side == "generator" {
				pair = fakeInput
			}
			g.chain(dst, pair, up[k+pair], b)
			if input == fakeInput {
				vec.Scale(dst, -1, dst)
			}
		default:
			g.chain(dst, input, up[k+input], b)
			if u := up[ganScoreReal+input]; u != nil { // by way of the mean
				vec.Axpy(dst, small, u)
			}
		}
	}
}

// chain computes up times the derivative of a part of the loss; nil: 0.
func (g *gan) chain(dst []float64, input int, up []float64, b *Block) {
	if up == nil {
		return
	}
	judge := input
	if g.relativistic == "paired" {
		judge = realInput
	}
	g.derivative(dst, input, g.judge(b, judge, false))
	vec.Mul(dst, dst, up)
}

// derivative computes that of the part of the value, times unit, by what is
// judged before it is squashed.
func (g *gan) derivative(dst []float64, input int, z *judged) {
	costs := &g.d
	if g.side == "generator" {
		costs = &g.g
	}
	costs[input].slope(dst, z)
	if g.squash {
		g.unsquash(dst, z.raw)
	}
	g.scaleUnit(dst)
}
