package engine

import (
	"math"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// exclude decides which positions of the tile count, and clears the numbers
// that are not looked at, so that no loss trips over them: those of positions
// that do not count, by the mask, the ignored targets, and under skip what is
// not finite; and those that a weight of 0 multiplies. It returns how many
// positions count.
func (w *worker) exclude(t span, n int) int {
	w.out, w.idle, w.idles = w.out[:n], w.idle[:n], 0
	clear(w.out)
	clear(w.idle)
	kept := n
	drop := func(i int, counter *int) {
		if !w.out[i] {
			w.out[i] = true
			*counter++
			kept--
		}
		w.rest(i)
	}
	inputs := len(w.loss.Inputs)
	mask, weight := inputs+maskInput, inputs+weightInput
	if m := w.in[mask]; m != nil {
		w.check(mask, t, n, drop)
		for i, v := range m {
			if (v != 0) == w.job.MaskInvert {
				drop(i, &w.tally.masked)
			}
		}
	}
	w.block.Masked = kept == 0
	for i, v := range w.in[weight] {
		if v == 0 {
			w.rest(i)
		}
	}
	for k, v := range w.views {
		if v.shared() {
			continue
		}
		switch v.Role {
		case loss.Index, loss.Soft, loss.Label:
			w.ignore(k, drop)
		case loss.Length:
			w.shorten(k, t, drop)
		}
	}
	for k, v := range w.views { // ids first: their classes may have no weight
		if v.Role == loss.Index {
			w.checkIds(k, t, drop)
		}
	}
	for k, v := range w.views {
		if v.Role != loss.Absent && v.Role != loss.Index && v.Role != loss.Length && k != mask {
			w.check(k, t, n, drop)
		}
	}
	if w.idles > 0 {
		w.clear(n)
	}
	return kept
}

// rest leaves the numbers of position i alone.
func (w *worker) rest(i int) {
	if !w.idle[i] {
		w.idle[i] = true
		w.idles++
	}
}

// ignore drops the positions whose target is one of --ignore-index. Only a
// single number a position can be such a target.
func (w *worker) ignore(k int, drop func(int, *int)) {
	x := w.in[k]
	if len(x) != len(w.out) {
		return
	}
	lo, hi := w.bounds(k)
	for _, id := range w.job.Reading.IgnoreIndex {
		v := float64(id)
		if v < lo || v > hi {
			continue
		}
		for i := range x {
			if x[i] == v {
				drop(i, &w.tally.ignored)
			}
		}
	}
}

// bounds are those of an input, which are looked for once.
func (w *worker) bounds(k int) (lo, hi float64) {
	if math.IsNaN(w.lo[k]) {
		w.lo[k], w.hi[k] = vec.Range(w.in[k])
	}
	return w.lo[k], w.hi[k]
}

// shorten drops the positions of a sample from its length on.
func (w *worker) shorten(k int, t span, drop func(int, *int)) {
	v, f := w.views[k], w.part.plan.f
	width := t.b1 - t.b0
	for i, y := range w.in[k] {
		if w.out[i] {
			continue
		}
		if n := int(y); float64(n) != y || n < 0 || n > f.Positions() {
			v.Classes = f.Positions()
			w.fault(k, v, t, i, 0, y)
			continue
		}
		if at := (t.g0+i/width)%f.Groups*f.Inner + t.b0 + i%width; at >= int(y) {
			drop(i, &w.tally.masked)
		}
	}
}

// check finds the illegal numbers of an input among the positions that
// count. Numbers that are not finite fall under --non-finite.
func (w *worker) check(k int, t span, n int, drop func(int, *int)) {
	x, v := w.in[k], w.views[k]
	lo, hi := -math.MaxFloat64, math.MaxFloat64
	switch v.Role {
	case loss.Logit:
		lo = math.Inf(-1)
	case loss.LogProb:
		lo, hi = math.Inf(-1), 0
	case loss.Weight, loss.Deviation:
		lo = 0
	case loss.Prob:
		lo, hi = 0, 1
	case loss.Soft:
		w.scaleMask(k, x)
		lo, hi = 0, 1
	}
	if w.lo[k] >= lo && w.hi[k] <= hi || vec.Within(x, lo, hi) {
		return
	}
	for j, y := range x {
		if y >= lo && y <= hi {
			continue
		}
		i, plane := v.place(j, n)
		if w.idle[i] && !v.Whole {
			continue
		}
		if v.mayLack(y) {
			switch w.job.NonFinite {
			case "skip":
				if !v.Whole { // it is of no position
					drop(i, &w.tally.nonfinite)
					continue
				}
			case "propagate":
				continue
			}
		}
		w.fault(k, v, t, i, plane, y)
	}
}

// checkIds is check for class ids: whole numbers in range.
func (w *worker) checkIds(k int, t span, drop func(int, *int)) {
	v := w.views[k]
	none := v.f.Weightless
	if none == nil && w.lo[k] >= 0 && w.hi[k] < float64(v.Classes) && v.ints {
		return
	}
	for i, y := range w.in[k] {
		if id := int(y); float64(id) == y && uint(id) < uint(v.Classes) {
			if none != nil && none[id] {
				w.rest(i)
			}
			continue
		}
		if w.idle[i] || allowed(v.Extra, y) {
			continue
		}
		if !finite(y) && w.job.NonFinite == "skip" {
			drop(i, &w.tally.nonfinite)
			continue
		}
		w.fault(k, v, t, i, 0, y)
	}
}

// mayLack reports whether a number of the input falls under --non-finite.
func (v *view) mayLack(y float64) bool {
	switch v.Role {
	case loss.Weight, loss.Mask, loss.Length:
		return false
	case loss.Real, loss.Deviation:
		return math.IsNaN(y) || math.IsInf(y, 0)
	}
	return !finite(y)
}

// finite reports whether a number falls under --non-finite; −Inf is a
// probability of 0.
func finite(y float64) bool { return !math.IsNaN(y) && !math.IsInf(y, 1) }

func allowed(extra []int, y float64) bool {
	for _, e := range extra {
		if y == float64(e) {
			return true
		}
	}
	return false
}

// scaleMask reads 255 as 1, as pictures store masks. Whether a 1 stands in
// the same file is known at the end.
func (w *worker) scaleMask(k int, x []float64) {
	if !w.views[k].ints {
		return
	}
	switch _, most := w.bounds(k); {
	case most < 1:
		return
	case most == 1 && w.idles == 0:
		w.tally.one[k] = w.views[k].src.Name()
		return
	}
	for j, y := range x {
		if i, _ := w.views[k].place(j, len(w.out)); w.idle[i] {
			continue
		}
		switch y {
		case 255:
			x[j] = 1
			w.tally.full[k] = w.views[k].src.Name()
		case 1:
			w.tally.one[k] = w.views[k].src.Name()
		}
	}
}

// fault notes an illegal number at position i. A number that several
// positions share is counted at the first of them.
func (w *worker) fault(k int, v *view, t span, i, plane int, y float64) {
	f := &Fault{Input: v.src.Name(), part: w.part.index, at: v.element(t, i, plane), shape: v.src.Shape(), value: y, want: wants(v.View)}
	width := t.b1 - t.b0
	g, b := t.g0+i/width, t.b0+i%width
	if v.Whole {
		f.number = 1
	} else if v.PerSample && (g%v.f.Groups != 0 || b != 0) || !v.PerSample && g%v.Spread != 0 {
		f.number = 0
	} else {
		f.number = 1
	}
	switch {
	case !v.mayLack(y):
	case v.Whole:
		f.want += "; --non-finite propagate goes on"
	case v.Role == loss.Index:
		f.want += "; --non-finite skip goes on"
	default:
		f.want += "; --non-finite skip|propagate goes on"
	}
	w.tally.faults[k] = f.merge(w.tally.faults[k])
	w.failed = true
}

// place returns the position and plane of number j of a decoded tile.
func (v *view) place(j, n int) (i, plane int) {
	switch {
	case v.Whole:
		return 0, j
	case v.shared():
		return min(j/v.Planes*v.f.Positions(), n-1), j % v.Planes
	case v.PerSample || v.Planes == 1:
		return j, 0
	case v.rows:
		return j / v.Planes, j % v.Planes
	}
	return j % n, j / n
}

// clear puts harmless numbers where a position is not looked at. Numbers of a
// sample that is carried on are for all of its positions.
func (w *worker) clear(n int) {
	for k, v := range w.views {
		if v.Role == loss.Absent || v.shared() || v.PerSample && v.f.Serial {
			continue
		}
		harmless := 0.0
		switch v.Role {
		case loss.Prob:
			harmless = 0.5
		case loss.LogProb:
			harmless = -1
		}
		for i, idle := range w.idle[:n] {
			if !idle {
				continue
			}
			for p := range max(v.Planes, 1) {
				if v.rows {
					w.in[k][i*v.Planes+p] = harmless
				} else {
					w.in[k][p*n+i] = harmless
				}
			}
		}
	}
}
