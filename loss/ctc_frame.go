package loss

import (
	"fmt"
	"slices"
)

// frame lines up the scores with the targets and lengths: an utterance is a
// sample, a frame of it a position.
//
//	tnc: pred T N C    ntc: pred N T C    tc: pred T C, one utterance
//	target N L, or L where there is one utterance; lengths N or N 1
func (c *ctc) frame(r *Request) (*Frame, error) {
	pred := r.Inputs["pred"]
	if r.PredAs == "labels" {
		return nil, fmt.Errorf("--pred-as: got labels, want logits|probs|logprobs: ctc needs scores")
	}
	layout, n, err := c.layoutOf(r, pred.Shape)
	if err != nil {
		return nil, err
	}
	shape := pred.Shape
	t, classes := shape[0], shape[len(shape)-1]
	if layout == "ntc" {
		t = shape[1]
	}
	if t == 0 || classes < 2 {
		return nil, fmt.Errorf("%s: shape %v, %s, has %d frames and %d classes, want a frame and two classes", pred.Name, shape, layout, t, classes)
	}
	if c.blank >= classes {
		return nil, fmt.Errorf("--blank: got %d, want a class 0…%d of %s", c.blank, classes-1, pred.Name)
	}
	f := &Frame{
		Samples: n, Groups: t, Inner: 1, Classes: 1, Shape: []int{n, t}, Serial: true, Rows: true, Unit: "sample",
		Layout: fmt.Sprintf("%s × %s × %d classes, %s", count(n, "utterance"), count(t, "frame"), classes, layout),
		Views:  []View{{Role: r.Scores(), Planes: classes, Spread: 1, Minor: layout == "tnc"}},
	}
	width := r.Inputs["target"].Shape
	target := View{Role: Label, PerSample: true, Planes: width[len(width)-1]}
	if target.Planes == 0 {
		return nil, fmt.Errorf("%s: shape %v has no labels, want one column at least", r.Inputs["target"].Name, width)
	}
	lengths := func(name string, role Role) View {
		if r.Inputs[name] == nil {
			return View{}
		}
		return View{Role: role, PerSample: true}
	}
	f.Views = append(f.Views, target, lengths("pred-lengths", Length), lengths("target-lengths", Label))
	c.prepare(f)
	return f, c.checkAlphabet(pred.Name)
}

// layoutOf returns the layout and the number of utterances.
func (c *ctc) layoutOf(r *Request, pred []int) (layout string, n int, err error) {
	name := r.Inputs["pred"].Name
	if len(pred) != 2 && len(pred) != 3 {
		return "", 0, fmt.Errorf("%s: shape %v, want T×N×C, N×T×C or T×C", name, pred)
	}
	if r.NoBatch && len(pred) == 3 {
		return "", 0, fmt.Errorf("--no-batch: got %s of shape %v, want T×C of one utterance", name, pred)
	}
	fits := []string{"tc"}
	axes := map[string]int{"tnc": 1, "ntc": 0}
	if len(pred) == 3 {
		fits = []string{"tnc", "ntc"}
	}
	utterances := func(layout string) int {
		if layout == "tc" {
			return 1
		}
		return pred[axes[layout]]
	}
	if c.layout != "auto" {
		if !slices.Contains(fits, c.layout) {
			return "", 0, fmt.Errorf("--layout: got %s, want another for %s of shape %v", c.layout, name, pred)
		}
		n := utterances(c.layout)
		return c.layout, n, c.mismatch(r, n)
	}
	candidates := fits
	fits = slices.DeleteFunc(slices.Clone(fits), func(layout string) bool { return c.mismatch(r, utterances(layout)) != nil })
	switch {
	case len(fits) == 2 && pred[0] > 1:
		return "", 0, fmt.Errorf("--layout: got auto, but both tnc and ntc fit %s of shape %v, want one of them", name, pred)
	case len(fits) == 0:
		return "", 0, c.mismatch(r, utterances(candidates[0]))
	}
	return fits[0], utterances(fits[0]), nil
}

// mismatch finds an input that is not for n utterances.
func (c *ctc) mismatch(r *Request, n int) error {
	for _, name := range []string{"target", "pred-lengths", "target-lengths"} {
		a := r.Inputs[name]
		if a == nil {
			continue
		}
		ok := len(a.Shape) > 0 && a.Shape[0] == n
		switch {
		case name == "target":
			ok = ok && len(a.Shape) == 2 || n == 1 && len(a.Shape) == 1
		case len(a.Shape) == 0:
			ok = n == 1
		default:
			ok = ok && Volume(a.Shape) == n // N 1 too
		}
		if !ok {
			return fmt.Errorf("%s: shape %v does not fit the %s of %s %v%s", a.Name, a.Shape, count(n, "utterance"), r.Inputs["pred"].Name, r.Inputs["pred"].Shape, c.hint(name, a))
		}
	}
	return nil
}

func (c *ctc) hint(name string, a *Array) string {
	switch {
	case name == "target" && len(a.Shape) == 1:
		return "; labels one behind the other need --target-lengths"
	case c.layout == "auto":
		return ", nor other layouts"
	}
	return " in --layout " + c.layout
}

// checkAlphabet compares the tokens with the classes. The blank may lack where
// it is the last class.
func (c *ctc) checkAlphabet(pred string) error {
	n := len(c.tokens)
	if n == 0 || n == c.classes || n == c.classes-1 && c.blankID == n {
		return nil
	}
	return fmt.Errorf("--alphabet: got %d tokens, want %d, one for each class of %s", n, c.classes, pred)
}
