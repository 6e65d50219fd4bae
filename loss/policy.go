package loss

import "math"

// policy holds the parameters of kl policy and the scratch memory of its
// kernels.
type policy struct {
	divergence // of the categorical policies
	estimator  string
	targetKL   float64 // NaN: none

	width   int // numbers of a Gaussian policy's state that torch has one each for, else 1
	normals normals
	scratch memory // apart from that of the divergence
}

// Inputs of kl policy: the new and the old policy.
const (
	policyNew = iota
	policyOld
	policyNewMean
	policyNewLogstd
	policyOldMean
	policyOldLogstd
	policyActions
)

// Terms of kl policy.
const (
	policyLoss = iota
	policyMax
	policyEntropy
	policyOldEntropy
	policyOver // states that are over the target
)

// KLPolicy is the divergence of two policies, as trust regions and early
// stopping use it.
func KLPolicy() *Loss {
	p := &policy{divergence: newDivergence(), estimator: "exact", targetKL: math.NaN()}
	inf := math.Inf(1)
	return &Loss{
		Name:    "kl policy",
		Summary: "divergence of a policy from the one before the update, as TRPO and PPO use it",
		Formula: "KL(old‖new) = E_{a ∼ π_old} (log π_old(a) − log π_new(a))",
		Details: policyDetails,
		Source:  "Schulman et al. 2015, Trust Region Policy Optimization (arXiv 1502.05477); Schulman 2020, Approximating KL Divergence",
		Inputs: []Input{
			{Name: "pred", Aliases: []string{"new"}, Shape: "N * A", Doc: "the new policy over discrete actions: logits unless --pred-as says otherwise", Optional: true, Grad: true},
			{Name: "target", Aliases: []string{"old"}, Shape: "as pred", Doc: "the old one: as pred unless --target-as says otherwise", Optional: true, Grad: true},
			{Name: "pred-mean", Aliases: []string{"new-mean"}, Shape: "N * D", Doc: "means of the new policy over continuous actions, a normal distribution", Optional: true, Grad: true},
			{Name: "pred-logstd", Aliases: []string{"new-logstd"}, Shape: "as pred-mean", Doc: "logarithms of its standard deviations", Optional: true, Grad: true},
			{Name: "target-mean", Aliases: []string{"old-mean"}, Shape: "as pred-mean", Doc: "means of the old one", Optional: true, Grad: true},
			{Name: "target-logstd", Aliases: []string{"old-logstd"}, Shape: "as pred-mean", Doc: "logarithms of its standard deviations", Optional: true, Grad: true},
			{Name: "actions", Shape: "N * or as pred-mean", Doc: "what the old policy did, for --estimator: ids, or numbers of continuous actions", Optional: true},
		},
		Reads: []string{"pred-as", "target-as", "class-axis"},
		Params: []Param{
			{Name: "divergence", Main: true, Value: Choice(&p.kind, "forward", "reverse"), Doc: "forward KL(old‖new), reverse KL(new‖old)"},
			{Name: "estimator", Main: true, Value: Choice(&p.estimator, "exact", "k1", "k2", "k3"), Doc: "exact, or from --actions with r = π_new/π_old: k1 −log r, k2 ½·log²r, k3 (r − 1) − log r"},
			{Name: "target-kl", Value: OptionalFloat(&p.targetKL, math.SmallestNonzeroFloat64, inf), Doc: "what an update may be, for components.target_ratio and over_target"},
			{Name: "renormalize", Value: Bool(&p.renormalize), Doc: "divide probabilities by their sum"},
			{Name: "sum-tolerance", Value: OptionalFloat(&p.tolerance, 0, inf), Doc: "by how much the sum of the probabilities of a state may miss 1; none: by anything"},
		},
		Terms: []Term{
			{Name: "loss"},
			{Name: "max", Largest: true, Aside: always},
			{Name: "entropy", Plain: true, Aside: always},
			{Name: "entropy-old", Plain: true, Aside: always},
			{Name: "over-target", Plain: true, Aside: always, When: func(*Reduction) bool { return p.hasTarget() }},
		},
		Reductions: []Reduction{
			{Name: "mean", Doc: "÷ states that are not excluded", Den: Mean.Den},
			SumOf, BatchMean, None,
			{Name: "elements", Doc: "÷ states × numbers of a continuous action", Den: func(t *Totals) float64 { return float64(t.Count * p.width) }, Hidden: true},
		},
		Conventions: policyConventions,
		Frame:       p.frame,
		Eval:        p.eval,
		Grad:        p.grad,
		Direction:   p.direction,
		Components:  p.components,
		Columns:     []string{"entropy"},
		Row:         func(dst []float64, all *Totals) { dst[0] = all.Terms[policyEntropy] / float64(all.Count) },
	}
}

const policyDetails = `A state is a position, and its divergence that of the two action distributions: over
discrete actions, --pred and --target, along the last axis; or over continuous ones, normal
distributions with --pred-mean --pred-logstd and --target-mean --target-logstd, whose D
numbers are independent and add up. pred is the new policy and target the old one; forward is
KL(old‖new), the constraint of TRPO and what PPO looks at, as the states and actions are the
old policy's.

PPO mostly estimates it from the actions that were taken, --actions with --estimator: k1 is
unbiased but of either sign, k3 unbiased and never negative, k2 biased and never negative.
An action that the old policy gives probability 0 it cannot have taken, and is refused.

components.max is the largest divergence of a state, entropy that of the new policy in nats
and entropy_old that of the old one, as means over the states, which --sample-weight does not
weigh. With --target-kl over_target is the share of the states above it, and target_ratio the
mean over it: --fail-above target_ratio=1.5 is where Spinning Up and Stable-Baselines3 stop
the updates of a batch, --fail-above target_ratio=1 where CleanRL does.`

var policyConventions = []Convention{
	{
		Name:       "torch",
		Doc:        "torch.distributions: kl_divergence of Normal has a number a dimension of the action, and its mean divides by all of them; that of Categorical one a state",
		Reductions: map[string]string{"mean": "elements"},
	},
	{
		Name: "spinningup",
		Doc:  "PPO of Spinning Up: mean of log π_old − log π_new, k1, of either sign; stops at 1.5 × target_kl",
		Set:  []Setting{{"estimator", "k1"}},
	},
	{
		Name: "baselines",
		Doc:  "PPO2 of OpenAI Baselines: half the mean square of the log-ratio, k2",
		Set:  []Setting{{"estimator", "k2"}},
	},
	{
		Name: "cleanrl",
		Doc:  "approx_kl of CleanRL's PPO: mean of (r − 1) − log r, k3; stops at target_kl",
		Set:  []Setting{{"estimator", "k3"}},
	},
	{
		Name: "sb3",
		Doc:  "approx_kl of Stable-Baselines3's PPO: mean of (r − 1) − log r, k3 (before 1.1.0 k1); stops at 1.5 × target_kl",
		Set:  []Setting{{"estimator", "k3"}},
	},
}

func (p *policy) hasTarget() bool { return !math.IsNaN(p.targetKL) }

// direction says what is compared with what.
func (p *policy) direction() string {
	if p.kind == "reverse" {
		return "KL(pred‖target)"
	}
	return "KL(target‖pred)"
}

// components are what PPO looks at beside the mean.
func (p *policy) components(_ *Reduction, all *Totals, _ []Totals) []Component {
	n := float64(all.Count)
	list := []Component{
		{"max", all.Terms[policyMax]},
		{"entropy", all.Terms[policyEntropy] / n},
		{"entropy_old", all.Terms[policyOldEntropy] / n},
	}
	if p.hasTarget() {
		list = append(
			list,
			Component{"over_target", all.Terms[policyOver] / n},
			Component{"target_ratio", all.Terms[policyLoss] / n / p.targetKL},
		)
	}
	return list
}

func (p *policy) eval(out *Out, b *Block) {
	kl := out.Terms[policyLoss]
	if b.In[policyNewMean] != nil {
		p.gaussian(out, b)
	} else {
		p.categorical(out, b)
	}
	copy(out.Terms[policyMax], kl)
	if over := out.Terms[policyOver]; over != nil {
		for i, v := range kl {
			over[i] = 0
			if v > p.targetKL {
				over[i] = 1
			}
		}
	}
}

func (p *policy) grad(grad, up [][]float64, b *Block) {
	for input, g := range grad {
		switch {
		case g == nil:
		case b.In[policyNewMean] != nil:
			p.gaussianGrad(g, up[policyLoss], b, input)
		case p.estimator == "exact":
			p.divergence.grad(g, up[policyLoss], b, policyOld, policyNew, input)
		default:
			p.categoricalGrad(g, up[policyLoss], b, input)
		}
	}
}

// estimate sets kl to the estimates from the log-ratios d = log π_old −
// log π_new of the actions.
func (p *policy) estimate(kl, d []float64, out *Out, newer int) {
	estimator(p.estimator).apply(kl, d)
	for i, v := range d {
		switch {
		case math.IsInf(v, -1):
			out.Fail(policyActions, i, 0, "an action of probability 0 under the old policy", "one that it can take")
		case math.IsInf(v, 1):
			out.Warn(newer, i, 0, "probability 0 of the action that was taken: the estimate is inf")
		}
	}
}
