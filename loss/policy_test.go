package loss_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"lossctl/loss"
)

// policyOf makes a trial of kl policy with given numbers, by input.
func policyOf(t *testing.T, v variant, arrays map[int][]float64) *trial {
	t.Helper()
	tr := newTrial(t, loss.KLPolicy, v)
	for k, x := range arrays {
		tr.data[k] = newMemory(tr.data[k].name, "float64", tr.data[k].shape, x)
	}
	return tr
}

// The formulas over discrete actions, few and many.
func TestPolicyDiscrete(t *testing.T) {
	for _, a := range []int{2, 5, 64, 65, 90} {
		n := 11
		x, y := normal(n*a, 1), normal(n*a, 2)
		var kl, back, entropy []float64
		for i := range n {
			lp, lq := logSoftmax(y[i*a:(i+1)*a]), logSoftmax(x[i*a:(i+1)*a])
			f, r, h := 0.0, 0.0, 0.0
			for k := range a {
				f += math.Exp(lp[k]) * (lp[k] - lq[k])
				r += math.Exp(lq[k]) * (lq[k] - lp[k])
				h -= math.Exp(lq[k]) * lq[k]
			}
			kl, back, entropy = append(kl, f), append(back, r), append(entropy, h)
		}
		inputs := map[int][]float64{newPolicy: x, oldPolicy: y}
		got := policyOf(t, variant{set: "target-kl=2", shapes: discrete([]int{n, a}, false)}, inputs).run(t, whole)
		what := fmt.Sprint(a, " actions: ")
		near(t, what+"forward", got["elements"], kl, 1e-13)
		near(t, what+"entropy of the rows", got["row columns"], entropy, 1e-13)
		near(t, what+"entropy", got["component entropy"], []float64{average(entropy)}, 1e-13)
		most, over := 0.0, 0.0
		for _, v := range got["elements"] {
			most = max(most, v)
			if v > 2 {
				over++
			}
		}
		near(t, what+"max", got["component max"], []float64{most}, 0)
		near(t, what+"over_target", got["component over_target"], []float64{over / float64(n)}, 1e-15)
		near(t, what+"target_ratio", got["component target_ratio"], scaled(got["value"], 0.5), 1e-15)
		got = policyOf(t, variant{set: "divergence=reverse", shapes: discrete([]int{n, a}, false)}, inputs).run(t, whole)
		near(t, what+"reverse", got["elements"], back, 1e-13)
		swapped := policyOf(t, variant{shapes: discrete([]int{n, a}, false)}, map[int][]float64{newPolicy: y, oldPolicy: x}).run(t, whole)
		near(t, what+"swapped", swapped["elements"], back, 1e-13)
		near(t, what+"entropy of the old policy", swapped["component entropy_old"], got["component entropy"], 1e-15)
	}
}

func average(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v / float64(len(x))
	}
	return s
}

// k1 and k3 are unbiased: their mean over the actions of the old policy is
// the divergence.
func TestPolicyUnbiased(t *testing.T) {
	n, a := 6, 4
	x, y := normal(n*a, 1), normal(n*a, 2)
	inputs := map[int][]float64{newPolicy: x, oldPolicy: y}
	exact := policyOf(t, variant{shapes: discrete([]int{n, a}, false)}, inputs).run(t, whole)
	for _, e := range []string{"k1", "k3"} {
		mean, gradient := make([]float64, n), make([]float64, n*a)
		for action := range a {
			taken := make([]float64, n)
			for i := range taken {
				taken[i] = float64(action)
			}
			got := policyOf(t, variant{set: "estimator=" + e, shapes: discrete([]int{n, a}, true)}, map[int][]float64{newPolicy: x, oldPolicy: y, actions: taken}).run(t, whole)
			for i := range n {
				p := math.Exp(logSoftmax(y[i*a : (i+1)*a])[action])
				mean[i] += p * got["elements"][i]
				for k := range a {
					gradient[i*a+k] += p * got["gradient 0"][i*a+k]
				}
			}
		}
		near(t, e, mean, exact["elements"], 1e-13)
		near(t, e+": gradient by the new policy", gradient, exact["gradient 0"], 1e-13)
	}
}

// A Gaussian policy is the divergence of normal distributions, and its
// estimators are those of log-densities.
func TestPolicyContinuous(t *testing.T) {
	for _, d := range []int{1, 3, 64, 70} {
		n := 5
		m1, s1, m2, s2 := normal(n*d, 1), scaled(normal(n*d, 2), 0.2), normal(n*d, 3), scaled(normal(n*d, 4), 0.2)
		a := normal(n*d, 5)
		shape := []int{n, d}
		inputs := map[int][]float64{newMean: m1, newLogstd: s1, oldMean: m2, oldLogstd: s2}
		got := policyOf(t, variant{shapes: continuous(shape, false)}, inputs)
		pair := gaussianOf(t, variant{shapes: gaussians(shape, mu, logvar, targetMu, targetLogvar)}, map[int][]float64{mu: m2, logvar: scaled(s2, 2), targetMu: m1, targetLogvar: scaled(s1, 2)})
		o, w := got.run(t, whole), pair.run(t, whole)
		what := fmt.Sprint(d, " numbers: ")
		near(t, what+"states", o["elements"], w["row values"], 1e-14)
		near(t, what+"value", o["value"], w["value"], 1e-14)
		near(t, what+"gradient by the new mean", o["gradient 2"], w["gradient 3"], 1e-14)
		near(t, what+"gradient by the old mean", o["gradient 4"], w["gradient 0"], 1e-14)
		near(t, what+"gradient by the new deviation", o["gradient 3"], scaled(w["gradient 4"], 2), 1e-14)

		k3, entropy := make([]float64, n), make([]float64, n)
		for i := range k3 {
			ratio := 0.0
			for j := i * d; j < (i+1)*d; j++ {
				z1, z2 := (a[j]-m1[j])/math.Exp(s1[j]), (a[j]-m2[j])/math.Exp(s2[j])
				ratio += z2*z2/2 + s2[j] - z1*z1/2 - s1[j]
				entropy[i] += s1[j] + 0.5*math.Log(2*math.Pi*math.E)
			}
			k3[i] = math.Expm1(ratio) - ratio
		}
		near(t, what+"entropy", o["row columns"], entropy, 1e-13)
		inputs[actions] = a
		got = policyOf(t, variant{set: "estimator=k3", shapes: continuous(shape, true)}, inputs)
		near(t, what+"k3", got.run(t, whole)["elements"], k3, 1e-11)
	}
}

// An unchanged policy has no divergence, by any way.
func TestPolicySame(t *testing.T) {
	x := normal(24, 1)
	for _, set := range []string{"", "estimator=k1", "estimator=k2", "estimator=k3"} {
		taken := set != ""
		got := policyOf(t, variant{set: set, shapes: discrete([]int{6, 4}, taken)}, map[int][]float64{newPolicy: x, oldPolicy: x}).run(t, whole)
		near(t, set, got["elements"], make([]float64, 6), 0)
		got = policyOf(t, variant{set: set, shapes: continuous([]int{6, 4}, taken)}, map[int][]float64{newMean: x, oldMean: x, newLogstd: x, oldLogstd: x}).run(t, whole)
		near(t, set+", continuous", got["elements"], make([]float64, 6), 0)
	}
}

// What the old policy cannot have done is refused; what the new one no longer
// does is infinite, and said.
func TestPolicyImpossible(t *testing.T) {
	inf := math.Inf(-1)
	old, newer := []float64{0, 1, inf, 2, 0, 1}, []float64{0, 1, 2, 0, inf, 1}
	run := func(taken ...float64) error {
		tr := policyOf(t, variant{set: "estimator=k1", shapes: discrete([]int{2, 3}, true)}, map[int][]float64{newPolicy: newer, oldPolicy: old, actions: taken})
		res, err := tr.job(whole).Run(context.Background())
		if err == nil && taken[1] == 1 {
			if !math.IsInf(res.Value, 1) {
				t.Errorf("actions %v: got %v, want inf", taken, res.Value)
			}
			if n := len(res.Warnings); n != 1 || !strings.Contains(res.Warnings[0], "input 0: probability 0 of the action that was taken: the estimate is inf at [1 0]") {
				t.Errorf("actions %v: got warnings %q", taken, res.Warnings)
			}
		}
		return err
	}
	if err := run(2, 0); err == nil || !strings.Contains(err.Error(), "input 6: got an action of probability 0 under the old policy at [0], want one that it can take") {
		t.Errorf("impossible action: got %v", err)
	}
	if err := run(1, 1); err != nil {
		t.Error(err)
	}
	far := policyOf(t, variant{set: "estimator=k3", shapes: continuous([]int{2, 1}, true)}, map[int][]float64{
		newMean: {0, 0}, newLogstd: {-100, -100}, oldMean: {0, 0}, oldLogstd: {-100, -100}, actions: {0, 1e300},
	})
	if _, err := far.job(whole).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "an action of probability 0 under the old policy at [1 0]") {
		t.Errorf("action out of reach: got %v", err)
	}
}

func TestPolicyFrameErrors(t *testing.T) {
	flat := []int{4, 3}
	for _, e := range []struct {
		set, want string
		shapes    [7][]int
	}{
		{"", "--pred: got no policies, want --pred and --target, or --pred-mean, --pred-logstd, --target-mean, --target-logstd", [7][]int{}},
		{"", "--target: got nothing, want a file beside --pred", [7][]int{newPolicy: flat}},
		{"", "--pred: got nothing, want a file beside --target", [7][]int{oldPolicy: flat}},
		{"", "--pred-mean: got --pred too, want one of them", [7][]int{newPolicy: flat, oldPolicy: flat, newMean: flat}},
		{"", "--pred-logstd: got nothing, want a file beside --pred-mean", [7][]int{newMean: flat, oldMean: flat}},
		{"estimator=k3", "--actions: got nothing, want a file for --estimator k3", [7][]int{newPolicy: flat, oldPolicy: flat}},
		{"estimator=k1 divergence=reverse", "--estimator: got k1 with --divergence reverse, want forward", [7][]int{newPolicy: flat, oldPolicy: flat, actions: {4}}},
		{"estimator=k1", "actions: got shape [3], want [4]", [7][]int{newPolicy: flat, oldPolicy: flat, actions: {3}}},
		{"estimator=k1", "actions: got shape [4], want [4 3]", [7][]int{newMean: flat, newLogstd: flat, oldMean: flat, oldLogstd: flat, actions: {4}}},
		{"", "target: shape [4 2] does not match pred [4 3] on axis 1", [7][]int{newPolicy: flat, oldPolicy: {4, 2}}},
		{"", "pred-logstd: shape [3] does not match pred-mean [4 3]: np.broadcast_to repeats it", [7][]int{newMean: flat, newLogstd: {3}, oldMean: flat, oldLogstd: {3}}},
		{"", "pred-mean: shape [4] has no axis but the samples", [7][]int{newMean: {4}, newLogstd: {4}, oldMean: {4}, oldLogstd: {4}}},
	} {
		frameError(t, loss.KLPolicy, e.set, e.want, e.shapes[:])
	}
}
