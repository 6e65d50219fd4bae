package loss

import (
	"math"

	"lossctl/internal/vec"
)

// gaussian holds the parameters of kl gaussian and the scratch memory of its
// kernels.
type gaussian struct {
	beta          float64
	freeBits      float64
	freeBitsOn    string
	capacity      float64 // NaN: none
	gamma         float64
	unit          string
	collapseBelow float64

	// what the inputs say
	dims   int  // numbers of a sample that add up
	target bool // there is a second distribution

	normals normals
	matrix  covariances
	memory  memory
}

// Inputs of kl gaussian.
const (
	gaussianMu = iota
	gaussianLogvar
	gaussianStd
	gaussianTargetMu
	gaussianTargetLogvar
	gaussianTargetStd
	gaussianCov
	gaussianTargetCov
)

// Terms of kl gaussian.
const (
	gaussianLoss = iota
	gaussianKL   // without β and free bits
)

// KLGaussian is the divergence of normal distributions, the term of a
// variational autoencoder.
func KLGaussian() *Loss {
	g := &gaussian{beta: 1, freeBitsOn: "sample", capacity: math.NaN(), gamma: 1, unit: "nats", collapseBelow: 0.01}
	inf := math.Inf(1)
	return &Loss{
		Name:    "kl gaussian",
		Summary: "divergence of normal distributions: the KL term of a VAE, diagonal pairs, full covariances",
		Formula: "KL(N(μ, σ²) ‖ N(0, 1)) = ½·Σ_d (μ² + σ² − 1 − log σ²)",
		Details: gaussianDetails,
		Source:  "Kingma and Welling 2014, Auto-Encoding Variational Bayes (arXiv 1312.6114), appendix B",
		Inputs: []Input{
			{Name: "mu", Shape: "N *", Doc: "means μ", Grad: true},
			{Name: "logvar", Shape: "as mu", Doc: "log-variances log σ²", Optional: true, Grad: true},
			{Name: "std", Shape: "as mu", Doc: "standard deviations σ, in place of --logvar", Optional: true, Grad: true},
			{Name: "target-mu", Shape: "as mu", Doc: "means of the second distribution; without it 0", Optional: true, Grad: true},
			{Name: "target-logvar", Shape: "as mu", Doc: "its log-variances; without any spread it is 1", Optional: true, Grad: true},
			{Name: "target-std", Shape: "as mu", Doc: "its standard deviations, in place of --target-logvar", Optional: true, Grad: true},
			{Name: "cov", Shape: "N K K", Doc: "covariance matrices, with --mu N K, in place of --logvar", Optional: true, Grad: true},
			{Name: "target-cov", Shape: "N K K", Doc: "those of the second distribution; without them the identity", Optional: true, Grad: true},
		},
		Params: []Param{
			{Name: "beta", Main: true, Value: Float(&g.beta, 0, inf), Doc: "factor β of the divergence"},
			{Name: "free-bits", Value: Float(&g.freeBits, 0, inf), Doc: "λ: what a dimension adds is at least λ, in --unit"},
			{Name: "free-bits-on", Value: Choice(&g.freeBitsOn, "sample", "batch"), Doc: "free bits of every dimension of every sample, max(λ, KL_nd), or of its mean over the file, max(λ, mean_n KL_nd)"},
			{Name: "capacity", Value: OptionalFloat(&g.capacity, 0, inf), Doc: "C: the value is γ·|KL − C|, KL as --reduction has it, in --unit"},
			{Name: "gamma", Value: Float(&g.gamma, 0, inf), Doc: "γ of --capacity"},
			{Name: "unit", Main: true, Value: Choice(&g.unit, "nats", "bits"), Doc: "natural logarithms, or those to base 2"},
			{Name: "collapse-below", Value: Float(&g.collapseBelow, 0, inf), Doc: "a dimension whose mean divergence is below, in --unit, has collapsed"},
		},
		Terms: []Term{
			{Name: "loss"},
			{Name: "kl", When: func(*Reduction) bool { return g.apart() }},
		},
		Reductions:  gaussianReductions,
		Conventions: gaussianConventions,
		Frame:       g.frame,
		Eval:        g.eval,
		Grad:        g.grad,
		Value:       g.value,
		Slope:       g.slope,
		Valued:      func() bool { return g.hasCapacity() || g.onBatch() },
		ByClass:     g.onBatch,
		Count:       gaussianCount,
		Direction:   g.direction,
		Components:  g.components,
	}
}

const gaussianDetails = `The first distribution N(μ, σ²) has --mu and one of --logvar, --std and --cov; the second
N(m, s²) has --target-mu and one of --target-logvar, --target-std and --target-cov, and is
the standard normal where nothing of it is given. The divergence of a dimension is
  ½·(σ²/s² + (μ − m)²/s² − 1 − log σ²/s²),
and a sample adds up its dimensions, all axes but 0. Each is a class of the result, which so
shows the dimensions that have collapsed to the prior: components.collapsed counts those
whose mean is below --collapse-below, components.active the others.
With --cov it is ½·(tr S⁻¹Σ + (μ − m)ᵀS⁻¹(μ − m) − K + log det S/det Σ), a number a sample.

The default is the sum over the dimensions, averaged over the samples. Many programs take
the mean over the dimensions as well (--convention torch), which is weaker by their number,
or the sum over the samples (--convention pytorch-examples), which grows with the batch.

--beta is the factor of Higgins et al. 2017 (beta-VAE). --free-bits λ are those of Kingma et
al. 2016 (arXiv 1606.04934): a dimension is free up to λ, has no gradient there, and adds λ.
--capacity C is γ·|KL − C| of Burgess et al. 2018 (arXiv 1804.03599), where γ is 1000; a row
of --per-sample is that of the sample alone, and takes it for a batch of its own under
--free-bits-on batch, with which a row of --group-by has no value.

A standard deviation of 0 makes the divergence inf, and so does one beyond what float64
holds; both with a warning. Nothing is clamped. Covariances are to be symmetric within 1e-5
of their largest element, and positive definite; gradients by them are symmetric.`

// direction says what is compared with what.
func (g *gaussian) direction() string {
	if g.target {
		return "KL(mu‖target)"
	}
	return "KL(mu‖N(0, 1))"
}

func (g *gaussian) hasCapacity() bool { return !math.IsNaN(g.capacity) }

func (g *gaussian) onBatch() bool { return g.freeBitsOn == "batch" && g.freeBits > 0 }

// apart reports whether the loss of a dimension is not its divergence, or the
// value not made of it.
func (g *gaussian) apart() bool { return g.beta != 1 || g.freeBits > 0 || g.hasCapacity() }

// inUnit is what a nat is.
func (g *gaussian) inUnit() float64 {
	if g.unit == "bits" {
		return math.Log2E
	}
	return 1
}

func (g *gaussian) eval(out *Out, b *Block) {
	dst := out.Terms[gaussianLoss]
	g.divergence(dst, out, b)
	g.infinite(dst, out, b)
	copy(out.Terms[gaussianKL], dst)
	g.weigh(dst)
}

// divergence sets dst to the divergence of every position, in the unit.
func (g *gaussian) divergence(dst []float64, out *Out, b *Block) {
	if b.In[gaussianCov] != nil {
		g.matrix.kl(dst, out, b)
	} else {
		g.pair(b)
		g.normals.kl(dst)
	}
	if u := g.inUnit(); u != 1 {
		vec.Scale(dst, u, dst)
	}
}

// weigh makes of divergences what they add to the loss.
func (g *gaussian) weigh(kl []float64) {
	if g.freeBits > 0 && !g.onBatch() {
		for i, v := range kl {
			if v < g.freeBits {
				kl[i] = g.freeBits
			}
		}
	}
	if g.beta != 1 {
		for i, v := range kl {
			kl[i] = product(g.beta, v)
		}
	}
}

// infinite warns of divergences that are infinite.
func (g *gaussian) infinite(kl []float64, out *Out, b *Block) {
	if vec.AllFinite(kl) {
		return
	}
	zero := func(input, i int) bool { return b.In[input] != nil && b.In[input][i] == 0 }
	for i, v := range kl {
		switch {
		case !math.IsInf(v, 1):
		case zero(gaussianStd, i):
			out.Warn(gaussianStd, i, 0, "a standard deviation of 0: the divergence is inf")
		case zero(gaussianTargetStd, i):
			out.Warn(gaussianTargetStd, i, 0, "a standard deviation of 0: the divergence is inf")
		default:
			out.Warn(gaussianMu, i, 0, "the divergence is beyond the largest float64: it is inf")
		}
	}
}

// grad computes up·∂loss/∂x. Free bits have no slope, on the batch through
// up.
func (g *gaussian) grad(grad, up [][]float64, b *Block) {
	w := g.memory.take(3, b.N)
	vec.Scale(w, g.beta*g.inUnit(), up[gaussianLoss])
	if g.freeBits > 0 && !g.onBatch() {
		kl := g.memory.take(2, b.N)
		g.divergence(kl, &Out{}, b)
		for i, v := range kl {
			if v < g.freeBits {
				w[i] = 0
			}
		}
	}
	if b.In[gaussianCov] != nil {
		g.matrix.grad(grad, w, b)
		return
	}
	g.diagonalGrad(grad, w, b)
}
