package nn

import (
	"sync"
	"sync/atomic"

	"lossctl/internal/vec"
)

// A conv is a convolution with bias, as torch.nn.Conv2d: weights are
// (out, in, size, size), output y, x is
//
//	bias + Σ over channel, ky, kx of weight · input[channel, y·stride + ky − pad, x·stride + kx − pad]
type conv struct {
	name              string // of its tensors, name.weight and name.bias
	in, out           int
	size, stride, pad int

	weight, bias      []float32 // nil until loaded
	forward, backward *ordered
}

// An ordered filter is made when it is first needed, by all who need it together.
type ordered struct {
	begin sync.Once
	*filter
	weight []float32
	next   atomic.Int64
	group  sync.WaitGroup
}

// get returns the filter of what prepare returns.
func (o *ordered) get(threads int, prepare func() (*filter, []float32)) *filter {
	o.begin.Do(func() {
		o.filter, o.weight = prepare()
		o.group.Add((o.filter.out + vec.Pixel - 1) / vec.Pixel)
	})
	parallel(threads, threads, func(int) {
		for at := o.next.Add(vec.Pixel) - vec.Pixel; at < int64(o.filter.out); at = o.next.Add(vec.Pixel) - vec.Pixel {
			o.filter.order(o.weight, int(at))
			o.group.Done()
		}
	})
	o.group.Wait()
	return o.filter
}

func (c *conv) set(weight, bias []float32) {
	c.weight, c.bias = weight, bias
	c.forward, c.backward = new(ordered), new(ordered)
}

// area is the numbers of a window of one channel.
func (c *conv) area() int { return c.size * c.size }

// shape is that of the output; h or w below 1 means that the input is too small.
func (c *conv) shape(h, w int) (int, int) {
	along := func(n int) int {
		if n += 2*c.pad - c.size; n < 0 {
			return 0
		}
		return n/c.stride + 1
	}
	return along(h), along(w)
}

// apply writes the convolution of x to dst; relu writes its positive part.
func (c *conv) apply(dst, x *volume, relu bool, threads int) {
	f := c.forward.get(threads, func() (*filter, []float32) {
		return newFilter(c.out, c.in, c.size, c.stride, c.bias), c.weight
	})
	f.apply(dst, x, geometry{c.stride, c.pad}, vec.Mode{Ramp: relu}, threads)
}

// border is the zeros around the output's gradient that back reads.
func (c *conv) border() int {
	if c.stride == 1 {
		return c.size - 1 - c.pad
	}
	return 0
}

// back writes the gradient by the input, or adds it to dst. It is a convolution of
// the gradient g by the output with the weights turned round; where the stride is
// above 1, one of 1×1 gives what each position adds to each number that it read.
func (c *conv) back(dst, g *volume, add bool, threads int) {
	f := c.backward.get(threads, c.turned)
	if c.stride == 1 {
		f.apply(dst, g, geometry{1, c.border()}, vec.Mode{Add: add}, threads)
		return
	}
	parts := g.space.volume(c.area()*c.in, g.h, g.w, 0)
	defer parts.free()
	f.apply(parts, g, geometry{stride: 1}, vec.Mode{}, threads)
	if !add {
		dst.zero()
	}
	parallel(threads, dst.h, func(row int) {
		for y := range parts.h {
			if ky := row + c.pad - y*c.stride; ky >= 0 && ky < c.size {
				c.scatter(dst, parts, row, y, ky)
			}
		}
	})
}

// scatter adds to a row of dst what the windows of row y read there, with their
// row ky.
func (c *conv) scatter(dst, parts *volume, row, y, ky int) {
	for x := range parts.w {
		for kx := range c.size {
			column := x*c.stride + kx - c.pad
			if column < 0 || column >= dst.w {
				continue
			}
			to := dst.data[dst.at(row, column):][:c.in]
			for i, v := range parts.data[parts.at(y, x)+(ky*c.size+kx)*c.in:][:c.in] {
				to[i] += v
			}
		}
	}
}

// turned is the filter of back, and its weights.
func (c *conv) turned() (*filter, []float32) {
	area := c.area()
	w := make([]float32, len(c.weight))
	for o := range c.out {
		for i := range c.in {
			for q, v := range c.weight[(o*c.in+i)*area:][:area] {
				if c.stride == 1 {
					w[(i*c.out+o)*area+area-1-q] = v
				} else {
					w[(q*c.in+i)*c.out+o] = v
				}
			}
		}
	}
	if c.stride == 1 {
		return newFilter(c.in, c.out, c.size, 1, nil), w
	}
	return newFilter(area*c.in, c.out, 1, 1, nil), w
}
