package loss

import (
	"math"
	"math/big"
	"testing"
)

// k3 has all its digits where d is small, and none is lost where the series
// meets expm1.
func TestK3(t *testing.T) {
	k3 := estimator("k3")
	got := make([]float64, 1)
	for _, d := range []float64{1e-300, 1e-160, 1e-12, -1e-8, 3e-5, -0.01, 0.06, k3Small, -k3Small, math.Nextafter(k3Small, 0), math.Nextafter(-k3Small, 0), 0.07, -0.5, 1, -3, 20} {
		k3.apply(got, []float64{d})
		// Σ_{n≥2} (−d)^n/n!
		exact, term := new(big.Float).SetPrec(300), new(big.Float).SetPrec(300).SetFloat64(-d)
		for n := 2; n < 200; n++ {
			term.Mul(term, new(big.Float).SetFloat64(-d))
			term.Quo(term, new(big.Float).SetInt64(int64(n)))
			exact.Add(exact, term)
		}
		want, _ := exact.Float64()
		if off := math.Abs(got[0] - want); off > 2e-14*want {
			t.Errorf("k3(%g): got %v, want %v", d, got[0], want)
		}
	}
	inf := math.Inf(1)
	for _, e := range [][2]float64{{0, 0}, {inf, inf}, {-inf, inf}, {-800, inf}, {1e308, 1e308}} {
		if k3.apply(got, []float64{e[0]}); got[0] != e[1] {
			t.Errorf("k3(%v): got %v, want %v", e[0], got[0], e[1])
		}
	}
}
