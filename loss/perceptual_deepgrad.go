package loss

// throughNet is the gradient of a kind by way of the network: slopes adds the
// gradients by the layers of picture k.
func (p *perceptual) throughNet(kind string, slopes func(b *Block, k int, up float64)) func([]float64, int, float64, *Block) {
	return func(grad []float64, k int, up float64, b *Block) {
		p.watch(b, []string{kind}, k)
		defer p.forget()
		slopes(b, k, up)
		v := &p.views[k]
		for _, s := range v.slopes {
			if s.Data != nil {
				p.back(grad, k, v.tape.Backward(v.slopes), p.inputNorm("imagenet"))
				return
			}
		}
	}
}

func (p *perceptual) contentSlopes(_ *Block, k int, up float64) {
	x, y := &p.views[k], &p.views[1-k]
	for _, l := range p.contentLayers() {
		if l.weight > 0 {
			contentGrad(&p.compare, x.slope(l.name), l.weight*up, x.layer(l.name), y.layer(l.name))
		}
	}
}

func (p *perceptual) matchingSlopes(_ *Block, k int, up float64) {
	x, y := &p.views[k], &p.views[1-k]
	layers := p.matchingLayers()
	for _, l := range layers {
		if l.weight > 0 {
			a, b := x.layer(l.name), y.layer(l.name)
			apartGrad(x.slope(l.name), "l1", float64(len(a.x)), l.weight*up/p.across(layers), a.x, b.x)
		}
	}
}

// styleSlopes are those by pred, or by the picture whose style is wanted.
func (p *perceptual) styleSlopes(b *Block, k int, up float64) {
	other := p.reference()
	if k == other {
		other = 0
	}
	if k > 0 && other > 0 {
		return // the style is that of another picture
	}
	for _, l := range p.styleLayers() {
		if l.weight > 0 {
			styleGrad(&p.compare, b, p.views[k].slope(l.name), l.weight*up, p.views[k].layer(l.name), 0, p.styleOf(b, other, l.name))
		}
	}
}

func (p *perceptual) totalSlopes(b *Block, k int, up float64) {
	if p.contentWeight > 0 {
		p.contentSlopes(b, k, up*p.contentWeight)
	}
	if p.styleWeight > 0 {
		p.styleSlopes(b, k, up*p.styleWeight)
	}
}

// totalGrad is by the layers, and by the neighbours.
func (p *perceptual) totalGrad(grad []float64, k int, up float64, b *Block) {
	p.throughNet("total", p.totalSlopes)(grad, k, up, b)
	if p.tvWeight > 0 {
		p.byPixels(p.tvGrad)(grad, k, up*p.tvWeight, b)
	}
}
