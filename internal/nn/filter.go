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

func newFilter(weight []float32, out, in, size, stride int, bias []float32, threads int) *filter {
	f := &filter{in: in, out: out, size: size}
	if size == 3 && stride == 1 && in%vec.Pixel == 0 && out%vec.Pixel == 0 {
		f.transform(weight, bias, threads)
		return f
	}
	area := size * size
	b := make([]float32, len(weight))
	for o := range out {
		for i := range in {
			for q, v := range weight[(o*in+i)*area:][:area] {
				b[(q*in+i)*out+o] = v
			}
		}
	}
	f.direct = vec.NewRight(b, in*area, out, bias)
	return f
}

// transform makes the matrices of the tiles.
func (f *filter) transform(weight, bias []float32, threads int) {
	var u [vec.Winograd][]float32
	for q := range u {
		u[q] = make([]float32, f.in*f.out)
	}
	parallel(threads, f.in, func(i int) {
		for o := range f.out {
			for q, v := range vec.WinogradWeights([9]float32(weight[(o*f.in+i)*9:])) {
				u[q][i*f.out+o] = v
			}
		}
	})
	f.winograd, f.start = make([]*vec.Right, len(u)), bias
	if bias == nil {
		f.start = make([]float32, f.out)
	}
	parallel(threads, len(u), func(q int) { f.winograd[q] = vec.NewRight(u[q], f.in, f.out, nil) })
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
