package vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestLogAddExp(t *testing.T) {
	for _, c := range [][3]float64{
		{-inf, -inf, -inf},
		{-inf, 3, 3},
		{3, -inf, 3},
		{inf, -inf, inf},
		{inf, inf, inf},
		{inf, 1, inf},
		{nan, 1, nan},
		{1, nan, nan},
		{nan, -inf, nan},
		{0, 0, math.Ln2},
		{-1e308, -1e308, -1e308},
		{1e308, -1e308, 1e308},
		{-800, -2000, -800},
		{math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64},
	} {
		got := make([]float64, 1)
		LogAddExp(got, c[:1], c[1:2])
		if !same(got[0], c[2]) {
			t.Errorf("log(e^%g + e^%g) is %g, want %g", c[0], c[1], got[0], c[2])
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 600 {
		x, y, in := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = -40 * r.Float64()
			y[i] = x[i] + 20*r.NormFloat64()
			in[i] = x[i]
		}
		LogAddExp(in, in, y)
		for i, got := range in {
			want := logAddBig(x[i], y[i])
			off, _ := want.Sub(want, big.NewFloat(got)).Float64()
			if math.Abs(off) > math.Abs(got)*0x1p-53+3*0x1p-53 {
				t.Fatalf("log(e^%g + e^%g) is %g, off by %g", x[i], y[i], got, off)
			}
		}
	}
}

// logAddBig is exact but for log1p, which is within an ulp of a number below 1.
func logAddBig(x, y float64) *big.Float {
	x, y = max(x, y), min(x, y)
	sum := new(big.Float).SetPrec(200).SetFloat64(x)
	return sum.Add(sum, big.NewFloat(math.Log1p(math.Exp(y-x))))
}
