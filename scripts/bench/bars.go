package main

import "fmt"

// A bar is what a number should reach: at least, and as the aim.
type bar struct{ least, aim float64 }

// The bars, for two threads and files in the page cache. A processor without
// AVX-512 may take twice the time of catBars; the time of torch falls there
// by itself.
var (
	catBars = map[string]bar{ // time ÷ time of cat, at most
		"focal": {1.25, 1}, "gan": {1.25, 1}, "dice": {1.25, 1}, "iou": {1.25, 1}, "triplet": {1.25, 1}, "kl gaussian": {1.25, 1},
		"kl": {1.5, 1}, "kl distill": {1.5, 1}, "kl tokens": {1.5, 1},
	}
	torchBars = map[string]bar{ // times as fast as torch
		"ctc": {2, 5}, "triplet mine": {1.5, 3}, "perceptual": {1, 1.5},
	}
	torchBar     = bar{3, 10}
	gradientBars = map[string]bar{"ctc": {2, 5}} // the gradient too
	memoryBar    = bar{64, 32}                   // MiB, at most
	startupBar   = bar{15, 10}                   // ms to the first output, at most
	avx2Factor   = 2.0
)

// unbounded losses hold a batch or a network, and have no bar for memory.
var unbounded = map[string]bool{"triplet mine": true, "kl align": true, "perceptual": true}

// A verdict is a number beside its bar.
type verdict struct {
	what   string // of which case
	number string // what was measured
	bar
	spread
	more bool // greater is better
}

// String is how the bar was met.
func (v verdict) String() string {
	meets := func(x float64) bool { return v.median <= x && !v.more || v.median >= x && v.more }
	switch {
	case meets(v.aim):
		return "aim met"
	case meets(v.least):
		return "met"
	}
	return "**missed**"
}

// verdicts compares a case with the bars.
func (r *result) verdicts() []verdict {
	what := r.loss + ": " + r.c.name
	value, cat := r.series[byValue], r.series[byCat]
	var list []verdict
	avx2, avx512 := features()
	b, ok := catBars[r.loss]
	if ok && !r.c.encoded && avx2 {
		wide := bar{b.least * avx2Factor, b.aim * avx2Factor}
		if avx512 {
			list = append(list, verdict{what, "time ÷ cat", b, value.over(cat), false})
			if s, ok := r.series["avx2"]; ok {
				list = append(list, verdict{what, "time ÷ cat, AVX2", wide, s.over(cat), false})
			}
		} else {
			list = append(list, verdict{what, "time ÷ cat, AVX2", wide, value.over(cat), false})
		}
	}
	if s, ok := r.series[byTorch]; ok {
		b, ok := torchBars[r.loss]
		if !ok {
			b = torchBar
		}
		list = append(list, verdict{what, "times as fast as torch", b, s.over(value), true})
	}
	if s, ok := r.series[byONNX]; ok {
		list = append(list, verdict{what, "times as fast as onnxruntime", torchBars[r.loss], s.over(value), true})
	}
	if b, ok := gradientBars[r.loss]; ok && r.series[gradOf] != nil {
		list = append(list, verdict{what, "gradient, times as fast as torch", b, r.series[gradOf].over(r.series[byGrad]), true})
	}
	if !unbounded[r.loss] {
		most := 0.0
		for _, name := range r.order {
			if name != byCat && name != byTorch && name != gradOf && name != byONNX {
				most = max(most, r.series[name].rss())
			}
		}
		list = append(list, verdict{what, "peak memory of all variants, MiB", memoryBar, spread{most, most, most}, false})
	}
	return list
}

func (s startup) verdict() verdict {
	return verdict{s.loss + ": a small file", "start-up to the first output, ms", startupBar, s.first, false}
}

func (b bigRun) verdict() verdict {
	mib := float64(b.rss) / (1 << 20)
	return verdict{fmt.Sprintf("%s: sparse, %.0f GB", b.loss, float64(b.bytes)/1e9), "peak memory, MiB", memoryBar, spread{mib, mib, mib}, false}
}
