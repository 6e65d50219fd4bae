package loss_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"lossctl/loss"
)

// gaussianOf makes a trial of kl gaussian with given numbers, by input.
func gaussianOf(t *testing.T, v variant, arrays map[int][]float64) *trial {
	t.Helper()
	tr := newTrial(t, loss.KLGaussian, v)
	for k, x := range arrays {
		tr.data[k] = newMemory(tr.data[k].name, "float64", tr.data[k].shape, x)
	}
	return tr
}

func scaled(x []float64, a float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = a * v
	}
	return y
}

func exps(x []float64, a float64) []float64 {
	y := scaled(x, a)
	for i, v := range y {
		y[i] = math.Exp(v)
	}
	return y
}

// The divergence of every dimension of the survey's example, and of pairs by
// the formula of the books.
func TestGaussianDimensions(t *testing.T) {
	m, v := []float64{0.5, -1, 0, 2}, []float64{0, -1, 1, 0.5}
	got := gaussianOf(t, variant{shapes: gaussians([]int{2, 2}, mu, logvar)}, map[int][]float64{mu: m, logvar: v}).run(t, whole)
	near(t, "survey", got["elements"], []float64{0.125, 0.6839396953582764, 0.35914087295532227, 2.0743606090545654}, 1e-7)
	near(t, "mean by dimension", got["class terms"], []float64{0.125 + 0.35914087295532227, 0.6839396953582764 + 2.0743606090545654}, 1e-7)

	n := 60
	m1, m2, v1, v2 := normal(n, 1), normal(n, 2), normal(n, 3), normal(n, 4)
	pair := gaussianOf(t, variant{shapes: gaussians([]int{n / 5, 5}, mu, logvar, targetMu, targetLogvar)}, map[int][]float64{mu: m1, logvar: v1, targetMu: m2, targetLogvar: v2})
	want := make([]float64, n)
	for i := range want {
		s1, s2 := math.Exp(v1[i]/2), math.Exp(v2[i]/2)
		want[i] = math.Log(s2/s1) + (s1*s1+(m1[i]-m2[i])*(m1[i]-m2[i]))/(2*s2*s2) - 0.5
	}
	near(t, "pairs", pair.run(t, whole)["elements"], want, 1e-13)
}

// Standard deviations say the same as log-variances, and a target of 0 and 1
// the same as none.
func TestGaussianSynonyms(t *testing.T) {
	n := 42
	shape := []int{6, 7}
	m, v, zero := normal(n, 1), normal(n, 2), make([]float64, n)
	base := gaussianOf(t, variant{shapes: gaussians(shape, mu, logvar)}, map[int][]float64{mu: m, logvar: v})
	same := []string{"value", "elements", "row values", "gradient 0"}
	agree(t, gaussianOf(t, variant{shapes: gaussians(shape, mu, std)}, map[int][]float64{mu: m, std: exps(v, 0.5)}), base, 1e-13, same...)
	agree(t, gaussianOf(t, variant{shapes: gaussians(shape, mu, logvar, targetMu, targetLogvar)}, map[int][]float64{mu: m, logvar: v, targetMu: zero, targetLogvar: zero}), base, 1e-15, same...)
	agree(t, gaussianOf(t, variant{shapes: gaussians(shape, mu, logvar, targetStd)}, map[int][]float64{mu: m, logvar: v, targetStd: ones(n)}), base, 1e-15, same...)
	agree(t, gaussianOf(t, variant{set: "free-bits=0", shapes: gaussians(shape, mu, logvar)}, map[int][]float64{mu: m, logvar: v}), base, 0, same...)
	agree(t, gaussianOf(t, variant{set: "capacity=0", shapes: gaussians(shape, mu, logvar)}, map[int][]float64{mu: m, logvar: v}), base, 0, same...)
	bits := gaussianOf(t, variant{set: "unit=bits beta=0.6931471805599453", shapes: gaussians(shape, mu, logvar)}, map[int][]float64{mu: m, logvar: v})
	agree(t, bits, base, 1e-15, same...)
	// Free bits on a batch of one sample are those of the sample.
	one := gaussianOf(t, variant{set: "free-bits=0.7", shapes: gaussians([]int{1, n}, mu, logvar)}, map[int][]float64{mu: m, logvar: v})
	batch := gaussianOf(t, variant{set: "free-bits=0.7 free-bits-on=batch", shapes: gaussians([]int{1, n}, mu, logvar)}, map[int][]float64{mu: m, logvar: v})
	agree(t, batch, one, 1e-14, "value", "gradient 0", "gradient 1", "component kl")
}

// A distribution has no divergence from itself, wherever it lies.
func TestGaussianSelf(t *testing.T) {
	n := 24
	m, v := normal(n, 1), normal(n, 2)
	m[3], v[5], v[7] = 1e300, 5000, -1e300
	tr := gaussianOf(t, variant{shapes: gaussians([]int{4, 6}, mu, logvar, targetMu, targetLogvar)}, map[int][]float64{mu: m, targetMu: m, logvar: v, targetLogvar: v})
	got := tr.run(t, whole)
	for _, name := range []string{"elements", "gradient 0", "gradient 1", "gradient 3", "gradient 4"} {
		near(t, name, got[name], make([]float64, n), 0)
	}
	point := gaussianOf(t, variant{shapes: gaussians([]int{3}, mu, std, targetMu, targetStd)}, map[int][]float64{
		mu: {5, 5, 5}, targetMu: {5, 5, 6}, std: {0, 1, 0}, targetStd: {0, 0, 0},
	})
	near(t, "points", point.run(t, whole)["elements"], []float64{0, math.Inf(1), math.Inf(1)}, 0)
	tr = gaussianOf(t, variant{shapes: matrices(2, 3, mu, cov, targetMu, targetCov), fill: definite}, nil)
	tr.data[targetMu], tr.data[targetCov] = tr.data[mu], tr.data[cov]
	near(t, "full", tr.run(t, whole)["elements"], []float64{0, 0}, 0)
	if got := tr.value(t); math.Abs(got) > 1e-14 {
		t.Errorf("full: got %v, want 0", got)
	}
}

// Log-variances beyond what exponentials hold neither overflow on the way nor
// change a bit of the dimensions beside them.
func TestGaussianFar(t *testing.T) {
	n := 8
	m1, m2, v1, v2 := normal(n, 1), normal(n, 2), normal(n, 3), normal(n, 4)
	inputs := func() map[int][]float64 {
		return map[int][]float64{mu: append([]float64{}, m1...), logvar: append([]float64{}, v1...), targetMu: append([]float64{}, m2...), targetLogvar: append([]float64{}, v2...)}
	}
	shapes := gaussians([]int{2, 4}, mu, logvar, targetMu, targetLogvar)
	near2 := gaussianOf(t, variant{shapes: shapes}, inputs()).run(t, whole)
	x := inputs()
	x[mu][0], x[targetMu][0], x[logvar][0], x[targetLogvar][0] = 1e250, 0, 1150, 1150
	x[mu][5], x[targetMu][5], x[logvar][5], x[targetLogvar][5] = 1e-250, -1e-250, -1149, -1151
	far := gaussianOf(t, variant{shapes: shapes}, x).run(t, whole)
	for i := range n {
		want := near2["elements"][i]
		switch i {
		case 0: // ½·(1e250·e^−575)²
			want = 0.5 * math.Exp(2*(250*math.Ln10-575))
		case 5: // ½·(e² − 3) + ½·(2e-250·e^575.5)²
			want = 0.5*(math.Exp(2)-3) + 0.5*math.Exp(2*(math.Ln2-250*math.Ln10+575.5))
		}
		tolerance := 0.0
		if i == 0 || i == 5 {
			tolerance = 1e-12
		}
		near(t, fmt.Sprint("dimension ", i), far["elements"][i:i+1], []float64{want}, tolerance)
	}
	for _, k := range []int{mu, logvar, targetMu, targetLogvar} {
		g, w := far[fmt.Sprint("gradient ", k)], near2[fmt.Sprint("gradient ", k)]
		for _, i := range []int{1, 2, 3, 4, 6, 7} {
			if g[i] != w[i] {
				t.Errorf("gradient by input %d, dimension %d: got %v, want %v", k, i, g[i], w[i])
			}
		}
	}
}

// Full covariances: those of a diagonal are the diagonal formula, blocks add
// up, a change of coordinates changes nothing, and gonum agrees.
func TestGaussianFull(t *testing.T) {
	n, k := 3, 4
	m, v, m2, v2 := normal(n*k, 1), normal(n*k, 2), normal(n*k, 3), normal(n*k, 4)
	for _, x := range [][]float64{v, v2} {
		copy(x, scaled(x, 0.3))
	}
	diagonal := func(v []float64) []float64 {
		x := make([]float64, n*k*k)
		for i, e := range v {
			x[i/k*k*k+i%k*(k+1)] = math.Exp(e)
		}
		return x
	}
	flat := gaussianOf(t, variant{shapes: gaussians([]int{n, k}, mu, logvar, targetMu, targetLogvar)}, map[int][]float64{mu: m, logvar: v, targetMu: m2, targetLogvar: v2})
	full := gaussianOf(t, variant{shapes: matrices(n, k, mu, cov, targetMu, targetCov)}, map[int][]float64{mu: m, cov: diagonal(v), targetMu: m2, targetCov: diagonal(v2)})
	agree(t, full, flat, 1e-13, "value", "row values", "gradient 0", "gradient 3")

	pair := newTrial(t, loss.KLGaussian, variant{shapes: matrices(n, k, mu, cov, targetMu, targetCov), fill: definite})
	got := pair.run(t, whole)["row values"]
	want, moved := make([]float64, n), pair.with(func(int, loss.View, *memory) {})
	change := mat.NewDense(k, k, scaled(normal(k*k, 9), 0.5))
	for i := range n {
		var dist [2]*distmv.Normal
		for side, in := range [][2]int{{mu, cov}, {targetMu, targetCov}} {
			mean := pair.data[in[0]].values()[i*k : (i+1)*k]
			a := mat.NewSymDense(k, pair.data[in[1]].values()[i*k*k:(i+1)*k*k])
			dist[side], _ = distmv.NewNormal(mean, a, nil)
			var x mat.VecDense
			var b, c mat.Dense
			x.MulVec(change, mat.NewVecDense(k, mean))
			b.Mul(change, a)
			c.Mul(&b, change.T())
			for r := range k {
				moved.data[in[0]].set(i*k+r, x.AtVec(r))
				for q := range k {
					moved.data[in[1]].set((i*k+r)*k+q, c.At(r, q))
				}
			}
		}
		want[i] = distmv.KullbackLeibler{}.DistNormal(dist[0], dist[1])
	}
	near(t, "gonum", got, want, 1e-12)
	near(t, "other coordinates", moved.run(t, whole)["row values"], want, 1e-10)
}

// Denominators, free bits and capacity of a small file with a mask.
func TestGaussianReductions(t *testing.T) {
	shape := []int{3, 4}
	m, v := normal(12, 5), scaled(normal(12, 6), 0.3)
	keep := []float64{1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1} // nothing of the second sample, nor of the third dimension
	run := func(set, reduction, convention string) outcome {
		tr := gaussianOf(t, variant{set: set, reduction: reduction, convention: convention, shapes: gaussians(shape, mu, logvar), mask: shape}, map[int][]float64{mu: m, logvar: v})
		tr.data[8] = newMemory("mask", "float64", shape, keep)
		return tr.run(t, whole)
	}
	kl := gaussianOf(t, variant{shapes: gaussians(shape, mu, logvar)}, map[int][]float64{mu: m, logvar: v}).run(t, whole)["elements"]
	sum, free, by := 0.0, 0.0, make([]float64, 4)
	for i, x := range kl {
		sum += keep[i] * x
		free += keep[i] * max(x, 0.5)
		by[i%4] += keep[i] * x
	}
	batch := 0.0
	for _, d := range []int{0, 1, 3} {
		batch += max(by[d]/2, 0.5)
	}
	for _, c := range []struct {
		set, reduction, convention string
		want                       float64
	}{
		{"", "mean", "", sum / 2},
		{"", "sum", "", sum},
		{"", "batchmean", "", sum / 3},
		{"", "mean", "torch", sum / 5},
		{"unit=bits", "mean", "", sum / 2 / math.Ln2},
		{"", "mean", "guided-diffusion", sum / 5 / math.Ln2},
		{"", "", "pytorch-examples", sum},
		{"free-bits=0.5 beta=3", "mean", "", 3 * free / 2},
		{"free-bits=0.5 free-bits-on=batch", "mean", "", batch},
		{"free-bits=0.5 free-bits-on=batch beta=3", "sum", "", 3 * 2 * batch},
		{"capacity=9 gamma=5", "mean", "", 5 * math.Abs(sum/2-9)},
		{"capacity=9 gamma=5", "sum", "", 5 * math.Abs(sum-9)},
		{"capacity=0.5 free-bits=0.5", "mean", "", free/2 - 0.5},
	} {
		got := run(c.set, c.reduction, c.convention)
		near(t, fmt.Sprintf("%s %s %s", c.set, c.reduction, c.convention), got["value"], []float64{c.want}, 1e-14)
		if c.set != "" && c.convention == "" && c.set != "unit=bits" {
			want := sum / 2
			if c.reduction == "sum" {
				want = sum
			}
			near(t, c.set+": kl", got["component kl"], []float64{want}, 1e-14)
		}
	}
	got := run("collapse-below=1", "mean", "")
	collapsed := 0.0
	for d, n := range map[int]float64{0: 2, 1: 1, 3: 2} {
		if by[d]/n < 1 {
			collapsed++
		}
	}
	near(t, "collapsed", got["component collapsed"], []float64{collapsed}, 0)
	near(t, "active", got["component active"], []float64{3 - collapsed}, 0)
	if collapsed == 0 || collapsed == 3 {
		t.Errorf("got %v collapsed dimensions, want some and not all", collapsed)
	}
}

func TestGaussianFrameErrors(t *testing.T) {
	flat, square := []int{4, 3}, []int{4, 3, 3}
	for _, e := range []struct {
		set, want string
		shapes    [8][]int
	}{
		{"", "want one of --logvar, --std and --cov", [8][]int{mu: flat}},
		{"", "--std: got --logvar too", [8][]int{mu: flat, logvar: flat, std: flat}},
		{"", "--cov: got --std too", [8][]int{mu: flat, std: flat, cov: square}},
		{"", "--target-std: got --target-logvar too", [8][]int{mu: flat, std: flat, targetLogvar: flat, targetStd: flat}},
		{"", "--target-mu: got no spread beside it, want --target-logvar or --target-std", [8][]int{mu: flat, logvar: flat, targetMu: flat}},
		{"", "--target-mu: got no spread beside it, want --target-cov", [8][]int{mu: flat, cov: square, targetMu: flat}},
		{"", "--target-std: got --cov beside it", [8][]int{mu: flat, cov: square, targetStd: flat}},
		{"", "--target-cov: got --logvar beside it", [8][]int{mu: flat, logvar: flat, targetCov: square}},
		{"", "does not match mu [4 3] on axis 1", [8][]int{mu: flat, logvar: {4, 2}}},
		{"", "does not match mu [4 3] on axis 0 (samples)", [8][]int{mu: flat, logvar: {3, 3}}},
		{"", "want two axes", [8][]int{mu: square, cov: square}},
		{"", "cov: shape [4 3] does not match mu [4 3]: want [4 3 3]", [8][]int{mu: flat, cov: flat}},
		{"", "cov: shape [3 3 3] does not match mu [4 3]: want [4 3 3]", [8][]int{mu: flat, cov: {3, 3, 3}}},
		{"", "got a scalar", [8][]int{mu: {}, logvar: {}}},
		{"free-bits=1", "--free-bits: got --cov", [8][]int{mu: flat, cov: square}},
		{"free-bits-on=batch", "--free-bits-on: got batch, want --free-bits", [8][]int{mu: flat, std: flat}},
		{"capacity=1 beta=2", "--capacity: got --beta 2 too, want --gamma", [8][]int{mu: flat, std: flat}},
		{"gamma=2", "--gamma: got no --capacity", [8][]int{mu: flat, std: flat}},
	} {
		frameError(t, loss.KLGaussian, e.set, e.want, e.shapes[:])
	}
}
