package sum

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func of(x ...float64) (s Sum) {
	s.AddSlice(x)
	return s
}

// number draws float64s of all kinds: any bits, any finite magnitude, and the
// neighbourhood of the edges of bins.
func number() *rapid.Generator[float64] {
	return rapid.Custom(func(t *rapid.T) float64 {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		case 1:
			return rapid.SampledFrom([]float64{
				0, math.Copysign(0, -1), 1, -1, 0.1, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64,
				0x1p-1022, 0x1p1005, math.Nextafter(0x1p1005, math.Inf(1)), 0x1p1023, math.Inf(1), math.Inf(-1), math.NaN(),
			}).Draw(t, "edge")
		case 2:
			return rapid.Float64Range(-1, 1).Draw(t, "unit")
		default:
			return edge(rapid.Uint64().Draw(t, "edge"))
		}
	})
}

// edge makes of r a number whose significand is near a power of two and near
// ties, at any exponent.
func edge(r uint64) float64 {
	f := 1 + float64(r&7-3)*0x1p-52
	if r&8 != 0 {
		f += math.Ldexp(1, -int(r>>4&63))
	}
	if r>>10&1 != 0 {
		f = -f
	}
	return math.Ldexp(f, int(r>>16%2098)-1074)
}

func numbers(n int) *rapid.Generator[[]float64] { return rapid.SliceOfN(number(), 0, n) }

// exact returns the exact sum of the finite numbers of x, and the greatest magnitude.
func exact(x []float64) (sum *big.Float, most float64) {
	sum = new(big.Float).SetPrec(2300)
	for _, v := range x {
		if v-v == 0 {
			sum.Add(sum, big.NewFloat(v))
			most = max(most, math.Abs(v))
		}
	}
	return sum, most
}

// reference is the state that the comment over the constants defines, computed
// in exact arithmetic.
func reference(x []float64) []*big.Int {
	top := 0
	for _, v := range x {
		for v-v == 0 && new(big.Float).SetFloat64(math.Abs(v)).Cmp(new(big.Float).SetMantExp(big.NewFloat(0.5), minExp+width*(top+1))) > 0 {
			top++
		}
	}
	top = max(top, fold-1)
	counts := []*big.Int{big.NewInt(int64(top - fold + 1))}
	for range fold {
		counts = append(counts, new(big.Int))
	}
	for _, v := range x {
		if v-v != 0 {
			continue
		}
		units, _ := new(big.Float).SetMantExp(big.NewFloat(v), -minExp).Int(nil)
		for j := lastBin; j > top-fold; j-- {
			one := new(big.Int).Lsh(big.NewInt(1), uint(width*j))
			q, r := new(big.Int).DivMod(units, one, new(big.Int)) // floor
			if c := r.Lsh(r, 1).Cmp(one); c > 0 || c == 0 && q.Bit(0) == 1 {
				q.Add(q, big.NewInt(1))
			}
			units.Sub(units, new(big.Int).Mul(q, one))
			if j <= top {
				counts[1+top-j].Add(counts[1+top-j], q)
			} else if q.Sign() != 0 {
				panic("slice above the top")
			}
		}
	}
	return counts
}

func (c count) big() *big.Int {
	b := new(big.Int).Lsh(big.NewInt(c.hi), 64)
	return b.Add(b, new(big.Int).SetUint64(c.lo))
}

func TestStateIsWhatTheCommentDefines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := numbers(40).Draw(t, "x")
		s, want := of(x...), reference(x)
		if int64(s.raise) != want[0].Int64() {
			t.Fatalf("raise %d, want %d", s.raise, want[0])
		}
		for i, c := range s.counts {
			if c.big().Cmp(want[i+1]) != 0 {
				t.Fatalf("count %d: %d, want %d", i, c.big(), want[i+1])
			}
		}
	})
}

func TestOrderSplitsAndMergesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := numbers(60).Draw(t, "x")
		want := of(x...)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(x), func(i, j int) { x[i], x[j] = x[j], x[i] })

		var parts []*Sum
		for rest := x; len(rest) > 0; {
			n := 1 + r.IntN(len(rest))
			p := new(Sum)
			if r.IntN(2) == 0 {
				p.AddSlice(rest[:n])
			} else {
				for _, v := range rest[:n] {
					p.Add(v)
				}
			}
			if r.IntN(3) == 0 { // on the way to another machine
				text, _ := p.MarshalText()
				p = new(Sum)
				if err := p.UnmarshalText(text); err != nil {
					t.Fatal(err)
				}
			}
			parts, rest = append(parts, p), rest[n:]
		}
		parts = append(parts, new(Sum))
		for len(parts) > 1 { // any tree
			i := r.IntN(len(parts) - 1)
			parts[i].Merge(parts[i+1])
			parts = slices.Delete(parts, i+1, i+2)
		}
		if *parts[0] != want {
			t.Fatalf("%+v, want %+v", *parts[0], want)
		}
	})
}

func TestValueIsWithinTheBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := numbers(60).Draw(t, "x")
		x = slices.DeleteFunc(x, func(v float64) bool { return v-v != 0 })
		s := of(x...)
		sum, most := exact(x)
		// The sum held, before rounding.
		held := new(big.Float).SetPrec(2300)
		for i, c := range s.counts {
			held.Add(held, new(big.Float).SetMantExp(new(big.Float).SetInt(c.big()), minExp+width*(int(s.raise)+fold-1-i)))
		}
		diff := new(big.Float).Sub(held, sum)
		bound := new(big.Float).SetMantExp(big.NewFloat(most), -80)
		bound.Mul(bound, big.NewFloat(float64(len(x))))
		if diff.Abs(diff).Cmp(bound) > 0 {
			t.Fatalf("error %g, bound %g", diff, bound)
		}
		if want, _ := held.Float64(); s.Value() != want {
			t.Fatalf("value %g, want %g", s.Value(), want)
		}
	})
}

func TestSumOfLikeMagnitudesIsCorrectlyRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.IntRange(-1022, 990).Draw(t, "exponent")
		x := make([]float64, rapid.IntRange(0, 3000).Draw(t, "n"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for i := range x { // magnitudes in [2^e, 2^(e+26)]
			x[i] = math.Ldexp((1+r.Float64())*float64(1-2*r.IntN(2)), e+r.IntN(26))
		}
		s := of(x...)
		sum, _ := exact(x)
		if want, _ := sum.Float64(); s.Value() != want {
			t.Fatalf("%g, want %g", s.Value(), want)
		}
	})
}

func TestValue(t *testing.T) {
	inf, nan, most, least := math.Inf(1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{nil, 0},
		{[]float64{math.Copysign(0, -1)}, 0},
		{[]float64{1, 2, 3}, 6},
		{[]float64{0.1, 0.2, 0.3}, 0.6},
		{[]float64{1, 1e100, 1, -1e100}, 0}, // beyond the bins: the bound says so
		{[]float64{1, 1e16, 1, -1e16}, 2},
		{[]float64{most, most}, inf},
		{[]float64{-most, -most}, -inf},
		{[]float64{most, most, -most}, most},
		{[]float64{most, 0x1p969}, most},
		{[]float64{most, 0x1p970}, inf}, // half an ulp, to even
		{[]float64{least, least, -least}, least},
		{[]float64{0x1p-1022, -least}, 0x1p-1022 - least},
		{[]float64{1, 0x1p-53}, 1},
		{[]float64{1, 0x1p-53, 0x1p-78}, 1 + 0x1p-52},
		{[]float64{1 + 0x1p-52, 0x1p-53}, 1 + 0x1p-51},
		{[]float64{inf, 1}, inf},
		{[]float64{1, -inf, -inf}, -inf},
		{[]float64{inf, -inf}, nan},
		{[]float64{nan, inf}, nan},
	} {
		s := of(c.x...)
		got := s.Value()
		if got != c.want && (got == got || c.want == c.want) {
			t.Errorf("%g: %g, want %g", c.x, got, c.want)
		}
	}
}

func TestLongSlices(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 300_000)
	for i := range x {
		x[i] = edge(r.Uint64())
	}
	var one Sum
	for _, v := range x {
		one.Add(v)
	}
	if s := of(x...); s != one {
		t.Errorf("%+v, want %+v", s, one)
	}
	for n := range 70 { // every length of a tail
		one := Sum{}
		for _, v := range x[:n] {
			one.Add(v)
		}
		if s := of(x[:n]...); s != one {
			t.Errorf("%d numbers: %+v, want %+v", n, s, one)
		}
	}
}

func TestMany(t *testing.T) {
	s := of(0.1) // doubling leads to 2^63 numbers; a count then has over 64 bits
	for range 63 {
		s.Merge(&s)
	}
	if want := 0.1 * 0x1p63; s.Value() != want {
		t.Errorf("%g, want %g", s.Value(), want)
	}
	text, _ := s.MarshalText()
	var u Sum
	if err := u.UnmarshalText(text); err != nil || u != s {
		t.Errorf("%s: %v", text, err)
	}
	s.Reset()
	if s != (Sum{}) {
		t.Error("reset is not empty")
	}
}

func FuzzState(f *testing.F) {
	for _, s := range []Sum{{}, of(1, -1e-3), of(math.MaxFloat64, math.NaN(), math.Inf(-1))} {
		text, _ := s.MarshalText()
		bin, _ := s.MarshalBinary()
		f.Add(text)
		f.Add(bin)
		var u, v Sum
		if u.UnmarshalText(text) != nil || v.UnmarshalBinary(bin) != nil || u != s || v != s {
			f.Errorf("%s and %x for %+v", text, bin, s)
		}
	}
	for _, bad := range []string{
		"", "x", "40x3", "40x3+0", "40x2+0:0,0,0:0,0,0", "39x3+0:0,0,0:0,0,0", "40x3+51:0,0,0:0,0,0", "40x3+256:0,0,0:0,0,0",
		"40x3+0:0,0:0,0,0", "40x3+0:0,0,0,0:0,0,0", "40x3+0:-0,0,0:0,0,0", "40x3+0:0,0,0:0,0,-1", "40x3+0:0,0,0:0,0,0 ",
		"40x3+0:100000000000000000000000000,0,0:0,0,0", "40x3+0:00,0,0:0,0,0", "40x3+0:g,0,0:0,0,0",
	} {
		var u Sum
		if err := u.UnmarshalText([]byte(bad)); err == nil {
			f.Errorf("%q was taken", bad)
		}
		f.Add([]byte(bad))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var u Sum
		if u.UnmarshalText(b) == nil {
			if text, _ := u.MarshalText(); string(text) != string(b) {
				t.Errorf("%q read, %q written", b, text)
			}
			u.Value()
		}
		if u.UnmarshalBinary(b) == nil {
			if bin, _ := u.MarshalBinary(); string(bin) != string(b) {
				t.Errorf("%x read, %x written", b, bin)
			}
			u.Value()
		}
	})
}

func BenchmarkAddSlice(b *testing.B) {
	x := make([]float64, 1<<14)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range x {
		x[i] = r.NormFloat64()
	}
	var s Sum
	b.SetBytes(int64(8 * len(x)))
	for b.Loop() {
		s.AddSlice(x)
	}
}

func BenchmarkAdd(b *testing.B) {
	var s Sum
	b.SetBytes(8)
	for b.Loop() {
		s.Add(0.1)
	}
}
