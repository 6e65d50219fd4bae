package loss

import (
	"math"
	"slices"

	"lossctl/internal/nn"
)

// deep is what the networks need for a pair.
type deep struct {
	lens  lens
	pair  [2]pixels
	input [2]nn.Tensor
	norm  [2][]float64 // ‖·‖ of the channels of every pixel
}

// weights are those of the network and of its heads.
func (p *perceptual) weights() ([]Weights, error) {
	if !slices.Contains(p.kinds, "lpips") {
		return nil, nil
	}
	name := p.net
	if name == "auto" {
		name = "alexnet"
	}
	n, err := nn.New(name)
	if err != nil {
		return nil, err
	}
	p.net, p.network = n.Name(), n
	return []Weights{
		{Published: n.Name(), Param: "net-weights", File: p.netFile, Network: n},
		{Published: "lpips-" + n.Name(), Param: "lpips-weights", File: p.headFile, Heads: &p.heads, Of: n},
	}, nil
}

// taps are the layers that LPIPS compares.
func (p *perceptual) taps() []string {
	if p.network == nil {
		return nil
	}
	return p.network.Taps()
}

// LPIPS scales pictures of −1–1 as the ImageNet statistics want them.
var (
	lpipsShift = [3]float64{-0.030, -0.088, -0.188}
	lpipsScale = [3]float64{0.458, 0.448, 0.450}
)

// see takes the pictures out of the block, as the network wants them.
func (p *perceptual) see(b *Block) {
	d := &p.deep
	d.lens.border = p.border
	for k := range d.pair {
		x := &d.pair[k]
		d.lens.take(x, p.frame.Pictures[k], b.In[k])
		in := &d.input[k]
		in.C, in.H, in.W = 3, x.h, x.w
		in.Data = resized(in.Data, 3*x.h*x.w)
		for c := range 3 {
			to := in.Data[c*x.h*x.w:]
			for i, v := range x.plane(min(c, x.c-1)) {
				to[i] = float32((2*v - 1 - lpipsShift[c]) / lpipsScale[c])
			}
		}
	}
}

// lpips computes the distance, and that of every layer.
func (p *perceptual) lpips(b *Block, layers []float64) float64 {
	p.see(b)
	d, taps := &p.deep, p.network.Taps()
	var tapes [2]*nn.Tape
	var features [2][]nn.Tensor
	b.Each(2, func(_, k int) { features[k], tapes[k] = p.network.Forward(d.input[k], taps, false, 1) })
	sum := 0.0
	for k := range taps {
		layers[k] = p.distance(k, features[0][k], features[1][k])
		sum += layers[k]
	}
	for _, t := range tapes {
		t.Release()
	}
	return sum
}

// lpipsEps stands beside the norm of the channels.
const lpipsEps = 1e-10

// norms computes ‖·‖ of the channels of every pixel of both pictures.
func (p *perceptual) norms(x, y nn.Tensor) {
	n := x.H * x.W
	for k, f := range []nn.Tensor{x, y} {
		norm := resized(p.deep.norm[k], n)
		clear(norm)
		for c := range f.C {
			for i, v := range f.Data[c*n : (c+1)*n] {
				norm[i] += float64(v) * float64(v)
			}
		}
		for i, v := range norm {
			norm[i] = math.Sqrt(v)
		}
		p.deep.norm[k] = norm
	}
}

// distance is that of a layer.
func (p *perceptual) distance(tap int, x, y nn.Tensor) float64 {
	p.norms(x, y)
	n := x.H * x.W
	sum := 0.0
	for c, w := range p.heads[tap] {
		part := 0.0
		for i, v := range x.Data[c*n : (c+1)*n] {
			diff := float64(v)/(p.deep.norm[0][i]+lpipsEps) - float64(y.Data[c*n+i])/(p.deep.norm[1][i]+lpipsEps)
			part += diff * diff
		}
		sum += float64(w) * part
	}
	return sum / float64(n)
}

// distanceGrad is up times the gradient of distance by x.
func (p *perceptual) distanceGrad(tap int, up float64, x, y nn.Tensor) nn.Tensor {
	p.norms(x, y)
	n := x.H * x.W
	norm, other := p.deep.norm[0], p.deep.norm[1]
	g := nn.Tensor{C: x.C, H: x.H, W: x.W, Data: make([]float32, len(x.Data))}
	along := make([]float64, n) // of the gradient by the unit vector, with x
	slope := func(c, i int) float64 {
		diff := float64(x.Data[c*n+i])/(norm[i]+lpipsEps) - float64(y.Data[c*n+i])/(other[i]+lpipsEps)
		return up / float64(n) * 2 * float64(p.heads[tap][c]) * diff
	}
	for c := range x.C {
		for i := range n {
			along[i] += slope(c, i) * float64(x.Data[c*n+i])
		}
	}
	for c := range x.C {
		for i := range n {
			size := norm[i] + lpipsEps
			v := slope(c, i) / size
			if norm[i] > 0 {
				v -= along[i] * float64(x.Data[c*n+i]) / (size * size * norm[i])
			}
			g.Data[c*n+i] = float32(v)
		}
	}
	return g
}

// lpipsGrad goes through the network and back.
func (p *perceptual) lpipsGrad(grad []float64, k int, up float64, b *Block) {
	p.see(b)
	d, taps := &p.deep, p.network.Taps()
	var tapes [2]*nn.Tape
	var features [2][]nn.Tensor
	b.Each(2, func(_, i int) { features[i], tapes[i] = p.network.Forward(d.input[i], taps, i == k, 1) })
	slopes := make([]nn.Tensor, len(taps))
	for i := range taps {
		slopes[i] = p.distanceGrad(i, up, features[k][i], features[1-k][i])
	}
	by := tapes[k].Backward(slopes)
	x := &d.pair[k]
	p.by.resize(x.c, x.h, x.w)
	clear(p.by.x)
	for c := range 3 {
		to := p.by.plane(min(c, x.c-1))
		for i := range to {
			to[i] += float64(by.Data[c*len(to)+i]) * 2 / lpipsScale[c]
		}
	}
	d.lens.back(grad, p.frame.Pictures[k], &p.by)
	for _, t := range tapes {
		t.Release()
	}
}
