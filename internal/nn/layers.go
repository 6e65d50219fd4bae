package nn

import "lossctl/internal/vec"

// A layer is a step of a network.
type layer interface {
	outputs() []string // in the order in which they are computed
	convs() []*conv
	shape(c, h, w int) (int, int, int)
	border() int      // zeros around the input that forward reads
	slopeBorder() int // and around the output's gradient that backward reads
	// forward computes the output, with a border for the next layer. before gets
	// what precedes the ReLU, and may be nil. inner is what backward needs besides.
	forward(x *volume, border int, before func(*volume), threads int) (y, inner *volume)
	// backward turns g, the gradient by the output, which it spoils, into the one
	// by x; before are gradients by what precedes the ReLU.
	backward(x, y, inner, g *volume, before []Tensor, border, threads int) *volume
}

// A convReLU is a convolution and its positive part.
type convReLU struct {
	*conv
	before, after string
}

func (l *convReLU) outputs() []string { return []string{l.before, l.after} }
func (l *convReLU) convs() []*conv    { return []*conv{l.conv} }
func (l *convReLU) border() int       { return l.pad }
func (l *convReLU) slopeBorder() int  { return l.conv.border() }

func (l *convReLU) shape(_, h, w int) (int, int, int) {
	h, w = l.conv.shape(h, w)
	return l.out, h, w
}

func (l *convReLU) forward(x *volume, border int, before func(*volume), threads int) (y, inner *volume) {
	_, h, w := l.shape(x.c, x.h, x.w)
	y = x.space.volume(l.out, h, w, border)
	l.apply(y, x, before == nil, threads)
	if before != nil {
		before(y)
		y.ramp(threads)
	}
	return y, nil
}

func (l *convReLU) backward(x, y, _, g *volume, before []Tensor, border, threads int) *volume {
	g.mask(y, threads)
	for _, b := range before {
		g.add(b, threads)
	}
	d := x.space.volume(x.c, x.h, x.w, border)
	l.back(d, g, false, threads)
	return d
}

// ramp is the ReLU in place.
func (v *volume) ramp(threads int) {
	parallel(threads, v.h, func(y int) {
		line := v.line(y)
		for i, x := range line {
			if x < 0 {
				line[i] = 0
			}
		}
	})
}

// mask is the gradient of the ReLU whose output was y: 0 where that is 0.
func (v *volume) mask(y *volume, threads int) {
	parallel(threads, v.h, func(at int) {
		g := v.line(at)
		for x, out := range y.line(at) {
			if out <= 0 {
				g[x] = 0
			}
		}
	})
}

// A fire is SqueezeNet's module: few channels, by a 1×1 convolution, from which
// a 1×1 and a 3×3 one make the two parts of the output, each followed by a ReLU.
type fire struct {
	name                  string
	squeeze, small, large *conv
}

func (l *fire) outputs() []string { return []string{l.name} }
func (l *fire) convs() []*conv    { return []*conv{l.squeeze, l.small, l.large} }
func (l *fire) border() int       { return 0 }
func (l *fire) slopeBorder() int  { return l.large.border() }

func (l *fire) shape(_, h, w int) (int, int, int) { return l.small.out + l.large.out, h, w }

func (l *fire) parts(v *volume) (small, large *volume) {
	return v.channels(0, l.small.out), v.channels(l.small.out, l.large.out)
}

func (l *fire) forward(x *volume, border int, _ func(*volume), threads int) (y, inner *volume) {
	inner = x.space.volume(l.squeeze.out, x.h, x.w, l.large.pad)
	l.squeeze.apply(inner, x, true, threads)
	y = x.space.volume(l.small.out+l.large.out, x.h, x.w, border)
	small, large := l.parts(y)
	l.small.apply(small, inner, true, threads)
	l.large.apply(large, inner, true, threads)
	return y, inner
}

func (l *fire) backward(x, y, inner, g *volume, _ []Tensor, border, threads int) *volume {
	g.mask(y, threads)
	small, large := l.parts(g)
	d := x.space.volume(inner.c, inner.h, inner.w, l.squeeze.border())
	defer d.free()
	l.small.back(d, small, false, threads)
	l.large.back(d, large, true, threads)
	d.mask(inner, threads)
	dx := x.space.volume(x.c, x.h, x.w, border)
	l.squeeze.back(dx, d, false, threads)
	return dx
}

// A maxPool is the largest number of each window, as torch.nn.MaxPool2d without
// padding. With ceil the last windows may reach beyond the edge, where nothing counts.
type maxPool struct {
	name         string
	size, stride int
	ceil         bool
}

func (l *maxPool) outputs() []string { return []string{l.name} }
func (l *maxPool) convs() []*conv    { return nil }
func (l *maxPool) border() int       { return 0 }
func (l *maxPool) slopeBorder() int  { return 0 }

func (l *maxPool) shape(c, h, w int) (int, int, int) {
	along := func(n int) int {
		last := n - l.size // where the last window begins
		if l.ceil {
			last = min(last+l.stride-1, n-1)
		}
		if last < 0 {
			return 0
		}
		return last/l.stride + 1
	}
	return c, along(h), along(w)
}

func (l *maxPool) forward(x *volume, border int, _ func(*volume), threads int) (y, inner *volume) {
	c, h, w := l.shape(x.c, x.h, x.w)
	y = x.space.volume(c, h, w, border)
	parallel(threads, h, func(row int) {
		for column := range w {
			rows, columns := l.window(x, row, column)
			vec.Largest(y.data[y.at(row, column):], x.data[x.at(row*l.stride, column*l.stride):], x.row, x.pixel, rows, columns, x.pixel)
		}
	})
	return y, nil
}

// window is how many rows and columns of x an output sees.
func (l *maxPool) window(x *volume, row, column int) (rows, columns int) {
	return min(l.size, x.h-row*l.stride), min(l.size, x.w-column*l.stride)
}

// backward gives the gradient to the first largest number of each window.
func (l *maxPool) backward(x, _, _, g *volume, _ []Tensor, border, threads int) *volume {
	d := x.space.volume(x.c, x.h, x.w, border)
	d.zero()
	const group = vec.Pixel
	parallel(threads, x.c/group, func(part int) {
		for row := range g.h {
			for column := range g.w {
				rows, columns := l.window(x, row, column)
				for i := part * group; i < (part+1)*group; i++ {
					slope := g.data[g.at(row, column)+i]
					if slope == 0 {
						continue
					}
					top, left := row*l.stride, column*l.stride
					largest, at := x.data[x.at(top, left)+i], d.at(top, left)
					for r := range rows {
						for k := range columns {
							if v := x.data[x.at(top+r, left+k)+i]; v > largest {
								largest, at = v, d.at(top+r, left+k)
							}
						}
					}
					d.data[at+i] += slope
				}
			}
		}
	})
	return d
}
