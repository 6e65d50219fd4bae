package loss

import (
	"fmt"
	"slices"
	"strings"
)

// frame lines up two policies, over discrete actions N * A or continuous ones
// N * D; every position but the last axis is a state.
func (p *policy) frame(r *Request) (*Frame, error) {
	continuous, err := p.kindOf(r)
	if err != nil {
		return nil, err
	}
	var f *Frame
	if continuous {
		f, err = p.gaussianFrame(r)
	} else {
		f, err = p.categoricalFrame(r)
	}
	if err != nil {
		return nil, err
	}
	f.Unit = "state"
	actions := View{}
	if a := r.Inputs["actions"]; a != nil {
		if actions, err = p.actions(r, f, continuous); err != nil {
			return nil, err
		}
		if p.estimator == "exact" {
			f.Warnings = append(f.Warnings, a.Name+": --estimator exact has no use for the actions")
		}
	}
	f.Views = append(f.Views, actions)
	return f, nil
}

// gaussianPolicy are the inputs of continuous actions.
var gaussianPolicy = []string{"pred-mean", "pred-logstd", "target-mean", "target-logstd"}

// kindOf tells continuous actions from discrete ones by what is given, and
// finds what is missing or does not go together.
func (p *policy) kindOf(r *Request) (continuous bool, err error) {
	given := func(names ...string) (has, lacks []string) {
		for _, n := range names {
			if r.Inputs[n] != nil {
				has = append(has, n)
			} else {
				lacks = append(lacks, n)
			}
		}
		return has, lacks
	}
	discrete, lacking := given("pred", "target")
	normal, incomplete := given(gaussianPolicy...)
	switch {
	case len(discrete) > 0 && len(normal) > 0:
		return false, fmt.Errorf("--%s: got --%s too, want one of them: discrete actions, or continuous ones", normal[0], discrete[0])
	case len(discrete) == 0 && len(normal) == 0:
		return false, fmt.Errorf("--pred: got no policies, want --pred and --target, or --%s", strings.Join(gaussianPolicy, ", --"))
	case len(discrete) == 1:
		return false, fmt.Errorf("--%s: got nothing, want a file beside --%s", lacking[0], discrete[0])
	case len(normal) > 0 && len(incomplete) > 0:
		return false, fmt.Errorf("--%s: got nothing, want a file beside --%s", incomplete[0], normal[0])
	case p.estimator != "exact" && r.Inputs["actions"] == nil:
		return false, fmt.Errorf("--actions: got nothing, want a file for --estimator %s", p.estimator)
	case p.estimator != "exact" && p.kind == "reverse":
		return false, fmt.Errorf("--estimator: got %s with --divergence reverse, want forward: the actions are the old policy's", p.estimator)
	case len(normal) > 0 && r.ClassAxis != nil:
		return false, fmt.Errorf("--class-axis: got %d, want none beside --pred-mean: the last axis is the action", *r.ClassAxis)
	}
	return len(normal) > 0, nil
}

func (p *policy) categoricalFrame(r *Request) (*Frame, error) {
	axis, err := classAxis(r)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(r.FullShape("pred"), r.FullShape("target")) {
		return nil, r.Mismatch("target", "pred", "")
	}
	f := distributions(r, axis)
	p.width = 1
	f.Layout = layoutOfStates(f, fmt.Sprintf("%d actions", f.Views[0].Planes))
	for range gaussianPolicy {
		f.Views = append(f.Views, View{})
	}
	return f, nil
}

func (p *policy) gaussianFrame(r *Request) (*Frame, error) {
	shape, name := r.FullShape("pred-mean"), r.Inputs["pred-mean"].Name
	if len(shape) < 2 {
		return nil, fmt.Errorf("%s: shape %v has no axis but the samples, want N × numbers of an action; --no-batch says that it is one state", name, r.Inputs["pred-mean"].Shape)
	}
	last := len(shape) - 1
	p.width = shape[last]
	f := &Frame{
		Samples: shape[0], Groups: Volume(shape[1:last]), Inner: 1, Classes: 1, Shape: shape[:last],
		Rows: p.width > rowClasses, Views: make([]View, 2),
	}
	f.Layout = layoutOfStates(f, count(p.width, "action dimension"))
	for _, in := range gaussianPolicy {
		if !slices.Equal(r.FullShape(in), shape) {
			why := ""
			if len(r.FullShape(in)) < len(shape) {
				why = ": np.broadcast_to repeats it for every state"
			}
			return nil, r.Mismatch(in, "pred-mean", why)
		}
		f.Views = append(f.Views, View{Role: Real, Planes: p.width, Spread: 1})
	}
	return f, nil
}

// actions is the view of the actions: an id a state, or D numbers.
func (p *policy) actions(r *Request, f *Frame, continuous bool) (View, error) {
	want, view := f.Shape, View{Role: Index, Planes: 1, Spread: 1, Classes: f.Views[policyNew].Planes}
	if continuous {
		want, view = r.FullShape("pred-mean"), View{Role: Real, Planes: p.width, Spread: 1}
	}
	shape := r.FullShape("actions")
	if slices.Equal(shape, want) || !continuous && slices.Equal(Squeeze(shape), Squeeze(want)) {
		return view, nil
	}
	if r.NoBatch {
		want = want[1:]
	}
	return View{}, fmt.Errorf("%s: got shape %v, want %v", r.Inputs["actions"].Name, r.Inputs["actions"].Shape, want)
}

func layoutOfStates(f *Frame, actions string) string {
	if f.Positions() == 1 {
		return count(f.Samples, "state") + " × " + actions
	}
	return Describe(f.Samples, 1, f.Shape[1:], "states") + " × " + actions
}
