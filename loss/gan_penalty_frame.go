package loss

import (
	"fmt"
	"math"
)

// frame has a position for every number where the norm is that of a sample,
// or for every norm.
func (p *penalty) frame(r *Request) (*Frame, error) {
	if err := p.resolve(); err != nil {
		return nil, err
	}
	a, shape := r.Inputs["grad"], r.FullShape("grad")
	if len(shape) == 0 {
		return nil, fmt.Errorf("%s: got a scalar, want at least one axis", a.Name)
	}
	fr := &Frame{Samples: shape[0], Groups: 1, Inner: Volume(shape[1:]), Classes: 1, Shape: shape, Unit: "sample"}
	fr.Layout = Describe(shape[0], 1, shape[1:], "")
	view := View{Role: Real, Planes: 1, Spread: 1}
	switch {
	case p.kind == "drift":
		fr.Unit = "element"
	case p.norm == "channel":
		if len(shape) < 2 {
			return nil, fmt.Errorf("--norm: got channel for %s of shape %v, want an axis of channels behind that of the samples", a.Name, a.Shape)
		}
		view.Planes = shape[1]
		fr.Shape = append([]int{shape[0]}, shape[2:]...)
		fr.Inner = Volume(shape[2:])
		fr.Rows = view.Planes > rowClasses
		fr.Unit = positionUnit(len(shape)-2, false)
	}
	fr.Views = []View{view}
	return fr, nil
}

// resolve puts what is in force in place of none and auto, and refuses what
// does not go together.
func (p *penalty) resolve() error {
	gp, r := p.kind == "gp" || p.kind == "gp-one-sided", p.kind == "r1" || p.kind == "r2"
	lambda := 10.0
	if p.kind == "drift" {
		lambda = p.driftLambda
	}
	for _, c := range []struct {
		flag, want string
		value      *float64
		normal     float64
		legal      bool
	}{
		{"lambda", "--gamma", &p.lambda, lambda, !r},
		{"gamma", "--lambda", &p.gamma, 10, r},
		{"target-norm", "gp or gp-one-sided", &p.targetNorm, 1, gp},
	} {
		switch {
		case !math.IsNaN(*c.value) && !c.legal:
			return fmt.Errorf("--%s: got %v with --kind %s, want %s", c.flag, *c.value, p.kind, c.want)
		case math.IsNaN(*c.value) && c.legal:
			*c.value = c.normal
		}
	}
	switch {
	case p.kind == "drift" && p.norm == "sample":
		return fmt.Errorf("--norm: got sample with --kind drift, want none: it is of single outputs")
	case p.kind == "drift":
		p.norm = "channel" // every output is its own
	case p.norm == "auto" && gp:
		p.norm = p.gpNorm
	case p.norm == "auto":
		p.norm = "sample"
	}
	return nil
}
