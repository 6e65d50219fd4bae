package vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// labels draws n labels of all kinds.
func labels(r *rand.Rand, n int) []float64 {
	t := make([]float64, n)
	for i := range t {
		switch r.IntN(6) {
		case 0:
			t[i] = 0
		case 1:
			t[i] = 1
		case 2:
			t[i] = math.Ldexp(r.Float64(), -r.IntN(1080))
		case 3:
			t[i] = 1 - math.Ldexp(r.Float64(), -r.IntN(60))
		case 4:
			t[i] = []float64{0.5, 0.25, 0.75, math.SmallestNonzeroFloat64, 1 - 0x1p-53, 0x1p-53, 0x1p-54, nan}[r.IntN(8)]
		default:
			t[i] = r.Float64()
		}
	}
	return t
}

func TestBinaryCrossEntropy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	check := func(x, y []float64) {
		t.Helper()
		n := len(x)
		ce, miss := make([]float64, n+1), make([]float64, n+1)
		ce[n], miss[n] = 7, 7
		inX, inY := slices.Clone(x), slices.Clone(y)
		BinaryCrossEntropy(ce, miss, x, y)
		for i, v := range inX {
			wantCE, wantMiss := binaryCrossEntropy(v, inY[i])
			if !same(ce[i], wantCE) || !same(miss[i], wantMiss) {
				t.Fatalf("%d of %d: of %g and %g: %g and %g, want %g and %g", i, n, v, inY[i], ce[i], miss[i], wantCE, wantMiss)
			}
			if !same(x[i], v) || !same(y[i], inY[i]) {
				t.Fatalf("%d of %d: argument written", i, n)
			}
		}
		if ce[n] != 7 || miss[n] != 7 {
			t.Fatalf("%d: written beyond the end", n)
		}
		for _, swap := range []bool{false, true} {
			a, b := slices.Clone(x), slices.Clone(y)
			dst, other := a, b
			if swap {
				dst, other = b, a
			}
			BinaryCrossEntropy(dst, other, a, b)
			for i := range a {
				if !same(dst[i], ce[i]) || !same(other[i], miss[i]) {
					t.Fatalf("%d of %d: not the same in place", i, n)
				}
			}
		}
	}
	for n := range 68 {
		check(mixed(r, n), labels(r, n))
		check(normal(n + 1)[1:], labels(r, n))
		check(mixed(r, n), mixed(r, n))
	}
	for _, y := range []float64{0, 1, 0.5, 0.3, 1e-300, nan} {
		check(edges, slices.Repeat([]float64{y}, len(edges)))
	}
	check(mixed(r, 5000), labels(r, 5000))
}

func TestBinaryFocal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	check := func(x, y []float64, a, b float64) {
		t.Helper()
		n := len(x)
		dst := make([]float64, n+1)
		dst[n] = 7
		BinaryFocal(dst, x, y, a, b)
		ce, miss := make([]float64, n), make([]float64, n)
		BinaryCrossEntropy(ce, miss, x, y)
		inX, inY := slices.Clone(x), slices.Clone(y)
		BinaryFocal(inX, inX, y, a, b)
		BinaryFocal(inY, x, inY, a, b)
		for i, v := range x {
			want := binaryFocal(v, y[i], a, b)
			if !same(dst[i], want) || !same(inX[i], want) || !same(inY[i], want) {
				t.Fatalf("%d of %d: of %g and %g: %g, in place %g and %g, want %g", i, n, v, y[i], dst[i], inX[i], inY[i], want)
			}
			if of := ce[i] * (miss[i] * miss[i] * math.FMA(a, y[i], b)); !same(dst[i], of) && !(math.Abs(v) > 708 && math.Abs(dst[i]-of) <= 2e-15*math.Abs(of)) {
				t.Fatalf("of %g and %g: %g, but %g of the cross-entropy", v, y[i], dst[i], of)
			}
		}
		if dst[n] != 7 {
			t.Fatalf("%d: written beyond the end", n)
		}
	}
	for n := range 68 {
		check(mixed(r, n), labels(r, n), -0.5, 0.75)
		check(normal(n + 1)[1:], labels(r, n), 0, 1)
		check(mixed(r, n), mixed(r, n), 3, -1)
	}
	for _, y := range []float64{0, 1, 0.5, 0.3, 1e-300, nan} {
		check(edges, slices.Repeat([]float64{y}, len(edges)), -0.5, 0.75)
	}
	check(mixed(r, 5000), labels(r, 5000), -0.5, 0.75)
}

// Hard and soft labels have bounds of their own.
func TestBinaryCrossEntropyAccuracy(t *testing.T) {
	n := 20000
	if testing.Short() {
		n = 1000
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name     string
		label    func() float64
		ce, miss float64
	}{
		{"hard", func() float64 { return float64(r.IntN(2)) }, 4, 4},
		{"soft", r.Float64, 4, 4},
		{"near hard", func() float64 { return labels(r, 1)[0] }, 4, 4},
	} {
		for _, bound := range []float64{3, 40, 745} {
			var worst, at [2]float64
			for _, v := range spread(r, n/3, -bound, bound) {
				y := c.label()
				if y != y {
					continue
				}
				ce, miss := []float64{v}, []float64{y}
				BinaryCrossEntropy(ce, miss, ce, miss)
				p, q := bigLogistic(bigOf(v)), bigLogistic(bigOf(-v))
				u := bigNew().Sub(bigOf(1), bigOf(y))
				wantMiss := bigNew().Add(bigNew().Mul(p, u), bigNew().Mul(q, bigOf(y)))
				wantCE := bigLog1p(bigExp(bigNegAbs(bigOf(v))))
				if v < 0 {
					u = bigOf(y)
				}
				wantCE.Add(wantCE, bigNew().Mul(u, bigOf(math.Abs(v))))
				for i, z := range []struct {
					got  float64
					want *big.Float
				}{{ce[0], wantCE}, {miss[0], wantMiss}} {
					if e := ulps(z.got, z.want); !(e <= worst[i]) {
						worst[i], at[i] = e, v
					}
				}
			}
			t.Logf("%s, |x| ≤ %g: ce %.3f ulp at %g, miss %.3f ulp at %g", c.name, bound, worst[0], at[0], worst[1], at[1])
			if !(worst[0] <= c.ce && worst[1] <= c.miss) {
				t.Errorf("want at most %g and %g", c.ce, c.miss)
			}
		}
	}
}

func TestBinaryCrossEntropyLimits(t *testing.T) {
	for _, c := range []struct{ x, t, ce, miss float64 }{
		{0, 0, math.Ln2, 0.5},
		{0, 1, math.Ln2, 0.5},
		{negZero, 0.3, math.Ln2, 0.5},
		{1e300, 1, 0, 0},
		{1e300, 0, 1e300, 1},
		{-1e300, 0, 0, 0},
		{-1e300, 1, 1e300, 1},
		{-1e300, 0.25, 0.25e300, 0.25},
		{math.MaxFloat64, 0.5, math.MaxFloat64 / 2, 0.5},
		{inf, 0, inf, 1},
		{-inf, 1, inf, 1},
		{inf, 1, nan, 0},
		{-inf, 0, nan, 0},
		{nan, 0, nan, nan},
		{nan, 1, nan, nan},
		{1, nan, nan, nan},
		{-1, nan, nan, nan},
	} {
		for n := range 17 { // in any place
			x, y := make([]float64, n+1), make([]float64, n+1)
			x[n], y[n] = c.x, c.t
			BinaryCrossEntropy(x, y, x, y)
			if !same(x[n], c.ce) || !same(y[n], c.miss) {
				t.Errorf("of %g and %g: %g and %g, want %g and %g", c.x, c.t, x[n], y[n], c.ce, c.miss)
			}
		}
	}
}

func BenchmarkBinaryFocal(b *testing.B) {
	x, y := normal(4096), labels(rand.New(rand.NewPCG(1, 2)), 4096)
	dst := make([]float64, len(x))
	b.SetBytes(int64(16 * len(x)))
	for b.Loop() {
		BinaryFocal(dst, x, y, -0.5, 0.75)
	}
	perNumber(b, len(x))
}

func BenchmarkBinaryCrossEntropy(b *testing.B) {
	x, y := normal(4096), labels(rand.New(rand.NewPCG(1, 2)), 4096)
	ce, miss := make([]float64, len(x)), make([]float64, len(x))
	b.SetBytes(int64(16 * len(x)))
	for b.Loop() {
		BinaryCrossEntropy(ce, miss, x, y)
	}
	perNumber(b, len(x))
}
