package nn

import (
	"sync"

	"lossctl/internal/vec"
)

// A filter is the weights of a convolution, (out, in, size, size), in the order in
// which it reads them. Those of 3×3 at every pixel are computed as Winograd's
// F(4×4, 3×3), whatever the picture, where there are enough channels for it.
type filter struct {
	in, out, size int
	direct        *vec.Right
	winograd      []*vec.Right // one for each product of a tile
	start         []float32
}

func newFilter(out, in, size, stride int, bias []float32) *filter {
	f := &filter{in: in, out: out, size: size}
	if size != 3 || stride != 1 || in%vec.Pixel > 0 || out%vec.Pixel > 0 {
		f.direct = vec.EmptyRight(in*size*size, out, bias)
		return f
	}
	f.start = make([]float32, out)
	copy(f.start, bias)
	f.winograd = make([]*vec.Right, vec.Winograd)
	for q := range f.winograd {
		f.winograd[q] = vec.EmptyRight(in, out, nil)
	}
	return f
}

// order copies the weights of Pixel channels of the output, from channel o on.
func (f *filter) order(weight []float32, o int) {
	area := f.size * f.size
	outs := min(vec.Pixel, f.out-o)
	weight = weight[o*f.in*area:]
	var kernels [vec.Pixel][9]float32
	var tile [vec.Winograd][vec.Pixel]float32
	for i := range f.in {
		if f.winograd != nil {
			for k := range kernels {
				kernels[k] = [9]float32(weight[(k*f.in+i)*9:])
			}
			vec.WinogradWeights(&tile, &kernels)
			for q := range tile {
				f.winograd[q].Set(i, o, tile[q][:])
			}
			continue
		}
		for q := range area {
			var column [vec.Pixel]float32
			for k := range outs {
				column[k] = weight[(k*f.in+i)*area+q]
			}
			f.direct.Set(q*f.in+i, o, column[:])
		}
	}
}

// A geometry is how the windows of a convolution lie over its input.
type geometry struct{ stride, pad int }

// apply writes the convolution of x to dst.
func (f *filter) apply(dst, x *volume, g geometry, mode vec.Mode, threads int) {
	if f.winograd != nil {
		f.tiles(dst, x, g, mode, threads)
		return
	}
	if f.size > 1 && x.pixel != f.in {
		panic("nn: rows of a window that are not contiguous")
	}
	n := dst.h * dst.w
	parallel(threads, (n+some-1)/some, func(item int) {
		rows := vec.Rows{A: x.data, Stretches: f.size, Jump: x.row}
		p := takePlaces()
		defer p.free()
		first := item * some
		count := min(some, n-first)
		row, column := first/dst.w, first%dst.w
		for i := range count {
			p.from[i], p.to[i] = x.at(row*g.stride-g.pad, column*g.stride-g.pad), dst.at(row, column)
			if column++; column == dst.w {
				row, column = row+1, 0
			}
		}
		rows.From = p.from[:count]
		f.direct.Multiply(dst.data, p.to[:count], rows, mode)
	})
}

// some is how many positions are computed at a time: they stay in the caches with
// their numbers.
const some = 96

// places are where rows of a product begin.
type places struct{ from, to [some]int }

var spare = sync.Pool{New: func() any { return new(places) }}

func takePlaces() *places { return spare.Get().(*places) }

func (p *places) free() { spare.Put(p) }
