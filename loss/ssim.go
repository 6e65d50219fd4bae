package loss

import (
	"math"

	"lossctl/internal/vec"
)

// similarity is the structural similarity of planes: over windows of Gaussian
// weights that lie inside the picture,
//
//	SSIM = l·cs,  l = (2μxμy + C1)/(μx² + μy² + C1),
//	cs = (2σxy + C2)/(σx² + σy² + C2),  C = K² as white is 1.
type similarity struct {
	gauss  []float64 // weights of a window along an axis
	c1, c2 float64

	rows   []float64    // a map filtered along the rows
	maps   [5][]float64 // means of x, y, x², y², xy
	square []float64
	l, cs  []float64

	reflect bool         // windows lie around every pixel of the reflected picture
	wide    [3][]float64 // the reflected planes, and the gradient by the first
}

// prepare sets the weights, which sum to 1.
func (s *similarity) prepare(window int, sigma, k1, k2 float64, reflect bool) {
	s.reflect = reflect
	s.gauss = resized(s.gauss, window)
	sum := 0.0
	for i := range s.gauss {
		d := (float64(i) - float64(window-1)/2) / sigma
		s.gauss[i] = math.Exp(-d * d / 2)
		sum += s.gauss[i]
	}
	for i := range s.gauss {
		s.gauss[i] /= sum
	}
	s.c1, s.c2 = k1*k1, k2*k2
}

// blur sets dst to the weighted means of the windows of an h×w plane.
func (s *similarity) blur(dst, x []float64, h, w int) []float64 {
	n := len(s.gauss)
	oh, ow := h-n+1, w-n+1
	s.rows = resized(s.rows, h*ow)
	for y := range h {
		row := s.rows[y*ow : (y+1)*ow]
		vec.Scale(row, s.gauss[0], x[y*w:y*w+ow])
		for k, g := range s.gauss[1:] {
			vec.Axpy(row, g, x[y*w+k+1:y*w+k+1+ow])
		}
	}
	dst = resized(dst, oh*ow)
	for y := range oh {
		row := dst[y*ow : (y+1)*ow]
		vec.Scale(row, s.gauss[0], s.rows[y*ow:(y+1)*ow])
		for k, g := range s.gauss[1:] {
			vec.Axpy(row, g, s.rows[(y+k+1)*ow:(y+k+2)*ow])
		}
	}
	return dst
}

// spread adds to dst, h×w, the gradient of blur: g of every window times its
// weights, and times the factors at each pixel where there are some.
func (s *similarity) spread(dst, g, factor []float64, h, w int) {
	n := len(s.gauss)
	oh, ow := h-n+1, w-n+1
	s.rows = resized(s.rows, h*ow)
	clear(s.rows)
	for y := range oh {
		for k, weight := range s.gauss {
			vec.Axpy(s.rows[(y+k)*ow:(y+k+1)*ow], weight, g[y*ow:(y+1)*ow])
		}
	}
	s.square = resized(s.square, w)
	for y := range h {
		row := s.square
		clear(row)
		for k, weight := range s.gauss {
			vec.Axpy(row[k:k+ow], weight, s.rows[y*ow:(y+1)*ow])
		}
		if factor != nil {
			vec.Mul(row, row, factor[y*w:(y+1)*w])
		}
		vec.Add(dst[y*w:(y+1)*w], dst[y*w:(y+1)*w], row)
	}
}

// compare computes l and cs of every window, and their maps.
func (s *similarity) compare(x, y []float64, h, w int) {
	s.maps[0] = s.blur(s.maps[0], x, h, w)
	s.maps[1] = s.blur(s.maps[1], y, h, w)
	for k, pair := range [][2][]float64{{x, x}, {y, y}, {x, y}} {
		s.square = resized(s.square, h*w)
		vec.Mul(s.square, pair[0], pair[1])
		s.maps[2+k] = s.blur(s.maps[2+k], s.square, h, w)
	}
	n := len(s.maps[0])
	s.l, s.cs = resized(s.l, n), resized(s.cs, n)
	for i := range n {
		mx, my := s.maps[0][i], s.maps[1][i]
		sx, sy, sxy := s.maps[2][i]-mx*mx, s.maps[3][i]-my*my, s.maps[4][i]-mx*my
		s.l[i] = (2*mx*my + s.c1) / (mx*mx + my*my + s.c1)
		s.cs[i] = (2*sxy + s.c2) / (sx + sy + s.c2)
	}
}

// means are those of l·cs and of cs over the windows of the last compare.
func (s *similarity) means() (ssim, cs float64) {
	n := float64(len(s.l))
	return vec.Dot(s.l, s.cs) / n, vec.Sum(s.cs) / n
}

// grad adds to dst the gradient by x of whole·SSIM + half·cs, the means over
// the windows of the last compare, which was of x and y.
func (s *similarity) grad(dst []float64, whole, half float64, x, y []float64, h, w int) {
	n := len(s.l)
	whole, half = whole/float64(n), half/float64(n)
	byMean, bySquare, byProduct := s.l, s.cs, s.maps[4] // the memory of what is read before it is written
	for i := range n {
		mx, my, l, cs := s.maps[0][i], s.maps[1][i], s.l[i], s.cs[i]
		b1 := mx*mx + my*my + s.c1
		b2 := s.maps[2][i] - mx*mx + s.maps[3][i] - my*my + s.c2
		gl, gc := whole*cs, whole*l+half
		square, product := -gc*cs/b2, gc*2/b2
		byMean[i] = gl*2*(my-l*mx)/b1 - product*my - square*2*mx
		bySquare[i] = 2 * square
		byProduct[i] = product
	}
	s.spread(dst, byMean, nil, h, w)
	s.spread(dst, bySquare, x, h, w)
	s.spread(dst, byProduct, y, h, w)
}

// whole is the mean SSIM of two planes.
func (s *similarity) whole(x, y []float64, h, w int) float64 {
	x, y, h, w = s.around(x, y, h, w)
	s.compare(x, y, h, w)
	ssim, _ := s.means()
	return ssim
}

// wholeGrad adds to dst up times the gradient of whole by x.
func (s *similarity) wholeGrad(dst []float64, up float64, x, y []float64, h, w int) {
	ax, ay, ah, aw := s.around(x, y, h, w)
	s.compare(ax, ay, ah, aw)
	if !s.reflect {
		s.grad(dst, up, 0, x, y, h, w)
		return
	}
	s.wide[2] = resized(s.wide[2], ah*aw)
	by := s.wide[2]
	clear(by)
	s.grad(by, up, 0, ax, ay, ah, aw)
	r := (len(s.gauss) - 1) / 2
	for i := range ah {
		row := dst[mirrored(i-r, h)*w:]
		for j := range aw {
			row[mirrored(j-r, w)] += by[i*aw+j]
		}
	}
}

// around are the planes reflected at their edges, by half a window.
func (s *similarity) around(x, y []float64, h, w int) (ax, ay []float64, ah, aw int) {
	if !s.reflect {
		return x, y, h, w
	}
	r := (len(s.gauss) - 1) / 2
	ah, aw = h+2*r, w+2*r
	for k, src := range [][]float64{x, y} {
		s.wide[k] = resized(s.wide[k], ah*aw)
		for i := range ah {
			row := src[mirrored(i-r, h)*w:]
			for j := range aw {
				s.wide[k][i*aw+j] = row[mirrored(j-r, w)]
			}
		}
	}
	return s.wide[0], s.wide[1], ah, aw
}

// mirrored is the place in [0, n) of i beyond it by less than n, the edge not
// repeated.
func mirrored(i, n int) int {
	if i < 0 {
		i = -i
	}
	if i >= n {
		i = 2*(n-1) - i
	}
	return i
}
