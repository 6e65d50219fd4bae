package loss

import (
	"fmt"
	"slices"

	"lossctl/internal/nn"
)

// networks are those that the kinds go through: of lpips, and of the others.
type networks struct{ lpips, features *nn.Network }

// deep is what the networks need for the pictures.
type deep struct {
	lens  [3]lens
	pair  [3]pixels
	input [3]nn.Tensor
	grams map[string][]float64 // of the picture of --style, by layer
}

// deepKinds are those whose layers are chosen.
var deepKinds = []string{"content", "style", "total", "feature-matching"}

func (p *perceptual) asksAny(kinds ...string) bool {
	return slices.ContainsFunc(p.kinds, func(k string) bool { return slices.Contains(kinds, k) })
}

// weights are those of the networks and of the heads.
func (p *perceptual) weights() (list []Weights, err error) {
	lpips, deep := p.asksAny("lpips"), p.asksAny(deepKinds...)
	open := func(to **nn.Network, auto string) error {
		name := p.net
		if name == "auto" {
			name = auto
		}
		*to, err = nn.New(name)
		return err
	}
	if lpips {
		if err := open(&p.nets.lpips, "alexnet"); err != nil {
			return nil, err
		}
		n := p.nets.lpips
		if n.Name() == "vgg19" {
			return nil, fmt.Errorf("--net: got vgg19 with --kind lpips, want alexnet|squeezenet|vgg16: LPIPS has no weights for it")
		}
		list = append(list,
			Weights{Published: n.Name(), Param: "net-weights", File: p.netFile, Network: n},
			Weights{Published: "lpips-" + n.Name(), Param: "lpips-weights", File: p.headFile, Heads: &p.heads, Of: n})
	}
	if deep {
		auto := p.autoNet
		for _, l := range []*layerList{&p.styles, &p.layers} { // the latter wins
			if preset := l.preset(); preset != nil {
				auto = preset.net
			}
		}
		if err := open(&p.nets.features, auto); err != nil {
			return nil, err
		}
		n := p.nets.features
		switch {
		case !lpips:
			list = append(list, Weights{Published: n.Name(), Param: "net-weights", File: p.netFile, Network: n})
		case n.Name() == p.nets.lpips.Name():
			p.nets.features = p.nets.lpips
		case p.netFile != "":
			return nil, fmt.Errorf("--net-weights: got %s with --kind %s, which want %s and %s; --net says one for all", p.netFile, p.kindText(), p.nets.lpips.Name(), n.Name())
		default:
			list = append(list, Weights{Published: n.Name(), Param: "net-weights", Network: n})
		}
	}
	switch {
	case lpips && deep && p.nets.lpips != p.nets.features: // as auto says
	case lpips:
		p.net = p.nets.lpips.Name()
	case deep:
		p.net = p.nets.features.Name()
	}
	p.resolveLayers()
	return list, nil
}

// addStyle takes the picture of --style.
func (p *perceptual) addStyle(f *Frame, r *Request) error {
	a := r.Inputs["style"]
	if a == nil {
		f.Views = append(f.Views, View{})
		return nil
	}
	if !p.asksAny("style", "total") {
		return fmt.Errorf("--style: got %s with --kind %s, want style or total", a.Name, p.kindText())
	}
	n, pic, warning, err := pictureOf(a, r.NoBatch)
	switch {
	case err != nil:
		return err
	case n != 1:
		return fmt.Errorf("%s: got %s, want 1", a.Name, count(n, "picture"))
	case warning != "":
		f.Warnings = append(f.Warnings, warning)
	}
	if err := pic.span(a, p.span); err != nil {
		return err
	}
	f.Pictures = append(f.Pictures, pic)
	f.Views = append(f.Views, View{Role: Real, Planes: pic.Channels * pic.Height * pic.Width, Spread: 1, Whole: true})
	f.Layout += fmt.Sprintf(", style of %d×%d", pic.Width, pic.Height)
	if p.compare.gram == "none" && (pic.Height != f.Pictures[0].Height || pic.Width != f.Pictures[0].Width) {
		f.Warnings = append(f.Warnings, fmt.Sprintf("%s: --gram none is a sum over pixels, of which this picture has another number", a.Name))
	}
	p.frame = f
	return p.reach(a.Name, pic.Height, pic.Width, 2)
}

// reach refuses pictures that are too small for the layers, and layers that
// the networks do not have.
func (p *perceptual) reach(name string, h, w, k int) error {
	if p.asksAny("lpips") && k < 2 {
		for _, tap := range p.taps() {
			if _, _, _, err := p.nets.lpips.Shape(tap, h, w); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for _, kind := range p.kinds {
		for _, l := range p.layersFor(kind, k) {
			if _, _, _, err := p.nets.features.Shape(l.name, ample, ample); err != nil {
				return fmt.Errorf("--layers: %w", err)
			}
			if _, _, _, err := p.nets.features.Shape(l.name, h, w); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// ample is a side of a picture that no layer finds too small.
const ample = 1 << 12

// An inputNorm is how numbers of 0–1 are scaled for a network: they are
// multiplied and moved, then (v − shift) / scale of red, green and blue.
type inputNorm struct {
	times, plus  float64
	shift, scale [3]float64
}

// inputNorms are the values of --input-norm but auto.
var inputNorms = map[string]inputNorm{
	"imagenet": {1, 0, [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}},
	"lpips":    {2, -1, [3]float64{-0.030, -0.088, -0.188}, [3]float64{0.458, 0.448, 0.450}},
	"signed":   {2, -1, [3]float64{}, [3]float64{1, 1, 1}},
	"none":     {1, 0, [3]float64{}, [3]float64{1, 1, 1}},
}

// inputNorm is that in force, auto being that of the kind.
func (p *perceptual) inputNorm(auto string) inputNorm {
	if p.scaling != "auto" {
		auto = p.scaling
	}
	return inputNorms[auto]
}

// see takes picture k out of the block, as the network wants it. The picture
// of --style is taken whole.
func (p *perceptual) see(b *Block, k int, norm inputNorm) {
	d := &p.deep
	if k < 2 {
		d.lens[k].geometry = p.geometry
	}
	x := &d.pair[k]
	d.lens[k].take(x, p.frame.Pictures[k], b.In[k])
	in := &d.input[k]
	in.C, in.H, in.W = 3, x.h, x.w
	in.Data = resized(in.Data, 3*x.h*x.w)
	for c := range 3 {
		to := in.Data[c*x.h*x.w:]
		for i, v := range x.plane(min(c, x.c-1)) {
			to[i] = float32((norm.times*v + norm.plus - norm.shift[c]) / norm.scale[c])
		}
	}
}

// back adds the gradient by what see made to that by the stored numbers.
func (p *perceptual) back(grad []float64, k int, by nn.Tensor, norm inputNorm) {
	x := &p.deep.pair[k]
	p.by.resize(x.c, x.h, x.w)
	clear(p.by.x)
	for c := range 3 {
		to := p.by.plane(min(c, x.c-1))
		for i := range to {
			to[i] += float64(by.Data[c*len(to)+i]) * norm.times / norm.scale[c]
		}
	}
	p.deep.lens[k].back(grad, p.frame.Pictures[k], &p.by)
}

// mapsOf are the maps of a layer of a network.
func mapsOf(t nn.Tensor) channels[float32] { return channels[float32]{t.C, t.H * t.W, t.Data} }
