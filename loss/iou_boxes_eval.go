package loss

import (
	"fmt"

	"lossctl/internal/vec"
)

// eval computes the loss, the IoU and whether it is at least ½.
func (f *iouBoxes) eval(out *Out, b *Block) {
	f.check(out, b)
	loss, ious, hits := out.Terms[boxLoss], out.Terms[boxIoU], out.Terms[boxHit]
	far := f.far(b)
	q := &f.q
	for i := range b.N {
		f.pair(q, b, i, far)
		ious[i], hits[i] = q.iou(), 0
		if ious[i] >= 0.5 {
			hits[i] = 1
		}
		miss := f.miss(q)
		if f.floor > 0 {
			miss = min(miss, 1-f.floor)
		}
		switch f.form {
		case "log":
			loss[i] = max(ratio(q.inter, f.divisor(q, q.union)), f.floor)
		case "square":
			loss[i] = miss * (2 - miss)
		default:
			loss[i] = miss
		}
		if f.added.penalty != nil {
			loss[i] += f.added.penalty(f, q)
		}
		if ious[i] < 0.01 {
			f.checkUnits(out, b, i)
		}
	}
	if f.form == "log" {
		vec.Log(loss, loss)
		vec.Scale(loss, -1, loss)
	}
	if f.kind == "siou" {
		f.siou(loss, b)
	}
	fill(out.Terms[boxWeight], 1)
}

// check finds boxes that are inverted or have no area.
func (f *iouBoxes) check(out *Out, b *Block) {
	for k, x := range b.In {
		for i := range b.N {
			f.checkBox(out, k, i, (*[4]float64)(x[4*i:]))
		}
	}
}

// checkUnits finds a box in [0, 1] beside one that reaches far beyond.
func (f *iouBoxes) checkUnits(out *Out, b *Block, i int) {
	for k, x := range b.In {
		near, far := (*[4]float64)(x[4*i:]), (*[4]float64)(b.In[1-k][4*i:])
		most := max(near[0], near[1], near[2], near[3])
		if most > 0 && most <= 1 && min(near[0], near[1], near[2], near[3]) >= 0 && max(far[0], far[1], far[2], far[3]) > 2 {
			out.Warn(k, i, 0, "a box in [0, 1] beside one that is not, as if one file were normalised and the other in pixels,")
		}
	}
}

func (f *iouBoxes) checkBox(out *Out, input, i int, x *[4]float64) {
	w, h := x[2], x[3]
	if f.format == "xyxy" {
		w, h = x[2]-x[0], x[3]-x[1]
	}
	if w > 0 && h > 0 {
		return
	}
	for k, side := range []float64{w, h} {
		switch {
		case side < 0 && f.format == "xyxy":
			axis := "xy"[k : k+1]
			out.Fail(input, i, 2+k, fmt.Sprintf("%s2 = %v below %s1 = %v", axis, x[2+k], axis, x[k]), "corners in order (--box-format xywh or cxcywh reads sides)")
			return
		case side < 0:
			out.Fail(input, i, 2+k, fmt.Sprintf("a side of %v", side), "at least 0 (--box-format xyxy reads corners)")
			return
		case side == 0 && f.degenerate == "error":
			out.Fail(input, i, 2+k, "a box without area", "both sides above 0 (--degenerate allow gives it IoU 0)")
			return
		case side == 0:
			out.Warn(input, i, 2+k, "a box without area has IoU 0")
			return
		}
	}
}
