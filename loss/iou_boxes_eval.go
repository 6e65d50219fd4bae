package loss

import (
	"fmt"

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
	penalty := f.added.penalty
	for i := range loss {
		q := f.pair(i)
		iou := q.iou()
		ious[i], hits[i] = iou, 0
		if iou >= 0.5 {
			hits[i] = 1
		}
		loss[i] = f.miss(q)
		if penalty != nil {
			loss[i] += penalty(f, q)
		}
		if !(q.w > 0 && q.h > 0 && q.wt > 0 && q.ht > 0) {
			f.checkSides(out, b, lo+i)
		}
		if iou < 0.01 {
			f.checkUnits(out, b, lo+i)
		}
	}
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
