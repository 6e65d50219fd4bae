package loss

import "math"

// gan holds the parameters of the adversarial losses and the scratch memory
// of their kernels.
type gan struct {
	kind         string
	relativistic string
	side         string // whose loss is the value
	scales       string
	realLabel    float64 // NaN: by kind
	fakeLabel    float64

	// what only conventions set
	dFactor        float64 // of d_loss
	generator      string  // form of g_loss where it is not that of the kind
	generatorLabel bool    // labels act on g_loss too
	plainLabels    bool    // relativistic lsgan, l1: differences are compared with the labels themselves
	squash         bool    // tanh before hinge, LeakyReLU before lsgan
	eps            float64 // −log(σ(fake) + ε)

	several bool         // scales
	hollow  bool         // an input has no scores
	d, g    [2]cost      // of real and of fake scores
	means   [][2]float64 // of the real and the fake scores of each scale, × small; nil: not learned

	z      judged
	memory [5][]float64
}

// The inputs of gan.
const (
	realInput = iota
	fakeInput
)

// Terms of gan. Parts of the losses but the first are times unit, scores
// times small.
const (
	ganLoss  = iota // the part of the value
	ganReals        // 1, of a pair too
	ganDReal        // the part of d_loss: of a real score, or of a pair
	ganDFake
	ganGReal
	ganGFake // the part of g_loss: of a fake score, or of a pair
	ganScoreReal
	ganScoreFake
	ganJudgedReal // D(x): σ of what the loss judges, or that itself
	ganJudgedFake
	ganAboveReal // judged to be real
	ganBelowReal // judged to be fake
	ganRightFake // judged to be fake
	ganSlopeReal // derivative of the part of the value, for the means
	ganSlopeFake
)

// small is a power of two that scores are summed with: sums of scores near
// the ends of float64 do not overflow, and no difference of two is NaN.
const small = 0x1p-40

// GAN is the losses of a discriminator and a generator from the scores of
// real and of fake samples.
func GAN() *Loss {
	g := &gan{
		kind: "vanilla", relativistic: "none", side: "discriminator", scales: "mean",
		realLabel: math.NaN(), fakeLabel: math.NaN(), dFactor: 1, generator: "kind",
	}
	inf := math.Inf(1)
	apart := func(*Reduction) bool { return g.relativistic != "paired" }
	average := func(*Reduction) bool { return g.relativistic == "average" }
	generator := func() bool { return g.side == "generator" }
	discriminator := func() bool { return g.side != "generator" }
	return &Loss{
		Name:    "gan",
		Summary: "adversarial losses of discriminator and generator, from critic outputs",
		Formula: "d_loss = mean(−log σ(real)) + mean(−log(1−σ(fake))), g_loss = mean(−log σ(fake))",
		Details: ganDetails,
		Source:  "Goodfellow et al. 2014 (arXiv 1406.2661); lsgan: Mao et al. 2017 (1611.04076); wgan: Arjovsky et al. 2017 (1701.07875); hinge: Lim and Ye 2017 (1705.02894); relativistic: Jolicoeur-Martineau 2018 (1807.00734)",
		Inputs: []Input{
			{Name: "real", Shape: "N *", Doc: "scores of real samples, before any sigmoid; a repeated flag is a scale", Grad: true, Repeat: true},
			{Name: "fake", Shape: "M *", Doc: "scores of generated samples; paired: of the shape of real", Grad: true, Repeat: true},
		},
		Params: []Param{
			{Name: "kind", Main: true, Value: Choice(&g.kind, "vanilla", "nonsaturating", "saturating", "softplus", "lsgan", "wgan", "hinge", "l1"), Doc: "the loss; vanilla is nonsaturating, softplus is vanilla without labels"},
			{Name: "side", Main: true, Value: Choice(&g.side, "discriminator", "generator"), Doc: "whose loss is the value, has the gradient and the rows; components have both"},
			{Name: "relativistic", Main: true, Value: Choice(&g.relativistic, "none", "paired", "average"), Doc: "judge real − fake, pair by pair, or each score against the mean of the other side"},
			{Name: "real-label", Value: OptionalFloat(&g.realLabel, -inf, inf), Doc: "label of real scores in d_loss, 0.9 is one-sided smoothing; none: 1 (vanilla, lsgan, l1)"},
			{Name: "fake-label", Value: OptionalFloat(&g.fakeLabel, -inf, inf), Doc: "label of fake scores in d_loss; none: 0 (vanilla, lsgan, l1)"},
			{Name: "scales", Value: Choice(&g.scales, "mean", "sum"), Doc: "how the losses of several scales combine"},
			{Name: "d-factor", Value: Float(&g.dFactor, 0, inf), Hidden: true},
			{Name: "generator", Value: Choice(&g.generator, "kind", "linear", "hinge"), Hidden: true},
			{Name: "generator-label", Value: Bool(&g.generatorLabel), Hidden: true},
			{Name: "plain-labels", Value: Bool(&g.plainLabels), Hidden: true},
			{Name: "squash", Value: Bool(&g.squash), Hidden: true},
			{Name: "eps", Value: Float(&g.eps, 0, 1), Hidden: true},
		},
		Terms: []Term{
			{Name: "loss", Aside: always},
			{Name: "reals", Input: "real", Plain: true, Whole: true, Lesson: true},
			{Name: "d-real", Input: "real", Aside: generator},
			{Name: "d-fake", Input: "fake", Aside: generator, When: apart},
			{Name: "g-real", Input: "real", Aside: discriminator, When: average},
			{Name: "g-fake", Input: "fake", Aside: discriminator},
			{Name: "score-real", Input: "real", Plain: true, Lesson: true, Aside: always},
			{Name: "score-fake", Input: "fake", Plain: true, Lesson: true, Aside: always},
			{Name: "judged-real", Input: "real", Plain: true, Aside: always},
			{Name: "judged-fake", Input: "fake", Plain: true, Aside: always},
			{Name: "above-real", Input: "real", Plain: true, Whole: true, Aside: always},
			{Name: "below-real", Input: "real", Plain: true, Whole: true, Aside: always},
			{Name: "right-fake", Input: "fake", Plain: true, Whole: true, Aside: always, When: apart},
			{Name: "slope-real", Input: "real", OfSlope: true, When: average},
			{Name: "slope-fake", Input: "fake", OfSlope: true, When: average},
		},
		Reductions: []Reduction{
			{Name: "mean", Doc: "÷ scores of each side (paired: ÷ pairs), then the sum of both sides", Den: Mean.Den},
			{Name: "sum", Doc: "no denominator: the sum over the scores of both sides", Den: SumOf.Den},
		},
		Conventions: ganConventions,
		Frame:       g.frame,
		Prepare:     func(*Frame) { g.prepare() },
		Eval:        g.eval,
		Grad:        g.grad,
		Value:       g.value,
		Slope:       g.slope,
		Single:      func() bool { return !g.hollow },
		ByClass:     func() bool { return g.several },
		Learn:       g.learn,
		Learns:      func() bool { return g.relativistic == "average" },
		Components:  g.components,
		Streams:     func() bool { return g.relativistic != "paired" },
	}
}

const ganDetails = `With sp(x) = log(1+eˣ), label a of real scores (1) and b of fake scores (0):

  kind                     d_loss, real     d_loss, fake     g_loss
  vanilla, nonsaturating   sp(−r)           sp(f)            sp(−f)
  saturating               sp(−r)           sp(f)            −sp(f)
  softplus                 sp(−r)           sp(f)            sp(−f)
  lsgan                    (r−a)²           (f−b)²           (f−1)²
  l1                       |r−a|            |f−b|            |f−1|
  wgan                     −r               f                −f
  hinge                    max(1−r, 0)      max(1+f, 0)      −f

each averaged over the scores of its side; d_loss is the sum of the two means, not half of
it. Vanilla with labels is a·sp(−r) + (1−a)·sp(r), and the same of b. Labels act on d_loss
alone. Scores are logits of any size: sp is exact up to ±1e308, nothing is clamped.

--relativistic average puts r − mean(f) and f − mean(r) in place of r and f, and halves both
losses; g_loss is d_loss with the sides exchanged. It reads the files twice, and its gradient
goes through the means too. --relativistic paired has r − f in place of r, and no second part:
d_loss is mean sp(−(r−f)), g_loss mean sp(r−f). Lsgan and l1 compare such differences with
a − b and b − a. Saturating is not defined there.

The two sides need not line up: real and fake may have any shapes, such as the maps of a patch
discriminator; a flag given again is another scale of a multi-scale discriminator, in which
every scale has its own means and counts as one. Rows are of single samples: their part of
d_loss, or of g_loss with --side generator.

Components, over the scores of all scales: d_real and d_fake are the mean D(x) that training
scripts log: σ of the score, or for lsgan, l1, wgan and hinge the score itself.
d_real_accuracy is the share of real scores above 0, d_fake_accuracy that of fake scores below
(lsgan, l1: midway between the labels), sign_real the mean sign of real scores, by which
StyleGAN2-ADA sees overfitting. These judge what the loss judges: with --relativistic the
differences. mean_real, mean_fake and their difference, wasserstein, are of the scores as
stored. d_loss_real and d_loss_fake are the parts that d_loss is the sum of.`

// scratch returns n numbers of the loss's own memory.
func (g *gan) scratch(i, n int) []float64 {
	if cap(g.memory[i]) < n {
		g.memory[i] = make([]float64, n)
	}
	return g.memory[i][:n]
}
