package loss

import (
	"fmt"
	"math"

	"lossctl/internal/nn"
)

// noMap says why there is no map.
func (p *perceptual) noMap() string {
	if k := p.kinds[0]; k != "lpips" && k != "ssim" {
		return fmt.Sprintf("got --kind %s, want lpips or ssim, which have a number a pixel", k)
	}
	return ""
}

// mapSize is the size of the map of pictures that are compared as h×w: of ssim
// that of the windows.
func (p *perceptual) mapSize(h, w int) []int {
	if p.kinds[0] == "ssim" {
		if k := shrinking(h, w); p.shrink && k > 1 {
			h, w = h/k, w/k
		}
		if p.edge == "inside" {
			h, w = h-p.window+1, w-p.window+1
		}
	}
	return []int{h, w}
}

// newMap makes room for the map of the picture of the block, which is NaN
// where the picture is left out.
func (p *perceptual) newMap(b *Block, left bool) {
	if !b.Maps {
		return
	}
	h, w := p.frame.Map[0], p.frame.Map[1]
	m := &Map{H: h, W: w, X: make([]float64, h*w)}
	if left {
		for i := range m.X {
			m.X[i] = math.NaN()
		}
	}
	if p.kinds[0] == "ssim" {
		m.White = 1
	}
	p.maps = append(p.maps, m)
}

// lpipsMap adds the distances of a layer, resized to the picture as torch does
// with align_corners=False.
func (p *perceptual) lpipsMap(block *Block, tap int, x, y nn.Tensor) {
	if !block.Maps || p.kinds[0] != "lpips" {
		return
	}
	n := x.H * x.W
	layer := make([]float64, n)
	beside := unitSizes(&p.compare, mapsOf(x), mapsOf(y))
	a, b := p.compare.unit.norm[0], p.compare.unit.norm[1]
	for c, w := range p.heads[tap] {
		for i, v := range x.Data[c*n : (c+1)*n] {
			diff := float64(v)/(a[i]+beside) - float64(y.Data[c*n+i])/(b[i]+beside)
			layer[i] += float64(w) * diff * diff
		}
	}
	m := p.maps[len(p.maps)-1]
	p.widen.prepare(x.H, x.W, m.H, m.W, false)
	wide := make([]float64, len(m.X))
	p.widen.apply(wide, layer)
	for i, v := range wide {
		m.X[i] += v
	}
}

// ssimMap sets the map to l·cs of every window, the mean of the channels.
func (p *perceptual) ssimMap(b *Block) {
	if !b.Maps || p.kinds[0] != "ssim" {
		return
	}
	x, y, _ := p.reduced(&p.pair[0], &p.pair[1])
	s := &p.single[0].similarity
	for c := range x.c {
		s.whole(x.plane(c), y.plane(c), x.h, x.w)
		for i, l := range s.l {
			p.maps[len(p.maps)-1].X[i] += l * s.cs[i] / float64(x.c)
		}
	}
}
