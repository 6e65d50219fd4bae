package nn

import "lossctl/internal/vec"

// A product computes a convolution as the product of a matrix, with a row for
// each channel of the output, and one with a column for each position.
type product struct {
	left  *vec.Left
	m     int       // channels
	bias  []float32 // nil is 0
	store func(dst, sums []float32)
}

func storePlain(dst, sums []float32) { copy(dst, sums) }

func storeReLU(dst, sums []float32) {
	for i, v := range sums {
		dst[i] = max(v, 0)
	}
}

func storeSum(dst, sums []float32) {
	for i, v := range sums {
		dst[i] += v
	}
}

// shifted is a convolution of stride 1. Positions are counted along the padded
// rows of x, so that each row of the matrix is a plane of x, shifted; what is
// computed for the border between two rows is dropped.
func (p *product) shifted(dst, x *volume, size, pad, threads int) {
	offsets := make([]int, 0, x.c*size*size)
	for i := range x.c {
		for ky := range size {
			for kx := range size {
				offsets = append(offsets, i*x.plane+(ky+x.pad-pad)*x.row+kx+x.pad-pad)
			}
		}
	}
	p.tiles(dst, x.row, threads, func(from, _ int) ([]float32, []int) { return x.data[from:], offsets }, func([]float32) {})
}

// strided is a convolution whose matrix is copied, a block of positions at a time.
func (p *product) strided(dst, x *volume, c *conv, threads int) {
	area := c.area()
	p.tiles(dst, dst.w, threads, func(from, n int) ([]float32, []int) {
		b, offsets := numbers(x.c*area*n), make([]int, x.c*area)
		for q := range offsets {
			offsets[q] = q * n
			plane := x.data[q/area*x.plane:]
			ky, kx := q%area/c.size+x.pad-c.pad, q%c.size+x.pad-c.pad
			row := b[q*n : (q+1)*n]
			for y, at := from/dst.w, from%dst.w; len(row) > 0; y, at = y+1, 0 {
				if y == dst.h { // what fills up a tile means nothing
					clear(row)
					break
				}
				line := plane[(y*c.stride+ky)*x.row+kx:]
				part := row[:min(dst.w-at, len(row))]
				for j := range part {
					part[j] = line[(at+j)*c.stride]
				}
				row = row[len(part):]
			}
		}
		return b, offsets
	}, recycle)
}

// What one goroutine computes at a time, so many channels at so many positions,
// stays in its caches.
const (
	channelBlock  = 96
	positionBlock = 512
)

// tiles shares out the channels and positions of dst, which are counted along rows
// of so many, its own first. matrix returns the rows of the right matrix for n
// positions from one on, and free takes its memory back.
func (p *product) tiles(dst *volume, row, threads int, matrix func(from, n int) (b []float32, offsets []int), free func(b []float32)) {
	rows, cols := vec.Tile()
	up := func(n, unit int) int { return (n + unit - 1) / unit * unit }
	n := (dst.h-1)*row + dst.w
	height, width := up(min(channelBlock, p.m), rows), up(min(positionBlock, n), cols)
	blocks := (p.m + height - 1) / height
	parallel(threads, blocks*((n+width-1)/width), func(item int) {
		lo, from := item%blocks*height, item/blocks*width
		hi, count := min(lo+height, p.m), min(width, n-from)
		b, offsets := matrix(from, up(count, cols))
		sums := numbers(height * width)
		for i := range up(hi-lo, rows) {
			bias := float32(0)
			if p.bias != nil && lo+i < hi {
				bias = p.bias[lo+i]
			}
			line := sums[i*width:][:width]
			for j := range line {
				line[j] = bias
			}
		}
		p.left.Continue(sums, width, b, offsets, lo, hi, count)
		for i := lo; i < hi; i++ {
			p.lines(dst, i, row, from, sums[(i-lo)*width:][:count])
		}
		recycle(sums)
		free(b)
	})
}

// lines stores the sums of positions from one on, leaving out those beyond the
// width of dst.
func (p *product) lines(dst *volume, i, row, from int, sums []float32) {
	for y, at := from/row, from%row; len(sums) > 0; y, at = y+1, 0 {
		n := min(row-at, len(sums))
		if at < dst.w {
			p.store(dst.line(i, y)[at:], sums[:min(n, dst.w-at)])
		}
		sums = sums[n:]
	}
}
