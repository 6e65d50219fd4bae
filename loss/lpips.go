package loss

import "lossctl/internal/nn"

// taps are the layers that LPIPS compares.
func (p *perceptual) taps() []string {
	if p.nets.lpips == nil {
		return nil
	}
	return p.nets.lpips.Taps()
}

// lpips computes the distance, and that of every layer.
func (p *perceptual) lpips(b *Block, layers []float64) float64 {
	features, tapes := p.lpipsFeatures(b, -1)
	sum := 0.0
	for k := range layers {
		layers[k] = unitDistance(&p.compare, p.head(k), mapsOf(features[0][k]), mapsOf(features[1][k]))
		sum += layers[k]
		p.lpipsMap(b, k, features[0][k], features[1][k])
	}
	for _, t := range tapes {
		t.Release()
	}
	return sum
}

// lpipsFeatures goes through the network with both pictures, and keeps what
// the way back of one of them needs.
func (p *perceptual) lpipsFeatures(b *Block, keep int) (features [2][]nn.Tensor, tapes [2]*nn.Tape) {
	for k := range 2 {
		p.see(b, k, p.inputNorm("lpips"))
	}
	b.Each(2, func(_, k int) {
		features[k], tapes[k] = p.nets.lpips.Forward(p.deep.input[k], p.nets.lpips.Taps(), k == keep, 1)
	})
	return features, tapes
}

// head is the weights of the channels of a layer.
func (p *perceptual) head(k int) []float64 {
	w := make([]float64, len(p.heads[k]))
	for i, v := range p.heads[k] {
		w[i] = float64(v)
	}
	return w
}

// lpipsGrad goes through the network and back.
func (p *perceptual) lpipsGrad(grad []float64, k int, up float64, b *Block) {
	features, tapes := p.lpipsFeatures(b, k)
	slopes := make([]nn.Tensor, len(features[k]))
	for i, x := range features[k] {
		slopes[i] = nn.Tensor{C: x.C, H: x.H, W: x.W, Data: make([]float32, len(x.Data))}
		unitDistanceGrad(&p.compare, slopes[i].Data, p.head(i), up, mapsOf(x), mapsOf(features[1-k][i]))
	}
	p.back(grad, k, tapes[k].Backward(slopes), p.inputNorm("lpips"))
	for _, t := range tapes {
		t.Release()
	}
}
