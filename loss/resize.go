package loss

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// side is a size of pictures: of the shorter side where H is 0, W×H else, or
// the word none, held as 0×0.
type side struct{ w, h int }

// maxSide bounds the memory that a size asks for.
const maxSide = 1 << 14

// sizeValue is a size of pictures, or the word none.
func sizeValue(p *side) Value { return &sideValue{p} }

type sideValue struct{ p *side }

func (v *sideValue) Set(text string) error {
	if text == "none" {
		*v.p = side{}
		return nil
	}
	wide, high, both := strings.Cut(text, "x")
	w, err := strconv.Atoi(wide)
	h := 0
	if both && err == nil {
		h, err = strconv.Atoi(high)
	}
	if err != nil || w < 1 || both && h < 1 || max(w, h) > maxSide {
		return fmt.Errorf("got %q, want pixels such as 256, WxH such as 320x240, or none, at most %d", text, maxSide)
	}
	*v.p = side{w, h}
	return nil
}

func (v *sideValue) String() string {
	switch {
	case v.p.w == 0:
		return "none"
	case v.p.h == 0:
		return strconv.Itoa(v.p.w)
	}
	return fmt.Sprintf("%dx%d", v.p.w, v.p.h)
}

func (v *sideValue) JSON() any {
	if v.p.w == 0 {
		return nil
	}
	return v.String()
}
func (v *sideValue) Kind() string    { return "N|WxH|none" }
func (v *sideValue) Copy(from Value) { *v.p = *from.(*sideValue).p }

// A geometry is which pixels of a picture are compared: those of the resized
// picture, the middle of it, without a border.
type geometry struct {
	resize, crop side
	antialias    bool
	border       int
}

// resized is the size behind --resize; where it names the shorter side, the
// longer one is rounded down, as by torchvision.
func (g *geometry) resized(h, w int) (oh, ow int) {
	switch n := g.resize.w; {
	case n == 0:
		return h, w
	case g.resize.h > 0:
		return g.resize.h, n
	case h <= w:
		return n, n * w / h
	default:
		return n * h / w, n
	}
}

// cropped is the size behind --crop.
func (g *geometry) cropped(h, w int) (oh, ow int) {
	switch n := g.crop.w; {
	case n == 0:
		return h, w
	case g.crop.h > 0:
		return g.crop.h, n
	default:
		return n, n
	}
}

// seen is the size of what is compared, and where it lies in the resized
// picture.
func (g *geometry) seen(h, w int) (oh, ow, top, left int) {
	h, w = g.resized(h, w)
	oh, ow = g.cropped(h, w)
	middle := func(all, part int) int { return int(math.RoundToEven(float64(all-part) / 2)) }
	return oh - 2*g.border, ow - 2*g.border, middle(h, oh) + g.border, middle(w, ow) + g.border
}

// fits refuses a crop beyond the picture.
func (g *geometry) fits(name string, h, w int) error {
	rh, rw := g.resized(h, w)
	ch, cw := g.cropped(rh, rw)
	if max(rh, rw) > maxSide && g.resize.w > 0 {
		return fmt.Errorf("--resize: %s becomes %d×%d pixels, want at most %d", name, rw, rh, maxSide)
	}
	if ch > rh || cw > rw {
		what := "pixels"
		if g.resize.w > 0 {
			what += " behind --resize"
		}
		return fmt.Errorf("--crop: %s has %d×%d %s, want at least %d×%d", name, rw, rh, what, cw, ch)
	}
	return nil
}

// taps are the weights by which the pixels of one axis make those of another
// length: pixel i is Σ weight[i][k]·x[first[i]+k].
type taps struct {
	from, to  int
	antialias bool
	first     []int
	weight    [][]float64
}

// prepare makes bilinear weights: the triangle 1 − |d| around the place
// (i + ½)·from/to − ½ of pixel i, which an antialiased picture that shrinks
// has as wide as its pixels become; the weights within the picture sum to 1.
func (t *taps) prepare(from, to int, antialias bool) {
	if t.from == from && t.to == to && t.antialias == antialias {
		return
	}
	t.from, t.to, t.antialias = from, to, antialias
	t.first, t.weight = make([]int, to), make([][]float64, to)
	scale := float64(from) / float64(to)
	width := 1.0
	if antialias {
		width = max(scale, 1)
	}
	for i := range to {
		at := min(max((float64(i)+0.5)*scale-0.5, 0), float64(from-1))
		if antialias {
			at = (float64(i)+0.5)*scale - 0.5
		}
		lo, hi := max(int(math.Ceil(at-width)), 0), min(int(math.Floor(at+width)), from-1)
		sum := 0.0
		for k := lo; k <= hi; k++ {
			w := max(1-math.Abs(float64(k)-at)/width, 0)
			t.weight[i] = append(t.weight[i], w)
			sum += w
		}
		for k := range t.weight[i] {
			t.weight[i][k] /= sum
		}
		t.first[i] = lo
	}
}

// A resizer makes planes of one size from planes of another.
type resizer struct {
	across, down taps
	rows         []float64 // h of the source × w of the result
}

func (r *resizer) prepare(h, w, oh, ow int, antialias bool) {
	r.across.prepare(w, ow, antialias)
	r.down.prepare(h, oh, antialias)
	r.rows = resized(r.rows, h*ow)
}

// apply sets dst to the resized plane.
func (r *resizer) apply(dst, src []float64) {
	w, ow := r.across.from, r.across.to
	for y := range r.down.from {
		row := src[y*w : (y+1)*w]
		for x := range ow {
			sum := 0.0
			for k, weight := range r.across.weight[x] {
				sum += weight * row[r.across.first[x]+k]
			}
			r.rows[y*ow+x] = sum
		}
	}
	clear(dst)
	for y := range r.down.to {
		to := dst[y*ow : (y+1)*ow]
		for k, weight := range r.down.weight[y] {
			for x, v := range r.rows[(r.down.first[y]+k)*ow:][:ow] {
				to[x] += weight * v
			}
		}
	}
}

// back sets grad, of the source, to the gradient by way of that of the result.
func (r *resizer) back(grad, by []float64) {
	w, ow := r.across.from, r.across.to
	clear(r.rows)
	for y := range r.down.to {
		for k, weight := range r.down.weight[y] {
			to := r.rows[(r.down.first[y]+k)*ow:][:ow]
			for x, v := range by[y*ow : (y+1)*ow] {
				to[x] += weight * v
			}
		}
	}
	clear(grad)
	for y := range r.down.from {
		to := grad[y*w : (y+1)*w]
		for x, v := range r.rows[y*ow : (y+1)*ow] {
			for k, weight := range r.across.weight[x] {
				to[r.across.first[x]+k] += weight * v
			}
		}
	}
}
