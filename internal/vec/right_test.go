package vec

import (
	"math/rand/v2"
	"testing"
)

// TestRight compares with the definition.
func TestRight(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	try := func(m, n, stretches, each int, special bool) {
		t.Helper()
		k := stretches * each
		b, start := matrix[float32](r, k, n, special), matrix[float32](r, 1, n, special)
		right := NewRight(b, k, n, start)
		width := UpTo(n, Pixel)
		a := Rows{matrix[float32](r, 1, 3*m+200*stretches+each, special), make([]int, m), stretches, r.IntN(200)}
		to := make([]int, m)
		for i, at := range r.Perm(m) {
			a.From[i], to[i] = r.IntN(3*m), at*(width+r.IntN(2))
		}
		before := matrix[float32](r, m+1, width+1, special)
		for _, mode := range []Mode{{}, {Ramp: true}, {Add: true}, {Add: true, Ramp: true}} {
			c := append([]float32{}, before...)
			if !apart(to, width) {
				continue
			}
			right.Multiply(c, to, a, mode)
			for i := range m {
				for j := range n {
					want := start[j]
					if mode.Add {
						want = before[to[i]+j]
					}
					for q := range k {
						want = fma32(a.A[a.From[i]+q/each*a.Jump+q%each], b[q*n+j], want)
					}
					if mode.Ramp {
						want = ramped(want)
					}
					if got := c[to[i]+j]; !same(float64(got), float64(want)) {
						t.Fatalf("%d × %d × %d·%d, %+v: %g at %d %d, want %g", m, n, stretches, each, mode, got, i, j, want)
					}
				}
				if j := to[i] + width; i == m-1 && !same(float64(c[j]), float64(before[j])) && to[i]/(width+1) == m-1 {
					t.Fatalf("%d × %d: wrote beyond", m, n)
				}
			}
		}
	}
	for m := range 30 {
		for _, n := range []int{1, 15, 16, 17, 32, 48, 50, 64} {
			try(m, n, 1, 1+r.IntN(9), true)
			try(m, n, 3, 1+r.IntN(9), true)
		}
	}
	try(13, 40, 5, 700, false)
}

// apart tells whether rows of so many numbers do not overlap.
func apart(to []int, width int) bool {
	for i, x := range to {
		for _, y := range to[:i] {
			if x < y+width && y < x+width {
				return false
			}
		}
	}
	return true
}

// TestWinograd compares with the plain code, to the last bit, and with the
// convolution.
func TestWinograd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, channels := range []int{16, 32, 80} {
		for _, special := range []bool{false, true} {
			pixel, gap := channels+r.IntN(20), channels+r.IntN(20)
			row := 6*pixel + r.IntN(20)
			x := matrix[float32](r, 6, row, special)
			v, plain := make([]float32, Winograd*gap), make([]float32, Winograd*gap)
			WinogradIn(v, gap, x, row, pixel, channels)
			plainWinogradIn(plain, gap, x, row, pixel, channels)
			equal(t, "in", v, plain)

			start, y := matrix[float32](r, 1, channels, special), matrix[float32](r, 4, row, special)
			for _, ramp := range []bool{false, true} {
				for _, from := range [][]float32{start, nil} {
					got, want := append([]float32{}, y...), append([]float32{}, y...)
					WinogradOut(got, row, pixel, v, gap, from, ramp, channels)
					plainWinogradOut(want, row, pixel, v, gap, from, ramp, channels)
					equal(t, "out", got, want)
				}
			}
			if special {
				continue
			}
			var g [9]float32
			copy(g[:], matrix[float32](r, 1, 9, false))
			var u [Winograd][Pixel]float32
			WinogradWeights(&u, &[Pixel][9]float32{5: g})
			for q, f := range u {
				for c := range channels {
					v[q*gap+c] *= f[5]
				}
			}
			got := make([]float32, 4*row)
			WinogradOut(got, row, pixel, v, gap, start, false, channels)
			for i := range 16 {
				for c := range channels {
					want := float64(start[c])
					for k, w := range g {
						want += float64(w) * float64(x[(i/4+k/3)*row+(i%4+k%3)*pixel+c])
					}
					if v := float64(got[i/4*row+i%4*pixel+c]); v-want > 1e-5 || want-v > 1e-5 {
						t.Fatalf("pixel %d, channel %d: %g, want %g", i, c, v, want)
					}
				}
			}
		}
	}
}

func TestPixels(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, channels := range []int{16, 48} {
		for n := 1; n < 75; n += 1 + n/20 {
			pixel := channels + r.IntN(9)
			row := n*pixel + 3
			x := matrix[float32](r, 3, row, true)
			for h := 1; h <= 3; h++ {
				y, want := make([]float32, channels), make([]float32, channels)
				Largest(y, x, row, pixel, h, n, channels)
				plainLargest(want, x, row, pixel, h, n)
				equal(t, "largest", y, want)
			}
			for _, some := range []int{1, 7, channels - 3, channels} {
				dst := make([]float32, some*(n+2))
				Planes(dst, n+2, x, pixel, n, some)
				for c := range some {
					for i := range n {
						if got, want := dst[c*(n+2)+i], x[i*pixel+c]; !same(float64(got), float64(want)) {
							t.Fatalf("%d pixels of %d channels: %g at %d %d, want %g", n, some, got, i, c, want)
						}
					}
				}
			}
		}
	}
}

func equal(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, v := range want {
		if !same(float64(got[i]), float64(v)) {
			t.Fatalf("%s: %g at %d, want %g", what, got[i], i, v)
		}
	}
}
