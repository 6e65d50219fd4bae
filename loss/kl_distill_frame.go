package loss

import (
	"fmt"
	"math"
	"slices"
)

// frame lines up the outputs of both, the labels and the indices:
//
//	pred, target  N * C, the class axis last unless labels or --class-axis say otherwise
//	labels        N *, without the class axis
//	target-indices and target  N * K, K in place of C
func (k *distill) frame(r *Request) (*Frame, error) {
	axis, err := classAxis(r)
	if err != nil {
		return nil, err
	}
	pred := r.FullShape("pred")
	labels := r.Inputs["labels"]
	if labels != nil {
		if axis, err = labeledAxis(r, axis); err != nil {
			return nil, err
		}
	}
	k.labeled = labels != nil
	k.width = pred[axis]
	if err := k.resolve(pred[0]); err != nil {
		return nil, err
	}
	f := distributions(r, axis)
	f.Unit = positionUnit(len(f.Shape)-1, axis == len(pred)-1)
	f.Views = append(f.Views, View{}, View{})
	if labels != nil {
		f.Views[2] = View{Role: Index, Planes: 1, Spread: 1, Classes: k.width}
	}
	if indices := r.Inputs["target-indices"]; indices != nil {
		if err := k.topViews(r, f, axis); err != nil {
			return nil, err
		}
	} else if !slices.Equal(pred, r.FullShape("target")) {
		return nil, r.Mismatch("target", "pred", "; --target-indices says which classes target has")
	}
	if k.kind == "dist" {
		f.Rows = false // the samples of a class are to be side by side
		f.Batch = max(pred[0], 1)
		if k.batchSize > 0 {
			f.Batch = k.batchSize
		}
	} else if k.batchSize > 0 {
		return nil, fmt.Errorf("--batch-size: got %d, want --kind dist, which alone relates samples", k.batchSize)
	}
	return f, nil
}

// labeledAxis returns the class axis with labels: what leaves their shape.
func labeledAxis(r *Request, axis int) (int, error) {
	pred, labels := r.FullShape("pred"), Squeeze(r.FullShape("labels"))
	without := func(axis int) []int { return Squeeze(slices.Delete(slices.Clone(pred), axis, axis+1)) }
	if slices.Equal(without(axis), labels) {
		return axis, nil
	}
	if r.ClassAxis == nil {
		for a := 1; a < len(pred); a++ {
			if pred[a] > 1 && slices.Equal(without(a), labels) {
				return a, nil
			}
		}
	}
	in := r.Inputs["labels"]
	return 0, fmt.Errorf("%s: shape %v does not match %s %v without its axis %d (classes)", in.Name, in.Shape, r.Inputs["pred"].Name, r.Inputs["pred"].Shape, axis-len(pred)+len(r.Inputs["pred"].Shape))
}

// resolve checks what stands beside the kind, and puts the weights in force
// in place of auto.
func (k *distill) resolve(samples int) error {
	switch {
	case k.kind == "dkd" && !k.labeled:
		return fmt.Errorf("--kind: got dkd without --labels, want them: dkd sets the target class apart")
	case k.kind == "dist" && samples == 1:
		return fmt.Errorf("--kind: got dist for 1 sample, want 2 or more: dist relates samples")
	case k.ceWeight > 0 && !k.labeled:
		return fmt.Errorf("--ce-weight: got %g without --labels, want them", k.ceWeight)
	}
	ce, kd := 0.0, 1.0
	if k.labeled {
		ce, kd = k.ceAuto, k.kdAuto
	}
	if math.IsNaN(k.ceWeight) {
		k.ceWeight = ce
	}
	if math.IsNaN(k.kdWeight) {
		k.kdWeight = kd
	}
	return nil
}

// topViews lines up a teacher of K classes.
func (k *distill) topViews(r *Request, f *Frame, axis int) error {
	target, indices := r.Inputs["target"], r.Inputs["target-indices"]
	if k.kind != "kd" && k.kind != "gkd" {
		return fmt.Errorf("--target-indices: got --kind %s, want kd or gkd, as the others need all classes", k.kind)
	}
	if !slices.Equal(target.Shape, indices.Shape) {
		return r.Mismatch("target-indices", "target", "")
	}
	want, got := slices.Clone(r.FullShape("pred")), r.FullShape("target")
	if len(got) == len(want) {
		want[axis] = got[axis]
	}
	if !slices.Equal(got, want) || got[axis] < 1 || got[axis] > k.width {
		return fmt.Errorf("%s: shape %v does not match %s %v, want it but for 1 to %d classes on the class axis", target.Name, target.Shape, r.Inputs["pred"].Name, r.Inputs["pred"].Shape, k.width)
	}
	if f.Views[1].Role == Logit && k.tail == "bucket" {
		return fmt.Errorf("--target-as: got logits of %d classes, want logprobs or probs among all, or --tail renormalize", got[axis])
	}
	f.Views[1].Planes = got[axis]
	f.Views[3] = View{Role: Real, Planes: got[axis], Spread: 1}
	return nil
}
