package loss

import (
	"math"

	"lossctl/internal/vec"
)

// reductions are the ways in which trainers make one number of the tokens.
func (k *tokens) reductions() []Reduction {
	full := func(t *Totals) float64 { return float64(t.Full) }
	all := func(t *Totals) float64 { return float64(t.Samples) }
	return []Reduction{
		{Name: "token-mean", Doc: "÷ tokens that count; what mean is", Den: Mean.Den},
		{Name: "token-sum", Doc: "no denominator; what sum is", Den: SumOf.Den},
		{Name: "seq-mean-token-sum", Doc: "÷ sequences with a token that counts", Den: full},
		{Name: "seq-mean-token-sum-norm", Doc: "÷ sequences with a token that counts × L, --max-length or T", Den: func(t *Totals) float64 { return full(t) * float64(k.maxLength) }},
		{Name: "seq-mean-token-mean", Term: tokensMean, Doc: "means of the sequences ÷ sequences with a token that counts", Den: full},
		{Name: "grpo", Term: tokensMean, Doc: "means of the sequences ÷ all sequences", Den: all},
		{Name: "dr-grpo", Doc: "÷ all sequences × L, --max-length or T", Den: func(t *Totals) float64 { return all(t) * float64(k.maxLength) }},
		{Name: "dapo", Doc: "÷ tokens that count, of all processes in trl: token-mean", Den: Mean.Den},
		Mean, SumOf, BatchMean, None,
		{Name: "elements", Hidden: true, Doc: "÷ tokens that count × vocabulary", Den: func(t *Totals) float64 { return float64(t.Count * k.width) }},
	}
}

// closeTokens computes the mean of a sequence.
func closeTokens(all *Totals, _ []Totals) {
	all.Terms[tokensMean] = all.Terms[tokensLoss] / float64(all.Count)
}

func closeTokensSlope(dst, up [][]float64, all *Totals, _ []Totals) {
	dst[0][tokensLoss] += up[0][tokensMean] / float64(all.Count)
}

func (k *tokens) components(r *Reduction, all *Totals, _ []Totals) []Component {
	return []Component{
		{"kl", all.Terms[r.Term] / r.Den(all) / k.beta},
		{"max", all.Terms[tokensLargest]},
	}
}

// tokensRow computes the sum, the mean and the maximum of a sequence.
func tokensRow(dst []float64, all *Totals) {
	if all.Count == 0 {
		vec.Fill(dst, math.NaN())
		return
	}
	dst[0] = all.Terms[tokensLoss]
	dst[1] = dst[0] / float64(all.Count)
	dst[2] = all.Terms[tokensLargest]
}
