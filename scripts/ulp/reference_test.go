package main

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// bigExp returns eˣ by the series for x/2^20.
func bigExp(x float64) *big.Float {
	r := new(big.Float).SetPrec(300).SetFloat64(x)
	r.SetMantExp(r, -20)
	total, term := new(big.Float).SetPrec(300).SetInt64(1), new(big.Float).SetPrec(300).SetInt64(1)
	for i := 1; i < 30; i++ {
		term.Quo(term.Mul(term, r), big.NewFloat(float64(i)))
		total.Add(total, term)
	}
	for range 20 {
		total.Mul(total, total)
	}
	return total
}

// apart returns how far s is from want, relatively.
func apart(s sum, want *big.Float) float64 {
	got := new(big.Float).SetPrec(300).Add(big.NewFloat(s.hi), new(big.Float).SetPrec(300).SetFloat64(s.lo))
	got.Quo(got, big.NewFloat(s.scale))
	if want.Sign() == 0 {
		v, _ := got.Float64()
		return math.Abs(v)
	}
	got.Sub(got, want)
	d, _ := got.Quo(got, want).Float64()
	return math.Abs(d)
}

func TestReferences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	worst := [2]float64{}
	for range 20000 {
		x := float64(math.Float32frombits(r.Uint32()))
		if r.IntN(2) == 0 {
			x = float64(float32(1 + math.Ldexp(r.Float64()-0.5, -r.IntN(24))))
		}
		if x != x || math.IsInf(x, 0) {
			continue
		}
		if -745 < x && x < 709.7 {
			worst[0] = max(worst[0], apart(exp(x), bigExp(x)))
		}
		if x > 0 {
			m, k := math.Frexp(x)
			if m < 0.75 {
				m, k = 2*m, k-1
			}
			want := logOf(m)
			want.Add(want, new(big.Float).Mul(bigLog2, big.NewFloat(float64(k))))
			worst[1] = max(worst[1], apart(log(x), want))
		}
	}
	t.Logf("exp 2^%.1f, log 2^%.1f", math.Log2(worst[0]), math.Log2(worst[1]))
	if max(worst[0], worst[1]) > 0x1p-66 {
		t.Error("not precise enough")
	}
}
