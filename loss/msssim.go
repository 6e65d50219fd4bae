package loss

import "math"

// scaleWeights are the exponents of the scales, by Wang, Simoncelli and Bovik
// 2003.
var scaleWeights = []float64{0.0448, 0.2856, 0.3001, 0.2363, 0.1333}

// A pyramid is a picture at several scales, each half of the one before.
type pyramid []pixels

// What becomes of the odd row or column of a scale.
const (
	repeatOdd = "repeat" // it is its own neighbour, as in TensorFlow
	dropOdd   = "drop"
	frontOdd  = "front" // as piq does: the first row and the first column are repeated where either side is odd
)

// squares are the 2×2 pixels that a pixel of the next scale is the mean of.
type squares struct{ h, w, before int }

func halves(p *pixels, odd string) squares {
	switch {
	case odd == repeatOdd:
		return squares{(p.h + 1) / 2, (p.w + 1) / 2, 0}
	case odd == frontOdd && (p.h%2 == 1 || p.w%2 == 1):
		return squares{(p.h + 1) / 2, (p.w + 1) / 2, 1}
	}
	return squares{p.h / 2, p.w / 2, 0}
}

// pair are the places along an axis of length n of pixel i.
func (s squares) pair(i, n int) (first, second int) {
	i = 2*i - s.before
	return max(i, 0), min(i+1, n-1)
}

// halve sets dst to the means of 2×2 pixels.
func halve(dst, src *pixels, odd string) {
	s := halves(src, odd)
	dst.resize(src.c, s.h, s.w)
	for c := range src.c {
		from, to := src.plane(c), dst.plane(c)
		for y := range s.h {
			y0, y1 := s.pair(y, src.h)
			a, b := from[y0*src.w:], from[y1*src.w:]
			for x := range s.w {
				x0, x1 := s.pair(x, src.w)
				to[y*s.w+x] = (a[x0] + a[x1] + b[x0] + b[x1]) / 4
			}
		}
	}
}

// double adds to grad, of src, the gradient by what halve made of it.
func double(grad, by *pixels, odd string) {
	s := halves(grad, odd)
	for c := range by.c {
		from, to := by.plane(c), grad.plane(c)
		for y := range s.h {
			y0, y1 := s.pair(y, grad.h)
			a, b := to[y0*grad.w:], to[y1*grad.w:]
			for x := range s.w {
				x0, x1 := s.pair(x, grad.w)
				g := from[y*s.w+x] / 4
				a[x0] += g
				a[x1] += g
				b[x0] += g
				b[x1] += g
			}
		}
	}
}

// build fills the scales of p.
func (l pyramid) build(p *pixels, odd string) {
	l[0] = *p
	for k := range l[1:] {
		halve(&l[k+1], &l[k], odd)
	}
}

// scores are the means of cs of all scales but the last, and that of SSIM of
// the last, of every channel.
type scores [][]float64

// powers is Π max(score, 0)^weight: a negative score has no power.
func powers(score []float64) float64 {
	v := 1.0
	for k, s := range score {
		v *= math.Pow(max(s, 0), scaleWeights[k])
	}
	return v
}

// slopes sets dst to the derivative of powers by the scores, 0 by those that
// are not above 0.
func slopes(dst, score []float64) {
	v := powers(score)
	for k, s := range score {
		dst[k] = 0
		if s > 0 {
			dst[k] = v * scaleWeights[k] / s
		}
	}
}

// smallest is the least side that a picture may have for all scales.
func smallest(window int, odd string) int {
	if odd == dropOdd {
		return window << (len(scaleWeights) - 1)
	}
	return (window-1)<<(len(scaleWeights)-1) + 1
}
