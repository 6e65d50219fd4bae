// Package nn computes the feature maps of the networks behind perceptual losses,
// forward and backward by the picture, in float32.
//
// Numbers do not depend on the number of goroutines or on the machine, to the
// last bit: each output of a convolution is its bias plus products that are added
// in the order of kernel row, kernel column, input channel, each fused with its
// addition; or, where 3×3 weights go to every pixel, it comes from a tile of
// Winograd's, which is computed as a whole.
package nn

import "lossctl/internal/vec"

// A Tensor is C planes of H × W numbers, one after the other by rows.
type Tensor struct {
	C, H, W int
	Data    []float32
}

// A volume is a tensor within the network, by pixels, the channels of each next to
// each other. It has a border of zeros, pad wide, so that convolutions need no care
// at the edges.
type volume struct {
	c, h, w, pad int
	pixel, row   int // numbers from one pixel, or row, to the next
	data         []float32
	space        *space // of the data
}

// volume is a new one, in the same space.
func (s *space) volume(c, h, w, pad int) *volume {
	return s.pixels(c, vec.UpTo(c, vec.Pixel), h, w, pad)
}

func (s *space) pixels(c, pixel, h, w, pad int) *volume {
	v := &volume{c: c, h: h, w: w, pad: pad, pixel: pixel, row: (w + 2*pad) * pixel, space: s}
	v.data = s.numbers((h + 2*pad) * v.row)
	if pad == 0 {
		return v
	}
	side := pad * pixel
	clear(v.data[:pad*v.row])
	clear(v.data[(pad+h)*v.row:])
	for y := pad; y < pad+h; y++ {
		clear(v.data[y*v.row:][:side])
		clear(v.data[(y+1)*v.row-side:][:side])
	}
	return v
}

// at is where a pixel begins; those of the border have negative numbers.
func (v *volume) at(y, x int) int { return (y+v.pad)*v.row + (x+v.pad)*v.pixel }

// line is row y without its border.
func (v *volume) line(y int) []float32 { return v.data[v.at(y, 0):v.at(y, v.w)] }

// zero sets all numbers to 0.
func (v *volume) zero() { clear(v.data) }

func (v *volume) free() { v.space.recycle(v.data) }

// channels is the part of n channels from channel i on; it shares the numbers.
func (v *volume) channels(i, n int) *volume {
	part := *v
	part.c, part.data = n, v.data[i:]
	return &part
}

// enter copies a tensor into a volume of nothing but its channels.
func enter(s *space, x Tensor, pad, threads int) *volume {
	v := s.pixels(x.C, x.C, x.H, x.W, pad)
	parallel(threads, x.H, func(y int) {
		line := v.line(y)
		for i := range x.C {
			for j, value := range x.Data[(i*x.H+y)*x.W:][:x.W] {
				line[j*v.pixel+i] = value
			}
		}
	})
	return v
}

// tensor copies a volume out.
func (v *volume) tensor(threads int) Tensor {
	t := Tensor{v.c, v.h, v.w, numbers(v.c * v.h * v.w)}
	if v.pad == 0 { // all rows as one
		const stretch = 256
		n := v.h * v.w
		parallel(threads, (n+stretch-1)/stretch, func(i int) {
			vec.Planes(t.Data[i*stretch:], n, v.data[i*stretch*v.pixel:], v.pixel, min(stretch, n-i*stretch), v.c)
		})
		return t
	}
	parallel(threads, v.h, func(y int) { vec.Planes(t.Data[y*v.w:], v.h*v.w, v.line(y), v.pixel, v.w, v.c) })
	return t
}

// add adds a tensor of the same shape.
func (v *volume) add(t Tensor, threads int) {
	parallel(threads, v.h, func(y int) {
		line := v.line(y)
		for i := range v.c {
			for x, g := range t.Data[(i*v.h+y)*v.w:][:v.w] {
				line[x*v.pixel+i] += g
			}
		}
	})
}
