package loss

import (
	"fmt"
	"math"
	"slices"
)

// frame has a position for every score: of the input that is given, or with
// --relativistic paired for every pair.
func (g *gan) frame(r *Request) (*Frame, error) {
	if err := g.resolve(); err != nil {
		return nil, err
	}
	name := "real"
	if r.Inputs[name] == nil {
		name = "fake"
	}
	shape := r.FullShape(name)
	if len(shape) == 0 {
		return nil, fmt.Errorf("%s: got a scalar, want at least one axis", r.Inputs[name].Name)
	}
	fr := &Frame{
		Samples: shape[0], Groups: 1, Inner: Volume(shape[1:]), Shape: shape,
		Classes: max(r.Scales, 1), Unit: "element", Views: make([]View, 2),
	}
	if g.relativistic == "paired" {
		fr.Unit = "pair"
		if !slices.Equal(shape, r.FullShape("fake")) {
			return nil, r.Mismatch("fake", "real", ": --relativistic paired subtracts one from the other")
		}
	}
	role := Real
	if g.form() == crossEntropy && g.relativistic == "none" {
		role = Logit
	}
	for k, in := range []string{"real", "fake"} {
		if r.Inputs[in] != nil {
			fr.Views[k] = View{Role: role, Planes: 1, Spread: 1}
		}
	}
	switch n := fr.Positions(); {
	case fr.Samples*n == 0:
		fr.Warnings = append(fr.Warnings, fmt.Sprintf("%s: shape %v has no scores", r.Inputs[name].Name, r.Inputs[name].Shape))
		g.hollow = true
		fallthrough
	case n == 1:
		fr.Layout = Describe(fr.Samples, 1, nil, "")
	default:
		fr.Layout = Describe(fr.Samples, 1, shape[1:], "")
	}
	g.several = r.Scales > 1
	return fr, nil
}

// resolve puts the labels that are in force in place of none, and refuses
// what does not go together.
func (g *gan) resolve() error {
	if g.kind == "saturating" && g.relativistic != "none" {
		return fmt.Errorf("--kind: got saturating with --relativistic %s, want vanilla: its generator has no saturating form there", g.relativistic)
	}
	for _, l := range []struct {
		flag   string
		label  *float64
		normal float64
	}{{"real-label", &g.realLabel, 1}, {"fake-label", &g.fakeLabel, 0}} {
		switch labelled := slices.Contains([]string{"vanilla", "nonsaturating", "saturating", "lsgan", "l1"}, g.kind); {
		case math.IsNaN(*l.label) && labelled:
			*l.label = l.normal
		case math.IsNaN(*l.label):
		case !labelled:
			return fmt.Errorf("--%s: got %v with --kind %s, which has no labels; want vanilla, lsgan or l1", l.flag, *l.label, g.kind)
		case g.form() == crossEntropy && (*l.label < 0 || *l.label > 1):
			return fmt.Errorf("--%s: got %v with --kind %s, want 0 to 1", l.flag, *l.label, g.kind)
		}
	}
	return nil
}

// prepare finds the cost of every side.
func (g *gan) prepare() {
	a, b := g.realLabel, g.fakeLabel
	g.d = [2]cost{{form: g.form()}, {form: g.form()}}
	g.d[realInput].target, g.d[fakeInput].target = g.targets(a, b)
	if !g.generatorLabel {
		a, b = 1, 0
	}
	real, fake := g.targets(a, b)
	form := g.form()
	switch {
	case g.generator == "hinge" && g.kind == "hinge":
	case g.generator == "linear", form == hinge && g.relativistic == "none":
		form, real, fake = linear, 1, -1
	}
	g.g = [2]cost{{form: form, target: fake}, {form: form, target: real}}
	switch {
	case g.relativistic == "paired": // of real − fake
		g.g[fakeInput].target = fake
	case g.kind == "saturating":
		g.g[fakeInput] = cost{form: form, target: fake, negative: true}
	case g.eps > 0 && form == crossEntropy && g.relativistic == "none":
		g.g[fakeInput] = cost{form: floored, eps: g.eps}
	}
}

// form is that of d_loss.
func (g *gan) form() form {
	switch g.kind {
	case "lsgan":
		return square
	case "l1":
		return absolute
	case "wgan":
		return linear
	case "hinge":
		return hinge
	}
	return crossEntropy
}

// targets are what the labels a and b of real and fake samples make of the
// cost.
func (g *gan) targets(a, b float64) (real, fake float64) {
	switch form := g.form(); {
	case form == linear || form == hinge:
		return 1, -1
	case g.kind == "softplus":
		return 1, 0
	case form == crossEntropy || g.relativistic == "none" || g.plainLabels:
		return a, b
	}
	return a - b, b - a
}

// middle is what separates the real from the fake.
func (g *gan) middle() float64 {
	if f := g.form(); f == square || f == absolute {
		real, fake := g.targets(g.realLabel, g.fakeLabel)
		return real/2 + fake/2
	}
	return 0
}

// unit is what the parts of the losses are multiplied with: those of wgan
// have both signs.
func (g *gan) unit() float64 {
	if g.kind == "wgan" {
		return small
	}
	return 1
}

// factor is that of the loss of a side.
func (g *gan) factor(side string) float64 {
	f := 1.0
	if g.relativistic == "average" {
		f = 0.5
	}
	if side == "discriminator" {
		f *= g.dFactor
	}
	return f
}
