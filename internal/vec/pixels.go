package vec

import "math"

// Largest writes to y the maximum, by channel, of h × w pixels from x on, whose
// rows and pixels begin so many numbers apart. The number of channels is a multiple
// of Pixel. What is not a number is the largest.
func Largest(y, x []float32, row, pixel, h, w, channels int) {
	y = y[:channels]
	_ = x[(h-1)*row+(w-1)*pixel+channels-1]
	if row < 0 || pixel < 0 || h < 1 || w < 1 || channels <= 0 || channels%Pixel != 0 {
		panic("vec: channels that are no pixel")
	}
	if !largestVec(y, x, row, pixel, h, w, channels) {
		plainLargest(y, x, row, pixel, h, w)
	}
}

func plainLargest(y, x []float32, row, pixel, h, w int) {
	copy(y, x)
	for i := range h {
		for j := range w {
			for c, v := range x[i*row+j*pixel:][:len(y)] {
				y[c] = largest32(y[c], v)
			}
		}
	}
}

func largest32(a, b float32) float32 {
	switch {
	case a > b || a != a:
		return a
	case b > a || b != b:
		return b
	}
	return math.Float32frombits(math.Float32bits(a) | math.Float32bits(b)) // 0 may have a sign
}

// Planes writes n pixels, pixel numbers apart in src, to planes of dst, plane
// numbers apart: number i of channel c to dst[c·plane + i].
func Planes(dst []float32, plane int, src []float32, pixel, n, channels int) {
	const some = 64 // pixels that stay in the caches
	for i := 0; i < n; i += some {
		count := min(some, n-i)
		if i > 0 && count < 8 { // again a few of those before
			i, count = i+count-8, 8
		}
		to, from := dst[i:], src[i*pixel:]
		for c := 0; c < channels; {
			if channels-c >= 8 && planesVec(to[c*plane:], plane, from[c:], pixel, count) {
				c += 8
				continue
			}
			for k := range count {
				to[c*plane+k] = from[k*pixel+c]
			}
			c++
		}
	}
}
