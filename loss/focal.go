package loss

import (
	"fmt"
	"math"
	"slices"

	"lossctl/internal/vec"
)

// focal holds the parameters of the focal loss and the scratch memory of its
// kernels.
type focal struct {
	gamma      float64
	gammaPos   float64 // NaN: gamma
	gammaNeg   float64
	alpha      []float64  // empty: see alphaWord
	alphaWord  string     // "auto" or "none"
	alphaAuto  [2]float64 // what auto is for sigmoid and softmax, NaN: none
	activation string

	smoothing        float64
	eps              float64
	poly             float64
	clip             float64 // margin by which ASL shifts the probability of a negative
	reducedThreshold float64
	normalized       bool
	softTarget       string
	backgroundID     int

	classWeight, posWeight, classCounts []float64
	words                               [3]string // of the lists when they are empty
	cbBeta                              float64

	// what only conventions set
	alphaBackground bool    // class 0 gets 1−α
	backgroundLast  bool    // id C is background
	alphaPositives  bool    // a list of α leaves negatives alone
	logFloor        float64 // logarithms are at least log of it
	logAsLogit      bool    // one-vs-rest: log p is taken for the logit
	oneHotEps       float64 // target probability of the other classes
	probClip        float64 // probabilities are clipped to [ε, 1−ε]
	renormalize     bool    // rows of probabilities are divided by their sum
	normalizeTwice  bool    // by class: ÷ Σ modulators, then ÷ count

	// what the shapes say
	width    int       // scores at a position: classes of the softmax, else 1
	rivals   int       // classes of one-vs-rest, else 1
	spatial  int       // positions of a class in a sample
	last     int       // length of the last axis of elements, else 1
	weights  []float64 // class weights, given or from the counts
	byTarget bool      // one-vs-rest: all classes have the weight of the target's

	memory [12][]float64
}

// Terms of focal.
const (
	focalLoss      = iota
	focalWeight    // class weight, for --reduction weighted
	focalPositives // targets that are not background, for --reduction positives
	focalModulator // (1−p_t)^γ, for --normalized
)

// Focal is the focal loss of Lin et al.
func Focal() *Loss {
	f := &focal{
		gamma: 2, gammaPos: math.NaN(), gammaNeg: math.NaN(), alphaWord: "auto", alphaAuto: [2]float64{0.25, math.NaN()}, activation: "auto",
		softTarget: "mixture", backgroundID: -1, words: [3]string{"none", "none", "none"}, cbBeta: 0.9999,
	}
	inf := math.Inf(1)
	return &Loss{
		Name:    "focal",
		Summary: "focal loss: cross-entropy that looks away from what is already right",
		Formula: "α_t·(1−p_t)^γ·(−log p_t)",
		Details: focalDetails,
		Source:  "Lin et al. 2017, Focal Loss for Dense Object Detection (arXiv 1708.02002)",
		Inputs: []Input{
			{Name: "pred", Shape: "N C * or N *", Doc: "scores: logits unless --pred-as says otherwise", Grad: true},
			{Name: "target", Shape: "N * or as pred", Doc: "class ids (softmax, or one-vs-rest), or labels in [0, 1] of the shape of pred (sigmoid)"},
		},
		Reads: []string{"pred-as", "class-axis", "ignore-index"},
		Params: []Param{
			{Name: "gamma", Main: true, Value: Float(&f.gamma, 0, inf), Doc: "focusing exponent γ; 0 is cross-entropy"},
			{Name: "alpha", Main: true, Value: Floats(&f.alpha, &f.alphaWord, 0, inf, "auto", "none"), Doc: "weight α of positives (sigmoid; negatives get 1−α) or of every class (softmax), or one a class; auto: 0.25 for sigmoid, none for softmax"},
			{Name: "activation", Main: true, Value: Choice(&f.activation, "auto", "softmax", "sigmoid"), Doc: "auto: softmax where target holds class ids, sigmoid where the shapes agree; sigmoid with ids is one-vs-rest"},
			{Name: "label-smoothing", Value: Float(&f.smoothing, 0, 1), Doc: "s: targets become (1−s)·target + s/K, K classes (sigmoid: 2)"},
			{Name: "class-weight", Value: Floats(&f.classWeight, &f.words[0], 0, inf, "none"), Doc: "one factor a class; the mean still divides by the count, --reduction weighted by the sum"},
			{Name: "pos-weight", Value: Floats(&f.posWeight, &f.words[1], 0, inf, "none"), Doc: "factor of −log p of positives (sigmoid), or one a class"},
			{Name: "class-counts", Value: Floats(&f.classCounts, &f.words[2], 0, inf, "none"), Doc: "training samples n_c of each class: class weights (1−β)/(1−β^n_c), scaled to sum to C"},
			{Name: "cb-beta", Value: Float(&f.cbBeta, 0, 1), Doc: "β of --class-counts"},
			{Name: "poly", Value: Float(&f.poly, -inf, inf), Doc: "ε of Poly-1: adds ε·(1−p_t)^(γ+1)"},
			{Name: "reduced-threshold", Value: Float(&f.reducedThreshold, 0, 1), Doc: "th: the modulator is ((1−p_t)/th)^γ, and 1 where p_t < th; 0 is off"},
			{Name: "normalized", Value: Bool(&f.normalized), Doc: "divide by the sum of the modulators instead of the count"},
			{Name: "gamma-pos", Value: OptionalFloat(&f.gammaPos, 0, inf), Doc: "γ of positives, asymmetric loss; none: gamma"},
			{Name: "gamma-neg", Value: OptionalFloat(&f.gammaNeg, 0, inf), Doc: "γ of negatives, asymmetric loss; none: gamma"},
			{Name: "clip", Value: Float(&f.clip, 0, 1), Doc: "margin m of the asymmetric loss: negatives use max(p−m, 0)"},
			{Name: "eps", Value: Float(&f.eps, 0, 1), Doc: "ε of log(p_t + ε)"},
			{Name: "soft-target", Value: Choice(&f.softTarget, "mixture", "sides", "logit", "entropy"), Doc: "how labels between 0 and 1 enter the modulator (sigmoid): p_t = p·t + (1−p)·(1−t); each side with its own; p_t = σ(x·(2t−1)); p_t = exp(−cross-entropy)"},
			{Name: "background-id", Value: OptionalInt(&f.backgroundID, 0), Doc: "class id that is no class, all targets are 0 (one-vs-rest); 0: ids 1…C are the classes"},
			{Name: "alpha-sigmoid", Value: OptionalFloat(&f.alphaAuto[0], 0, inf), Hidden: true},
			{Name: "alpha-softmax", Value: OptionalFloat(&f.alphaAuto[1], 0, inf), Hidden: true},
			{Name: "background-last", Value: Bool(&f.backgroundLast), Hidden: true},
			{Name: "alpha-background", Value: Bool(&f.alphaBackground), Hidden: true},
			{Name: "alpha-positives", Value: Bool(&f.alphaPositives), Hidden: true},
			{Name: "log-floor", Value: Float(&f.logFloor, 0, 1), Hidden: true},
			{Name: "log-as-logit", Value: Bool(&f.logAsLogit), Hidden: true},
			{Name: "one-hot-eps", Value: Float(&f.oneHotEps, 0, 1), Hidden: true},
			{Name: "prob-clip", Value: Float(&f.probClip, 0, 1), Hidden: true},
			{Name: "renormalize", Value: Bool(&f.renormalize), Hidden: true},
			{Name: "normalize-twice", Value: Bool(&f.normalizeTwice), Hidden: true},
		},
		Terms: []Term{
			{Name: "loss"},
			{Name: "weight", When: func(r *Reduction) bool { return r.Name == "weighted" }},
			{Name: "positives", Plain: true, When: func(r *Reduction) bool { return r.Name == "positives" }},
			{Name: "modulator", When: func(*Reduction) bool { return f.normalized }},
		},
		Reductions:  f.reductions(),
		Conventions: focalConventions,
		Frame:       f.frame,
		Prepare:     f.prepare,
		Eval:        f.eval,
		Grad:        f.grad,
		Value:       f.value,
		Slope:       f.slope,
		Valued:      func() bool { return f.normalized },
		ByClass:     func() bool { return f.normalized && f.normalizeTwice },
	}
}

const focalDetails = `p_t is the probability that the prediction gives to the target: p for a positive,
1−p for a negative; with softmax the probability of the target's class. α_t is α for
positives and 1−α for negatives (sigmoid), or the factor of the class (softmax).

Softmax takes class ids, or with --activation softmax a distribution over the classes of
the shape of pred, or --label-smoothing: then the loss of a position is the sum over the
classes of y_c·α_c·(1−p_c)^γ·(−log p_c).
Sigmoid takes labels in [0, 1] of the shape of pred: p_t = p·t + (1−p)·(1−t). With class
ids it is one-vs-rest, as detectors train; --background-id names the id that is no class.

Logits are exact up to ±1e308: nothing is clamped and no epsilon is added unless --eps
says so. A probability of 0 for the target gives inf.
The asymmetric loss (--gamma-pos, --gamma-neg, --clip; --convention asl) treats the two
sides apart: t·(1−p)^γ₊·(−log p) + (1−t)·p_m^γ₋·(−log(1−p_m)), p_m = max(p−m, 0).`

// scratch returns n numbers of the loss's own memory.
func (f *focal) scratch(i, n int) []float64 {
	if cap(f.memory[i]) < n {
		f.memory[i] = make([]float64, n)
	}
	return f.memory[i][:n]
}

func (f *focal) eval(out *Out, b *Block) {
	if f.activation == "sigmoid" {
		f.sigmoid(out, b)
		return
	}
	f.softmax(out, b)
}

func (f *focal) grad(grad, up [][]float64, b *Block) {
	if f.activation == "sigmoid" {
		f.sigmoidGrad(grad[0], up, b)
		return
	}
	f.softmaxGrad(grad[0], up, b)
}

// modulatorTerm returns where the modulators go: the term, or scratch memory
// where nobody wants it.
func (f *focal) modulatorTerm(out *Out, n int) []float64 {
	if m := out.Terms[focalModulator]; m != nil {
		return m
	}
	return f.scratch(9, n)
}

// asymmetric reports whether positives and negatives have formulas of their
// own.
func (f *focal) asymmetric() bool {
	return !math.IsNaN(f.gammaPos) || !math.IsNaN(f.gammaNeg) || f.clip > 0
}

func (f *focal) gammas() (pos, neg float64) {
	pos, neg = f.gamma, f.gamma
	if !math.IsNaN(f.gammaPos) {
		pos = f.gammaPos
	}
	if !math.IsNaN(f.gammaNeg) {
		neg = f.gammaNeg
	}
	return pos, neg
}

// at returns the number of a class in a list of one or of one a class.
func at(list []float64, class int) float64 {
	if len(list) == 1 {
		return list[0]
	}
	return list[class]
}

// modulator computes m = s^γ, s = 1−p_t, reduced by the threshold.
func (f *focal) modulator(m, s []float64, gamma float64) {
	th := f.reducedThreshold
	if th == 0 {
		vec.Pow(m, s, gamma)
		return
	}
	for i, x := range s {
		if 1-x < th {
			m[i] = 1
		} else {
			m[i] = x / th
		}
	}
	vec.Pow(m, m, gamma)
}

// steep returns dm/ds from m = s^γ: γ·m/s, and 0 where s is 0, as p_t is 1
// there and every product that it stands in vanishes.
func (f *focal) steep(m, s, gamma float64) float64 {
	if s == 0 || f.reducedThreshold > 0 && 1-s < f.reducedThreshold {
		return 0
	}
	return gamma * m / s
}

// checkLists compares the lengths of the per-class lists with the classes.
func (f *focal) checkLists(classes int, name string) error {
	for _, l := range []struct {
		flag string
		list []float64
	}{{"alpha", f.alpha}, {"class-weight", f.classWeight}, {"pos-weight", f.posWeight}, {"class-counts", f.classCounts}} {
		if n := len(l.list); n > 1 && n != classes {
			return fmt.Errorf("--%s: got %d numbers, want 1 or %d, one for each class of %s", l.flag, n, classes, name)
		}
	}
	return nil
}

// checkCounts compares --class-counts with what stands beside it.
func (f *focal) checkCounts() error {
	if len(f.classCounts) > 0 && len(f.classWeight) > 0 {
		return fmt.Errorf("--class-counts: got --class-weight too, want one of them")
	}
	if c := slices.Index(f.classCounts, 0); c >= 0 {
		return fmt.Errorf("--class-counts: got 0 for class %d, want at least 1", c)
	}
	return nil
}

// prepare finds the class weights: given, or from the counts (Cui et al.
// 2019, arXiv 1901.05555), whose one-vs-rest gives all classes the weight of
// the target's.
func (f *focal) prepare(fr *Frame) {
	f.weights = f.classWeight
	f.byTarget = fr.Cyclic && fr.Views[1].Role == Index && len(f.classCounts) > 0
	if len(f.classCounts) == 0 {
		return
	}
	w := make([]float64, len(f.classCounts))
	total := 0.0
	for c, n := range f.classCounts {
		w[c] = 1 / n
		if f.cbBeta < 1 {
			// 1−β^n without cancellation
			w[c] = (1 - f.cbBeta) / -math.Expm1(n*math.Log(f.cbBeta))
		}
		total += w[c]
	}
	for c := range w {
		w[c] *= float64(len(w)) / total
	}
	f.weights = w
}

// perClass reports whether a parameter wants to know the class.
func (f *focal) perClass() bool {
	return f.normalized && f.normalizeTwice || slices.ContainsFunc([][]float64{f.alpha, f.classWeight, f.posWeight, f.classCounts}, func(l []float64) bool { return len(l) > 1 })
}
