package nn

import (
	"fmt"
	"slices"
	"strings"
)

// A Network is the feature layers of a network. Once loaded it may be used
// concurrently.
type Network struct {
	name   string
	layers []layer
	taps   []string
	loaded int    // layers that can be computed
	lacks  string // the tensor that the next one needs
}

// Name is "squeezenet", "alexnet", "vgg16" or "vgg19".
func (n *Network) Name() string { return n.name }

// Taps lists the layers that LPIPS compares, in its order.
func (n *Network) Taps() []string { return slices.Clone(n.taps) }

// Outputs lists all layers by name.
func (n *Network) Outputs() []string { return names(n.layers) }

// Layers lists the outputs that can be computed with what was loaded.
func (n *Network) Layers() []string { return names(n.layers[:n.loaded]) }

func names(layers []layer) (all []string) {
	for _, l := range layers {
		all = append(all, l.outputs()...)
	}
	return all
}

// prefixes are what stands before torchvision's "0.weight" in the files in use:
// whole models, feature layers alone, models saved by DataParallel.
var prefixes = []string{"features.", "", "module.features."}

// Load takes the weights and biases from get, by torchvision's names. A file may
// end early: layers up to the first without tensors are loaded. A tensor missing
// between others, of another shape or with numbers that are not finite is an error.
func (n *Network) Load(get func(name string) (data []float32, shape []int, ok bool)) error {
	first := n.layers[0].convs()[0].name + ".weight"
	at := slices.IndexFunc(prefixes, func(p string) bool { _, _, ok := get(p + first); return ok })
	if at < 0 {
		return fmt.Errorf("got no tensor features.%s, want the weights of %s", first, n.name)
	}
	n.loaded, n.lacks = 0, ""
	for _, l := range n.layers {
		for _, c := range l.convs() {
			lacks, err := c.load(prefixes[at], get)
			switch {
			case err != nil:
				return err
			case n.lacks == "":
				n.lacks = lacks
			case lacks == "":
				return fmt.Errorf("got no tensor %s, but %s%s.weight, want both", n.lacks, prefixes[at], c.name)
			}
		}
		if n.lacks == "" {
			n.loaded++
		}
	}
	if n.loaded == 0 {
		return fmt.Errorf("got no tensor %s, want the weights of %s", n.lacks, n.name)
	}
	return nil
}

// load sets weights and bias; lacks is the name of the weights where neither is there.
func (c *conv) load(prefix string, get func(name string) ([]float32, []int, bool)) (lacks string, err error) {
	tensor := func(kind string, want ...int) ([]float32, bool, error) {
		name := prefix + c.name + "." + kind
		data, shape, ok := get(name)
		if !ok {
			return nil, false, nil
		}
		if !slices.Equal(shape, want) {
			return nil, false, fmt.Errorf("got %s of shape %s, want %s", name, shapeText(shape), shapeText(want))
		}
		for _, v := range data {
			if v-v != 0 {
				return nil, false, fmt.Errorf("got %s with %g in it, want finite numbers", name, v)
			}
		}
		return data, true, nil
	}
	weight, hasWeight, err := tensor("weight", c.out, c.in, c.size, c.size)
	if err != nil {
		return "", err
	}
	bias, hasBias, err := tensor("bias", c.out)
	switch {
	case err != nil:
		return "", err
	case hasBias && !hasWeight:
		return "", fmt.Errorf("got no tensor %s%s.weight, but its bias, want both", prefix, c.name)
	case hasWeight && !hasBias:
		return "", fmt.Errorf("got no tensor %s%s.bias, but its weight, want both", prefix, c.name)
	case !hasWeight:
		return prefix + c.name + ".weight", nil
	}
	c.set(weight, bias)
	return "", nil
}

func shapeText(shape []int) string {
	return "(" + strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", ", ") + ")"
}

// find is the layer that yields an output, and whether it is the one before the ReLU.
func (n *Network) find(output string) (i int, before bool) {
	for i, l := range n.layers {
		if at := slices.Index(l.outputs(), output); at >= 0 {
			return i, at == 0 && len(l.outputs()) > 1
		}
	}
	return -1, false
}

// Shape returns the shape of an output for a picture of h × w pixels. An output
// that is unknown or was not loaded, and a picture that is too small, are errors:
// Forward is for outputs without.
func (n *Network) Shape(output string, h, w int) (channels, height, width int, err error) {
	last, _ := n.find(output)
	switch {
	case last < 0:
		return 0, 0, 0, fmt.Errorf("got layer %q, want one of %s: %s", output, n.name, strings.Join(n.Outputs(), ", "))
	case last >= n.loaded:
		return 0, 0, 0, fmt.Errorf("got no tensor %s, want it for layer %s of %s", n.lacks, output, n.name)
	}
	channels, height, width = n.shape(last, h, w)
	if height < 1 || width < 1 {
		least := 1
		for _, at, _ := n.shape(last, least, least); at < 1; _, at, _ = n.shape(last, least, least) {
			least++
		}
		return 0, 0, 0, fmt.Errorf("got a picture of %d×%d, want at least %d×%[3]d for layer %s of %s", h, w, least, output, n.name)
	}
	return channels, height, width, nil
}

func (n *Network) shape(last, h, w int) (int, int, int) {
	c := 3
	for _, l := range n.layers[:last+1] {
		if c, h, w = l.shape(c, h, w); h < 1 || w < 1 {
			return c, 0, 0
		}
	}
	return c, h, w
}
