package loss

import (
	"fmt"
	"slices"
	"strings"
)

// frame lines up means and spreads. Diagonal: all of one shape N *, every
// number a position, whose class is its dimension. Full: means N K with
// matrices N K K, every sample a position.
func (g *gaussian) frame(r *Request) (*Frame, error) {
	if err := g.check(r); err != nil {
		return nil, err
	}
	mu := r.FullShape("mu")
	if len(mu) == 0 {
		return nil, fmt.Errorf("%s: got a scalar, want at least one axis", r.Inputs["mu"].Name)
	}
	if r.Inputs["cov"] != nil {
		return g.fullFrame(r, mu)
	}
	g.dims = Volume(mu[1:])
	f := &Frame{Samples: mu[0], Groups: g.dims, Inner: 1, Classes: max(g.dims, 1), Shape: mu, Unit: "sample"}
	f.Cyclic = f.Classes > 1
	f.Layout = Describe(mu[0], 1, nil, "")
	if g.dims > 1 {
		f.Layout = Describe(mu[0], 1, mu[1:], "dimensions")
	}
	for _, in := range gaussianInputs {
		v := View{}
		if r.Inputs[in] != nil {
			if !slices.Equal(r.FullShape(in), mu) {
				return nil, r.Mismatch(in, "mu", "")
			}
			v = View{Role: Real, Planes: 1, Spread: 1}
			if strings.HasSuffix(in, "std") {
				v.Role = Deviation
			}
		}
		f.Views = append(f.Views, v)
	}
	return f, nil
}

// gaussianInputs are the names of the inputs, in order.
var gaussianInputs = []string{"mu", "logvar", "std", "target-mu", "target-logvar", "target-std", "cov", "target-cov"}

func (g *gaussian) fullFrame(r *Request, mu []int) (*Frame, error) {
	if len(mu) != 2 {
		return nil, fmt.Errorf("%s: got shape %v, want two axes, samples and dimensions, beside --cov", r.Inputs["mu"].Name, r.Inputs["mu"].Shape)
	}
	if g.freeBits > 0 {
		return nil, fmt.Errorf("--free-bits: got --cov, want --logvar or --std: they are of a dimension")
	}
	k := mu[1]
	g.dims = 1
	f := &Frame{Samples: mu[0], Groups: 1, Inner: 1, Classes: 1, Rows: true, Shape: mu[:1], Unit: "sample"}
	f.Layout = Describe(mu[0], 1, []int{k}, "dimensions") + ", full covariance"
	for _, in := range gaussianInputs {
		v := View{}
		if r.Inputs[in] != nil {
			want := mu
			if strings.HasSuffix(in, "cov") {
				want = []int{mu[0], k, k}
			}
			if !slices.Equal(r.FullShape(in), want) {
				return nil, r.Mismatch(in, "mu", fmt.Sprintf(": want %v", want[len(mu)-len(r.Inputs["mu"].Shape):]))
			}
			v = View{Role: Real, Planes: Volume(want[1:]), Spread: 1}
		}
		f.Views = append(f.Views, v)
	}
	return f, nil
}

// check finds inputs and parameters that do not go together.
func (g *gaussian) check(r *Request) error {
	given := func(names ...string) []string {
		return slices.DeleteFunc(names, func(n string) bool { return r.Inputs[n] == nil })
	}
	own := given("logvar", "std", "cov")
	target := given("target-logvar", "target-std", "target-cov")
	g.target = len(target) > 0
	switch {
	case len(own) == 0:
		return fmt.Errorf("--mu: got no spread beside it, want one of --logvar, --std and --cov")
	case len(own) > 1:
		return fmt.Errorf("--%s: got --%s too, want one of them", own[1], own[0])
	case len(target) > 1:
		return fmt.Errorf("--%s: got --%s too, want one of them", target[1], target[0])
	case len(target) == 0 && r.Inputs["target-mu"] != nil && own[0] == "cov":
		return fmt.Errorf("--target-mu: got no spread beside it, want --target-cov")
	case len(target) == 0 && r.Inputs["target-mu"] != nil:
		return fmt.Errorf("--target-mu: got no spread beside it, want --target-logvar or --target-std")
	case len(target) == 1 && (own[0] == "cov") != (target[0] == "target-cov"):
		return fmt.Errorf("--%s: got --%s beside it, want both sides as covariance matrices, or neither", target[0], own[0])
	case g.hasCapacity() && g.beta != 1:
		return fmt.Errorf("--capacity: got --beta %s too, want --gamma, the factor of |KL − C|", formatFloat(g.beta))
	case !g.hasCapacity() && g.gamma != 1:
		return fmt.Errorf("--gamma: got no --capacity, whose factor it is")
	case g.freeBits == 0 && g.freeBitsOn == "batch":
		return fmt.Errorf("--free-bits-on: got batch, want --free-bits with it")
	}
	return nil
}
