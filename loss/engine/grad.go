package engine

import (
	"cmp"
	"context"
	"math"
	"slices"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// Gradient writes the derivative of the value r by every number of an input.
// It reads the inputs again, as the denominator is known only now.
func (j *Job) Gradient(ctx context.Context, r *Result, input int, to ElementWriter) error {
	j.Parts.Rewind()
	j.learn(cmp.Or(r.lesson, r))
	j.kept = r.kept
	j.Pairs = nil // they are found
	slope := j.slope(r)
	_, err := j.pass(ctx, func(w *worker, bufs []loss.Buffer, b span) *longSample {
		w.gradient(bufs, b, slope, input, to)
		return nil
	})
	return err
}

// gradient computes block b and writes it, for every view of the array.
func (w *worker) gradient(bufs []loss.Buffer, b span, slope [][]float64, input int, to ElementWriter) {
	if b.len() == 0 {
		return
	}
	for k, v := range w.views {
		if k < len(w.loss.Inputs) && v.Role != loss.Absent && (k == input || v.Of == w.loss.Inputs[input].Name) {
			if w.part.plan.f.Serial {
				w.serialGradient(bufs, b, slope, k, to)
			} else {
				w.blockGradient(bufs, b, slope, k, to)
			}
		}
	}
}

func (w *worker) blockGradient(bufs []loss.Buffer, b span, slope [][]float64, input int, to ElementWriter) {
	v := w.views[input]
	w.gradBlock = grow(w.gradBlock, b.len()*v.Planes)
	for t := range w.part.plan.tiles(b) {
		w.read(bufs, b, t)
		v.arrange(w.gradBlock, w.gradTile(t, slope, input), b, t, w.tmp)
	}
	w.writeGradient(v, b, to)
}

// serialGradient lets the loss see the tiles of every sample in order, and
// then takes the gradient of the last one first.
func (w *worker) serialGradient(bufs []loss.Buffer, b span, slope [][]float64, input int, to ElementWriter) {
	v, plan := w.views[input], w.part.plan
	if !plan.tilewise() {
		w.gradBlock = grow(w.gradBlock, b.len()*v.Planes)
	}
	w.block.Keep = true
	defer func() { w.block.Keep = false }()
	var sample []span
	for t := range plan.tiles(b) {
		sample = append(sample, t)
		w.read(bufs, w.within(bufs, b, t), t)
		if w.failed {
			return
		}
		w.compute()
		if !plan.ends(t) {
			continue
		}
		for _, t := range slices.Backward(sample) {
			in := w.within(bufs, b, t)
			w.read(bufs, in, t)
			if w.failed {
				return
			}
			tile := w.gradTile(t, slope, input)
			if plan.tilewise() {
				w.gradBlock = grow(w.gradBlock, t.len()*v.Planes)
				v.arrange(w.gradBlock, tile, t, t, w.tmp)
				w.writeGradient(v, t, to)
			} else {
				v.arrange(w.gradBlock, tile, b, t, w.tmp)
			}
		}
		sample = sample[:0]
	}
	if !plan.tilewise() {
		w.writeGradient(v, b, to)
	}
}

// writeGradient writes what gradBlock has of a span.
func (w *worker) writeGradient(v *view, b span, to ElementWriter) {
	at := 0
	err := v.extents(b, func(lo, hi int) error {
		x := w.gradBlock[at : at+hi-lo]
		at += hi - lo
		return to.WriteAt(x, lo)
	})
	if err != nil {
		w.job.fail(err)
	}
}

// gradTile computes the gradient of tile t, which is read, in the layout of
// Eval.
func (w *worker) gradTile(t span, slope [][]float64, input int) []float64 {
	n, v := t.len(), w.views[input]
	switch {
	case w.part.plan.f.Serial:
	case w.loss.Close != nil || w.loss.Sums != nil:
		w.compute() // for the sums of the samples
	case len(slope) > 1 && w.block.Class == nil:
		w.evaluate() // says the classes
	}
	w.gradTiles = grow(w.gradTiles, n*v.Planes)
	clear(w.gradTiles)
	grads := make([][]float64, len(w.loss.Inputs))
	grads[input] = w.gradTiles
	up := w.ups(slope)
	w.loss.Grad(grads, up, &w.block)
	if w.loss.SumsGrad != nil {
		w.eachSample(slope, func(sl [][]float64, lo, hi int) { w.loss.SumsGrad(grads, sl, &w.block, lo, hi) })
	}
	return w.gradTiles
}

// ups returns the derivative of the value by each term at each position of
// the tile: nil for terms but the loss that do not matter, 0 where a position
// does not count.
func (w *worker) ups(slope [][]float64) [][]float64 {
	n := w.block.N
	up := make([][]float64, len(w.loss.Terms))
	for len(w.up) < len(up) {
		w.up = append(w.up, nil)
	}
	serial := w.part.plan.f.Serial
	for k, term := range w.loss.Terms {
		if (!term.Closed || serial) && !term.Summed && (k == 0 || w.loss.Close != nil && (w.want[k] || serial) || matters(slope, k)) {
			w.up[k] = grow(w.up[k], n)
			up[k] = w.up[k]
		}
	}
	if w.loss.Close == nil || serial {
		w.spread(up, slope, 0, n)
		return up
	}
	w.eachSample(slope, func(sl [][]float64, lo, hi int) { w.spread(up, sl, lo, hi) })
	return up
}

// eachSample calls do for the positions of each sample of the tile, with the
// derivative by the sums of the sample.
func (w *worker) eachSample(slope [][]float64, do func(slope [][]float64, lo, hi int)) {
	f, n := w.part.plan.f, w.block.N
	first, size := w.part.first+w.tile.g0/f.Groups, f.Positions()
	switch {
	case w.loss.Close == nil:
		do(slope, 0, n)
	case !w.part.plan.whole():
		do(w.opened(w.job.kept.of(first, f.Pool), slope), 0, n)
	case f.Pool > 1:
		for i := 0; i < n; i += size {
			do(w.opened(w.job.kept.of(first+i/size, f.Pool), slope), i, i+size)
		}
	default:
		for i := 0; i < n; i += size {
			w.sample.reset(first + i/size)
			w.load(i, i+size)
			w.complete()
			do(w.opened(&w.sample, slope), i, i+size)
		}
	}
}

// opened returns the derivative of the value by the sums of a sample, of all
// or of each class: its own, and that by way of the closed terms.
func (w *worker) opened(s *sample, slope [][]float64) [][]float64 {
	w.slopes = grow(w.slopes, max(len(s.class), len(slope)))
	for c := range w.slopes {
		w.slopes[c] = grow(w.slopes[c], len(w.loss.Terms))
		copy(w.slopes[c], slope[min(c, len(slope)-1)])
	}
	if s.all.Count > 0 {
		w.loss.CloseSlope(w.slopes, slope, &s.all, s.class)
	}
	return w.slopes
}

// spread hands slopes to the positions [lo, hi) of the tile.
func (w *worker) spread(up, slope [][]float64, lo, hi int) {
	weight := w.in[len(w.loss.Inputs)+weightInput]
	for k, x := range up {
		if x == nil {
			continue
		}
		weighted := weight != nil && !w.loss.Terms[k].Plain && !w.loss.Terms[k].Largest
		for i := lo; i < hi; i++ {
			switch {
			case w.idle[i]:
				x[i] = 0
				continue
			case len(slope) == 1 || w.loss.Sums != nil:
				x[i] = slope[0][k]
			case w.class[i] < 0:
				x[i] = 0
			default:
				x[i] = slope[w.class[i]][k]
			}
			if weighted {
				x[i] *= weight[i]
			}
		}
	}
}

func matters(slope [][]float64, term int) bool {
	for _, s := range slope {
		if s[term] != 0 {
			return true
		}
	}
	return false
}

// CheckGradient compares the gradient with central differences at some
// numbers of the first tile. It returns the largest difference, relative to
// the largest derivative, and the count of numbers.
func (j *Job) CheckGradient(ctx context.Context, r *Result, input int) (off float64, n int, err error) {
	j.Parts.Rewind()
	j.learn(cmp.Or(r.lesson, r))
	j.kept = r.kept
	slope := j.slope(r)
	_, err = j.pass(ctx, func(w *worker, bufs []loss.Buffer, b span) *longSample {
		input := w.viewOf(input)
		if w.part.first > 0 || w.part.plan.f.Scale > 0 || b.g0 > 0 || b.b0 > 0 || w.views[input].Role == loss.Absent {
			return nil
		}
		if w.part.plan.f.Serial {
			off, n = w.compareSerial(bufs, b, slope, input)
			return nil
		}
		for t := range w.part.plan.tiles(b) {
			off, n = w.compareGradient(bufs, b, t, slope, input)
			break
		}
		return nil
	})
	return off, n, err
}

// viewOf is the view of an input, or the first that reads its array.
func (w *worker) viewOf(input int) int {
	name := w.loss.Inputs[input].Name
	if k := slices.IndexFunc(w.views, func(v *view) bool { return v.Of == name }); k >= 0 {
		return k
	}
	return input
}

// differences is how many numbers CheckGradient looks at, about.
const differences = 64

func (w *worker) compareGradient(bufs []loss.Buffer, b, t span, slope [][]float64, input int) (off float64, n int) {
	w.read(bufs, w.within(bufs, b, t), t)
	grad := w.gradTile(t, slope, input)
	up := w.ups(slope)
	x := w.in[input]
	sums := w.frozenSums(slope)
	largest := 0.0
	var diffs []float64
	for at := 0; at < len(x); at += len(x)/differences + 1 {
		i, _ := w.views[input].place(at, t.len())
		if w.idle[i] || math.IsInf(x[at], 0) {
			continue
		}
		old := x[at]
		h := 1e-5 * max(1, math.Abs(old))
		if w.views[input].Role == loss.Prob {
			if old < 1e-6 { // the value does not tell such differences
				continue
			}
			h = 1e-3 * old
		}
		f := func(v float64) float64 {
			x[at] = v
			w.evaluate()
			lo, hi := i, i+1
			if w.part.plan.f.Batch > 0 { // the terms of all depend on it
				lo, hi = 0, t.len()
			}
			total := 0.0
			for k, u := range up {
				if u != nil && w.want[k] {
					total += vec.Dot(u[lo:hi], w.terms.Terms[k][lo:hi])
				}
			}
			return total + sums()
		}
		difference := func(h float64) float64 { return (f(old+h) - f(old-h)) / (2 * h) }
		d := 2*difference(h/2) - difference(h) // as an error of h goes away, where the curvature jumps
		x[at] = old
		diffs = append(diffs, math.Abs(d-grad[at]))
		largest = max(largest, math.Abs(d), math.Abs(grad[at]))
	}
	for _, d := range diffs {
		off = max(off, d)
	}
	if largest > 0 {
		off /= largest
	}
	return off, len(diffs)
}

// frozenSums returns what computes the sums over the positions of the tile,
// each times the derivative of the value by it as it is now.
func (w *worker) frozenSums(slope [][]float64) func() float64 {
	if w.loss.Sums == nil {
		return func() float64 { return 0 }
	}
	type run struct {
		slope  [][]float64
		lo, hi int
	}
	var runs []run
	w.eachSample(slope, func(sl [][]float64, lo, hi int) {
		r := run{lo: lo, hi: hi}
		for _, s := range sl {
			r.slope = append(r.slope, slices.Clone(s))
		}
		runs = append(runs, r)
	})
	list := make([]loss.Totals, max(len(w.sample.class), 1))
	for c := range list {
		list[c].Terms = make([]float64, len(w.loss.Terms))
	}
	return func() float64 {
		total := 0.0
		for _, r := range runs {
			w.loss.Sums(list, &w.block, r.lo, r.hi)
			for c := range list {
				for k, t := range w.loss.Terms {
					if t.Summed && w.sums[k] {
						total += r.slope[min(c, len(r.slope)-1)][k] * list[c].Terms[k]
					}
				}
			}
		}
		return total
	}
}
