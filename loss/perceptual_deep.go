package loss

import (
	"slices"
	"strings"

	"lossctl/internal/nn"
)

// Layers of networks, for want of --layers: content at the third layer of those
// that LPIPS takes, style at the first four, feature matching at all. Of VGG16
// they are relu3_3 and relu1_2 to relu4_3, which Johnson has.
func (p *perceptual) contentLayers() []layerWeight {
	return p.chosen(p.layers, func(s *preset) []layerWeight { return s.content }, 2, 3)
}

func (p *perceptual) matchingLayers() []layerWeight {
	return p.chosen(p.layers, func(s *preset) []layerWeight { return s.content }, 0, mostLayers)
}

// styleLayers are, for want of --style-layers, those of --layers: a list, or
// what the preset has for the style.
func (p *perceptual) styleLayers() []layerWeight {
	from := p.styles
	if from.word == "auto" {
		from = p.layers
	}
	return p.chosen(from, func(s *preset) []layerWeight {
		if s.style == nil {
			return s.content
		}
		return s.style
	}, 0, 4)
}

// chosen are the layers that a flag says, else those of the network from lo to
// hi, with weights of 1.
func (p *perceptual) chosen(l layerList, of func(*preset) []layerWeight, lo, hi int) []layerWeight {
	if l.word == "" {
		return l.list
	}
	if s := l.preset(); s != nil {
		return of(s)
	}
	if p.nets.features == nil {
		return nil
	}
	taps := p.nets.features.Taps()
	var list []layerWeight
	for _, tap := range taps[lo:min(hi, len(taps))] {
		list = append(list, layerWeight{tap, 1})
	}
	return list
}

// resolveLayers puts the layers in force in place of words, where they are
// those of all kinds.
func (p *perceptual) resolveLayers() {
	styles, layers := p.styleLayers(), p.layers
	content, matching := p.asksAny("content", "total"), p.asksAny("feature-matching")
	switch {
	case content && (!matching || p.layers.word != "auto"):
		layers = layerList{list: p.contentLayers()}
	case matching && !content:
		layers = layerList{list: p.matchingLayers()}
	}
	if p.asksAny("style", "total") {
		p.styles = layerList{list: styles}
	}
	p.layers = layers
}

// layersFor are the layers of picture k that a kind looks at.
func (p *perceptual) layersFor(kind string, k int) (list []layerWeight) {
	content := kind == "content" || kind == "total"
	styled := kind == "style" || kind == "total"
	switch {
	case kind == "feature-matching" && k < 2:
		return p.matchingLayers()
	case content && k < 2:
		list = p.contentLayers()
	}
	if styled && (k == 0 || k == p.reference()) {
		list = append(slices.Clone(list), p.styleLayers()...)
	}
	return list
}

// reference is the picture whose style is wanted.
func (p *perceptual) reference() int {
	if p.frame != nil && len(p.frame.Pictures) > 2 {
		return 2
	}
	return 1
}

// A deepView holds the layers of a picture.
type deepView struct {
	names  []string
	maps   []nn.Tensor
	tape   *nn.Tape
	slopes []nn.Tensor // gradients by them, those without Data being 0
}

func (v *deepView) layer(name string) channels[float32] {
	return mapsOf(v.maps[slices.Index(v.names, name)])
}

// slope is the gradient by a layer, to be added to.
func (v *deepView) slope(name string) []float32 {
	at := slices.Index(v.names, name)
	if s, m := &v.slopes[at], v.maps[at]; s.Data == nil {
		*s = nn.Tensor{C: m.C, H: m.H, W: m.W, Data: make([]float32, len(m.Data))}
	}
	return v.slopes[at].Data
}

// watch goes through the network with the pictures, once for all kinds, and
// keeps what the way back of one of them needs.
func (p *perceptual) watch(b *Block, kinds []string, keep int) {
	p.views = make([]deepView, len(p.frame.Pictures))
	for k := range p.views {
		v := &p.views[k]
		if k == 2 && p.deep.grams != nil {
			continue // known from a pair before
		}
		for _, kind := range kinds {
			for _, l := range p.layersFor(kind, k) {
				if l.weight > 0 && !slices.Contains(v.names, l.name) {
					v.names = append(v.names, l.name)
				}
			}
		}
		if len(v.names) > 0 {
			p.see(b, k, p.inputNorm("imagenet"))
		}
	}
	b.Each(len(p.views), func(_, k int) {
		if v := &p.views[k]; len(v.names) > 0 {
			v.maps, v.tape = p.nets.features.Forward(p.deep.input[k], v.names, k == keep, 1)
			v.slopes = make([]nn.Tensor, len(v.maps))
		}
	})
	if len(p.views) > 2 && p.deep.grams == nil {
		p.deep.grams = map[string][]float64{}
		for _, name := range p.views[2].names {
			p.deep.grams[name] = gramOf(&p.compare, b, nil, p.views[2].layer(name), 0)
		}
	}
}

// forget gives the memory of the layers back.
func (p *perceptual) forget() {
	for _, v := range p.views {
		if v.tape != nil {
			v.tape.Release()
		}
	}
	p.views = nil
}

// viewed makes the layers of the pair, once.
func (p *perceptual) viewed(b *Block) {
	if p.views == nil {
		p.watch(b, p.kinds, -1)
	}
}

// layerNames are the names alone.
func layerNames(layers []layerWeight) (names []string) {
	for _, l := range layers {
		names = append(names, l.name)
	}
	return names
}

// content is Σ w · distance of layers.
func (p *perceptual) content(b *Block, parts []float64) float64 {
	p.viewed(b)
	layers := p.contentLayers()
	return weighed(layers, parts, func(i int) float64 {
		return content(&p.compare, p.views[0].layer(layers[i].name), p.views[1].layer(layers[i].name))
	})
}

// matching is the mean of w · l1 over the layers, or the sum.
func (p *perceptual) matching(b *Block, parts []float64) float64 {
	p.viewed(b)
	layers := p.matchingLayers()
	return weighed(layers, parts, func(i int) float64 {
		x, y := p.views[0].layer(layers[i].name), p.views[1].layer(layers[i].name)
		return apart("l1", float64(len(x.x)), x.x, y.x) / p.across(layers)
	})
}

// across is what the sum over layers is divided by.
func (p *perceptual) across(layers []layerWeight) float64 {
	if p.overLayers == "sum" {
		return 1
	}
	return float64(len(layers))
}

// style is Σ w · distance of Gram matrices.
func (p *perceptual) style(b *Block, parts []float64) float64 {
	p.viewed(b)
	layers := p.styleLayers()
	c := &p.compare
	return weighed(layers, parts, func(i int) float64 {
		name := layers[i].name
		c.grams[0] = gramOf(c, b, c.grams[0], p.views[0].layer(name), 0)
		return c.apartStyle(p.views[0].layer(name).c, 0, c.grams[0], p.styleOf(b, p.reference(), name))
	})
}

// styleOf is the Gram matrix of a layer of picture k.
func (p *perceptual) styleOf(b *Block, k int, name string) []float64 {
	if k == 2 {
		return p.deep.grams[name]
	}
	c := &p.compare
	c.grams[1] = gramOf(c, b, c.grams[1], p.views[k].layer(name), 0)
	return c.grams[1]
}

// total is the weighed sum of content, style and total variation. Its parts
// are these three, then their layers.
func (p *perceptual) total(b *Block, parts []float64) float64 {
	n := len(p.contentLayers())
	content, style := parts[3:3+n], parts[3+n:]
	parts[0], parts[1], parts[2] = 0, 0, 0
	clear(parts[3:])
	scaled := func(weight float64, v float64, layers []float64) float64 {
		for i := range layers {
			layers[i] *= weight
		}
		return weight * v
	}
	if w := p.contentWeight; w > 0 {
		parts[0] = scaled(w, p.content(b, content), content)
	}
	if w := p.styleWeight; w > 0 {
		parts[1] = scaled(w, p.style(b, style), style)
	}
	if w := p.tvWeight; w > 0 {
		parts[2] = w * p.tv(b, nil)
	}
	return parts[0] + parts[1] + parts[2]
}

func (p *perceptual) totalParts() []string {
	names := []string{"content", "style", "tv"}
	for _, l := range p.contentLayers() {
		names = append(names, "content_"+l.name)
	}
	for _, l := range p.styleLayers() {
		names = append(names, "style_"+l.name)
	}
	return names
}

// kindText is the value of --kind.
func (p *perceptual) kindText() string { return strings.Join(p.kinds, ",") }
