package vec

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
)

// golden are hashes of results, the same for every processor and build. A change
// of one changes the results of lossctl in their last bits.
var golden = map[string]uint64{
	"Exp":              0xb0a1a0fe1216da19,
	"Expm1":            0x36ce2f0a39279a82,
	"Log":              0x677d037c422a8372,
	"Log1p":            0x6085b30143f180aa,
	"Softplus":         0x8d29de5068ef0b70,
	"LogisticP":        0xdb6b0e8fee4216fe,
	"LogisticQ":        0x9335d1f9fabd1ffd,
	"LogisticL":        0x36fffbe378fe79cc,
	"Pow2.5":           0x5a2cc7f5f9dd1ff4,
	"Pow-1":            0x883c33b996ea8b89,
	"Pow1e9":           0xb4c76315bb9e8cd8,
	"Pow0":             0x2e37c1b6b6fa73a5,
	"Pow0.5":           0xd07336a6cf1a5bb6,
	"Pow1":             0xba5a45d4315a1d87,
	"Pow2":             0x87050b29ecbe760a,
	"Pow3":             0xf890ad0d2dd57000,
	"Pow4":             0x22fbcbe7e52e7f8e,
	"Scale":            0x51ae40aaa8fa06cf,
	"reductions":       0x1be7dcbc67fb59d3,
	"LogSoftmaxPlanes": 0xa749a10b2390bbc3,
	"LogSoftmaxRows":   0x2e649f64340f0d82,
	"LogSumExpPlanes":  0xa93229d43d5ede1e,
	"LogSumExpRows":    0x25c5619638de24b,
}

func TestSameBitsEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x := append([]float64{}, edges...)
	for len(x) < 5000 { // evenly in ±16, without a function of package math
		x = append(x, float64(int64(r.Uint64())>>11)*0x1p-48)
	}
	hash := func(x []float64) uint64 {
		h := fnv.New64a()
		for _, v := range x {
			b := math.Float64bits(v)
			if v != v {
				b = 0x7ff8 << 48
			}
			for i := range 8 {
				h.Write([]byte{byte(b >> (8 * i))})
			}
		}
		return h.Sum64()
	}
	check := func(name string, x []float64) {
		if got := hash(x); got != golden[name] {
			t.Errorf("%q: %#x,", name, got)
		}
	}
	dst := make([]float64, len(x))
	for _, u := range unary {
		u.f(dst, x)
		check(u.name, dst)
	}
	finite := x[len(edges):]
	check("reductions", []float64{Sum(finite), Dot(finite[1:], finite), SumSq(finite), SumExp(finite, 16), Max(finite), Min(finite)})
	const k = 7
	n := len(x) / k
	LogSoftmaxPlanes(dst, x[:n*k], n)
	check("LogSoftmaxPlanes", dst[:n*k])
	LogSoftmaxRows(dst, x[:n*k], k)
	check("LogSoftmaxRows", dst[:n*k])
	LogSumExpPlanes(dst[:n], x[:n*k])
	check("LogSumExpPlanes", dst[:n])
	LogSumExpRows(dst[:n], x[:n*k])
	check("LogSumExpRows", dst[:n])
}
