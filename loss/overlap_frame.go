package loss

import (
	"fmt"
	"math"
	"slices"
)

// frame lines up two masks:
//
//	softmax:  pred N [*] C [*], target N * of class ids
//	sigmoid:  pred and target of one shape, each class, or the only one, by itself
//	labels:   pred and target N * of class ids
//
// The pixels are the positions, the classes planes.
func (o *overlap) frame(r *Request) (*Frame, error) {
	p := r.Inputs["pred"]
	pred, target := r.FullShape("pred"), r.FullShape("target")
	if len(pred) < 2 {
		return nil, fmt.Errorf("%s: got shape %v, want samples of several pixels; --no-batch says that the file is one sample", p.Name, p.Shape)
	}
	axis, warning := FindClassAxis(pred, target)
	if axis == 0 && len(pred) == len(target) && len(pred) > 2 && target[1] == 1 && pred[1] > 1 { // ids (N,1,H,W)
		if axis, warning = FindClassAxis(pred, slices.Delete(slices.Clone(target), 1, 2)); axis != 1 {
			axis = 0
		}
	}
	ids := axis > 0 && pred[axis] > 1
	same := slices.Equal(Squeeze(pred), Squeeze(target))
	if r.ClassAxis != nil {
		var err error
		if axis, err = r.ResolveAxis("pred"); err != nil {
			return nil, err
		}
		ids = pred[axis] > 1 && slices.Equal(Squeeze(slices.Delete(slices.Clone(pred), axis, axis+1)), Squeeze(target))
		warning = ""
	}
	var f *Frame
	var err error
	switch labels := r.PredAs == "labels" || r.PredAs == "" && p.IsInt(); {
	case labels && !same:
		return nil, r.Mismatch("target", "pred", ", a map of labels")
	case labels:
		f, err = o.labelFrame(r, pred)
	case ids && !o.binary:
		f, err = o.classFrame(r, pred, axis, Index)
	case !same:
		return nil, r.Mismatch("target", "pred", fmt.Sprintf("; want %v, or without the axis of the classes", p.Shape))
	case o.binary || r.ClassAxis == nil && len(pred) < 4 || axis > 0 && pred[axis] == 1:
		f, err = o.maskFrame(r, pred)
	default:
		if axis == 0 {
			axis = 1
		}
		if f, err = o.classFrame(r, pred, axis, Soft); err == nil && pred[axis] > 1 && o.activation == "sigmoid" {
			f.OneHot = "labels are one-hot: the sigmoid takes every class by itself, --activation softmax one distribution over them"
		}
	}
	if err != nil {
		return nil, err
	}
	if warning != "" {
		f.Warnings = append(f.Warnings, warning)
	}
	f.Unit = map[string]string{"sample": "sample", "batch": "batch", "dataset": "data set"}[o.scope]
	if f.Classes > 1 && !o.joint() {
		f.Unit += " class"
	}
	switch {
	case o.kind == "lovasz":
		err = o.together(f)
	case o.scope == "batch" && o.batch > 0:
		f.Pool = o.batch
	case o.scope != "sample":
		f.Pool = math.MaxInt
	}
	if !math.IsNaN(o.smooth) {
		o.smoothNr, o.smoothDr = o.smooth, o.smooth
	}
	o.prepare(f)
	if err == nil {
		err = o.check(f.Classes, p.Name)
	}
	return f, err
}

// together lets all pixels that are sorted together come to one Loss: those of
// a sample, or of the arrays as one.
func (o *overlap) together(f *Frame) error {
	f.Serial, f.Kept = true, f.Classes*16
	if o.scope == "sample" {
		return nil
	}
	if o.batch > 0 {
		return fmt.Errorf("--batch-size: got %d for --kind lovasz, want 0 (all samples), or --scope sample", o.batch)
	}
	f.Groups, f.Samples = f.Groups*f.Samples, 1
	return nil
}

// classFrame has a plane for every class.
func (o *overlap) classFrame(r *Request, pred []int, axis int, role Role) (*Frame, error) {
	classes := pred[axis]
	before, behind := Split(pred, axis)
	shape := slices.Delete(slices.Clone(pred), axis, axis+1)
	f := &Frame{Samples: pred[0], Groups: before, Inner: behind, Classes: classes, Shape: shape, Layout: Describe(pred[0], classes, shape[1:], "")}
	t := View{Role: role, Planes: 1, Spread: 1, Classes: classes}
	if role == Soft {
		t.Planes = classes
	}
	if o.activation == "auto" {
		o.activation = "sigmoid"
		if role == Index {
			o.activation = "softmax"
		}
	}
	f.Views = []View{{Role: r.Scores(), Planes: classes, Spread: 1}, t}
	return f, nil
}

// maskFrame has one class: every number of pred is a pixel of the mask.
func (o *overlap) maskFrame(r *Request, pred []int) (*Frame, error) {
	if o.activation == "softmax" {
		return nil, fmt.Errorf("--activation: got softmax for one class, %s of shape %v, want sigmoid", r.Inputs["pred"].Name, r.Inputs["pred"].Shape)
	}
	o.activation = "sigmoid"
	shape := Squeeze(pred)
	f := &Frame{Samples: pred[0], Groups: 1, Inner: Volume(pred[1:]), Classes: 1, Shape: shape, Layout: Describe(pred[0], 1, shape[1:], "")}
	f.Views = []View{{Role: r.Scores(), Planes: 1, Spread: 1}, {Role: Soft, Planes: 1, Spread: 1}}
	return f, nil
}

// labelFrame has ids on both sides, or two masks.
func (o *overlap) labelFrame(r *Request, shape []int) (*Frame, error) {
	most, full := 0, false
	for _, input := range []string{"pred", "target"} {
		n, is255, err := r.Largest(input)
		if err != nil {
			return nil, err
		}
		most, full = max(most, n), full || is255
	}
	o.hard = true
	if most <= 1 && !o.binaryLabels(r) {
		f, err := o.maskFrame(r, shape)
		if err == nil {
			f.Views[0].Role = Soft
		}
		return f, err
	}
	classes := max(most+1, r.Classes)
	f := &Frame{Samples: shape[0], Groups: 1, Inner: Volume(shape[1:]), Classes: classes, Shape: shape, Layout: Describe(shape[0], classes, shape[1:], "of labels")}
	f.Views = []View{{Role: Index, Planes: 1, Spread: 1, Classes: classes}, {Role: Index, Planes: 1, Spread: 1, Classes: classes}}
	return f, nil
}

// binaryLabels reports whether maps of 0 and 1 have two classes: a flag names
// classes.
func (o *overlap) binaryLabels(r *Request) bool {
	return r.Classes > 1 || o.excludeBackground || len(o.only) > 0 || len(o.classWeight) > 1
}
