package nn

import "lossctl/internal/vec"

// tileSide is the side of what Winograd's tiles write; they read two more.
const tileSide = 4

// tiles is apply by Winograd: blocks of tiles are transformed, multiplied and
// transformed back while they are in the caches.
func (f *filter) tiles(dst, x *volume, g geometry, mode vec.Mode, threads int) {
	across := (dst.w + tileSide - 1) / tileSide
	n := (dst.h + tileSide - 1) / tileSide * across
	blocks := (n + f.block() - 1) / f.block()
	most := (n + blocks - 1) / blocks
	parallel(threads, blocks, func(block int) {
		first := block * most
		b := newTileBlock(f, min(most, n-first), x.space)
		defer b.free()
		for i := range b.n {
			b.read(i, x, (first+i)/across*tileSide-g.pad, (first+i)%across*tileSide-g.pad)
		}
		b.multiply()
		for i := range b.n {
			b.write(i, dst, (first+i)/across*tileSide, (first+i)%across*tileSide, mode)
		}
	})
}

// block is how many tiles are computed at a time: the fewer, the more the weights
// are read, the more, the larger is what is between the transformations.
func (f *filter) block() int {
	if f.in+f.out <= 256 {
		return 24
	}
	return 60
}

// A tileBlock is n tiles. Number q of tile i is a row of channels.
type tileBlock struct {
	*filter
	n               int
	space           *space
	all             []float32 // the memory of the others
	in, out         []float32
	inRow, outRow   int
	edgeIn, edgeOut []float32 // a tile that reaches beyond the edge
	places          *places
}

// gap keeps rows from the distances at which they would share sets of a cache.
const gap = 16

func newTileBlock(f *filter, n int, s *space) *tileBlock {
	b := &tileBlock{filter: f, n: n, space: s, inRow: f.in + gap, outRow: f.out + gap, places: takePlaces()}
	const read = tileSide + 2
	sizes := []int{vec.Winograd * n * b.inRow, vec.Winograd * n * b.outRow, read * read * f.in, tileSide * tileSide * f.out}
	b.all = s.numbers(sizes[0] + sizes[1] + sizes[2] + sizes[3])
	rest := b.all
	for i, part := range []*[]float32{&b.in, &b.out, &b.edgeIn, &b.edgeOut} {
		*part, rest = rest[:sizes[i]], rest[sizes[i]:]
	}
	for i := range n {
		b.places.from[i], b.places.to[i] = i*b.inRow, i*b.outRow
	}
	return b
}

func (b *tileBlock) free() {
	b.space.recycle(b.all)
	b.places.free()
}

// read transforms the window of x that begins at a pixel.
func (b *tileBlock) read(i int, x *volume, row, column int) {
	const side = tileSide + 2
	v, apart := b.in[i*b.inRow:], b.n*b.inRow
	h, w := min(side, x.h+x.pad-row), min(side, x.w+x.pad-column)
	if h == side && w == side {
		vec.WinogradIn(v, apart, x.data[x.at(row, column):], x.row, x.pixel, b.filter.in)
		return
	}
	n := b.filter.in
	clear(b.edgeIn)
	for r := range h {
		for c := range w {
			copy(b.edgeIn[(r*side+c)*n:][:n], x.data[x.at(row+r, column+c):])
		}
	}
	vec.WinogradIn(v, apart, b.edgeIn, side*n, n, n)
}

func (b *tileBlock) multiply() {
	for q, right := range b.winograd {
		rows := vec.Rows{A: b.in[q*b.n*b.inRow:], From: b.places.from[:b.n], Stretches: 1}
		right.Multiply(b.out[q*b.n*b.outRow:], b.places.to[:b.n], rows, vec.Mode{})
	}
}

// write transforms a tile back, to the pixels of y from one on.
func (b *tileBlock) write(i int, y *volume, row, column int, mode vec.Mode) {
	m, apart, n := b.out[i*b.outRow:], b.n*b.outRow, b.filter.out
	start := b.start
	if mode.Add {
		start = nil
	}
	h, w := min(tileSide, y.h-row), min(tileSide, y.w-column)
	if h == tileSide && w == tileSide {
		vec.WinogradOut(y.data[y.at(row, column):], y.row, y.pixel, m, apart, start, mode.Ramp, n)
		return
	}
	each := func(do func(edge, pixel []float32)) {
		for r := range h {
			for c := range w {
				do(b.edgeOut[(r*tileSide+c)*n:][:n], y.data[y.at(row+r, column+c):][:n])
			}
		}
	}
	if mode.Add {
		each(func(edge, pixel []float32) { copy(edge, pixel) })
	}
	vec.WinogradOut(b.edgeOut, tileSide*n, n, m, apart, start, mode.Ramp, n)
	each(func(edge, pixel []float32) { copy(pixel, edge) })
}
