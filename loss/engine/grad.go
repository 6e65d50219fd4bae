package engine

import (
	"context"
	"math"

	"lossctl/loss"
)

// Gradient writes the derivative of the value r by every number of an input.
// It reads the inputs again, as the denominator is known only now.
func (j *Job) Gradient(ctx context.Context, r *Result, input int, to ElementWriter) error {
	j.Parts.Rewind()
	slope := j.slope(r)
	_, err := j.pass(ctx, func(w *worker, bufs []loss.Buffer, b span) *longSample {
		w.gradient(bufs, b, slope, input, to)
		return nil
	})
	return err
}

// gradient computes block b and writes it.
func (w *worker) gradient(bufs []loss.Buffer, b span, slope [][]float64, input int, to ElementWriter) {
	v := w.views[input]
	if b.len() == 0 {
		return
	}
	w.gradBlock = grow(w.gradBlock, b.len()*v.Planes)
	for t := range w.part.plan.tiles(b) {
		tile := w.gradTile(bufs, b, t, slope, input)
		v.arrange(w.gradBlock, tile, b, t, w.tmp)
	}
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

// gradTile computes the gradient of tile t, in the layout of Eval.
func (w *worker) gradTile(bufs []loss.Buffer, b, t span, slope [][]float64, input int) []float64 {
	n, v := t.len(), w.views[input]
	w.read(bufs, b, t)
	if len(slope) > 1 && w.block.Class == nil {
		w.evaluate() // says the classes
	}
	up := w.ups(n, slope)
	w.gradTiles = grow(w.gradTiles, n*v.Planes)
	clear(w.gradTiles)
	grads := make([][]float64, len(w.loss.Inputs))
	grads[input] = w.gradTiles
	w.loss.Grad(grads, up, &w.block)
	return w.gradTiles
}

// ups returns the derivative of the value by each term at each position:
// nil for terms but the loss that do not matter, 0 where a position does not
// count.
func (w *worker) ups(n int, slope [][]float64) [][]float64 {
	weight := w.in[len(w.loss.Inputs)+weightInput]
	up := make([][]float64, len(w.loss.Terms))
	for k := range up {
		if k > 0 && !matters(slope, k) {
			continue
		}
		if len(w.up) <= k {
			w.up = append(w.up, make([][]float64, k+1-len(w.up))...)
		}
		w.up[k] = grow(w.up[k], n)
		x := w.up[k]
		for i := range x {
			switch {
			case w.idle[i]:
				x[i] = 0
				continue
			case len(slope) == 1:
				x[i] = slope[0][k]
			case w.class[i] < 0:
				x[i] = 0
			default:
				x[i] = slope[w.class[i]][k]
			}
			if weight != nil && !w.loss.Terms[k].Plain {
				x[i] *= weight[i]
			}
		}
		up[k] = x
	}
	return up
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
	slope := j.slope(r)
	_, err = j.pass(ctx, func(w *worker, bufs []loss.Buffer, b span) *longSample {
		if w.part.index > 0 || b.g0 > 0 || b.b0 > 0 {
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

// differences is how many numbers CheckGradient looks at, about.
const differences = 64

func (w *worker) compareGradient(bufs []loss.Buffer, b, t span, slope [][]float64, input int) (off float64, n int) {
	grad := w.gradTile(bufs, b, t, slope, input)
	up := w.ups(t.len(), slope)
	x := w.in[input]
	largest := 0.0
	var diffs []float64
	for at := 0; at < len(x); at += len(x)/differences + 1 {
		i, _ := w.views[input].place(at, t.len())
		if w.idle[i] || math.IsInf(x[at], 0) {
			continue
		}
		old := x[at]
		h := 1e-5 * max(1, math.Abs(old))
		f := func(v float64) float64 {
			x[at] = v
			w.evaluate()
			total := 0.0
			for k, u := range up {
				if u != nil {
					total += u[i] * w.terms.Terms[k][i]
				}
			}
			return total
		}
		d := (f(old+h) - f(old-h)) / (2 * h)
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
