package loss

import "math"

// penalty holds the parameters of the penalties on a discriminator.
type penalty struct {
	kind       string
	lambda     float64 // NaN: by kind
	gamma      float64
	targetNorm float64
	norm       string // "auto": gpNorm for gp, else sample
	eps        float64

	// what only conventions set
	gpNorm      string
	driftLambda float64

	memory [4][]float64
}

// Terms of gan penalty. Where the norm is that of a sample, the sums of its
// elements are closed with it; else every position, a cell, has a penalty.
const (
	penaltyLoss    = iota // Σ penalties
	penaltySquares        // g² of a sample
	penaltyWeight         // 1, to have the weight of a sample
	penaltyCells
	penaltyCellNorm
	penaltyCellMost
	penaltyNorm // Σ norms
	penaltyMost // largest norm
)

// GANPenalty is the penalties on the gradients of a discriminator by its
// inputs, and on its outputs.
func GANPenalty() *Loss {
	p := &penalty{kind: "gp", lambda: math.NaN(), gamma: math.NaN(), targetNorm: math.NaN(), norm: "auto", gpNorm: "sample", driftLambda: 1e-3}
	inf := math.Inf(1)
	samples := func(*Reduction) bool { return p.norm == "sample" }
	cells := func(*Reduction) bool { return p.norm != "sample" }
	return &Loss{
		Name:    "gan penalty",
		Summary: "penalties on a discriminator, from its gradients by its inputs: WGAN-GP, R1, R2, drift",
		Formula: "λ · mean over samples (‖g‖₂ − 1)²",
		Details: penaltyDetails,
		Source:  "gp: Gulrajani et al. 2017 (arXiv 1704.00028); one-sided: Petzka et al. 2018 (1709.08894); r1, r2: Mescheder et al. 2018 (1801.04406); drift: Karras et al. 2018 (1710.10196)",
		Inputs: []Input{
			{Name: "grad", Shape: "N *", Doc: "gradient of the discriminator's output by its input, of each sample; for drift the outputs themselves", Grad: true},
		},
		Params: []Param{
			{Name: "kind", Main: true, Value: Choice(&p.kind, "gp", "gp-one-sided", "r1", "r2", "drift"), Doc: "the penalty; r1 and r2 are one formula, of gradients at real and at fake samples"},
			{Name: "lambda", Main: true, Value: OptionalFloat(&p.lambda, 0, inf), Doc: "factor λ of gp and drift; none: 10 for gp, 0.001 for drift"},
			{Name: "gamma", Main: true, Value: OptionalFloat(&p.gamma, 0, inf), Doc: "γ of r1 and r2, whose factor is γ/2; none: 10"},
			{Name: "target-norm", Value: OptionalFloat(&p.targetNorm, 0, inf), Doc: "k, the norm that gp wants; none: 1"},
			{Name: "norm", Main: true, Value: Choice(&p.norm, "auto", "sample", "channel"), Doc: "over all numbers of a sample, or over axis 1 alone, averaged over the rest; auto: sample"},
			{Name: "eps", Value: Float(&p.eps, 0, 1), Doc: "ε added to every number of the gradient"},
			{Name: "gp-norm", Value: Choice(&p.gpNorm, "sample", "channel"), Hidden: true},
			{Name: "drift-lambda", Value: Float(&p.driftLambda, 0, inf), Hidden: true},
		},
		Terms: []Term{
			{Name: "penalty", Closed: true},
			{Name: "squares", Plain: true, When: samples},
			{Name: "weight", When: samples},
			{Name: "cells", When: cells},
			{Name: "cell-norm", When: cells},
			{Name: "cell-most", Largest: true, When: cells},
			{Name: "norm", Closed: true},
			{Name: "most", Closed: true, Largest: true},
		},
		Reductions: []Reduction{
			{Name: "mean", Doc: "÷ samples; --norm channel: ÷ positions; drift: ÷ elements", Den: p.count},
			SumOf,
		},
		Conventions: penaltyConventions,
		Frame:       p.frame,
		Eval:        p.eval,
		Close:       p.close,
		CloseSlope:  p.closeSlope,
		Grad:        p.grad,
		Count:       p.count,
		Components:  p.components,
		Columns:     []string{"norm"},
		Row:         p.row,
	}
}

const penaltyDetails = `lossctl has no discriminator to differentiate: --grad is the saved gradient of its output by
its input, a row a sample (torch.autograd.grad(D(x).sum(), x)). gp wants it at points between
real and fake samples, r1 at real samples, r2 at fake ones.

  gp              λ · mean (‖g‖ − k)²           λ 10, k 1
  gp-one-sided    λ · mean max(‖g‖ − k, 0)²     λ 10, k 1
  r1, r2          γ/2 · mean ‖g‖²               γ 10
  drift           λ · mean D²                   λ 0.001, of outputs D

The norm is over all numbers of a sample, of any shape. --norm channel takes it over axis 1
alone, at every position, and averages over the positions: another number, which is what
BasicSR and mmagic compute for gp.

The gradient goes by the numbers of --grad, and is 0 where a norm is 0, as that of gp has no
direction there. Masked numbers do not enter a norm.
mean_norm and max_norm are of the norms, for drift of |D|; norm is that of a row.`

var penaltyConventions = []Convention{
	{
		Name: "cyclegan",
		Doc:  "cal_gradient_penalty: 1e-16 is added to every number, lambda_gp 10, constant 1",
		Set:  []Setting{{"eps", "1e-16"}},
	},
	{
		Name: "basicsr",
		Doc:  "gradient_penalty_loss has the norm over axis 1, r1_penalty that of a sample; λ and γ are the caller's there: StyleGAN2Model has γ/2 times net_d_reg_every, which --gamma may take in",
		Set:  []Setting{{"gp-norm", "channel"}},
	},
	{
		Name: "mmagic",
		Doc:  "GradientPenaltyLoss and R1GradientPenalty with norm_mode pixel, the norm over axis 1; HWC is --norm sample; DiscShiftLoss is drift with λ 0.1; loss_weight, 1 there, is --lambda and half of --gamma",
		Set:  []Setting{{"norm", "channel"}, {"drift-lambda", "0.1"}},
	},
	{
		Name: "stylegan2",
		Doc:  "StyleGAN2Loss of stylegan2-ada-pytorch: r1 with r1_gamma 10; it acts every 16th step, 16 times as strong",
		Set:  []Setting{{"kind", "r1"}, {"gamma", "10"}},
	},
	{
		Name: "r3gan",
		Doc:  "R3GAN: r1 and r2 with γ/2 each; γ is the caller's there",
		Set:  []Setting{{"kind", "r1"}},
	},
}

// count is the denominator of the mean.
func (p *penalty) count(t *Totals) float64 {
	if p.norm == "sample" {
		return float64(t.Full)
	}
	return float64(t.Count)
}

func (p *penalty) components(_ *Reduction, all *Totals, _ []Totals) []Component {
	most := all.Terms[penaltyMost]
	if p.count(all) == 0 {
		most = math.NaN()
	}
	return []Component{{"mean_norm", all.Terms[penaltyNorm] / p.count(all)}, {"max_norm", most}}
}

// row is the norm of a sample, or the mean of those of its positions.
func (p *penalty) row(dst []float64, all *Totals) {
	switch {
	case p.norm != "sample":
		dst[0] = all.Terms[penaltyNorm] / p.count(all)
	case math.IsInf(all.Terms[penaltyMost], -1): // not looked at
		dst[0] = math.NaN()
	default:
		dst[0] = all.Terms[penaltyMost]
	}
}
