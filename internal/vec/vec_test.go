package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var inf, nan, negZero = math.Inf(1), math.NaN(), math.Copysign(0, -1)

// same tells whether x and y are the same bits, or both NaN.
func same(x, y float64) bool {
	return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
}

// edges are where functions change their ways.
var edges = func() []float64 {
	x := []float64{
		0, math.SmallestNonzeroFloat64, minNorm, 0x1p-54, 0x1p-53, 0x1p-27, 0.25, 0.5, math.Sqrt2 / 2, 1, math.Sqrt2, 1.5, 2, 3, 37, 64,
		math.Ln2 / 2, math.Ln2, 709.78, 709.782712893384, 710, 745.13, 745.2, 746, 750, 1e5, 1e19, 0x1p52, 0x1p53, 0x1p1000, math.MaxFloat64, inf,
	}
	for _, v := range slices.Clone(x) {
		x = append(x, math.Nextafter(v, 0), math.Nextafter(v, inf))
	}
	for _, v := range slices.Clone(x) {
		x = append(x, -v)
	}
	return append(x, nan)
}()

// mixed draws n numbers of all kinds.
func mixed(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		switch r.IntN(4) {
		case 0:
			x[i] = edges[r.IntN(len(edges))]
		case 1:
			x[i] = math.Float64frombits(r.Uint64())
		default:
			x[i] = 8 * r.NormFloat64()
		}
	}
	return x
}

// positive draws n normal numbers above 0, of all exponents and about 1.
func positive(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Float64frombits(1<<52 + r.Uint64N(infBits-1<<52))
		if r.IntN(2) == 0 {
			x[i] = math.Ldexp(0.5+r.Float64(), r.IntN(5)-2)
		}
	}
	return x
}

func normal(n int) []float64 {
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, n)
	for i := range x {
		x[i] = 3 * r.NormFloat64()
	}
	return x
}

// unary are the primitives of one argument, with the function of one number
// that each is of every number.
var unary = []struct {
	name string
	f    func(dst, x []float64)
	one  func(x float64) float64
}{
	{"Exp", Exp, exp},
	{"Expm1", Expm1, expm1},
	{"Log", Log, log},
	{"Log1p", Log1p, log1p},
	{"Sigmoid", Sigmoid, sigmoid},
	{"Softplus", Softplus, softplus},
	{
		"LogisticP", func(dst, x []float64) { l := make([]float64, 2*len(x)); Logistic(dst, l[:len(x)], l[len(x):], x) },
		func(x float64) float64 { p, _, _ := logistic(x); return p },
	},
	{
		"LogisticQ", func(dst, x []float64) { l := make([]float64, 2*len(x)); Logistic(l[:len(x)], dst, l[len(x):], x) },
		func(x float64) float64 { _, q, _ := logistic(x); return q },
	},
	{
		"LogisticL", func(dst, x []float64) { l := make([]float64, 2*len(x)); Logistic(l[:len(x)], l[len(x):], dst, x) },
		func(x float64) float64 { _, _, l := logistic(x); return l },
	},
	{"Pow2.5", func(dst, x []float64) { Pow(dst, x, 2.5) }, func(x float64) float64 { return pow(x, 2.5) }},
	{"Pow-1", func(dst, x []float64) { Pow(dst, x, -1) }, func(x float64) float64 { return pow(x, -1) }},
	{"Pow1e9", func(dst, x []float64) { Pow(dst, x, 1e9) }, func(x float64) float64 { return pow(x, 1e9) }},
	{"Pow0", func(dst, x []float64) { Pow(dst, x, 0) }, func(float64) float64 { return 1 }},
	{"Pow0.5", func(dst, x []float64) { Pow(dst, x, 0.5) }, math.Sqrt},
	{"Pow1", func(dst, x []float64) { Pow(dst, x, 1) }, func(x float64) float64 { return x }},
	{"Pow2", func(dst, x []float64) { Pow(dst, x, 2) }, func(x float64) float64 { return x * x }},
	{"Pow3", func(dst, x []float64) { Pow(dst, x, 3) }, func(x float64) float64 { return x * x * x }},
	{"Pow4", func(dst, x []float64) { Pow(dst, x, 4) }, func(x float64) float64 { return (x * x) * (x * x) }},
	{"Affine", func(dst, x []float64) { Affine(dst, -0.3, 2.5, x) }, func(x float64) float64 { return math.FMA(-0.3, x, 2.5) }},
	{"Scale", func(dst, x []float64) { Scale(dst, -0.3, x) }, func(x float64) float64 { return -0.3 * x }},
	{"Above", func(dst, x []float64) { Above(dst, 0.5, x) }, func(x float64) float64 { return one(x > 0.5) }},
	{"Below", func(dst, x []float64) { Below(dst, 0, x) }, func(x float64) float64 { return one(x < 0) }},
	{"Rectify", func(dst, x []float64) { Rectify(dst, -0.5, 1.5, x) }, func(x float64) float64 { return max(math.FMA(-0.5, x, 1.5), 0) }},
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func TestUnary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, u := range unary {
		t.Run(u.name, func(t *testing.T) {
			check := func(x []float64) {
				t.Helper()
				in := slices.Clone(x)
				dst := make([]float64, len(x)+1)
				dst[len(x)] = 7
				u.f(dst, x)
				for i, v := range in {
					if want := u.one(v); !same(dst[i], want) {
						t.Fatalf("%d of %d: f(%g) is %g, want %g", i, len(x), v, dst[i], want)
					}
					if !same(x[i], v) {
						t.Fatalf("%d of %d: argument written", i, len(x))
					}
				}
				if dst[len(x)] != 7 {
					t.Fatalf("%d: written beyond the end", len(x))
				}
				u.f(in, in)
				for i := range in {
					if !same(in[i], dst[i]) {
						t.Fatalf("%d of %d: in place %g, want %g", i, len(x), in[i], dst[i])
					}
				}
			}
			for n := range 68 {
				check(mixed(r, n))
				check(normal(n + 1)[1:]) // at another alignment
				check(positive(r, n))
			}
			check(append(append(positive(r, 1030), edges...), positive(r, 1030)...))
			check(edges)
			check(mixed(r, 5000))
		})
	}
}

func TestLimits(t *testing.T) {
	least, most := math.SmallestNonzeroFloat64, math.MaxFloat64
	pow := func(a float64) func(dst, x []float64) { return func(dst, x []float64) { Pow(dst, x, a) } }
	of := func(name string) func(dst, x []float64) {
		i := slices.IndexFunc(unary, func(u struct {
			name string
			f    func(dst, x []float64)
			one  func(x float64) float64
		},
		) bool {
			return u.name == name
		})
		return unary[i].f
	}
	for _, c := range []struct {
		name    string
		f       func(dst, x []float64)
		x, want float64
	}{
		{"exp", Exp, 0, 1},
		{"exp", Exp, negZero, 1},
		{"exp", Exp, inf, inf},
		{"exp", Exp, -inf, 0},
		{"exp", Exp, nan, nan},
		{"exp", Exp, 709.782712893384, 1.7976931348622732e308}, // 1 ulp off
		{"exp", Exp, 709.7827128933841, inf},
		{"exp", Exp, most, inf},
		{"exp", Exp, -745.1332191019411, least},
		{"exp", Exp, -745.1332191019412, 0},
		{"exp", Exp, -most, 0},
		{"expm1", Expm1, 0, 0},
		{"expm1", Expm1, negZero, negZero},
		{"expm1", Expm1, inf, inf},
		{"expm1", Expm1, -inf, -1},
		{"expm1", Expm1, -most, -1},
		{"expm1", Expm1, nan, nan},
		{"expm1", Expm1, least, least},
		{"expm1", Expm1, -minNorm, -minNorm},
		{"expm1", Expm1, 709.782712893384, 1.7976931348622732e308},
		{"expm1", Expm1, 709.7827128933841, inf},
		{"log", Log, 1, 0},
		{"log", Log, 0, -inf},
		{"log", Log, negZero, -inf},
		{"log", Log, inf, inf},
		{"log", Log, -inf, nan},
		{"log", Log, -least, nan},
		{"log", Log, nan, nan},
		{"log", Log, least, -744.4400719213812},
		{"log", Log, most, 709.782712893384},
		{"log1p", Log1p, 0, 0},
		{"log1p", Log1p, negZero, negZero},
		{"log1p", Log1p, inf, inf},
		{"log1p", Log1p, -1, -inf},
		{"log1p", Log1p, math.Nextafter(-1, -2), nan},
		{"log1p", Log1p, -inf, nan},
		{"log1p", Log1p, nan, nan},
		{"log1p", Log1p, least, least},
		{"log1p", Log1p, most, 709.782712893384},
		{"sigmoid", Sigmoid, -inf, 0},
		{"sigmoid", Sigmoid, inf, 1},
		{"sigmoid", Sigmoid, nan, nan},
		{"sigmoid", Sigmoid, 0, 0.5},
		{"sigmoid", Sigmoid, -745.1332191019411, least},
		{"sigmoid", Sigmoid, most, 1},
		{"softplus", Softplus, -inf, 0},
		{"softplus", Softplus, inf, inf},
		{"softplus", Softplus, nan, nan},
		{"softplus", Softplus, 0, math.Ln2},
		{"softplus", Softplus, -745.1332191019411, least},
		{"softplus", Softplus, most, most},
		{"p", of("LogisticP"), -inf, 0},
		{"p", of("LogisticP"), inf, 1},
		{"p", of("LogisticP"), 0, 0.5},
		{"p", of("LogisticP"), nan, nan},
		{"p", of("LogisticP"), -745.1332191019411, least},
		{"q", of("LogisticQ"), -inf, 1},
		{"q", of("LogisticQ"), inf, 0},
		{"q", of("LogisticQ"), negZero, 0.5},
		{"q", of("LogisticQ"), nan, nan},
		{"l", of("LogisticL"), -inf, 0},
		{"l", of("LogisticL"), inf, 0},
		{"l", of("LogisticL"), 0, math.Ln2},
		{"l", of("LogisticL"), nan, nan},
		{"pow", pow(0), nan, 1},
		{"pow", pow(0), 0, 1},
		{"pow", pow(0), inf, 1},
		{"pow", pow(0.5), 0, 0},
		{"pow", pow(0.5), -1, nan},
		{"pow", pow(0.5), inf, inf},
		{"pow", pow(2), -3, 9},
		{"pow", pow(3), -2, -8},
		{"pow", pow(1.5), 0, 0},
		{"pow", pow(1.5), negZero, 0},
		{"pow", pow(1.5), 1, 1},
		{"pow", pow(1.5), inf, inf},
		{"pow", pow(1.5), nan, nan},
		{"pow", pow(1.5), -1, nan},
		{"pow", pow(-1.5), 0, inf},
		{"pow", pow(-1), negZero, inf},
		{"pow", pow(-1.5), inf, 0},
		{"pow", pow(-1.5), 4, 0.125},
		{"pow", pow(1e300), 0.99, 0},
		{"pow", pow(1e300), 1, 1},
		{"pow", pow(1e300), 1.01, inf},
		{"pow", pow(most), most, inf},
		{"pow", pow(most), least, 0},
		{"pow", pow(-most), least, inf},
		{"pow", pow(inf), 0.5, 0},
		{"pow", pow(inf), 2, inf},
		{"pow", pow(nan), 2, nan},
	} {
		for n := range 9 { // in any place
			x := make([]float64, n+1)
			x[n] = c.x
			c.f(x, x)
			if !same(x[n], c.want) {
				t.Errorf("%s(%v) is %v, want %v", c.name, c.x, x[n], c.want)
			}
		}
	}
}

func TestArith(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 68 {
		x, y, dst := mixed(r, n), mixed(r, n), make([]float64, n)
		for _, c := range []struct {
			name string
			f    func(dst, x, y []float64)
			one  func(x, y float64) float64
		}{
			{"Add", Add, func(x, y float64) float64 { return x + y }},
			{"Sub", Sub, func(x, y float64) float64 { return x - y }},
			{"Mul", Mul, func(x, y float64) float64 { return x * y }},
			{"Ratio", Ratio, quotient},
			{"LogAddExp", LogAddExp, logAddExp},
			{"Axpy", func(dst, x, y []float64) { copy(dst, x); Axpy(dst, 0.3, y) }, func(x, y float64) float64 { return math.FMA(0.3, y, x) }},
		} {
			c.f(dst, x, y)
			a, b := slices.Clone(x), slices.Clone(y)
			c.f(a, a, y)
			for i, v := range x {
				if want := c.one(v, y[i]); !same(dst[i], want) || !same(a[i], want) {
					t.Fatalf("%s: %d of %d: %g, in place %g, want %g", c.name, i, n, dst[i], a[i], want)
				}
			}
			if c.name != "Axpy" {
				c.f(b, x, b)
				for i := range b {
					if !same(b[i], dst[i]) {
						t.Fatalf("%s: %d of %d: in place %g, want %g", c.name, i, n, b[i], dst[i])
					}
				}
			}
		}
	}
}

// inLanes is the order of reductions, as the package comment has it.
func inLanes(n int, add func(lane float64, i int) float64) float64 {
	var l [8]float64
	for i := range n {
		l[i%8] = add(l[i%8], i)
	}
	return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

func TestRange32(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]float32, 201)
	for n := range x {
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		at := r.IntN(n + 1)
		x[at] = []float32{float32(inf), -float32(inf), float32(negZero), 100, -100}[n%5]
		least, most := float32(inf), -float32(inf)
		for _, v := range x[1 : n+1] {
			least, most = min(least, v), max(most, v)
		}
		if lo, hi := Range32(x[1 : n+1]); lo != least || hi != most {
			t.Fatalf("%g: range %g to %g, want %g to %g", x[1:n+1], lo, hi, least, most)
		}
	}
	if lo, hi := Range32([]float32{float32(negZero)}); math.Signbit(float64(lo)) || math.Signbit(float64(hi)) {
		t.Errorf("range of −0: %g to %g", lo, hi)
	}
}

func TestReductions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		for _, x := range [][]float64{mixed(r, n), normal(n), normal(n + 1)[1:], slices.Repeat([]float64{negZero}, n)} {
			y := normal(n)
			for _, c := range []struct {
				name      string
				got, want float64
			}{
				{"Sum", Sum(x), inLanes(n, func(l float64, i int) float64 { return l + x[i] })},
				{"SquaredDistance", SquaredDistance(x, y), inLanes(n, func(l float64, i int) float64 { return math.FMA(x[i]-y[i], x[i]-y[i], l) })},
				{"AbsDistance", AbsDistance(x, y), inLanes(n, func(l float64, i int) float64 { return l + math.Abs(x[i]-y[i]) })},
				{"Dot", Dot(x, y), inLanes(n, func(l float64, i int) float64 { return math.FMA(x[i], y[i], l) })},
				{"SumSq", SumSq(x), inLanes(n, func(l float64, i int) float64 { return math.FMA(x[i], x[i], l) })},
				{"SumExp", SumExp(x, 1.5), inLanes(n, func(l float64, i int) float64 { return l + exp(x[i]-1.5) })},
			} {
				if !same(c.got, c.want) {
					t.Fatalf("%s of %d: %g, want %g", c.name, n, c.got, c.want)
				}
			}
			if sumX, sumY, dot := Overlap(x, y); !same(sumX, Sum(x)) || !same(sumY, Sum(y)) || !same(dot, Dot(x, y)) {
				t.Fatalf("Overlap of %d: %g, %g, %g, want %g, %g, %g", n, sumX, sumY, dot, Sum(x), Sum(y), Dot(x, y))
			}
			most, least, finite := -inf, inf, true
			for _, v := range x {
				most, least, finite = max(most, v), min(least, v), finite && v-v == 0
			}
			if lo, hi := Range(x); !same(lo, least+0) || !same(hi, most+0) {
				t.Fatalf("%g: range %g to %g", x, lo, hi)
			}
			if !same(Max(x), most+0) || !same(Min(x), least+0) || AllFinite(x) != finite {
				t.Fatalf("%g: max %g, min %g, finite %t", x, Max(x), Min(x), AllFinite(x))
			}
		}
		for i := range n {
			for _, bad := range []float64{nan, inf, -inf, -nan, math.Float64frombits(infBits + 1), math.Float64frombits(signBit | infBits + 1)} {
				x := normal(n)
				x[i] = bad
				if lo, hi := Range(x); !same(lo, Min(x)) || !same(hi, Max(x)) {
					t.Fatalf("%g at %d of %d: range %g to %g", bad, i, n, lo, hi)
				}
				if AllFinite(x) {
					t.Fatalf("%g at %d of %d is finite", bad, i, n)
				}
			}
		}
	}
}

func TestWithin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	bounds := []float64{-inf, -math.MaxFloat64, -1, 0, 0.5, 1, math.MaxFloat64, inf}
	strangers := []float64{nan, -nan, inf, -inf, negZero, -math.SmallestNonzeroFloat64, -0.5, -1, -1.5, -2, -1e300, 0, 1, 1 + 0x1p-52, 2, 1e300}
	for n := range 40 {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.Float64()
		}
		check := func() {
			t.Helper()
			for _, lo := range bounds {
				for _, hi := range bounds {
					want := !slices.ContainsFunc(x, func(v float64) bool { return !(v >= lo && v <= hi) })
					if Within(x, lo, hi) != want {
						t.Fatalf("%g is within %g and %g: got %t", x, lo, hi, !want)
					}
				}
			}
		}
		check()
		for i, v := range x {
			for _, x[i] = range strangers {
				check()
			}
			x[i] = v
		}
	}
}

func BenchmarkUnary(b *testing.B) {
	x, dst := normal(4096), make([]float64, 4096)
	for _, u := range unary {
		x := x
		if slices.Contains([]string{"Log", "Log1p", "Pow2.5", "Pow-1", "Pow1e9", "Pow0.5"}, u.name) {
			x = slices.Clone(x)
			Exp(x, x)
		}
		b.Run(u.name, func(b *testing.B) {
			b.SetBytes(int64(8 * len(x)))
			for b.Loop() {
				u.f(dst, x)
			}
			perNumber(b, len(x))
		})
	}
}

func BenchmarkLogistic(b *testing.B) {
	x := normal(4096)
	p, q, l := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	b.SetBytes(int64(8 * len(x)))
	for b.Loop() {
		Logistic(p, q, l, x)
	}
	perNumber(b, len(x))
}

func BenchmarkReduce(b *testing.B) {
	x, y, p := normal(4096), normal(4096), make([]float64, 4096)
	x32 := make([]float32, 4096)
	for _, c := range []struct {
		name string
		f    func() float64
	}{
		{"Sum", func() float64 { return Sum(x) }},
		{"Dot", func() float64 { return Dot(x, y) }},
		{"Overlap", func() float64 { _, _, dot := Overlap(x, y); return dot }},
		{"SquaredDistance", func() float64 { return SquaredDistance(x, y) }},
		{"SumSq", func() float64 { return SumSq(x) }},
		{"SumExp", func() float64 { return SumExp(x, 3) }},
		{"Max", func() float64 { return Max(x) }},
		{"Min", func() float64 { return Min(x) }},
		{"Range", func() float64 { lo, hi := Range(x); return hi - lo }},
		{"Range32", func() float64 { lo, hi := Range32(x32); return float64(hi - lo) }},
		{"AllFinite", func() float64 {
			if AllFinite(x) {
				return 1
			}
			return 0
		}},
		{"Within", func() float64 {
			if Within(p, 0, 1) {
				return 1
			}
			return 0
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(8 * len(x)))
			for b.Loop() {
				c.f()
			}
			perNumber(b, len(x))
		})
	}
}

func BenchmarkArith(b *testing.B) {
	x, y, dst := normal(4096), normal(4096), make([]float64, 4096)
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"Add", func() { Add(dst, x, y) }},
		{"Mul", func() { Mul(dst, x, y) }},
		{"Scale", func() { Scale(dst, 0.1, x) }},
		{"Axpy", func() { Axpy(dst, 0.1, x) }},
		{"Affine", func() { Affine(dst, 0.1, 3, x) }},
		{"Above", func() { Above(dst, 0.1, x) }},
		{"Rectify", func() { Rectify(dst, -1, 1, x) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(8 * len(x)))
			for b.Loop() {
				c.f()
			}
			perNumber(b, len(x))
		})
	}
}

func BenchmarkSoftmax(b *testing.B) {
	const n = 1 << 14
	x, dst := normal(n), make([]float64, n)
	for _, k := range []int{2, 3, 4, 10, 21, 32, 80, 1024} {
		for _, c := range []struct {
			name string
			f    func()
		}{
			{"LogSumExpPlanes", func() { LogSumExpPlanes(dst[:n/k], x[:n/k*k]) }},
			{"LogSumExpRows", func() { LogSumExpRows(dst[:n/k], x[:n/k*k]) }},
			{"LogSoftmaxPlanes", func() { LogSoftmaxPlanes(dst, x[:n/k*k], n/k) }},
			{"SoftmaxPlanes", func() { SoftmaxPlanes(dst, x[:n/k*k], n/k) }},
			{"LogSoftmaxRows", func() { LogSoftmaxRows(dst, x[:n/k*k], k) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, k), func(b *testing.B) {
				b.SetBytes(8 * n)
				for b.Loop() {
					c.f()
				}
				perNumber(b, n)
			})
		}
	}
}

func perNumber(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/number")
}

func TestTranspose(t *testing.T) {
	for _, rows := range []int{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 65} {
		for _, cols := range []int{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 65} {
			src, dst := make([]float64, rows*cols), make([]float64, rows*cols+1)
			for i := range src {
				src[i] = float64(i + 1)
			}
			dst[rows*cols] = 7
			Transpose(dst, src, rows, cols)
			for r := range rows {
				for c := range cols {
					if dst[c*rows+r] != src[r*cols+c] {
						t.Fatalf("%d × %d: %g at %d, %d, want %g", rows, cols, dst[c*rows+r], c, r, src[r*cols+c])
					}
				}
			}
			if dst[rows*cols] != 7 {
				t.Fatalf("%d × %d: written beyond the end", rows, cols)
			}
		}
	}
}

func BenchmarkTranspose(b *testing.B) {
	for _, c := range [][2]int{{1024, 2}, {3, 1024}, {1024, 4}, {4, 1024}, {256, 21}, {64, 64}, {100, 1000}} {
		n := c[0] * c[1]
		src, dst := make([]float64, n), make([]float64, n)
		b.Run(fmt.Sprintf("%dx%d", c[0], c[1]), func(b *testing.B) {
			b.SetBytes(int64(8 * n))
			for b.Loop() {
				Transpose(dst, src, c[0], c[1])
			}
			perNumber(b, n)
		})
	}
}
