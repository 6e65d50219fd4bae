package engine

import (
	"math"
	"slices"

	"lossctl/loss"
)

// compareSerial is compareGradient for numbers of the first tile of a sample
// whose terms come from all of its tiles.
func (w *worker) compareSerial(bufs []loss.Buffer, b span, slope [][]float64, input int) (off float64, n int) {
	var sample []span
	for t := range w.part.plan.tiles(b) {
		sample = append(sample, t)
		if w.part.plan.ends(t) {
			break
		}
	}
	w.block.Keep = true
	for _, t := range sample {
		w.read(bufs, w.within(bufs, b, t), t)
		w.compute()
	}
	var grad []float64
	for _, t := range slices.Backward(sample) {
		w.read(bufs, w.within(bufs, b, t), t)
		grad = w.gradTile(t, slope, input)
	}
	w.block.Keep = false
	grad, x, idle := slices.Clone(grad), slices.Clone(w.in[input]), slices.Clone(w.idle)
	largest := 0.0
	for at := 0; at < len(x); at += len(x)/differences + 1 {
		if i, _ := w.views[input].place(at, sample[0].len()); idle[i] || math.IsInf(x[at], 0) {
			continue
		}
		h := 1e-5 * max(1, math.Abs(x[at]))
		f := func(v float64) float64 { return w.serialValue(bufs, b, sample, slope, input, at, v) }
		d := (f(x[at]+h) - f(x[at]-h)) / (2 * h)
		off, largest = max(off, math.Abs(d-grad[at])), max(largest, math.Abs(d), math.Abs(grad[at]))
		n++
	}
	if largest > 0 {
		off /= largest
	}
	return off, n
}

// serialValue is the part of the value that a sample has, with number at of
// its first tile replaced.
func (w *worker) serialValue(bufs []loss.Buffer, b span, sample []span, slope [][]float64, input, at int, v float64) float64 {
	total := 0.0
	for i, t := range sample {
		kept := w.read(bufs, w.within(bufs, b, t), t)
		if i == 0 {
			w.in[input][at] = v
		}
		w.compute()
		for k, x := range w.terms.Terms {
			for _, y := range x {
				total += slope[0][k] * y
			}
		}
		w.addTile(t, kept)
	}
	w.gather(w.long)
	w.long = nil
	w.complete()
	for k, t := range w.loss.Terms {
		if t.Closed {
			total += slope[0][k] * w.sample.all.Terms[k]
		}
	}
	return total
}
