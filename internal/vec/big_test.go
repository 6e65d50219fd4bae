package vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// References in math/big, to some 190 bits.
const bigPrec = 256

func bigOf(x float64) *big.Float { return new(big.Float).SetPrec(bigPrec).SetFloat64(x) }
func bigNew() *big.Float         { return new(big.Float).SetPrec(bigPrec) }

var bigLn2 = func() *big.Float { // 2·artanh(1/3)
	sum, term := bigNew(), bigNew().Quo(bigOf(2), bigOf(3))
	for i := 1; i < 180; i += 2 {
		sum.Add(sum, bigNew().Quo(term, bigOf(float64(i))))
		term.Quo(term, bigOf(9))
	}
	return sum
}()

// bigExps returns eˣ and eˣ − 1, |x| < 1e5.
func bigExps(x *big.Float) (exp, expm1 *big.Float) {
	v, _ := x.Float64()
	k := math.Round(v / math.Ln2)
	r := bigNew().Sub(x, bigNew().Mul(bigOf(k), bigLn2))
	const halvings = 6
	r.SetMantExp(r, -halvings)
	sum, term := bigNew(), bigOf(1)
	for i := 1; i < 40; i++ {
		term.Quo(bigNew().Mul(term, r), bigOf(float64(i)))
		sum.Add(sum, term)
		if term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-bigPrec {
			break
		}
	}
	for range halvings { // (1+s)² − 1 = s(2+s)
		sum.Mul(sum, bigNew().Add(bigOf(2), sum))
	}
	exp = bigNew().Add(sum, bigOf(1))
	if k == 0 {
		return exp, sum
	}
	exp.SetMantExp(exp, int(k))
	return exp, sum.Sub(exp, bigOf(1))
}

func bigExp(x *big.Float) *big.Float   { e, _ := bigExps(x); return e }
func bigExpm1(x *big.Float) *big.Float { _, e := bigExps(x); return e }

// bigLog1p returns log(1+x) by a step of Halley's method from float64.
func bigLog1p(x *big.Float) *big.Float {
	if x.MantExp(nil) > 100 || x.Cmp(bigOf(-0.9)) < 0 {
		return bigLog(bigNew().SetPrec(1200).Add(bigOf(1), x))
	}
	v, _ := x.Float64()
	y := bigOf(math.Log1p(v))
	e := bigExpm1(y)
	d := bigNew().Quo(bigNew().Sub(x, e), bigNew().Add(bigOf(2), bigNew().Add(x, e)))
	return y.Add(y, d.SetMantExp(d, 1))
}

func bigLog(x *big.Float) *big.Float { // x = 2ᵏ·m, m in [¾, 1½)
	m := bigNew()
	k := x.MantExp(m)
	if m.Cmp(bigOf(0.75)) < 0 {
		m.SetMantExp(m, 1)
		k--
	}
	y := bigLog1p(m.Sub(m, bigOf(1)))
	return y.Add(y, bigNew().Mul(bigOf(float64(k)), bigLn2))
}

func bigNegAbs(x *big.Float) *big.Float { return bigNew().Neg(bigNew().Abs(x)) }

// bigLogistic returns 1/(1+e⁻ˣ).
func bigLogistic(x *big.Float) *big.Float {
	e := bigExp(bigNew().Neg(x))
	return bigNew().Quo(bigOf(1), e.Add(e, bigOf(1)))
}

// ulps returns the distance of got from want, in units in the last place of want.
func ulps(got float64, want *big.Float) float64 {
	w, _ := want.Float64()
	if math.IsNaN(got) || got != w && (math.IsInf(got, 0) || math.IsInf(w, 0)) {
		return inf
	}
	if math.IsInf(got, 0) {
		return 0
	}
	d := bigNew().Sub(bigOf(got), want)
	ulp := max(want.MantExp(nil)-53, -1074)
	if want.Sign() == 0 {
		ulp = -1074
	}
	u, _ := d.SetMantExp(d, -ulp).Float64()
	return math.Abs(u)
}

// spread draws n numbers of [lo, hi]: evenly, evenly in the exponent, and the edges.
func spread(r *rand.Rand, n int, lo, hi float64) []float64 {
	x := make([]float64, 0, n)
	for _, v := range []float64{lo, hi} {
		x = append(x, v, math.Nextafter(v, 0), math.Nextafter(v, 2*v))
	}
	for len(x) < n {
		v := lo + (hi-lo)*r.Float64()
		if r.IntN(2) == 0 {
			v = math.Ldexp(1+r.Float64(), r.IntN(1200)-1100)
			if r.IntN(2) == 0 {
				v = -v
			}
		}
		x = append(x, v)
	}
	return slices.DeleteFunc(x, func(v float64) bool { return v < lo || v > hi })
}

func TestAccuracy(t *testing.T) {
	logistic := func(out int) func(dst, x []float64) {
		return func(dst, x []float64) {
			d := [3][]float64{make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))}
			d[out] = dst
			Logistic(d[0], d[1], d[2], x)
		}
	}
	pow := func(a float64) func(dst, x []float64) { return func(dst, x []float64) { Pow(dst, x, a) } }
	bigPow := func(a float64) func(x *big.Float) *big.Float {
		return func(x *big.Float) *big.Float {
			switch a {
			case 0:
				return bigOf(1)
			case 1:
				return x
			}
			return bigExp(bigNew().Mul(bigOf(a), bigLog(x)))
		}
	}
	least := math.SmallestNonzeroFloat64
	for _, c := range []struct {
		name   string
		f      func(dst, x []float64)
		ref    func(x *big.Float) *big.Float
		lo, hi float64
		bound  float64
	}{
		{"exp", Exp, bigExp, -746, 709.78, 1.1},
		{"exp near 0", Exp, bigExp, -1, 1, 1.1},
		{"expm1", Expm1, bigExpm1, -80, 709.78, 2},
		{"expm1 near 0", Expm1, bigExpm1, -2, 2, 2},
		{"log", Log, bigLog, least, math.MaxFloat64, 1},
		{"log near 1", Log, bigLog, 0.25, 4, 1},
		{"log at 1", Log, bigLog, 0.99, 1.01, 1},
		{"log1p", Log1p, bigLog1p, -1 + 0x1p-53, math.MaxFloat64, 1},
		{"log1p near 0", Log1p, bigLog1p, -0.75, 3, 1},
		{"sigmoid", Sigmoid, bigLogistic, -740, 800, 3},
		{"sigmoid near 0", Sigmoid, bigLogistic, -3, 3, 3},
		{"softplus", Softplus, func(x *big.Float) *big.Float { return bigLog1p(bigExp(x)) }, -740, 1e4, 3},
		{"softplus near 0", Softplus, func(x *big.Float) *big.Float { return bigLog1p(bigExp(x)) }, -3, 3, 3},
		{"logistic p", logistic(0), bigLogistic, -745, 800, 4},
		{"logistic q", logistic(1), func(x *big.Float) *big.Float { return bigLogistic(bigNew().Neg(x)) }, -800, 745, 4},
		{"logistic l", logistic(2), func(x *big.Float) *big.Float { return bigLog1p(bigExp(bigNegAbs(x))) }, -745, 745, 4},
		{"logistic p near 0", logistic(0), bigLogistic, -5, 5, 4},
		{"logistic q near 0", logistic(1), func(x *big.Float) *big.Float { return bigLogistic(bigNew().Neg(x)) }, -5, 5, 4},
		{"logistic l near 0", logistic(2), func(x *big.Float) *big.Float { return bigLog1p(bigExp(bigNegAbs(x))) }, -3, 3, 4},
		{"pow -1", pow(-1), bigPow(-1), 1e-300, 1e300, 1.5},
		{"pow 0", pow(0), bigPow(0), least, 10, 0},
		{"pow 1/2", pow(0.5), bigPow(0.5), least, 1e300, 0.5},
		{"pow 1", pow(1), bigPow(1), least, 10, 0},
		{"pow 2", pow(2), bigPow(2), 0.001, 10, 0.5},
		{"pow 3", pow(3), bigPow(3), 0.001, 10, 2},
		{"pow 4", pow(4), bigPow(4), 0.001, 10, 2},
		{"pow 0.1", pow(0.1), bigPow(0.1), least, 1e300, 1.5},
		{"pow 1.5", pow(1.5), bigPow(1.5), 1e-200, 1e200, 1.5},
		{"pow 2.5", pow(2.5), bigPow(2.5), least, 1, 1.5},
		{"pow 5", pow(5), bigPow(5), 1e-60, 1e60, 1.8125},
		{"pow 40", pow(40), bigPow(40), 1e-9, 1e7, 4},
		{"pow 1e6", pow(1e6), bigPow(1e6), 0.9995, 1.0005, 1.5 + 1e6/16},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := 4000
			if testing.Short() {
				n = 500
			}
			x := spread(rand.New(rand.NewPCG(1, 2)), n, c.lo, c.hi)
			got := make([]float64, len(x))
			c.f(got, x)
			worst, at := 0.0, 0.0
			for i, v := range x {
				if v == 0 {
					continue
				}
				if u := ulps(got[i], c.ref(bigOf(v))); !(u <= worst) {
					worst, at = u, v
				}
			}
			t.Logf("%.3f ulp, at %g (%[2]x)", worst, at)
			if !(worst <= c.bound) {
				t.Errorf("%.3f ulp at %g, want at most %g", worst, at, c.bound)
			}
		})
	}
}
