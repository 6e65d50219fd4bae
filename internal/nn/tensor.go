// Package nn computes the feature maps of the networks behind perceptual losses,
// forward and backward by the picture, in float32.
//
// Numbers do not depend on the number of goroutines or on the machine, to the
// last bit: each output of a convolution is its bias plus products that are added
// in the order of input channel, kernel row, kernel column, each fused with its
// addition.
package nn

import (
	"math/bits"
	"sync"
)

// A Tensor is C planes of H × W numbers, one after the other by rows.
type Tensor struct {
	C, H, W int
	Data    []float32
}

// A volume is a tensor within the network. Each plane has a border of zeros, pad
// wide, so that convolutions need no care at the edges.
type volume struct {
	c, h, w, pad int
	row, plane   int // numbers from one row, or plane, to the next
	data         []float32
}

// slack is how far a kernel may read, but not mean, beyond the last plane.
const slack = 128

func newVolume(c, h, w, pad int) *volume {
	v := &volume{c: c, h: h, w: w, pad: pad, row: w + 2*pad}
	v.plane = (h + 2*pad) * v.row
	if pad > 0 { // planes an odd number of cache lines apart do not share sets
		v.plane = (v.plane+31)/32*32 + 16
	}
	v.data = numbers(c*v.plane + slack)
	clear(v.data[c*v.plane:])
	for i := range c {
		p := v.data[i*v.plane : (i+1)*v.plane]
		clear(p[:pad*v.row])
		clear(p[(pad+h)*v.row:])
		for y := pad; pad > 0 && y < pad+h; y++ {
			clear(p[y*v.row : y*v.row+pad])
			clear(p[(y+1)*v.row-pad : (y+1)*v.row])
		}
	}
	return v
}

// line is row y of plane i, without its border.
func (v *volume) line(i, y int) []float32 {
	at := i*v.plane + (y+v.pad)*v.row + v.pad
	return v.data[at : at+v.w : at+v.w]
}

// zero sets all numbers to 0.
func (v *volume) zero() { clear(v.data) }

func (v *volume) free() { recycle(v.data) }

// channels is the part of n planes from channel i on; it shares the numbers.
func (v *volume) channels(i, n int) *volume {
	part := *v
	part.c, part.data = n, v.data[i*v.plane:]
	return &part
}

// enter copies a tensor into a volume.
func enter(x Tensor, pad, threads int) *volume {
	v := newVolume(x.C, x.H, x.W, pad)
	parallel(threads, x.C, func(i int) {
		for y := range x.H {
			copy(v.line(i, y), x.Data[(i*x.H+y)*x.W:])
		}
	})
	return v
}

// tensor copies a volume out.
func (v *volume) tensor(threads int) Tensor {
	t := Tensor{v.c, v.h, v.w, numbers(v.c * v.h * v.w)}
	parallel(threads, v.c, func(i int) {
		for y := range v.h {
			copy(t.Data[(i*v.h+y)*v.w:], v.line(i, y))
		}
	})
	return t
}

// add adds a tensor of the same shape.
func (v *volume) add(t Tensor, threads int) {
	parallel(threads, v.c, func(i int) {
		for y := range v.h {
			line := v.line(i, y)
			for x, g := range t.Data[(i*v.h+y)*v.w:][:v.w] {
				line[x] += g
			}
		}
	})
}

// Memory that was used is used again, by sizes: fresh pages are dear.
var memory [4 * bits.UintSize]sync.Pool

// class is the least size class of at least n numbers: four to a doubling.
func class(n int) (index, size int) {
	n = max(n, 64)
	step := bits.Len(uint(n-1)) - 3 // sizes are 5 to 8 steps
	units := (n + 1<<step - 1) >> step
	return 4*step + units - 5, units << step
}

// numbers returns n numbers of any content.
func numbers(n int) []float32 {
	index, size := class(n)
	if p, ok := memory[index].Get().(*float32s); ok {
		return p.data[:n]
	}
	return make([]float32, size)[:n]
}

// recycle gives back what numbers returned.
func recycle(x []float32) {
	index, size := class(cap(x))
	if cap(x) == size {
		memory[index].Put(&float32s{x[:size]})
	}
}

type float32s struct{ data []float32 }
