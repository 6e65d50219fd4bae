package loss

import (
	"fmt"
	"math"
	"slices"

	"lossctl/internal/vec"
)

// kl holds the parameters of the divergence of categorical distributions.
type kl struct {
	divergence
	unit string // nats or bits

	width int // numbers of a distribution
	ups   []float64
}

// KL is the Kullback-Leibler divergence of categorical distributions, and its
// relatives.
func KL() *Loss {
	k := &kl{divergence: newDivergence(), unit: "nats"}
	inf := math.Inf(1)
	return &Loss{
		Name:    "kl",
		Summary: "divergence of categorical distributions: Kullback-Leibler, Jeffreys, Jensen-Shannon",
		Formula: "KL(p‖q) = Σ_c p_c·(log p_c − log q_c), p target, q pred",
		Details: klDetails,
		Source:  "Kullback and Leibler 1951, On Information and Sufficiency; Lin 1991 (Jensen-Shannon); Agarwal et al. 2023 (arXiv 2306.13649, generalised Jensen-Shannon)",
		Inputs: []Input{
			{Name: "pred", Shape: "N * C", Doc: "q: logits unless --pred-as says otherwise", Grad: true},
			{Name: "target", Shape: "N * C", Doc: "p, of the shape of pred: as pred unless --target-as says otherwise", Grad: true},
		},
		Reads: []string{"pred-as", "target-as", "class-axis"},
		Params: []Param{
			{Name: "divergence", Main: true, Value: Choice(&k.kind, divergences...), Doc: "forward KL(target‖pred), reverse KL(pred‖target), their sum (jeffreys), Jensen-Shannon (js), or with weight --beta (gjs)"},
			{Name: "temperature", Main: true, Value: Float(&k.temperature, math.SmallestNonzeroFloat64, inf), Doc: "T: logits are divided by it, probabilities taken to the power 1/T and normalised; no factor T²"},
			{Name: "beta", Value: Float(&k.beta, 0, 1), Doc: "β of gjs: β·KL(p‖m) + (1−β)·KL(q‖m), m = β·p + (1−β)·q; 0 is KL(p‖q), 1 is KL(q‖p)"},
			{Name: "unit", Value: Choice(&k.unit, "nats", "bits"), Doc: "of information: logarithms to the base e or 2"},
			{Name: "renormalize", Value: Bool(&k.renormalize), Doc: "divide probabilities by their sum"},
			{Name: "sum-tolerance", Value: OptionalFloat(&k.tolerance, 0, inf), Doc: "by how much the sum of the probabilities of a row may miss 1; none: by anything"},
			{Name: "prob-clip", Value: Float(&k.floor, 0, 1), Hidden: true},
		},
		Terms: []Term{{Name: "loss"}},
		Reductions: []Reduction{
			{Name: "mean", Doc: "÷ distributions that are not excluded", Den: Mean.Den},
			SumOf, BatchMean, None,
			{Name: "elements", Doc: "÷ distributions × classes", Den: func(t *Totals) float64 { return float64(t.Count * k.width) }, Hidden: true},
		},
		Conventions: klConventions,
		Frame:       k.frame,
		Eval:        k.eval,
		Grad:        k.gradient,
		Direction:   k.direction,
	}
}

const klDetails = `p is the target and q the prediction, as in torch.nn.KLDivLoss: forward is KL(target‖pred),
0 where the prediction is right and large where it gives little to what the target has.
The class axis is the last unless --class-axis says otherwise; every other position is a
distribution, and the mean divides by their count; torch's divides by the C numbers of each.

Logits are normalised by a softmax; probabilities and log-probabilities are taken as they
are, and refused where they do not sum to 1 within --sum-tolerance. 0·log 0 is 0; a class
that p has and q has not makes the divergence inf, with a warning that says where.

js is Jensen-Shannon, ½·KL(p‖m) + ½·KL(q‖m) with m the mean of both, at most log 2. gjs has
β in place of ½, as TRL's GKD: it is KL(p‖q) at β = 0 and KL(q‖p) at β = 1 exactly, but tends
to 0 as β tends to these, where 1/β or 1/(1−β) of it tends to the divergence of that side.`

var klConventions = []Convention{
	{
		Name:       "torch",
		Doc:        "kl_div, KLDivLoss: mean divides by all numbers, so it is C times smaller; rows need not sum to 1; its input is --pred-as logprobs --target-as probs (log_target: logprobs)",
		Set:        []Setting{{"sum-tolerance", "none"}},
		Reductions: map[string]string{"mean": "elements"},
	},
	{
		Name: "torchmetrics",
		Doc:  "kl_divergence, js_divergence (--divergence js): probabilities of both are divided by their sum, though not under its log_prob; its inputs are --pred-as probs",
		Set:  []Setting{{"renormalize", "true"}},
	},
	{
		Name: "optax",
		Doc:  "kl_divergence, kl_divergence_with_log_targets: one number a distribution, here their mean; rows need not sum to 1; its inputs are --pred-as logprobs --target-as probs",
		Set:  []Setting{{"sum-tolerance", "none"}},
	},
	{
		Name: "keras",
		Doc:  "KLDivergence: probabilities of both are clipped to [1e-7, 1] and not normalised, so that no class is impossible and the result may be negative; its inputs are --pred-as probs",
		Set:  []Setting{{"sum-tolerance", "none"}, {"prob-clip", "1e-7"}},
	},
}

func (k *kl) eval(out *Out, b *Block) {
	dst := out.Terms[0]
	k.divergence.eval(dst, out, b, 1, 0)
	if k.unit == "bits" {
		vec.Scale(dst, math.Log2E, dst)
	}
}

func (k *kl) gradient(grad, up [][]float64, b *Block) {
	u := up[0]
	if k.unit == "bits" {
		k.ups = append(k.ups[:0], u...)
		u = k.ups
		vec.Scale(u, math.Log2E, u)
	}
	for by, g := range grad {
		if g != nil {
			k.divergence.grad(g, u, b, 1, 0, by)
		}
	}
}

func (k *kl) frame(r *Request) (*Frame, error) {
	axis, err := classAxis(r)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(r.FullShape("pred"), r.FullShape("target")) {
		return nil, r.Mismatch("target", "pred", "")
	}
	f := distributions(r, axis)
	f.Unit = "distribution"
	k.width = f.Views[0].Planes
	return f, nil
}

// direction says what is compared with what.
func (d *divergence) direction() string {
	switch {
	case d.kind == "forward" || d.kind == "gjs" && d.beta == 0:
		return "KL(target‖pred)"
	case d.kind == "reverse" || d.kind == "gjs" && d.beta == 1:
		return "KL(pred‖target)"
	case d.kind == "jeffreys":
		return "KL(target‖pred) + KL(pred‖target)"
	case d.kind == "js":
		return "½·KL(target‖m) + ½·KL(pred‖m)"
	}
	return "β·KL(target‖m) + (1−β)·KL(pred‖m)"
}

// classAxis returns the axis of pred, counted with the sample axis, along which
// its distributions lie: the last unless --class-axis says otherwise.
func classAxis(r *Request) (int, error) {
	for _, c := range []struct{ flag, as string }{{"pred", r.PredAs}, {"target", r.TargetAs}} {
		if c.as == "labels" {
			return 0, fmt.Errorf("--%s-as: got labels, want logits|probs|logprobs", c.flag)
		}
	}
	shape, name := r.FullShape("pred"), r.Inputs["pred"].Name
	switch len(shape) {
	case 0:
		return 0, fmt.Errorf("%s: got a scalar, want distributions along an axis", name)
	case 1:
		return 0, fmt.Errorf("%s: shape %v has the axis of the samples alone, want N C; --no-batch says that it is one distribution", name, shape)
	}
	axis := len(shape) - 1
	if r.ClassAxis != nil {
		var err error
		if axis, err = r.ResolveAxis("pred"); err != nil {
			return 0, err
		}
	}
	if given := r.Inputs["pred"].Shape; shape[axis] < 2 {
		return 0, fmt.Errorf("%s: shape %v has length %d on axis %d (classes), want 2 or more; --class-axis says where they are", name, given, shape[axis], axis-len(shape)+len(given))
	}
	return axis, nil
}

// distributions has a position for every distribution along an axis of pred,
// and beside it one of target, of the shape of pred.
func distributions(r *Request, axis int) *Frame {
	shape := r.FullShape("pred")
	classes := shape[axis]
	rest := slices.Delete(slices.Clone(shape), axis, axis+1)
	groups, inner := Split(shape, axis)
	target := r.Reading
	if r.TargetAs != "" {
		target.PredAs = r.TargetAs
	}
	return &Frame{
		Samples: shape[0], Groups: groups, Inner: inner, Classes: 1, Shape: rest, Rows: classes > rowClasses,
		Layout: Describe(shape[0], classes, rest[1:], ""),
		Views:  []View{{Role: r.Scores(), Planes: classes, Spread: 1}, {Role: target.Scores(), Planes: classes, Spread: 1}},
	}
}
