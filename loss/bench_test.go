package loss_test

import (
	"slices"
	"strings"
	"testing"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// benchmarks are shapes of the size that training has, of every loss.
var benchmarks = map[string][]variant{"gan": ganBenchmarks, "ctc": {
	{name: "labels 100, 2x500x1000", shapes: [][]int{{2, 500, 1000}, {2, 100}}, fill: ctcTargets},
	{name: "labels 100, 8x500x32", shapes: [][]int{{8, 500, 32}, {8, 100}}, fill: ctcTargets},
	{name: "greedy 8x500x32", set: "decode=greedy", shapes: [][]int{{8, 500, 32}, {8, 100}}, fill: ctcTargets},
	{name: "beam 8x500x32", set: "decode=beam", shapes: [][]int{{8, 500, 32}, {8, 100}}, fill: ctcTargets},
}, "kl": {
	{name: "1e3x1000", shapes: both(1000, 1000)},
	{name: "T4 1e3x1000", set: "temperature=4", shapes: both(1000, 1000)},
	{name: "js 1e3x1000", set: "divergence=js", shapes: both(1000, 1000)},
	{name: "probabilities 1e3x1000", predAs: "probs", set: "sum-tolerance=none", shapes: both(1000, 1000)},
	{name: "1e5x10", shapes: both(100000, 10)},
	{name: "T4 1e5x10", set: "temperature=4", shapes: both(100000, 10)},
	{name: "vocabulary 8x100000", shapes: both(8, 100000)},
}, "kl distill": {
	{name: "labels 1e3x1000", shapes: triple([]int{1000}, 1000, 1000)},
	{name: "labels 1e5x10", shapes: triple([]int{100000}, 100000, 10)},
	{name: "dkd 1e3x1000", set: "kind=dkd", shapes: triple([]int{1000}, 1000, 1000)},
	{name: "logit-std 1e3x1000", set: "kind=logit-std", shapes: both(1000, 1000)},
	{name: "dist 1e3x100", set: "kind=dist", shapes: both(1000, 100)},
}, "iou boxes": {
	{name: "iou 2e5", shapes: [][]int{{200000, 4}, {200000, 4}}, fill: pixelBoxes},
	{name: "giou 2e5", set: "kind=giou", shapes: [][]int{{200000, 4}, {200000, 4}}, fill: pixelBoxes},
	{name: "ciou 2e5", set: "kind=ciou", shapes: [][]int{{200000, 4}, {200000, 4}}, fill: pixelBoxes},
	{name: "siou 2e5", set: "kind=siou", shapes: [][]int{{200000, 4}, {200000, 4}}, fill: pixelBoxes},
}, "perceptual features": {
	{name: "content 8x64x56x56", shapes: [][]int{{8, 64, 56, 56}, {8, 64, 56, 56}}},
	{name: "style 8x64x56x56", set: "kind=style", shapes: [][]int{{8, 64, 56, 56}, {8, 64, 56, 56}}},
	{name: "lpips 8x64x56x56", set: "kind=lpips", shapes: [][]int{{8, 64, 56, 56}, {8, 64, 56, 56}}},
}, "kl gaussian": gaussianBenchmarks, "kl policy": policyBenchmarks, "focal": {
	{name: "sigmoid 1e6", shapes: [][]int{{1000000}, {1000000}}},
	{name: "sigmoid rows 2e5x5", set: "alpha=0.1,0.2,0.3,0.4,0.5", shapes: [][]int{{200000, 5}, {200000, 5}}},
	{name: "sigmoid one-vs-rest 1e4x80", set: "activation=sigmoid", shapes: [][]int{{10000, 80}, {10000}}},
	{name: "asymmetric 1e4x80", convention: "asl", shapes: [][]int{{10000, 80}, {10000, 80}}},
	{name: "softmax 1e5x10", shapes: [][]int{{100000, 10}, {100000}}},
	{name: "softmax 1e3x1000", shapes: [][]int{{1000, 1000}, {1000}}},
	{name: "softmax smoothing 1e5x10", set: "label-smoothing=0.1", shapes: [][]int{{100000, 10}, {100000}}},
	{name: "softmax planes 4x19x128x128", shapes: [][]int{{4, 19, 128, 128}, {4, 128, 128}}},
}, "triplet": {
	{name: "1e5x128", shapes: [][]int{{100000, 128}, {100000, 128}, {100000, 128}}},
	{name: "cosine 1e4x128", set: "distance=cosine", shapes: [][]int{{10000, 128}, {10000, 128}, {10000, 128}}},
}, "triplet mine": {
	{name: "batch-hard 4000x256", shapes: [][]int{{4000, 256}, {4000}}, fill: around},
	{name: "batch-all 500x64", set: "mining=batch-all", shapes: [][]int{{500, 64}, {500}}, fill: around},
	{name: "semi-hard 1000x64", set: "mining=semi-hard", shapes: [][]int{{1000, 64}, {1000}}, fill: around},
}}

// eachBenchmark sets the bytes of a run to those that the files would have.
func eachBenchmark(b *testing.B, dtype string, run func(b *testing.B, tr *trial)) {
	for _, declare := range loss.All {
		name := declare().Name
		for _, v := range benchmarks[name] {
			b.Run(strings.ReplaceAll(name+"/"+v.name, " ", "_"), func(b *testing.B) {
				tr := newTrial(b, declare, v)
				bytes := 0
				for k, m := range tr.data {
					if m != nil {
						tr.data[k] = newMemory(m.name, dtype, m.shape, m.values())
						bytes += len(tr.data[k].raw)
					}
				}
				b.SetBytes(int64(bytes))
				b.ReportAllocs()
				run(b, tr)
			})
		}
	}
}

// first is the first input that is given.
func (tr *trial) first() int {
	return slices.IndexFunc(tr.data, func(m *memory) bool { return m != nil })
}

// BenchmarkEval is Eval alone, on a block that is decoded, in the cache.
func BenchmarkEval(b *testing.B) {
	eachBenchmark(b, "float64", func(b *testing.B, tr *trial) { benchmarkBlock(b, tr, false) })
}

// BenchmarkGrad is Grad alone, on the same block.
func BenchmarkGrad(b *testing.B) {
	eachBenchmark(b, "float64", func(b *testing.B, tr *trial) { benchmarkBlock(b, tr, true) })
}

func benchmarkBlock(b *testing.B, tr *trial, grad bool) {
	width := 1
	for _, v := range tr.frame.Views {
		width = max(width, v.Planes)
	}
	n := min(max(1<<15/width, 1), 1<<12, tr.frame.Samples*tr.frame.Positions())
	if tr.frame.Batch > 0 {
		n = min(tr.frame.Batch, tr.frame.Samples) * tr.frame.Positions()
	}
	block := &loss.Block{Frame: tr.frame, N: n, Workers: 1, Keep: grad && tr.frame.Serial, In: make([][]float64, len(tr.loss.Inputs))}
	block.Each = func(n int, do func(worker, i int)) {
		for i := range n {
			do(0, i)
		}
	}
	out := &loss.Out{Class: make([]int32, n)}
	var up, grads [][]float64
	for k := range tr.loss.Terms {
		out.Terms, up = append(out.Terms, nil), append(up, nil)
		if tr.wants(k) {
			out.Terms[k] = make([]float64, n)
		}
	}
	up[0] = ones(n)
	bytes, first := 0, tr.first()
	for k := range up {
		if tr.wants(k) {
			up[k] = ones(n)
		}
	}
	for k := range tr.loss.Inputs {
		grads = append(grads, nil)
		if tr.data[k] == nil {
			continue
		}
		block.In[k] = tr.data[k].values()[:min(n*tr.frame.Views[k].Planes, len(tr.data[k].raw)/8)]
		if len(block.In[k]) < n { // shared by groups
			block.In[k] = append(block.In[k], make([]float64, n-len(block.In[k]))...)
		}
		if p := tr.frame.Views[k].Planes; p > 1 && tr.frame.Inner == 1 && !tr.frame.Rows { // as the engine does
			rows := block.In[k]
			block.In[k] = make([]float64, len(rows))
			vec.Transpose(block.In[k], rows, n, p)
		}
		bytes += 8 * len(block.In[k])
	}
	if tr.frame.Cyclic {
		block.Class = make([]int32, n)
		for i := range block.Class {
			block.Class[i] = int32(i / tr.frame.Inner % tr.frame.Classes)
		}
	}
	grads[first] = make([]float64, len(block.In[first]))
	if tr.loss.Prepare != nil {
		tr.loss.Prepare(tr.frame)
	}
	b.SetBytes(int64(bytes))
	for b.Loop() {
		if block.Keep { // what Grad goes back through
			tr.loss.Eval(out, block)
		}
		if grad {
			tr.loss.Grad(grads, up, block)
		} else {
			tr.loss.Eval(out, block)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(block.In[first])), "ns/score")
}

// BenchmarkRun is the whole way of float32 arrays in memory, on one goroutine.
func BenchmarkRun(b *testing.B) { benchmarkRun(b, 1) }

// BenchmarkRunTwo is the same on two.
func BenchmarkRunTwo(b *testing.B) { benchmarkRun(b, 2) }

func benchmarkRun(b *testing.B, threads int) {
	eachBenchmark(b, "float32", func(b *testing.B, tr *trial) {
		for b.Loop() {
			if _, err := tr.job(split{threads, 1 << 20}).Run(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(tr.data[tr.first()].raw)/4), "ns/score")
	})
}

func BenchmarkGradient(b *testing.B) {
	eachBenchmark(b, "float32", func(b *testing.B, tr *trial) {
		j := tr.job(split{1, 1 << 20})
		res, err := j.Run(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		to := make(numbers, len(tr.data[tr.first()].raw)/4)
		for b.Loop() {
			if err := j.Gradient(b.Context(), res, tr.first(), to); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(to)), "ns/score")
	})
}
