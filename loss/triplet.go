package loss

import (
	"fmt"
	"math"
	"slices"

	"lossctl/internal/vec"
)

// triplet holds the parameters of the triplet loss and the scratch memory of
// its kernels.
type triplet struct {
	distance
	margin float64 // NaN: soft
	swap   bool

	inverted bool // conventions: the sign of the distances is turned

	width   int // numbers of an embedding
	memory  [9][]float64
	swapped []bool
}

// Inputs and terms of triplet.
const (
	tripletAnchor = iota
	tripletPositive
	tripletNegative
	tripletTriplets

	tripletLoss       = 0
	tripletCount      = 1 // that are looked at
	tripletActive     = 2 // whose loss is not 0
	tripletDPositive  = 3
	tripletDNegative  = 4
	tripletIsAccurate = 5
)

// Triplet is the triplet margin loss.
func Triplet() *Loss {
	t := &triplet{distance: newDistance(), margin: 1}
	each := "N D or N * D, the features last"
	return &Loss{
		Name:    "triplet",
		Summary: "triplet loss: the positive is nearer to the anchor than the negative, by a margin",
		Formula: "max(0, d(a, p) − d(a, n) + m)",
		Details: tripletDetails,
		Source:  "Weinberger and Saul 2009 (LMNN); Schroff et al. 2015, FaceNet (arXiv 1503.03832); Balntas et al. 2016 (--swap); Hermans et al. 2017 (soft margin, arXiv 1703.07737)",
		Inputs: []Input{
			{Name: "anchor", Shape: "N D or N * D", Doc: "embeddings of the anchors", Optional: true, Grad: true},
			{Name: "positive", Shape: each, Doc: "of what should be near", Optional: true, Grad: true},
			{Name: "negative", Shape: each, Doc: "of what should be far", Optional: true, Grad: true},
			{Name: "triplets", Shape: "3 N D", Doc: "anchors, positives and negatives in one array, instead of the three", Optional: true, Grad: true},
		},
		Params: append(t.distance.params(),
			Param{Name: "margin", Main: true, Value: FloatOr(&t.margin, math.Inf(-1), math.Inf(1), "soft"), Doc: "m; soft: log(1 + e^(d(a, p) − d(a, n))) without a margin"},
			Param{Name: "swap", Value: Bool(&t.swap), Doc: "d(a, n) is at most d(p, n)"},
			Param{Name: "eps", Value: Float(&t.eps, 0, math.Inf(1)), Doc: "ε of the distance; not of cosine"},
			Param{Name: "eps-where", Value: Choice(&t.epsWhere, "difference", "root"), Doc: "ε is added to every component of the difference, as torch does, or under the root, as optax does"},
			Param{Name: "inverted", Value: Bool(&t.inverted), Hidden: true},
		),
		Terms: []Term{
			{Name: "loss"},
			{Name: "triplets", Plain: true},
			{Name: "active", Plain: true},
			{Name: "d-positive", Plain: true},
			{Name: "d-negative", Plain: true},
			{Name: "accurate", Plain: true},
		},
		Reductions: []Reduction{Mean, SumOf, BatchMean, None, {
			Name: "active", Doc: "÷ triplets whose loss is not 0, at least 1",
			Den: func(t *Totals) float64 { return max(t.Terms[tripletActive], 1) },
		}},
		Conventions: tripletConventions,
		Frame:       t.frame,
		Prepare:     func(f *Frame) { t.width = f.Views[tripletAnchor].Planes },
		Eval:        t.eval,
		Grad:        t.grad,
		Components:  tripletComponents,
		Columns:     []string{"d_positive", "d_negative"},
		Row: func(dst []float64, all *Totals) {
			dst[0] = all.Terms[tripletDPositive] / all.Terms[tripletCount]
			dst[1] = all.Terms[tripletDNegative] / all.Terms[tripletCount]
		},
	}
}

const tripletDetails = `Row i of the three arrays is one triplet: an anchor a, a positive p of the same kind and a
negative n of another. d is --distance: the Euclidean norm of the difference, its square
(FaceNet), another norm, or 1 − cos. Embeddings are taken as they are; --normalize divides
them by their l2 norm first. A vector of zeros has no direction: it is an error under
--normalize and --distance cosine.

Components: active is the share of the triplets whose loss is not 0, accuracy the share
whose positive is nearer than the negative, d_positive and d_negative are mean distances;
these do not depend on --sample-weight. The gradient of a norm at 0 is taken as 0; that of
--p inf is shared by the differences that are largest.
` + "`lossctl triplet mine`" + ` makes the triplets itself, from embeddings and labels.`

func tripletComponents(_ *Reduction, all *Totals, _ []Totals) []Component {
	n := all.Terms[tripletCount]
	return []Component{
		{"active", all.Terms[tripletActive] / n},
		{"accuracy", all.Terms[tripletIsAccurate] / n},
		{"d_positive", all.Terms[tripletDPositive] / n},
		{"d_negative", all.Terms[tripletDNegative] / n},
	}
}

// frame lines up N × D embeddings, or N × T × D: a position is a triplet.
func (t *triplet) frame(r *Request) (*Frame, error) {
	if t.largest() && t.root() > 0 {
		return nil, fmt.Errorf("--eps-where: got root with --p inf, want difference: the largest difference is no root")
	}
	names := []string{"anchor", "positive", "negative"}
	var shape []int
	views := []View{{}, {}, {}, {}}
	if all := r.Inputs["triplets"]; all != nil {
		for _, name := range names {
			if r.Inputs[name] != nil {
				return nil, fmt.Errorf("--%s: got --triplets too, want either of them", name)
			}
		}
		if s := all.Shape; len(s) < 2 || s[0] != 3 || len(s) == 2 && !r.NoBatch {
			return nil, fmt.Errorf("%s: shape %v, want [3 N D]: anchors, positives and negatives", all.Name, s)
		}
		shape = slices.Clone(all.Shape[1:])
		for k := range names {
			views[k].Of, views[k].Offset = "triplets", k*Volume(shape)
		}
		if r.NoBatch {
			shape = append([]int{1}, shape...)
		}
	} else {
		for _, name := range names {
			a := r.Inputs[name]
			if a == nil {
				return nil, fmt.Errorf("--%s: got nothing, want a file, or --triplets FILE of all three", name)
			}
			if !slices.Equal(a.Shape, r.Inputs["anchor"].Shape) {
				return nil, r.Mismatch(name, "anchor", "")
			}
		}
		shape = r.FullShape("anchor")
		if len(shape) < 2 {
			return nil, fmt.Errorf("%s: shape %v, want [N D]; --no-batch says that the file is one embedding", r.Inputs["anchor"].Name, r.Inputs["anchor"].Shape)
		}
	}
	last := len(shape) - 1
	width := shape[last]
	if width == 0 {
		return nil, fmt.Errorf("%s: shape %v, want embeddings of at least 1 number", r.Inputs["anchor"].Name, shape)
	}
	for k := range names {
		views[k].Role, views[k].Planes, views[k].Spread = Real, width, 1
	}
	f := &Frame{
		Samples: shape[0], Groups: Volume(shape[1:last]), Inner: 1, Classes: 1, Shape: shape[:last], Views: views,
		Rows: true, Unit: "triplet",
	}
	f.Layout = Describe(shape[0], 1, shape[1:last], "")
	if last == 1 {
		f.Layout = count(shape[0], "triplet")
	}
	f.Layout += " × " + count(width, "dimension")
	return f, nil
}

// scratch returns n numbers of the loss's own memory.
func (t *triplet) scratch(i, n int) []float64 {
	if cap(t.memory[i]) < n {
		t.memory[i] = make([]float64, n)
	}
	return t.memory[i][:n]
}

// vectors returns the embeddings of a tile, made unit vectors where the
// distance wants them, and their norms.
func (t *triplet) vectors(out *Out, b *Block) (x, norm [3][]float64) {
	for k := range x {
		x[k] = b.In[k]
		if !t.units() {
			continue
		}
		x[k], norm[k] = t.scratch(k, len(b.In[k])), t.scratch(3+k, b.N)
		for i := range b.N {
			lo, hi := i*t.width, (i+1)*t.width
			norm[k][i] = unit(x[k][lo:hi], b.In[k][lo:hi])
			if norm[k][i] == 0 && out != nil {
				out.Fail(k, i, 0, noDirection, someDirection)
			}
		}
	}
	return x, norm
}

// distances computes d(a, p) and d(a, n) of a tile, and tells where the latter
// is that of p by --swap. gap is their difference.
func (t *triplet) distances(x [3][]float64, dp, dn, gap []float64, swapped []bool) {
	w := t.width
	for i := range dp {
		a, p, n := x[0][i*w:(i+1)*w], x[1][i*w:(i+1)*w], x[2][i*w:(i+1)*w]
		dp[i], dn[i] = t.between(a, p), t.between(a, n)
		y := a
		if t.swap {
			pn := t.between(p, n)
			if swapped[i] = pn < dn[i]; swapped[i] {
				dn[i], y = pn, p
			}
		}
		if gap[i] = dp[i] - dn[i]; gap[i] != gap[i] {
			gap[i] = t.wide(a, p).minus(t.wide(y, n))
		}
	}
	if t.inverted {
		vec.Scale(gap, -1, gap)
	}
}

func (t *triplet) eval(out *Out, b *Block) {
	x, _ := t.vectors(out, b)
	dp, dn, gap := out.Terms[tripletDPositive], out.Terms[tripletDNegative], t.scratch(6, b.N)
	t.distances(x, dp, dn, gap, t.flags(b.N))
	value, active, right := out.Terms[tripletLoss], out.Terms[tripletActive], out.Terms[tripletIsAccurate]
	marginLoss(value, gap, t.margin)
	vec.Fill(out.Terms[tripletCount], 1)
	for i, v := range value {
		active[i], right[i] = 0, 0
		if v > 0 {
			active[i] = 1
		}
		if dp[i] < dn[i] {
			right[i] = 1
		}
	}
}

func (t *triplet) flags(n int) []bool {
	if cap(t.swapped) < n {
		t.swapped = make([]bool, n)
	}
	return t.swapped[:n]
}

// marginLoss computes max(0, gap + margin), or softplus of the gap where margin is
// NaN.
func marginLoss(dst, gap []float64, margin float64) {
	if math.IsNaN(margin) {
		vec.Softplus(dst, gap)
		return
	}
	for i, x := range gap {
		dst[i] = max(x+margin, 0)
	}
}

// marginSlope is the derivative of marginLoss by the gap; that of the hinge is 0 where
// the loss is.
func marginSlope(gap, margin float64) float64 {
	switch {
	case math.IsNaN(margin):
		return 1 / (1 + math.Exp(-gap))
	case gap+margin > 0:
		return 1
	}
	return 0
}

func (t *triplet) grad(grad, up [][]float64, b *Block) {
	x, norm := t.vectors(nil, b)
	n, w := b.N, t.width
	dp, dn, gap, swapped := t.scratch(7, n), t.scratch(8, n), t.scratch(6, n), t.flags(n)
	t.distances(x, dp, dn, gap, swapped)
	for i := range n {
		row := func(v []float64) []float64 {
			if v == nil {
				return nil
			}
			return v[i*w : (i+1)*w]
		}
		u := up[tripletLoss][i] * marginSlope(gap[i], t.margin)
		if t.inverted {
			u = -u
		}
		a, p, q := row(x[0]), row(x[1]), row(x[2])
		ga, gp, gq := row(grad[0]), row(grad[1]), row(grad[2])
		t.pull(ga, gp, a, p, dp[i], u)
		if swapped[i] {
			t.pull(gp, gq, p, q, dn[i], -u)
		} else {
			t.pull(ga, gq, a, q, dn[i], -u)
		}
		for k, g := range [][]float64{ga, gp, gq} {
			if g != nil && t.units() && u != 0 {
				unitGrad(g, row(x[k]), norm[k][i])
			}
		}
	}
}
