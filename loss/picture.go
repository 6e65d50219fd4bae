package loss

import (
	"fmt"
	"math"
	"slices"

	"lossctl/internal/vec"
)

// A Picture is how an input holds one picture: its size, whether the channels
// lie behind the pixels, and the numbers that stand for black and white.
type Picture struct {
	Channels, Height, Width int
	Last                    bool // H×W×C, else C×H×W
	Black, White            float64
	Any                     bool // numbers beyond black and white are as good
}

// pixels are planes of numbers, 0 for black and 1 for white.
type pixels struct {
	c, h, w int
	x       []float64 // c·h·w
}

func (p *pixels) plane(c int) []float64 { return p.x[c*p.h*p.w : (c+1)*p.h*p.w] }

// resize gives p room for c planes of h×w.
func (p *pixels) resize(c, h, w int) {
	p.c, p.h, p.w = c, h, w
	p.x = resized(p.x, c*h*w)
}

func resized[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// pictureOf understands the shape of an array of pictures: N C H W or N H W C,
// of one picture without N, C being 1 or 3, or H W.
func pictureOf(a *Array, noBatch bool) (n int, p Picture, warning string, err error) {
	want := "want N 3 H W, N H W 3 or one picture without N, with 3 channels or 1"
	s := a.Shape
	if len(s) == 4 && noBatch {
		return 0, p, "", fmt.Errorf("%s: shape %v, want one picture", a.Name, s)
	}
	n = 1
	switch len(s) {
	case 2:
		s = []int{1, s[0], s[1]}
	case 4:
		n, s = s[0], s[1:]
	}
	if len(s) != 3 {
		return 0, p, "", fmt.Errorf("%s: shape %v, %s", a.Name, a.Shape, want)
	}
	channels := func(c int) bool { return c == 1 || c == 3 }
	switch {
	case channels(s[0]):
		p = Picture{Channels: s[0], Height: s[1], Width: s[2]}
		if channels(s[2]) {
			warning = fmt.Sprintf("%s: shape %v could hold the channels first or last: took first", a.Name, a.Shape)
		}
	case channels(s[2]):
		p = Picture{Channels: s[2], Height: s[0], Width: s[1], Last: true}
	case s[0] == 4 || s[2] == 4:
		return 0, p, "", fmt.Errorf("%s: shape %v, want 3 channels or 1: 4 are colours and opacity", a.Name, a.Shape)
	default:
		return 0, p, "", fmt.Errorf("%s: shape %v, %s", a.Name, a.Shape, want)
	}
	return n, p, warning, nil
}

// ranges are the values of --range but auto, with what stands for black and
// white.
var ranges = map[string][2]float64{"0-1": {0, 1}, "-1-1": {-1, 1}, "255": {0, 255}, "65535": {0, 65535}, "raw": {0, 1}}

// span sets what stands for black and white; auto follows the stored type.
func (p *Picture) span(a *Array, name string) error {
	if name == "auto" {
		switch a.Dtype {
		case "uint8":
			name = "255"
		case "uint16":
			name = "65535"
		case "float16", "bfloat16", "float32", "float64":
			name = "0-1"
		default:
			return fmt.Errorf("%s: got %s, want uint8, uint16 or floats, or --range to say what is black and white", a.Name, a.Dtype)
		}
	}
	p.Black, p.White, p.Any = ranges[name][0], ranges[name][1], name == "raw"
	return nil
}

// A lens takes pictures out of blocks: scaled to 0–1, in planes, resized and
// cropped, as luma where asked for. It also takes gradients back.
type lens struct {
	geometry
	luma    bool
	full    pixels // as stored
	wide    pixels // resized
	resizer resizer
}

// Weights of red, green and blue, and the offset, of the luma of BT.601 for
// numbers in 0–1.
var (
	lumaOf    = []float64{65.481 / 255, 128.553 / 255, 24.966 / 255}
	lumaBlack = 16.0 / 255
)

// size is what is left of a picture.
func (l *lens) size(p Picture) (c, h, w int) {
	c = p.Channels
	if l.luma {
		c = 1
	}
	h, w, _, _ = l.seen(p.Height, p.Width)
	return c, h, w
}

// take fills dst with picture p, stored as x.
func (l *lens) take(dst *pixels, p Picture, x []float64) {
	f := &l.full
	f.resize(p.Channels, p.Height, p.Width)
	n := p.Height * p.Width
	scale := 1 / (p.White - p.Black)
	if p.Last {
		for c := range p.Channels {
			plane := f.plane(c)
			for i := range plane {
				plane[i] = (x[i*p.Channels+c] - p.Black) * scale
			}
		}
	} else {
		for i, v := range x[:p.Channels*n] {
			f.x[i] = (v - p.Black) * scale
		}
	}
	f = l.sized(p)
	if l.luma && p.Channels == 3 {
		r, g, b := f.plane(0), f.plane(1), f.plane(2)
		for i := range r {
			r[i] = lumaBlack + lumaOf[0]*r[i] + lumaOf[1]*g[i] + lumaOf[2]*b[i]
		}
	}
	dst.resize(l.size(p))
	_, _, top, left := l.seen(p.Height, p.Width)
	for c := range dst.c {
		src, to := f.plane(c), dst.plane(c)
		for y := range dst.h {
			copy(to[y*dst.w:(y+1)*dst.w], src[(y+top)*f.w+left:])
		}
	}
}

// sized are the planes behind --resize.
func (l *lens) sized(p Picture) *pixels {
	h, w := l.resized(p.Height, p.Width)
	if h == p.Height && w == p.Width {
		return &l.full
	}
	l.resizer.prepare(p.Height, p.Width, h, w, l.antialias)
	l.wide.resize(p.Channels, h, w)
	for c := range p.Channels {
		l.resizer.apply(l.wide.plane(c), l.full.plane(c))
	}
	return &l.wide
}

// back adds the gradient by what take made to that by the stored numbers.
func (l *lens) back(grad []float64, p Picture, by *pixels) {
	h, w := l.resized(p.Height, p.Width)
	_, _, top, left := l.seen(p.Height, p.Width)
	l.wide.resize(1, h, w)
	l.full.resize(1, p.Height, p.Width)
	unit := 1 / (p.White - p.Black)
	for c := range p.Channels {
		from, scale, wide := by.plane(min(c, by.c-1)), unit, l.wide.x
		if l.luma && p.Channels == 3 {
			scale *= lumaOf[c]
		}
		clear(wide)
		for y := range by.h {
			copy(wide[(y+top)*w+left:], from[y*by.w:(y+1)*by.w])
		}
		if h != p.Height || w != p.Width {
			l.resizer.prepare(p.Height, p.Width, h, w, l.antialias)
			l.resizer.back(l.full.x, wide)
			wide = l.full.x
		}
		for i, g := range wide {
			at := i + c*p.Height*p.Width
			if p.Last {
				at = i*p.Channels + c
			}
			grad[at] += scale * g
		}
	}
}

// Numbers that lie so far beyond black and white, in units of their distance,
// are of another range; those between may be of a network that overshoots.
const (
	farBelow = -0.4
	farAbove = 2
)

// look says what is wrong with the range of a picture.
func (p Picture) look(out *Out, input int, x []float64) {
	if p.Any || len(x) == 0 {
		return
	}
	lo, hi := vec.Range(x)
	unit := p.White - p.Black
	find := func(v float64, got, want string) {
		out.Found = append(out.Found, Finding{Input: input, Plane: slices.Index(x, v), Got: got, Want: want, Unit: "picture"})
	}
	want := fmt.Sprintf("numbers from %v to %v; --range says what is black and white", p.Black, p.White)
	switch {
	case (hi-p.Black)/unit > farAbove:
		find(hi, formatFloat(hi), want)
	case (lo-p.Black)/unit < farBelow:
		find(lo, formatFloat(lo), want)
	case p.White > 1 && hi > 0 && hi <= 1 && slices.ContainsFunc(x, func(v float64) bool { return v != math.Trunc(v) }):
		find(hi, fmt.Sprintf("%s as the largest number", formatFloat(hi)), want)
	case hi > p.White:
		find(hi, fmt.Sprintf("%s is beyond white, %v", formatFloat(hi), p.White), "")
	case lo < p.Black:
		find(lo, fmt.Sprintf("%s is beyond black, %v", formatFloat(lo), p.Black), "")
	case p.Black < 0 && lo >= 0 && hi > lo:
		find(lo, "no number is below 0: if pictures are 0 to 1, say --range 0-1", "")
	}
}
