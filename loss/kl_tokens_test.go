package loss

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sampledBlock has log-probabilities of tokens under two models.
func sampledBlock(pred, target []float64) *Block {
	v := View{Role: LogProb, Planes: 1, Spread: 1}
	return &Block{Frame: &Frame{Views: []View{v, v}}, N: len(pred), In: [][]float64{pred, target}}
}

// With tokens sampled from pred, the estimators have the mean KL(pred‖target):
// k1 and k3 exactly, as the sum over the vocabulary says.
func TestEstimatorsAreUnbiased(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	const vocabulary = 9
	p, q := make([]float64, vocabulary), make([]float64, vocabulary)
	for i := range p {
		p[i], q[i] = r.NormFloat64(), r.NormFloat64()
	}
	for _, x := range [][]float64{p, q} {
		sum := 0.0
		for _, v := range x {
			sum += math.Exp(v)
		}
		for i := range x {
			x[i] -= math.Log(sum)
		}
	}
	kl := 0.0
	for i := range p {
		kl += math.Exp(p[i]) * (p[i] - q[i])
	}
	for _, estimator := range []string{"k1", "k3"} {
		k := &tokens{estimator: estimator, clipLogRatio: math.NaN(), clipValue: math.NaN()}
		each := make([]float64, vocabulary)
		k.estimate(each, sampledBlock(p, q))
		mean := 0.0
		for i, v := range each {
			mean += math.Exp(p[i]) * v
			if estimator == "k3" && v < 0 {
				t.Errorf("k3 is %v", v)
			}
		}
		if math.Abs(mean-kl) > 1e-14 {
			t.Errorf("%s: mean %v, KL %v", estimator, mean, kl)
		}
	}
}

// Where a ratio or a value is clamped there is no gradient; at the limit
// there still is, as torch.clamp has it.
func TestClamps(t *testing.T) {
	k := &tokens{estimator: "k1", clipLogRatio: 2, clipValue: 1.5}
	pred, target := []float64{-1, -1, -1, -4, -1.5}, []float64{-1.5, -2.5, -9, -1, -1.5}
	b := sampledBlock(pred, target)
	got, up := make([]float64, 5), []float64{1, 1, 1, 1, 1}
	k.estimate(got, b)
	for i, want := range []float64{0.5, 1.5, 1.5, -1.5, 0} {
		if got[i] != want {
			t.Errorf("value %d: got %v, want %v", i, got[i], want)
		}
	}
	for by, sign := range []float64{1, -1} {
		k.estimateGrad(got, up, b, by)
		for i, want := range []float64{1, 1, 0, 0, 1} {
			if got[i] != sign*want {
				t.Errorf("gradient %d by input %d: got %v, want %v", i, by, got[i], sign*want)
			}
		}
	}
}

// A token that neither model can say tells nothing of their difference.
func TestImpossibleTokens(t *testing.T) {
	inf := math.Inf(-1)
	for _, estimator := range []string{"k1", "abs", "k2", "k3"} {
		k := &tokens{estimator: estimator, clipLogRatio: math.NaN(), clipValue: math.NaN()}
		got := make([]float64, 3)
		k.estimate(got, sampledBlock([]float64{inf, -1, inf}, []float64{inf, inf, -1}))
		if got[0] != 0 || got[1] != math.Inf(1) || math.IsNaN(got[2]) {
			t.Errorf("%s: got %v", estimator, got)
		}
	}
}
