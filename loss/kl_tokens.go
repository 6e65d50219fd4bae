package loss

import (
	"math"

	"lossctl/internal/vec"
)

// tokens holds the parameters of the token-level KL and the scratch memory of
// its kernels.
type tokens struct {
	divergence divergence
	kind       string // of divergence over the vocabulary; "auto": forward
	estimator  string // of sampled tokens; "auto": k3

	clipLogRatio, clipValue float64 // NaN: none
	beta                    float64
	maxLength               int // 0: the tokens of the file

	width int // numbers at a token, of the shapes

	memory memory
}

// Terms of kl tokens.
const (
	tokensLoss    = iota
	tokensMean    // mean over the tokens of a sequence
	tokensLargest // KL at a token, without β
)

// KLTokens is the KL divergence of a fine-tuned language model from the one
// it comes from, token by token.
func KLTokens() *Loss {
	k := &tokens{divergence: newDivergence(), kind: "auto", estimator: "auto", clipLogRatio: math.NaN(), clipValue: math.NaN(), beta: 1}
	inf := math.Inf(1)
	return &Loss{
		Name:    "kl tokens",
		Summary: "drift of a fine-tuned language model: KL from the pretrained one, token by token",
		Formula: "β·KL(target‖pred), of sampled tokens β·(e^−d − 1 + d), d = log pred − log target",
		Details: tokensDetails,
		Source:  "Schulman 2020, Approximating KL Divergence (joschu.net/blog/kl-approx.html); Shao et al. 2024, DeepSeekMath, GRPO (arXiv 2402.03300)",
		Inputs: []Input{
			{Name: "pred", Shape: "N T V or N T", Doc: "the fine-tuned policy π: logits over the vocabulary, or log-probabilities of the sampled tokens", Grad: true},
			{Name: "target", Shape: "as pred", Doc: "the pretrained or reference model, in the same form", Grad: true},
			{Name: "labels", Shape: "N T", Doc: "token ids: those of --ignore-index do not count", Optional: true},
			{Name: "lengths", Shape: "N", Doc: "tokens of each sequence: those behind do not count", Optional: true},
		},
		Reads: []string{"pred-as", "target-as", "class-axis", "ignore-index"},
		Params: []Param{
			{Name: "divergence", Main: true, Value: Choice(&k.kind, append([]string{"auto"}, divergences...)...), Doc: "over the vocabulary: forward KL(target‖pred) (auto), reverse KL(pred‖target), js, jeffreys (the sum of both), gjs"},
			{Name: "estimator", Main: true, Value: Choice(&k.estimator, "auto", "k1", "abs", "k2", "k3"), Doc: "of KL(pred‖target) from tokens sampled from pred: k1 d, abs |d|, k2 d²/2, k3 e^−d − 1 + d (auto)"},
			{Name: "beta", Main: true, Value: Float(&k.beta, math.SmallestNonzeroFloat64, inf), Doc: "coefficient β of the KL"},
			{Name: "temperature", Value: Float(&k.divergence.temperature, math.SmallestNonzeroFloat64, inf), Doc: "T of softmax(logits/T) over the vocabulary; no factor T²"},
			{Name: "gjs-beta", Value: Float(&k.divergence.beta, 0, 1), Doc: "β of gjs: M = (1−β)·pred + β·target, β·KL(target‖M) + (1−β)·KL(pred‖M); 0 is forward, 1 reverse"},
			{Name: "renormalize", Value: Bool(&k.divergence.renormalize), Doc: "divide probabilities over the vocabulary by their sum"},
			{Name: "sum-tolerance", Value: OptionalFloat(&k.divergence.tolerance, 0, inf), Doc: "by how much the sum of probabilities over the vocabulary may miss 1; none: by anything"},
			{Name: "clip-log-ratio", Value: OptionalFloat(&k.clipLogRatio, 0, inf), Doc: "d is clamped to ±X before the estimator; no gradient beyond"},
			{Name: "clip-value", Value: OptionalFloat(&k.clipValue, 0, inf), Doc: "the estimate is clamped to ±X; no gradient beyond"},
			{Name: "max-length", Value: OptionalInt(&k.maxLength, 1), Doc: "L that dr-grpo and seq-mean-token-sum-norm divide by; none: T, the tokens of the file"},
		},
		Terms: []Term{
			{Name: "loss"},
			{Name: "mean", Closed: true, When: func(r *Reduction) bool { return r.Term == tokensMean }},
			{Name: "max", Largest: true},
		},
		Reductions:  k.reductions(),
		Aggregates:  true,
		Conventions: tokensConventions,
		Direction:   k.direction,
		Frame:       k.frame,
		Prepare:     k.prepare,
		Eval:        k.eval,
		Grad:        k.grad,
		Close:       closeTokens,
		CloseSlope:  closeTokensSlope,
		Components:  k.components,
		Columns:     []string{"sum", "mean", "max"},
		Row:         tokensRow,
	}
}

const tokensDetails = `A sample is a sequence, a position a token. Over the vocabulary, (N, T, V), the default is
KL(target‖pred), what keeps a fine-tuned model near the pretrained one; --divergence reverse
is the KL(π‖π_ref) of RLHF.

With the log-probabilities of the sampled tokens alone, (N, T), KL(pred‖target) is
estimated, as the tokens were sampled from pred: d = log π − log π_ref. k1 is unbiased and may
be negative; k3 is unbiased and never negative; k2 has the gradient of the KL in expectation.
Nothing is clamped unless --clip-log-ratio or --clip-value says so: k3 grows as e^−d. Where both
log-probabilities are −inf, d is 0.
PPO's approx_kl, (r−1) − log r of tokens sampled from the old policy, is KL(old‖new): kl policy.

--aggregate says how tokens become a number. token-mean divides by all tokens that count;
seq-mean-* average over the sequences that have such a token, grpo and dr-grpo over all
sequences, in which one without a token counts as 0. dapo is token-mean on one process.
The rows have the sum, the mean and the largest KL of each sequence; β multiplies the first two.`

// sampled reports whether there is one number a token.
func sampled(f *Frame) bool { return f.Views[0].Planes == 1 }

// direction says what is compared with what.
func (k *tokens) direction() string {
	if k.kind == "none" {
		return "KL(pred‖target)"
	}
	return k.divergence.direction()
}

func (k *tokens) eval(out *Out, b *Block) {
	kl := out.Terms[tokensLoss]
	if sampled(b.Frame) {
		k.estimate(kl, b)
	} else {
		k.divergence.eval(kl, out, b, 1, 0)
	}
	copy(out.Terms[tokensLargest], kl)
	if k.beta != 1 {
		vec.Scale(kl, k.beta, kl)
	}
}

func (k *tokens) grad(grad, up [][]float64, b *Block) {
	u := k.memory.take(2, b.N)
	copy(u, up[tokensLoss])
	if k.beta != 1 {
		vec.Scale(u, k.beta, u)
	}
	for by := range 2 {
		switch g := grad[by]; {
		case g == nil:
		case sampled(b.Frame):
			k.estimateGrad(g, u, b, by)
		default:
			k.divergence.grad(g, u, b, 1, 0, by)
		}
	}
}
