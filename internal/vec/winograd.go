package vec

// A convolution of 3×3 computed as Winograd's F(4×4, 3×3) takes 36 products for
// 16 numbers of the output instead of 144 (Lavin and Gray, arXiv:1509.09308):
//
//	Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A
//
// with polynomials at 0, ±3/4, ±3/2 and ∞. Lavin's points, 0, ±1, ±2 and ∞, have
// errors three times as large; these are 4e-6 of the root mean square, at most,
// where direct sums of 64 channels have 2e-6.
const (
	near, far  = 0.75, 1.5
	near2      = near * near
	far2       = far * far
	winogradIn = 6 // side of the window that is read, for 4×4 numbers
)

// Winograd is the number of products of a tile.
const Winograd = winogradIn * winogradIn

// WinogradWeights is G g Gᵀ of kernels of 3×3, the numbers of each next to each
// other: number q of kernel i goes to u[q][i].
func WinogradWeights(u *[Winograd][Pixel]float32, g *[Pixel][9]float32) {
	const d0, dNear, dFar = 1 / (near2 * far2), 1 / (2 * near2 * (near2 - far2)), 1 / (2 * far2 * (far2 - near2))
	along := func(a, b, c float64) [winogradIn]float64 {
		even, odd := float64(a*dNear)+float64(c*(near2*dNear)), float64(b*(near*dNear))
		even2, odd2 := float64(a*dFar)+float64(c*(far2*dFar)), float64(b*(far*dFar))
		return [winogradIn]float64{float64(a * d0), even + odd, even - odd, even2 + odd2, even2 - odd2, c}
	}
	for k := range g {
		x := &g[k]
		a := along(float64(x[0]), float64(x[3]), float64(x[6]))
		b := along(float64(x[1]), float64(x[4]), float64(x[7]))
		c := along(float64(x[2]), float64(x[5]), float64(x[8]))
		for i := range a {
			row := along(a[i], b[i], c[i])
			to := u[winogradIn*i : winogradIn*i+winogradIn]
			to[0][k], to[1][k], to[2][k] = float32(row[0]), float32(row[1]), float32(row[2])
			to[3][k], to[4][k], to[5][k] = float32(row[3]), float32(row[4]), float32(row[5])
		}
	}
}

// WinogradIn writes Bᵀ d B of a window of 6×6 pixels from x on to v, number q of
// channel c to v[q·apart + c]. Rows and pixels of x begin so many numbers apart; the
// number of channels is a multiple of Pixel.
func WinogradIn(v []float32, apart int, x []float32, row, pixel, channels int) {
	_, _ = v[(Winograd-1)*apart+channels-1], x[5*row+5*pixel+channels-1]
	if apart < 0 || row < 0 || pixel < 0 || channels <= 0 || channels%Pixel != 0 {
		panic("vec: channels that are no pixel")
	}
	if !winogradInVec(v, apart, x, row, pixel, channels) {
		plainWinogradIn(v, apart, x, row, pixel, channels)
	}
}

func plainWinogradIn(v []float32, apart int, x []float32, row, pixel, channels int) {
	var d [Winograd]float32
	for c := range channels {
		for i := range winogradIn {
			for j := range winogradIn {
				d[winogradIn*i+j] = x[i*row+j*pixel+c]
			}
		}
		for j := range winogradIn {
			forward(d[j:], winogradIn)
		}
		for i := range winogradIn {
			forward(d[winogradIn*i:], 1)
		}
		for q, t := range d {
			v[q*apart+c] = t
		}
	}
}

// forward is Bᵀ d of six numbers so far apart.
func forward(d []float32, by int) {
	d0, d1, d2, d3, d4, d5 := d[0], d[by], d[2*by], d[3*by], d[4*by], d[5*by]
	d[0] = fma32(near2*far2, d0, fma32(-(near2+far2), d2, d4))
	d[5*by] = fma32(near2*far2, d1, fma32(-(near2+far2), d3, d5))
	even, odd := fma32(-far2, d2, d4), fma32(-far2, d1, d3)
	d[by], d[2*by] = fma32(near, odd, even), fma32(-near, odd, even)
	even, odd = fma32(-near2, d2, d4), fma32(-near2, d1, d3)
	d[3*by], d[4*by] = fma32(far, odd, even), fma32(-far, odd, even)
}

// WinogradOut writes Aᵀ m A, plus start or, where that is nil, what is there, to
// 4×4 pixels from y on: the inverse of WinogradIn after the products.
func WinogradOut(y []float32, row, pixel int, m []float32, apart int, start []float32, ramp bool, channels int) {
	_, _ = y[3*row+3*pixel+channels-1], m[(Winograd-1)*apart+channels-1]
	if apart < 0 || row < 0 || pixel < 0 || channels <= 0 || channels%Pixel != 0 {
		panic("vec: channels that are no pixel")
	}
	if start != nil {
		start = start[:channels]
	}
	if !winogradOutVec(y, row, pixel, m, apart, start, ramp, channels) {
		plainWinogradOut(y, row, pixel, m, apart, start, ramp, channels)
	}
}

func plainWinogradOut(y []float32, row, pixel int, m []float32, apart int, start []float32, ramp bool, channels int) {
	var d [Winograd]float32
	for c := range channels {
		for q := range d {
			d[q] = m[q*apart+c]
		}
		for i := range winogradIn {
			back(d[winogradIn*i:], 1)
		}
		for j := range 4 {
			back(d[j:], winogradIn)
		}
		for i := range 4 {
			for j := range 4 {
				to := &y[i*row+j*pixel+c]
				sum := *to
				if start != nil {
					sum = start[c]
				}
				sum += d[winogradIn*i+j]
				if ramp {
					sum = ramped(sum)
				}
				*to = sum
			}
		}
	}
}

// back is Aᵀ m of six numbers so far apart, in the first four places.
func back(m []float32, by int) {
	m0, m1, m2, m3, m4, m5 := m[0], m[by], m[2*by], m[3*by], m[4*by], m[5*by]
	even, odd, even2, odd2 := m1+m2, m1-m2, m3+m4, m3-m4
	m[0] = m0 + even + even2
	m[by] = fma32(far, odd2, float32(near*odd))
	m[2*by] = fma32(far2, even2, float32(near2*even))
	m[3*by] = fma32(far*far2, odd2, fma32(near*near2, odd, m5))
}
