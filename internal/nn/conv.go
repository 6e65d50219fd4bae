package nn

import (
	"sync"

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

	weight, bias []float32 // nil until loaded
	forward      *vec.Left
	once         sync.Once
	backward     *vec.Left // of turned, made when it is first needed
}

func (c *conv) set(weight, bias []float32) {
	c.weight, c.bias = weight, bias
	n := c.in * c.size * c.size
	c.forward = vec.NewLeft(weight, n, c.out, n)
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
	p := product{c.forward, c.out, c.bias, storePlain}
	if relu {
		p.store = storeReLU
	}
	if c.stride == 1 {
		p.shifted(dst, x, c.size, c.pad, threads)
	} else {
		p.strided(dst, x, c, threads)
	}
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
	c.once.Do(func() { c.backward = c.turned() })
	store := storePlain
	if add {
		store = storeSum
	}
	if c.stride == 1 {
		p := product{c.backward, c.in, nil, store}
		p.shifted(dst, g, c.size, c.border(), threads)
		return
	}
	parts := newVolume(c.in*c.area(), g.h, g.w, 0)
	defer parts.free()
	p := product{c.backward, parts.c, nil, storePlain}
	p.shifted(parts, g, 1, 0, threads)
	if !add {
		dst.zero()
	}
	parallel(threads, c.in, func(i int) {
		for q := range c.area() {
			c.scatter(dst, parts, i, q)
		}
	})
}

// scatter adds to channel i of dst what its windows read as their number q.
func (c *conv) scatter(dst, parts *volume, i, q int) {
	for y := range parts.h {
		to := y*c.stride + q/c.size - c.pad
		if to < 0 || to >= dst.h {
			continue
		}
		line := dst.line(i, to)
		for x, v := range parts.line(i*c.area()+q, y) {
			if at := x*c.stride + q%c.size - c.pad; at >= 0 && at < len(line) {
				line[at] += v
			}
		}
	}
}

// turned is the matrix of back.
func (c *conv) turned() *vec.Left {
	area := c.area()
	w := make([]float32, len(c.weight))
	for o := range c.out {
		for i := range c.in {
			for q, v := range c.weight[(o*c.in+i)*area:][:area] {
				if c.stride == 1 {
					w[(i*c.out+o)*area+area-1-q] = v
				} else {
					w[(i*area+q)*c.out+o] = v
				}
			}
		}
	}
	if c.stride == 1 {
		return vec.NewLeft(w, c.out*area, c.in, c.out*area)
	}
	return vec.NewLeft(w, c.out, c.in*area, c.out)
}
