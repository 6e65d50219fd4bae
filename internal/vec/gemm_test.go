package vec

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// matrix draws rows × ld numbers, some of them special or far from 1.
func matrix[T float32 | float64](r *rand.Rand, rows, ld int, special bool) []T {
	x := make([]T, rows*ld)
	for i := range x {
		x[i] = T(r.NormFloat64())
		if special && r.IntN(40) == 0 {
			x[i] = T([]float64{0, negZero, inf, -inf, nan, 1e30, 1e-40, 1e-20, math.MaxFloat32}[r.IntN(9)])
		}
	}
	return x
}

// naive is the definition, element by element.
func naive[T float32 | float64](c []T, ldc int, a []T, lda int, b []T, ldb int, m, n, k int, accumulate, transposed bool) {
	for i := range m {
		for j := range n {
			s := T(0)
			if accumulate {
				s = c[i*ldc+j]
			}
			for q := range k {
				y := b[min(q*ldb+j, len(b)-1)]
				if transposed {
					y = b[j*ldb+q]
				}
				switch x := any(a[i*lda+q]).(type) {
				case float32:
					s = T(fma32(x, float32(y), float32(s)))
				case float64:
					s = T(fma(x, float64(y), float64(s)))
				}
			}
			c[i*ldc+j] = s
		}
	}
}

func testGemm[T float32 | float64](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	try := func(m, n, k int, special bool) {
		t.Helper()
		for variant := range 4 {
			accumulate, transposed := variant&1 != 0, variant&2 != 0
			lda, ldc := k+r.IntN(3), n+r.IntN(3)
			rows, ldb := k, n+r.IntN(3)
			if transposed {
				rows, ldb = n, k+r.IntN(3)
			}
			a, b, c := matrix[T](r, m, lda, special), matrix[T](r, rows, ldb, special), matrix[T](r, m, ldc, special)
			want := append([]T{}, c...)
			naive(want, ldc, a, lda, b, ldb, m, n, k, accumulate, transposed)
			if transposed {
				GemmNT(c, ldc, a, lda, b, ldb, m, n, k, accumulate)
			} else {
				Gemm(c, ldc, a, lda, b, ldb, m, n, k, accumulate)
			}
			for i := range c {
				if !same(float64(c[i]), float64(want[i])) {
					t.Fatalf("%d × %d × %d, accumulate %t, transposed %t: %g at %d, want %g", m, n, k, accumulate, transposed, c[i], i, want[i])
				}
			}
		}
	}
	for m := range 15 {
		for _, n := range []int{0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 49} {
			for _, k := range []int{0, 1, 2, 5} {
				try(m, n, k, true)
			}
		}
	}
	try(7, 17, depth+1, true)
	try(height+1, 33, 3, true)
	if testing.Short() {
		return
	}
	try(7, 17, depth-1, true)
	try(7, 17, depth, true)
	try(25, width+1, 3, true)
	try(height, 65, 2*depth+3, false)
}

func TestGemm32(t *testing.T) { testGemm[float32](t) }
func TestGemm64(t *testing.T) { testGemm[float64](t) }

func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() float32 {
		if r.IntN(3) == 0 {
			return float32(math.Ldexp(float64(r.IntN(1<<12)-1<<11), r.IntN(280)-150))
		}
		return math.Float32frombits(r.Uint32())
	}
	n := 200000
	if testing.Short() {
		n = 10000
	}
	for range n {
		x, y, z := draw(), draw(), draw()
		if r.IntN(4) == 0 { // near a cancellation or half an ulp
			z = -x * y * (1 + float32(r.IntN(9)-4)*0x1p-24)
		}
		got := fma32(x, y, z)
		if d := x*y + z; d-d != 0 && (x-x != 0 || y-y != 0 || z-z != 0) {
			if !same(float64(got), float64(float32(math.FMA(float64(x), float64(y), float64(z))))) {
				t.Fatalf("%g·%g + %g: %g", x, y, z, got)
			}
			continue
		}
		exact := new(big.Float).SetPrec(700).SetFloat64(float64(x))
		exact.Mul(exact, big.NewFloat(float64(y)))
		exact.Add(exact, big.NewFloat(float64(z)))
		if want, _ := exact.Float32(); want != got {
			t.Fatalf("%g·%g + %g: %g, want %g", x, y, z, got, want)
		}
	}
}

func benchmarkGemm[T float32 | float64](b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{512, 512, 4608}, {1024, 1024, 256}, {512, 20000, 256}} {
		m, n, k := s[0], s[1], s[2]
		x, y, z := matrix[T](r, m, k, false), matrix[T](r, n, k, false), make([]T, m*n)
		for name, f := range map[string]func(){
			"NT": func() { GemmNT(z, n, x, k, y, k, m, n, k, false) },
			"NN": func() { Gemm(z, n, x, k, y, n, m, n, k, false) },
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, m, n, k), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}

func BenchmarkGemm32(b *testing.B) { benchmarkGemm[float32](b) }
func BenchmarkGemm64(b *testing.B) { benchmarkGemm[float64](b) }
