package nn

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
	y = newVolume(l.out, h, w, border)
	l.apply(y, x, before == nil, threads)
	if before != nil {
		before(y)
		y.each(threads, func(i, at int) { line := y.line(i, at); storeReLU(line, line) })
	}
	return y, nil
}

func (l *convReLU) backward(x, y, _, g *volume, before []Tensor, border, threads int) *volume {
	g.mask(y, threads)
	for _, b := range before {
		g.add(b, threads)
	}
	d := newVolume(x.c, x.h, x.w, border)
	l.back(d, g, false, threads)
	return d
}

// each calls f for every row.
func (v *volume) each(threads int, f func(i, y int)) {
	parallel(threads, v.c, func(i int) {
		for y := range v.h {
			f(i, y)
		}
	})
}

// mask is the gradient of the ReLU whose output was y: 0 where that is 0.
func (v *volume) mask(y *volume, threads int) {
	v.each(threads, func(i, at int) {
		g := v.line(i, at)
		for x, out := range y.line(i, at) {
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
	inner = newVolume(l.squeeze.out, x.h, x.w, l.large.pad)
	l.squeeze.apply(inner, x, true, threads)
	y = newVolume(l.small.out+l.large.out, x.h, x.w, border)
	small, large := l.parts(y)
	l.small.apply(small, inner, true, threads)
	l.large.apply(large, inner, true, threads)
	return y, inner
}

func (l *fire) backward(x, y, inner, g *volume, _ []Tensor, border, threads int) *volume {
	g.mask(y, threads)
	small, large := l.parts(g)
	d := newVolume(inner.c, inner.h, inner.w, l.squeeze.border())
	defer d.free()
	l.small.back(d, small, false, threads)
	l.large.back(d, large, true, threads)
	d.mask(inner, threads)
	dx := newVolume(x.c, x.h, x.w, border)
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
	y = newVolume(c, h, w, border)
	parallel(threads, c, func(i int) {
		largest := numbers(x.w) // of each column of the window
		for at := range h {
			top := at * l.stride
			copy(largest, x.line(i, top))
			for r := top + 1; r < min(top+l.size, x.h); r++ {
				for j, v := range x.line(i, r) {
					largest[j] = max(largest[j], v)
				}
			}
			line := y.line(i, at)
			for j := range line {
				window := largest[j*l.stride : min(j*l.stride+l.size, x.w)]
				m := window[0]
				for _, v := range window[1:] {
					m = max(m, v)
				}
				line[j] = m
			}
		}
		recycle(largest)
	})
	return y, nil
}

// backward gives the gradient to the first largest number of each window.
func (l *maxPool) backward(x, _, _, g *volume, _ []Tensor, border, threads int) *volume {
	d := newVolume(x.c, x.h, x.w, border)
	d.zero()
	g.each(threads, func(i, at int) {
		for j, slope := range g.line(i, at) {
			row, column := at*l.stride, j*l.stride
			largest := x.line(i, row)[column]
			for r := at * l.stride; r < min(at*l.stride+l.size, x.h); r++ {
				line := x.line(i, r)
				for k := j * l.stride; k < min(j*l.stride+l.size, x.w); k++ {
					if v := line[k]; v > largest {
						largest, row, column = v, r, k
					}
				}
			}
			d.line(i, row)[column] += slope
		}
	})
	return d
}
