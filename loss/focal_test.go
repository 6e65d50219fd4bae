package loss_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lossctl/loss"
)

// focalOf makes a trial of focal with given numbers.
func focalOf(t *testing.T, v variant, arrays ...[]float64) *trial {
	t.Helper()
	tr := newTrial(t, loss.Focal, v)
	for k, x := range arrays {
		tr.data[k] = newMemory(tr.data[k].name, "float64", tr.data[k].shape, x)
	}
	return tr
}

func normal(n int, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 9))
	x := make([]float64, n)
	for i := range x {
		x[i] = 3 * rng.NormFloat64()
	}
	return x
}

func ids(n, classes int) []float64 {
	rng := rand.New(rand.NewPCG(4, 9))
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(rng.IntN(classes))
	}
	return x
}

func oneHot(id []float64, classes int) []float64 {
	x := make([]float64, len(id)*classes)
	for i, c := range id {
		x[i*classes+int(c)] = 1
	}
	return x
}

// logSoftmax is naive and stable.
func logSoftmax(x []float64) []float64 {
	m, sum := math.Inf(-1), 0.0
	for _, v := range x {
		m = max(m, v)
	}
	for _, v := range x {
		sum += math.Exp(v - m)
	}
	lp := make([]float64, len(x))
	for i, v := range x {
		lp[i] = v - m - math.Log(sum)
	}
	return lp
}

// agree compares elements and gradients of trials whose positions are in the
// same order.
func agree(t *testing.T, a, b *trial, tolerance float64, names ...string) {
	t.Helper()
	x, y := a.run(t, whole), b.run(t, whole)
	for _, name := range names {
		near(t, name, x[name], y[name], tolerance)
	}
}

// With γ = 0 focal is cross-entropy; else it is the formula of the paper.
func TestFocalSoftmax(t *testing.T) {
	for _, classes := range []int{2, 7, 64, 65, 200} {
		for _, gamma := range []float64{0, 0.5, 1, 2, 3.3} {
			n := 23
			x, id := normal(n*classes, 1), ids(n, classes)
			tr := focalOf(t, variant{set: fmt.Sprintf("gamma=%v", gamma), shapes: [][]int{{n, classes}, {n}}}, x, id)
			want, total := make([]float64, n), 0.0
			for i := range n {
				lp := logSoftmax(x[i*classes : (i+1)*classes])[int(id[i])]
				want[i] = math.Pow(-math.Expm1(lp), gamma) * -lp
				total += want[i]
			}
			got := tr.run(t, whole)
			what := fmt.Sprintf("%d classes, gamma %v", classes, gamma)
			near(t, what, got["elements"], want, 1e-13)
			near(t, what+": mean", got["value"], []float64{total / float64(n)}, 1e-13)
			if gamma == 0 { // the gradient of cross-entropy is (p − y)/n
				grad := make([]float64, 0, n*classes)
				for i := range n {
					for c, lp := range logSoftmax(x[i*classes : (i+1)*classes]) {
						g := math.Exp(lp)
						if c == int(id[i]) {
							g = math.Expm1(lp)
						}
						grad = append(grad, g/float64(n))
					}
				}
				near(t, what+": gradient", got["gradient 0"], grad, 1e-13)
			}
		}
	}
}

func TestFocalSigmoid(t *testing.T) {
	n := 999
	x, y := normal(n, 1), ids(n, 2)
	for _, gamma := range []float64{0, 1, 2, 2.5} {
		for _, alpha := range []float64{0, 0.25, 1} {
			tr := focalOf(t, variant{set: fmt.Sprintf("gamma=%v alpha=%v", gamma, alpha), shapes: [][]int{{n}, {n}}}, x, y)
			want := make([]float64, n)
			for i := range want {
				z, a := x[i], alpha // p_t = σ(z)
				if y[i] == 0 {
					z, a = -x[i], 1-alpha
				}
				want[i] = a * math.Pow(1/(1+math.Exp(z)), gamma) * math.Log1p(math.Exp(-z))
			}
			near(t, fmt.Sprintf("gamma %v, alpha %v", gamma, alpha), tr.run(t, whole)["elements"], want, 1e-13)
		}
	}
}

// The softmax of (0, x) is the sigmoid of x.
func TestFocalTwoClasses(t *testing.T) {
	n := 101
	x, id := normal(n, 2), ids(n, 2)
	pairs := make([]float64, 2*n)
	for i, v := range x {
		pairs[2*i+1] = v
	}
	for _, set := range []string{"", " gamma=0", " gamma=3.5", " poly=1", " eps=0.1", " reduced-threshold=0.4", " normalized=true", " label-smoothing=0.2 gamma=0"} {
		two := focalOf(t, variant{set: "alpha=none" + set, shapes: [][]int{{n, 2}, {n}}}, pairs, id)
		one := focalOf(t, variant{set: "alpha=none" + set, shapes: [][]int{{n}, {n}}}, x, id)
		agree(t, two, one, 1e-13, "value", "elements")
		g, h := two.run(t, whole)["gradient 0"], one.run(t, whole)["gradient 0"]
		for i := range n {
			g[i] = g[2*i+1]
		}
		near(t, "gradient with"+set, g[:n], h, 1e-12)
	}
}

// The class axis may be anywhere, and its layout changes rounding at most.
func TestFocalClassAxis(t *testing.T) {
	for _, classes := range []int{3, 64, 65, 90} {
		n, a, b := 3, 4, 5
		id := ids(n*a*b, classes)
		x := normal(n*classes*a*b, 7)
		at := func(s, c, i, j int) float64 { return x[((s*classes+c)*a+i)*b+j] }
		middle, last := make([]float64, len(x)), make([]float64, len(x))
		for s := range n {
			for c := range classes {
				for i := range a {
					for j := range b {
						middle[((s*a+i)*classes+c)*b+j] = at(s, c, i, j)
						last[((s*a+i)*b+j)*classes+c] = at(s, c, i, j)
					}
				}
			}
		}
		target := []int{n, a, b}
		for _, set := range []string{"", "label-smoothing=0.1 poly=1", "activation=sigmoid"} {
			first := focalOf(t, variant{set: set, shapes: [][]int{{n, classes, a, b}, target}}, x, id)
			second := focalOf(t, variant{set: set, shapes: [][]int{{n, a, classes, b}, target}}, middle, id)
			third := focalOf(t, variant{set: set, shapes: [][]int{{n, a, b, classes}, target}}, last, id)
			names := []string{"value", "class counts", "class terms"}
			if set != "activation=sigmoid" {
				names = append(names, "elements", "row values")
			}
			agree(t, second, first, 1e-13, names...)
			agree(t, third, first, 1e-13, names...)
		}
		// A file of rows is the same as a file of planes.
		flat := focalOf(t, variant{shapes: [][]int{{n * a * b, classes}, {n * a * b}}}, last, id)
		planes := focalOf(t, variant{shapes: [][]int{{n, classes, a, b}, target}}, x, id)
		agree(t, flat, planes, 1e-13, "value", "elements")
	}
}

// Different ways to say the same thing give the same numbers.
func TestFocalSynonyms(t *testing.T) {
	n, classes := 40, 5
	x, id := normal(n*classes, 3), ids(n, classes)
	hot := oneHot(id, classes)
	softmax := [][]int{{n, classes}, {n}}
	dense := [][]int{{n, classes}, {n, classes}}
	lp, p := make([]float64, 0, len(x)), make([]float64, 0, len(x))
	for i := range n {
		lp = append(lp, logSoftmax(x[i*classes:(i+1)*classes])...)
	}
	for _, v := range lp {
		p = append(p, math.Exp(v))
	}
	base := focalOf(t, variant{shapes: softmax}, x, id)
	all := []string{"value", "elements", "class counts", "row values", "row term loss", "gradient 0"}
	same := []struct {
		name string
		tr   *trial
		grad bool
	}{
		{"no smoothing", focalOf(t, variant{set: "label-smoothing=0", shapes: softmax}, x, id), true},
		{"one-hot targets", focalOf(t, variant{set: "activation=softmax", shapes: dense}, x, hot), true},
		{"weights of 1", focalOf(t, variant{set: "class-weight=1,1,1,1,1 alpha=1", shapes: softmax}, x, id), true},
		{"reduced threshold 0", focalOf(t, variant{set: "reduced-threshold=0", shapes: softmax}, x, id), true},
		{"equal exponents", focalOf(t, variant{set: "gamma-pos=2 gamma-neg=9", shapes: softmax}, x, id), true},
		{"equal counts", focalOf(t, variant{set: "class-counts=7,7,7,7,7", shapes: softmax}, x, id), true},
		{"mask and weights of 1", focalOf(t, variant{shapes: softmax, mask: []int{n}, weight: []int{n}}, x, id, ones(n), ones(n)), true},
		{"weighted by nothing", focalOf(t, variant{shapes: softmax, reduction: "weighted"}, x, id), true},
		{"positives", focalOf(t, variant{shapes: softmax, reduction: "positives"}, x, id), true},
		{"probabilities", focalOf(t, variant{shapes: softmax, predAs: "probs"}, p, id), false},
		{"log-probabilities", focalOf(t, variant{shapes: softmax, predAs: "logprobs"}, lp, id), false},
	}
	for _, s := range same {
		t.Run(s.name, func(t *testing.T) {
			names := all
			if !s.grad {
				names = all[:5]
			}
			agree(t, s.tr, base, 1e-12, names...)
		})
	}
	one := focalOf(t, variant{set: "activation=sigmoid alpha=none", shapes: dense}, x, hot)
	rest := focalOf(t, variant{set: "activation=sigmoid alpha=none", shapes: softmax}, x, id)
	agree(t, rest, one, 1e-15, "value", "elements", "gradient 0")
	for _, soft := range []string{"mixture", "sides", "logit", "entropy"} { // labels of 0 and 1 have one meaning
		tr := focalOf(t, variant{set: "activation=sigmoid alpha=none soft-target=" + soft, shapes: dense}, x, hot)
		agree(t, tr, one, 1e-12, "value", "elements", "gradient 0")
	}
	shift := make([]float64, n) // ids 1…C with 0 for the background
	for i := range shift {
		shift[i] = id[i] + 1
	}
	agree(t, focalOf(t, variant{set: "activation=sigmoid alpha=none background-id=0", shapes: softmax}, x, shift), rest, 0, "value", "elements", "gradient 0")
	zeros := focalOf(t, variant{set: "activation=sigmoid", shapes: dense}, x, make([]float64, len(x)))
	for i := range shift {
		shift[i] = 0
	}
	agree(t, focalOf(t, variant{set: "activation=sigmoid background-id=0", shapes: softmax}, x, shift), zeros, 0, "value", "elements", "gradient 0")
	for i := range shift {
		shift[i] = float64(classes)
	}
	agree(t, focalOf(t, variant{convention: "mmdet", shapes: softmax, reduction: "mean"}, x, shift), zeros, 0, "value", "elements", "gradient 0")
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// A constant shift of the logits changes nothing.
func TestFocalShift(t *testing.T) {
	n, classes := 30, 70
	x, id := normal(n*classes, 3), ids(n, classes)
	moved := make([]float64, len(x))
	for i, v := range x {
		moved[i] = v + 1024
	}
	shapes := [][]int{{n, classes}, {n}}
	agree(t, focalOf(t, variant{shapes: shapes}, moved, id), focalOf(t, variant{shapes: shapes}, x, id), 1e-12, "value", "elements", "gradient 0")
}

// Denominators of the reductions.
func TestFocalReductions(t *testing.T) {
	n, c, w := 3, 4, 5
	shapes := [][]int{{n, c, w}, {n, w}}
	x, id := normal(n*c*w, 3), ids(n*w, c)
	value := func(v variant) float64 {
		v.shapes = shapes
		tr := focalOf(t, v, x, id)
		if tr.data[2] != nil {
			tr.data[2] = newMemory("mask", "float64", []int{n}, []float64{1, 0, 1})
		}
		return tr.value(t)
	}
	sum := value(variant{reduction: "sum"})
	weights := []float64{1, 2, 3, 4}
	weightSum := 0.0
	for _, k := range id {
		weightSum += weights[int(k)]
	}
	masked := value(variant{reduction: "sum", mask: []int{n}})
	const cw = "class-weight=1,2,3,4"
	for _, e := range []struct {
		name      string
		got, want float64
	}{
		{"mean", value(variant{}), sum / float64(n*w)},
		{"none", value(variant{reduction: "none"}), sum / float64(n*w)},
		{"batchmean", value(variant{reduction: "batchmean"}), sum / float64(n)},
		{"masked mean", value(variant{mask: []int{n}}), masked / float64(2*w)},
		{"masked batchmean", value(variant{mask: []int{n}, reduction: "batchmean"}), masked / float64(n)},
		{"weights, mean", value(variant{set: cw}), value(variant{set: cw, reduction: "sum"}) / float64(n*w)},
		{"weighted", value(variant{set: cw, reduction: "weighted"}), value(variant{set: cw, reduction: "sum"}) / weightSum},
		{"class-mean", value(variant{reduction: "class-mean"}), sum / float64(n*w*c)},
		{"all-class-mean", value(variant{reduction: "all-class-mean", mask: []int{n}}), masked / float64(n*w*c)},
		{"scalar alpha", value(variant{set: "alpha=0.25"}), 0.25 * sum / float64(n*w)},
	} {
		near(t, e.name, []float64{e.got}, []float64{e.want}, 1e-14)
	}
}

// Keras divides the probabilities of a row by their sum and then clips them; a
// probability below the clip still has a share in the sum.
func TestFocalRenormalized(t *testing.T) {
	shapes := [][]int{{1, 3}, {1}}
	for _, p := range [][]float64{{0.5, 0.3, 1e-9}, {0.5, 0.3, 0}, {0.2, 0.3, 0.1}} {
		tr := focalOf(t, variant{convention: "keras", shapes: shapes}, p, []float64{0})
		got := tr.run(t, whole)["gradient 0"]
		want := make([]float64, 3)
		for c := range want { // one-sided: a probability cannot be negative
			h := 1e-6
			q := append([]float64{}, p...)
			f := func(d float64) float64 {
				q[c] = p[c] + d
				return focalOf(t, variant{convention: "keras", shapes: shapes}, q, []float64{0}).value(t)
			}
			want[c] = (-3*f(0) + 4*f(h) - f(2*h)) / (2 * h)
		}
		near(t, fmt.Sprintf("probabilities %v: gradient", p), got, want, 1e-5)
	}
}

func TestFocalFrameErrors(t *testing.T) {
	for _, e := range []struct {
		name, set    string
		pred, target []int
	}{
		{"shapes", "", []int{4, 3}, []int{5}},
		{"scalar", "", []int{}, []int{}},
		{"softmax over one class", "activation=softmax", []int{4, 1}, []int{4, 1}},
		{"class weights", "class-weight=1,2", []int{4, 3}, []int{4}},
		{"counts and weights", "class-weight=1,2,3 class-counts=1,2,3", []int{4, 3}, []int{4}},
		{"count of 0", "class-counts=1,0,3", []int{4, 3}, []int{4}},
		{"clip of softmax", "clip=0.1", []int{4, 3}, []int{4}},
		{"background of softmax", "background-id=0", []int{4, 3}, []int{4}},
		{"background of labels", "background-id=0", []int{4, 3}, []int{4, 3}},
	} {
		l := loss.Focal()
		tr := trial{loss: l}
		tr.configure(t, variant{set: e.set})
		_, err := l.Frame(&loss.Request{Inputs: map[string]*loss.Array{
			"pred": {Name: "p.npy", Shape: e.pred, Dtype: "float64"}, "target": {Name: "t.npy", Shape: e.target, Dtype: "float64"},
		}, Reduction: l.Reduction("mean")})
		if err == nil {
			t.Errorf("%s: no error", e.name)
		}
	}
}
