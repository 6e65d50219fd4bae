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
	"Exp":              0x15b863ca578ff0de,
	"Expm1":            0x8cc27fd14acca066,
	"Log":              0x677d037c422a8372,
	"Log1p":            0x6085b30143f180aa,
	"Sigmoid":          0x006e53af9c402a3d,
	"Softplus":         0x4154f4a8ad07ec00,
	"LogisticP":        0x504643b7cf640d54,
	"LogisticQ":        0x9a7d454f673ad287,
	"LogisticL":        0x326d2e8508a3ac26,
	"Pow2.5":           0x3c1ac72d6b61f76d,
	"Pow-1":            0xc5477cf786fa96d7,
	"Pow1e9":           0xb4c76315bb9e8cd8,
	"Pow0":             0x2e37c1b6b6fa73a5,
	"Pow0.5":           0xd07336a6cf1a5bb6,
	"Pow1":             0xba5a45d4315a1d87,
	"Pow2":             0x87050b29ecbe760a,
	"Pow3":             0xf890ad0d2dd57000,
	"Pow4":             0x22fbcbe7e52e7f8e,
	"Scale":            0x51ae40aaa8fa06cf,
	"Above":            0xd004f50575e132b8,
	"Below":            0xe6cdee24940b0338,
	"Rectify":          0xa6073d8938257541,
	"reductions":       0x1be7dcbc67fb59d3,
	"LogSoftmaxPlanes": 0xa749a10b2390bbc3,
	"SoftmaxPlanes":    0x34c590188fa94c3d,
	"LogSoftmaxRows":   0x52e5580bb0f2b0f2,
	"KLPlanes":         0xa5a8dda679dcbceb,
	"KLRows":           0x5143264994aa382d,
	"LogSumExpPlanes":  0xa93229d43d5ede1e,
	"LogSumExpRows":    0xa92c88c56a48ac16,
	"LogAddExp":        0x72aa68e4a41fd1f6,
	"Affine":           0x665773f9fc9b1d4d,
	"CrossEntropy":     0x2b437317c8cfe5e4,
	"BinaryFocal":      0xb790d652292d77c8,
	"Miss":             0x3187d65fc6226185,
	"Range":            0xce1725a74ba48b7e,
	"Gemm64":           0x4c84ab42138f7acb,
	"Gemm32":           0xd9017fb57a32c555,
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
	half := len(x) / 2
	LogAddExp(dst, x[:half], x[half:])
	check("LogAddExp", dst[:half])
	finite := x[len(edges):]
	y := make([]float64, len(finite))
	for i, v := range finite {
		y[i] = min(max(v*0x1p-4+0.5, 0), 1)
	}
	BinaryFocal(dst, finite, y, -0.5, 0.75)
	check("BinaryFocal", dst[:len(y)])
	BinaryCrossEntropy(dst, y, finite, y)
	check("CrossEntropy", dst[:len(y)])
	check("Miss", y)
	lo, hi := Range(finite)
	check("Range", []float64{lo, hi})
	check("reductions", []float64{Sum(finite), Dot(finite[1:], finite), SumSq(finite), SumExp(finite, 16), Max(finite), Min(finite)})
	const rows, cols, depth = 29, 35, 67
	a, b := finite[:rows*depth], finite[rows*depth:][:depth*cols]
	Gemm(dst, cols, a, depth, b, cols, rows, cols, depth, false)
	GemmNT(dst, cols, a, depth, b, depth, rows, cols, depth, true)
	check("Gemm64", dst[:rows*cols])
	a32, b32, c32 := make([]float32, len(a)), make([]float32, len(b)), make([]float32, rows*cols)
	for i := range a {
		a32[i] = float32(a[i])
	}
	for i := range b {
		b32[i] = float32(b[i])
	}
	Gemm(c32, cols, a32, depth, b32, cols, rows, cols, depth, false)
	GemmNT(c32, cols, a32, depth, b32, depth, rows, cols, depth, true)
	for i, v := range c32 {
		dst[i] = float64(v)
	}
	check("Gemm32", dst[:rows*cols])
	const k = 7
	n := len(x) / k
	LogSoftmaxPlanes(dst, x[:n*k], n)
	check("LogSoftmaxPlanes", dst[:n*k])
	SoftmaxPlanes(dst, x[:n*k], n)
	check("SoftmaxPlanes", dst[:n*k])
	LogSoftmaxRows(dst, x[:n*k], k)
	check("LogSoftmaxRows", dst[:n*k])
	m := len(finite) / 2 / k
	KLPlanes(dst[:m], finite[:m*k], finite[m*k:], 0.3)
	check("KLPlanes", dst[:m])
	KLRows(dst[:m], finite[:m*k], finite[m*k:], 0.3)
	check("KLRows", dst[:m])
	LogSumExpPlanes(dst[:n], x[:n*k])
	check("LogSumExpPlanes", dst[:n])
	LogSumExpRows(dst[:n], x[:n*k])
	check("LogSumExpRows", dst[:n])
}
