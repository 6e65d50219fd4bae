package loss

import (
	"fmt"
	"slices"
	"strings"
)

// A Part is one of several arrays of a file that are read as one: in each
// sample they follow each other.
type Part struct {
	Name  string
	Shape []int // without the sample axis
}

// A MapLayer is how a layer lies in the samples of the inputs: Channels maps
// of Numbers each, from element At of the sample on.
type MapLayer struct {
	Channels, Numbers int
	At                [3]int
}

// partsOf are the layers of an input, one without a name of its own being
// "features".
func partsOf(a *Array, whole bool) []Part {
	if a.Parts != nil {
		return a.Parts
	}
	shape := a.Shape
	if !whole {
		shape = shape[min(1, len(shape)):]
	}
	return []Part{{"features", shape}}
}

func partNames(parts []Part) (names []string) {
	for _, p := range parts {
		names = append(names, p.Name)
	}
	return names
}

// lineUp lines up the layers by their names.
func (f *features) lineUp(r *Request) (*Frame, error) {
	pred, target := r.Inputs["pred"], r.Inputs["target"]
	a, b := partsOf(pred, r.NoBatch), partsOf(target, r.NoBatch)
	if len(a) == 1 && len(b) == 1 {
		b = []Part{{a[0].Name, b[0].Shape}} // there is no choice
	}
	if f.layers.word == "auto" {
		if len(a) > mostLayers {
			return nil, fmt.Errorf("%s: got %d layers, want at most %d; --layers says which", pred.Name, len(a), mostLayers)
		}
		for _, name := range partNames(b) {
			if !slices.Contains(partNames(a), name) {
				return nil, fmt.Errorf("%s: got layer %s, which %s does not have; --layers says which are wanted", target.Name, name, pred.Name)
			}
		}
		f.layers = layerList{}
		for _, p := range a {
			f.layers.list = append(f.layers.list, layerWeight{p.Name, 1})
		}
	}
	samples := 1
	if !r.NoBatch {
		for _, x := range []*Array{pred, target} {
			if len(x.Shape) < 2 {
				return nil, fmt.Errorf("%s: shape %v, want N C and pixels", x.Name, x.Shape)
			}
		}
		if samples = pred.Shape[0]; samples != target.Shape[0] {
			return nil, r.Mismatch("target", "pred", "")
		}
	}
	fr := &Frame{Samples: samples, Groups: 1, Inner: 1, Classes: 1, Unit: "pair", Batch: 1, Rows: true, Shape: []int{samples}}
	for _, l := range f.layers.list {
		x, at, err := layerIn(pred, a, l.name)
		if err != nil {
			return nil, err
		}
		y, other, err := layerIn(target, b, l.name)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(x.Shape, y.Shape) {
			return nil, fmt.Errorf("%s: layer %s of shape %v in a sample, want %v as in %s", target.Name, l.name, y.Shape, x.Shape, pred.Name)
		}
		if len(x.Shape) == 0 {
			return nil, fmt.Errorf("%s: layer %s has no channels, want C and pixels in a sample", pred.Name, l.name)
		}
		if Volume(x.Shape) == 0 {
			return nil, fmt.Errorf("%s: layer %s of shape %v in a sample, want at least one number", pred.Name, l.name, x.Shape)
		}
		fr.Maps = append(fr.Maps, MapLayer{Channels: x.Shape[0], Numbers: Volume(x.Shape[1:]), At: [3]int{at, other}})
	}
	fr.Views = []View{{Role: Real, Planes: total(a), Spread: 1}, {Role: Real, Planes: total(b), Spread: 1}, {}}
	fr.Layout = count(samples, "sample") + " × " + count(len(fr.Maps), "layer")
	if len(fr.Maps) == 1 {
		x, _, _ := layerIn(pred, a, f.layers.list[0].name)
		fr.Layout = Describe(samples, 1, x.Shape, "features")
	}
	return fr, f.addWeights(fr, r)
}

// layerIn finds a layer, and where it begins in a sample.
func layerIn(a *Array, parts []Part, name string) (p Part, at int, err error) {
	for _, p := range parts {
		if p.Name == name {
			return p, at, nil
		}
		at += Volume(p.Shape)
	}
	return p, 0, fmt.Errorf("%s: got no layer %s, want one of %s", a.Name, name, strings.Join(partNames(parts), ", "))
}

func total(parts []Part) (n int) {
	for _, p := range parts {
		n += Volume(p.Shape)
	}
	return n
}

// addWeights takes the weights of the channels.
func (f *features) addWeights(fr *Frame, r *Request) error {
	a := r.Inputs["channel-weights"]
	if a == nil {
		return nil
	}
	if !slices.Contains(f.kinds, "lpips") {
		return fmt.Errorf("--channel-weights: got %s with --kind %s, want lpips", a.Name, strings.Join(f.kinds, ","))
	}
	parts := partsOf(a, true)
	if len(parts) == 1 && len(fr.Maps) == 1 {
		parts = []Part{{f.layers.list[0].name, parts[0].Shape}}
	}
	for i, l := range f.layers.list {
		p, at, err := layerIn(a, parts, l.name)
		if err != nil {
			return err
		}
		if n := Volume(p.Shape); n != fr.Maps[i].Channels {
			return fmt.Errorf("%s: got %d weights for layer %s, want %d, one a channel", a.Name, n, l.name, fr.Maps[i].Channels)
		}
		fr.Maps[i].At[channelWeights] = at
	}
	fr.Views[channelWeights] = View{Role: Weight, Planes: total(parts), Spread: 1, Whole: true}
	return nil
}
