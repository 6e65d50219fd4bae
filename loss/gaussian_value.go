package loss

import "math"

// gaussianReductions divide by samples: a sample adds up its dimensions.
var gaussianReductions = []Reduction{
	{Name: "mean", Doc: "÷ samples of which a dimension counts", Den: gaussianSamples},
	SumOf, BatchMean,
	{Name: "none", Doc: "element-wise, needs -o FILE.npy; the value shown is the mean", Den: gaussianSamples, Elements: true},
	{Name: "elements", Doc: "÷ dimensions of all samples", Den: Mean.Den, Hidden: true},
}

func gaussianSamples(t *Totals) float64 { return float64(t.Full) }

// gaussianCount is what the mean divides by, and of a dimension the samples
// in which it counts.
func gaussianCount(t *Totals) float64 {
	if t.OfClass {
		return float64(t.Count)
	}
	return gaussianSamples(t)
}

var gaussianConventions = []Convention{
	{
		Name:       "torch",
		Doc:        "torch.distributions: kl_divergence of Normal has a number a dimension, and its mean divides by all of them; that of MultivariateNormal one a sample",
		Reductions: map[string]string{"mean": "elements"},
	},
	{
		Name: "pytorch-examples",
		Doc:  "pytorch/examples vae: the sum over everything, the batch too",
		Set:  []Setting{{"reduction", "sum"}},
	},
	{
		Name:       "guided-diffusion",
		Doc:        "normal_kl of OpenAI's diffusion models: the mean over everything, in bits",
		Set:        []Setting{{"unit", "bits"}},
		Reductions: map[string]string{"mean": "elements"},
	},
}

// value is γ·|KL − C| under --capacity, but of a dimension its KL.
func (g *gaussian) value(r *Reduction, all *Totals, byClass []Totals) float64 {
	v := g.total(r, all, byClass)
	if g.hasCapacity() && !all.OfClass {
		v = g.gamma * math.Abs(v-g.capacity)
	}
	return v
}

// total is the divergence as the reduction has it; with free bits on the batch
// β·Σ_d max(λ, mean_n KL_nd) takes the place of its mean.
func (g *gaussian) total(r *Reduction, all *Totals, byClass []Totals) float64 {
	den := r.Den(all)
	if !g.onBatch() {
		return all.Terms[gaussianLoss] / den
	}
	switch {
	case byClass != nil:
	case all.OfClass || g.dims == 1:
		byClass = []Totals{*all}
	default: // a group of samples, whose dimensions are in one sum
		return math.NaN()
	}
	sum, n := 0.0, float64(all.Full)
	for c := range byClass {
		if byClass[c].Count > 0 {
			sum += max(byClass[c].Terms[gaussianLoss]/n, g.beta*g.freeBits)
		}
	}
	return sum * n / den
}

// slope is the derivative of value by the sums of the loss.
func (g *gaussian) slope(dst [][]float64, r *Reduction, all *Totals, byClass []Totals) {
	s := 1 / r.Den(all)
	if g.hasCapacity() {
		switch v := g.total(r, all, byClass); {
		case v < g.capacity:
			s *= -g.gamma
		case v > g.capacity:
			s *= g.gamma
		default:
			s = 0
		}
	}
	for c := range dst {
		t := all
		if byClass != nil {
			t = &byClass[c]
		}
		if !g.onBatch() || t.Terms[gaussianLoss]/float64(all.Full) >= g.beta*g.freeBits {
			dst[c][gaussianLoss] = s
		}
	}
}

// components are the divergence itself, where the value is something else,
// and how many dimensions have collapsed.
func (g *gaussian) components(r *Reduction, all *Totals, byClass []Totals) []Component {
	var list []Component
	term := gaussianLoss
	if g.apart() {
		term = gaussianKL
		list = append(list, Component{"kl", all.Terms[term] / r.Den(all)})
	}
	if g.dims < 2 || byClass == nil {
		return list
	}
	collapsed, active := 0, 0
	for c := range byClass {
		switch t := &byClass[c]; {
		case t.Count == 0:
		case t.Terms[term]/float64(t.Count) < g.collapseBelow:
			collapsed++
		default:
			active++
		}
	}
	return append(list, Component{"collapsed", float64(collapsed)}, Component{"active", float64(active)})
}
