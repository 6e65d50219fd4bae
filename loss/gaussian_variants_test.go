package loss_test

import (
	"math"

	"lossctl/loss"
)

// gaussians are the shapes of the inputs of kl gaussian, by the names that
// stand in the flags.
func gaussians(shape []int, inputs ...int) [][]int {
	list := make([][]int, 8)
	for _, k := range inputs {
		list[k] = shape
	}
	return list
}

// matrices are shapes with covariance matrices of k rows.
func matrices(n, k int, inputs ...int) [][]int {
	list := gaussians([]int{n, k}, inputs...)
	for i := cov; i <= targetCov; i++ {
		if list[i] != nil {
			list[i] = []int{n, k, k}
		}
	}
	return list
}

const (
	mu = iota
	logvar
	std
	targetMu
	targetLogvar
	targetStd
	cov
	targetCov
)

// definite makes the matrices symmetric and positive definite.
func definite(input int, f *loss.Frame, x []float64) {
	if input != cov && input != targetCov {
		return
	}
	k := f.Views[mu].Planes
	for ; len(x) > 0; x = x[k*k:] {
		a := make([]float64, k*k)
		for i := range a {
			a[i] = x[i] / (1 + math.Abs(x[i]))
		}
		for i := range k {
			for j := range k {
				s := 0.0
				for l := range k {
					s += a[i*k+l] * a[j*k+l]
				}
				if i == j {
					s++
				}
				x[i*k+j] = s
			}
		}
	}
}

func gaussianVariants() []variant {
	flat, deep := []int{6, 5}, []int{3, 2, 4}
	vae := gaussians(flat, mu, logvar)
	pair := gaussians(flat, mu, logvar, targetMu, targetLogvar)
	full := matrices(4, 3, mu, cov, targetMu, targetCov)
	return []variant{
		{name: "vae", shapes: vae},
		{name: "vae of latent pictures", shapes: gaussians(deep, mu, logvar)},
		{name: "one dimension", shapes: gaussians([]int{7}, mu, logvar)},
		{name: "std", shapes: gaussians(flat, mu, std)},
		{name: "pair", shapes: pair},
		{name: "pair of std", shapes: gaussians(flat, mu, std, targetMu, targetStd)},
		{name: "pair, both ways", shapes: gaussians(deep, mu, logvar, targetMu, targetStd)},
		{name: "target of mean 0", shapes: gaussians(flat, mu, std, targetLogvar)},
		{name: "beta", set: "beta=4", shapes: pair, weight: []int{6}},
		{name: "beta 0", set: "beta=0", shapes: vae},
		{name: "bits", set: "unit=bits", shapes: pair},
		{name: "free bits", set: "free-bits=0.5", shapes: vae},
		{name: "free bits, weights", set: "free-bits=0.5 beta=3 unit=bits", shapes: pair, weight: flat},
		{name: "free bits on the batch", set: "free-bits=1.7 free-bits-on=batch", shapes: vae, weight: []int{6}},
		{name: "free bits on the batch, sum", set: "free-bits=1.7 free-bits-on=batch beta=2", shapes: vae, reduction: "sum"},
		{name: "free bits on a batch of one dimension", set: "free-bits=3 free-bits-on=batch", shapes: gaussians([]int{7}, mu, logvar)},
		{name: "capacity above", set: "capacity=1 gamma=10", shapes: vae},
		{name: "capacity below", set: "capacity=100 unit=bits", shapes: pair, mask: flat},
		{name: "capacity, free bits", set: "capacity=3 free-bits=0.5", shapes: pair},
		{name: "capacity, free bits on the batch", set: "capacity=3 free-bits=1.7 free-bits-on=batch", shapes: vae, mask: []int{6}},
		{name: "mask", shapes: vae, mask: flat},
		{name: "sum", shapes: pair, reduction: "sum", weight: flat},
		{name: "batchmean", shapes: vae, reduction: "batchmean", mask: []int{6}},
		{name: "none", shapes: vae, reduction: "none"},
		{name: "torch", convention: "torch", shapes: vae, mask: flat},
		{name: "examples", convention: "pytorch-examples", shapes: vae},
		{name: "guided diffusion", convention: "guided-diffusion", shapes: gaussians(deep, mu, logvar, targetMu, targetLogvar)},

		{name: "full", shapes: matrices(4, 3, mu, cov), fill: definite},
		{name: "full pair", shapes: full, fill: definite, weight: []int{4}},
		{name: "full, target of mean 0", shapes: matrices(4, 3, mu, cov, targetCov), fill: definite, mask: []int{4}},
		{name: "full, one dimension", shapes: matrices(5, 1, mu, cov, targetMu, targetCov), fill: definite},
		{name: "full, beta, bits", set: "beta=0.3 unit=bits", shapes: full, fill: definite, reduction: "sum"},
		{name: "full, capacity", set: "capacity=20 gamma=3", shapes: full, fill: definite},
		{name: "full, torch", convention: "torch", shapes: full, fill: definite},
	}
}

var gaussianLayouts = []variant{
	{name: "dimensions", shapes: gaussians([]int{999, 8}, mu, logvar), mask: []int{999}},
	{name: "many dimensions", shapes: gaussians([]int{37, 300}, mu, logvar, targetMu, targetLogvar), weight: []int{37, 300}},
	{name: "dimensions of several tiles", shapes: gaussians([]int{3, 9001}, mu, std), mask: []int{3, 9001}},
	{name: "latent pictures", set: "free-bits=0.5 free-bits-on=batch", shapes: gaussians([]int{19, 4, 8, 8}, mu, logvar), weight: []int{19}},
	{name: "one dimension", shapes: gaussians([]int{20011}, mu, logvar)},
	{name: "full", shapes: matrices(999, 6, mu, cov, targetMu, targetCov), fill: definite},
	{name: "full, many dimensions", shapes: matrices(5, 90, mu, cov), fill: definite, mask: []int{5}},
}

var gaussianBenchmarks = []variant{
	{name: "vae 4e3x256", shapes: gaussians([]int{4000, 256}, mu, logvar)},
	{name: "pair 4e3x256", shapes: gaussians([]int{4000, 256}, mu, logvar, targetMu, targetLogvar)},
	{name: "full 1e3x32", shapes: matrices(1000, 32, mu, cov, targetMu, targetCov), fill: definite},
}
