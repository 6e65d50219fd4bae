package loss

import (
	"fmt"
	"math"
	"slices"
)

// frame lines up scores and targets:
//
//	softmax, one-vs-rest:  pred N [*] C [*], target N * of class ids
//	softmax:               pred and target N [*] C [*], target a distribution
//	sigmoid:               pred and target of one shape
//
// A class axis of length 1 is binary, never a softmax over one class.
func (f *focal) frame(r *Request) (*Frame, error) {
	if r.PredAs == "labels" {
		return nil, fmt.Errorf("--pred-as: got labels, want logits|probs|logprobs: focal needs scores")
	}
	if err := f.checkCounts(); err != nil {
		return nil, err
	}
	pred, target := r.FullShape("pred"), r.FullShape("target")
	if len(pred) == 0 {
		return nil, fmt.Errorf("%s: got a scalar, want at least one axis", r.Inputs["pred"].Name)
	}
	auto := f.activation == "auto"
	var fr *Frame
	var err error
	axis, warning, ids := f.classAxis(r, pred, target)
	if r.ClassAxis != nil {
		if axis, err = r.ResolveAxis("pred"); err != nil {
			return nil, err
		}
		ids = slices.Equal(Squeeze(slices.Delete(slices.Clone(pred), axis, axis+1)), Squeeze(target)) && pred[axis] > 1
		warning = ""
	}
	same := slices.Equal(Squeeze(pred), Squeeze(target))
	switch {
	case ids && f.activation != "sigmoid":
		fr, err = f.softmaxFrame(r, pred, target, axis, Index)
	case ids:
		fr, err = f.elementFrame(r, pred, axis, true)
	case !same:
		return nil, r.Mismatch("target", "pred", f.wanted(pred, target, axis))
	case r.Inputs["pred"].IsInt():
		return nil, fmt.Errorf("%s: got %s of the shape of the target, which is a map of labels; want scores (--pred-scale reads quantised ones)", r.Inputs["pred"].Name, r.Inputs["pred"].Dtype)
	case f.activation == "softmax":
		if axis == 0 {
			axis = min(1, len(pred)-1)
		}
		if axis == 0 || pred[axis] == 1 {
			return nil, fmt.Errorf("--activation: got softmax for %s of shape %v, want a class axis of length 2 or more", r.Inputs["pred"].Name, r.Inputs["pred"].Shape)
		}
		fr, err = f.softmaxFrame(r, pred, target, axis, Soft)
	default:
		if axis == 0 && f.perClass() && len(pred) > 1 {
			axis = 1
		}
		fr, err = f.elementFrame(r, pred, axis, false)
		if err == nil && auto {
			fr.OneHot = "labels are one-hot: the sigmoid takes every class by itself, --activation softmax one distribution over them"
		}
	}
	if err != nil {
		return nil, err
	}
	if warning != "" {
		fr.Warnings = append(fr.Warnings, warning)
	}
	f.resolveAlpha()
	if err := f.checkLists(fr.Classes, r.Inputs["pred"].Name); err != nil {
		return nil, err
	}
	f.prepare(fr)
	if !fr.Cyclic && len(f.weights) > 1 && slices.Contains(f.weights, 0) {
		for _, w := range f.weights {
			fr.Weightless = append(fr.Weightless, w == 0)
		}
	}
	return fr, nil
}

// classAxis finds the class axis from the shapes, 0 where there is none, and
// whether the target holds class ids.
func (f *focal) classAxis(r *Request, pred, target []int) (axis int, warning string, ids bool) {
	axis, warning = FindClassAxis(pred, target)
	if axis == 0 && len(pred) == len(target) && len(pred) > 1 && target[1] == 1 && pred[1] > 1 {
		// target (N,1) or (N,1,H,W) of ids
		axis, warning = FindClassAxis(pred, slices.Delete(slices.Clone(target), 1, 2))
		if axis != 1 {
			axis = 0
		}
	}
	return axis, warning, axis > 0 && pred[axis] > 1
}

// wanted says which shapes would have fitted.
func (f *focal) wanted(pred, target []int, axis int) string {
	if len(pred) > 1 && slices.Equal(pred[1:], target) {
		return ": axis 0 is the samples and cannot be the class axis"
	}
	if axis == 0 {
		axis = min(1, len(pred)-1)
	}
	if axis == 0 {
		return ""
	}
	return fmt.Sprintf(": want class ids of shape %v or labels of shape %v", slices.Delete(slices.Clone(pred), axis, axis+1), pred)
}

// softmaxFrame has a position for every set of C scores.
func (f *focal) softmaxFrame(r *Request, pred, target []int, axis int, role Role) (*Frame, error) {
	if f.normalized && f.normalizeTwice {
		return nil, fmt.Errorf("--normalized: got softmax, want sigmoid under --convention smp")
	}
	if f.clip > 0 || len(f.posWeight) > 0 {
		return nil, fmt.Errorf("--clip, --pos-weight: got softmax, want sigmoid, which has a side of negatives")
	}
	f.activation = "softmax"
	classes := pred[axis]
	shape := slices.Delete(slices.Clone(pred), axis, axis+1)
	groups, inner := Split(pred, axis)
	fr := &Frame{
		Samples: pred[0], Groups: groups, Inner: inner, Classes: classes, Shape: shape,
		Rows: classes > rowClasses,
		Unit: positionUnit(len(shape)-1, axis == len(pred)-1),
	}
	fr.Layout = Describe(fr.Samples, classes, shape[1:], "")
	t := View{Role: role, Planes: 1, Spread: 1, Classes: classes}
	if role == Soft {
		t.Planes = classes
	} else if f.backgroundID >= 0 {
		return nil, fmt.Errorf("--background-id: got softmax, want --activation sigmoid")
	}
	fr.Views = []View{{Role: r.Scores(), Planes: classes, Spread: 1}, t}
	f.width, f.rivals, f.last, f.spatial = classes, 1, 1, fr.Positions()
	return fr, nil
}

// elementFrame has a position for every score.
func (f *focal) elementFrame(r *Request, pred []int, axis int, ids bool) (*Frame, error) {
	f.activation = "sigmoid"
	fr := &Frame{Samples: pred[0], Groups: 1, Inner: Volume(pred[1:]), Classes: 1, Shape: pred, Unit: "element"}
	f.width, f.rivals, f.last = 1, 1, pred[len(pred)-1]
	target := View{Role: Soft, Planes: 1, Spread: 1}
	fold := axis
	if fold == 0 {
		fold = min(1, len(pred)-1) // a mask may span it
	}
	if fold > 0 && pred[fold] > 1 {
		before, behind := Split(pred, fold)
		fr.Fold, fr.Groups, fr.Inner = pred[fold], before*pred[fold], behind
	}
	f.spatial = fr.Positions() / max(fr.Fold, 1)
	if fr.Cyclic = axis > 0 && fr.Fold > 1; fr.Cyclic {
		fr.Classes = fr.Fold
		fr.Layout = Describe(fr.Samples, fr.Classes, slices.Delete(slices.Clone(pred), axis, axis+1)[1:], "")
	} else if n := fr.Positions(); n == 1 {
		fr.Layout = Describe(fr.Samples, 1, nil, "")
	} else {
		fr.Layout = Describe(fr.Samples, 1, []int{n}, "elements")
	}
	if ids {
		f.rivals = fr.Classes
		if f.backgroundLast && f.backgroundID < 0 {
			f.backgroundID = fr.Classes
		}
		target = View{Role: Index, Planes: 1, Spread: fr.Classes, Classes: fr.Classes}
		switch {
		case f.backgroundID == 0:
			target.Classes++ // ids 1…C are the classes
		case f.backgroundID > 0:
			target.Extra = []int{f.backgroundID}
		}
	} else if f.backgroundID >= 0 {
		return nil, fmt.Errorf("--background-id: got labels of the shape of pred, want class ids")
	}
	fr.Views = []View{{Role: r.Scores(), Planes: 1, Spread: 1}, target}
	return fr, nil
}

// Above rowClasses classes lanes run along the classes.
const rowClasses = 64

func positionUnit(axes int, classLast bool) string {
	switch {
	case axes == 0:
		return "sample"
	case axes == 1 && classLast:
		return "token"
	case axes == 1:
		return "position"
	}
	return "pixel"
}

// resolveAlpha puts the α that is in force in place of auto.
func (f *focal) resolveAlpha() {
	if f.alphaWord == "auto" {
		auto := f.alphaAuto[0]
		if f.activation == "softmax" {
			auto = f.alphaAuto[1]
		}
		f.alpha, f.alphaWord = []float64{auto}, ""
		if math.IsNaN(auto) {
			f.alpha, f.alphaWord = nil, "none"
		}
	}
	if f.alphaBackground && f.activation == "softmax" && len(f.alpha) == 1 {
		a := f.alpha[0]
		f.alpha = slices.Repeat([]float64{a}, f.width)
		f.alpha[0] = 1 - a
	}
}
