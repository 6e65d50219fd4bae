package loss

import (
	"fmt"
	"math"

	"lossctl/internal/vec"
)

// eval computes the loss, the IoU and whether it is at least ½.
func (f *iouBoxes) eval(out *Out, b *Block) {
	far := f.far(b)
	for lo := 0; lo < b.N; lo += boxRun {
		hi := min(lo+boxRun, b.N)
		f.measure(b, lo, hi, far)
		f.evalRun(out, b, lo, hi)
	}
	vec.Fill(out.Terms[boxWeight], 1)
}

// evalRun is eval of the run that was measured.
func (f *iouBoxes) evalRun(out *Out, b *Block, lo, hi int) {
	loss, ious, hits := out.Terms[boxLoss][lo:hi], out.Terms[boxIoU][lo:hi], out.Terms[boxHit][lo:hi]
	vec.Ratio(ious, f.run.inter, f.run.union)
	vec.Above(hits, math.Nextafter(0.5, 0), ious)
	f.misses(loss)
	f.penalties(loss)
	f.checkRun(out, b, lo, hi, ious)
	if f.kind == "siou" {
		f.siou(loss)
	}
	if f.floor > 0 {
		for i, miss := range loss {
			loss[i] = min(miss, 1-f.floor)
		}
	}
	switch f.form {
	case "square":
		for i, miss := range loss {
			loss[i] = miss * (2 - miss)
		}
	case "log": // of what does not cancel
		for i := range loss {
			q := f.pair(i)
			loss[i] = max(ratio(q.inter, f.divisor(q, q.union)), f.floor)
		}
		vec.Log(loss, loss)
		vec.Scale(loss, -1, loss)
	}
}

// alike reports whether areas of all pairs of the run divide as the area and
// the same ε, which is not 0.
func (f *iouBoxes) alike() bool { return f.run.scale == nil && !f.maxes() }

// misses sets dst to miss of every pair.
func (f *iouBoxes) misses(dst []float64) {
	r := &f.run
	if !f.alike() {
		for i := range dst {
			dst[i] = f.miss(f.pair(i))
		}
		return
	}
	divisor := r.scratch[0][:len(dst)]
	vec.Affine(divisor, 1, f.eps, r.union)
	vec.Sub(dst, r.union, r.inter)
	vec.Affine(dst, 1, f.eps, dst)
	vec.Ratio(dst, dst, divisor)
}

// penalties adds what the kind adds for every pair.
func (f *iouBoxes) penalties(dst []float64) {
	switch {
	case f.kind == "giou" && f.alike():
		f.enclosings(dst)
	case f.added.penalty != nil:
		for i := range dst {
			dst[i] += f.added.penalty(f, f.pair(i))
		}
	}
}

// enclosings adds enclosing of every pair.
func (f *iouBoxes) enclosings(dst []float64) {
	r := &f.run
	around, divisor := r.scratch[0][:len(dst)], r.scratch[1][:len(dst)]
	vec.Mul(around, r.x.around, r.y.around)
	vec.Affine(divisor, 1, f.eps, around)
	vec.Sub(around, around, r.union)
	vec.Ratio(around, around, divisor)
	vec.Add(dst, dst, around)
}

// checkRun finds what is wrong with boxes; most often nothing can be.
func (f *iouBoxes) checkRun(out *Out, b *Block, lo, hi int, ious []float64) {
	x, y := &f.run.x, &f.run.y
	if !(min(vec.Min(x.p), vec.Min(y.p), vec.Min(x.t), vec.Min(y.t)) > 0) {
		for i := range ious {
			if !(x.p[i] > 0 && y.p[i] > 0 && x.t[i] > 0 && y.t[i] > 0) {
				f.checkSides(out, b, lo+i)
			}
		}
	}
	if vec.Min(ious) >= 0.01 || vec.Min(b.In[0][2*b.N+lo:2*b.N+hi]) > 1 && vec.Min(b.In[1][2*b.N+lo:2*b.N+hi]) > 1 {
		return
	}
	for i, iou := range ious {
		if iou < 0.01 {
			f.checkUnits(out, b, lo+i)
		}
	}
}

// boxOf is a box as it is given.
func boxOf(b *Block, input, i int) (x [4]float64) {
	for k := range x {
		x[k] = b.In[input][k*b.N+i]
	}
	return x
}

// checkUnits finds a box in [0, 1] beside one that reaches far beyond.
func (f *iouBoxes) checkUnits(out *Out, b *Block, i int) {
	for k, x := range b.In {
		if x[2*b.N+i] > 1 { // most often
			continue
		}
		near, far := boxOf(b, k, i), boxOf(b, 1-k, i)
		most := max(near[0], near[1], near[2], near[3])
		if most > 0 && most <= 1 && min(near[0], near[1], near[2], near[3]) >= 0 && max(far[0], far[1], far[2], far[3]) > 2 {
			out.Warn(k, i, 0, "a box in [0, 1] beside one that is not, as if one file were normalised and the other in pixels,")
		}
	}
}

// checkSides finds boxes that are inverted or have no area.
func (f *iouBoxes) checkSides(out *Out, b *Block, i int) {
	for input := range b.In {
		x := boxOf(b, input, i)
		for k := range 2 {
			side := x[2+k]
			if f.format == "xyxy" {
				side -= x[k]
			}
			switch {
			case side < 0 && f.format == "xyxy":
				axis := "xy"[k : k+1]
				out.Fail(input, i, 2+k, fmt.Sprintf("%s2 = %v below %s1 = %v", axis, x[2+k], axis, x[k]), "corners in order (--box-format xywh or cxcywh reads sides)")
			case side < 0:
				out.Fail(input, i, 2+k, fmt.Sprintf("a side of %v", side), "at least 0 (--box-format xyxy reads corners)")
			case side == 0 && f.degenerate == "error":
				out.Fail(input, i, 2+k, "a box without area", "both sides above 0 (--degenerate allow gives it IoU 0)")
			case side == 0:
				out.Warn(input, i, 2+k, "a box without area has IoU 0")
			default:
				continue
			}
			break
		}
	}
}
