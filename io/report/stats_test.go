package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// random gives the numbers that the reference values were made of.
func random(n int) []float64 {
	x := uint64(12345)
	out := make([]float64, n)
	for i := range out {
		x = x*6364136223846793005 + 1442695040888963407
		out[i] = float64(float64(x>>11)/(1<<53)*10) - 3
	}
	return out
}

func TestStatsAgreeWithNumpy(t *testing.T) {
	// numpy 2.4.6: v.std(), v.min(), np.percentile(v, [5, 50, 95]), v.max()
	for _, c := range []struct {
		n    int
		want [6]float64
	}{
		{1, [6]float64{0.0, -1.9042139401450537, -1.9042139401450537, -1.9042139401450537, -1.9042139401450537, -1.9042139401450537}},
		{2, [6]float64{0.7790334496612161, -1.9042139401450537, -1.8263105951789322, -1.1251804904838376, -0.42405038578874316, -0.3461470408226215}},
		{3, [6]float64{3.351978201610779, -1.9042139401450537, -1.7484072502128105, -0.3461470408226215, 5.236001229934056, 5.856239926684799}},
		{10, [6]float64{2.8191134955021164, -1.9042139401450537, -1.5505592560596635, 1.7598305281487734, 5.631750303235649, 5.856239926684799}},
		{101, [6]float64{3.0329998687589863, -2.886874719339759, -2.507838407901601, 2.1195658826845865, 6.6347885897206424, 6.899951327998886}},
		{1000, [6]float64{2.9138226317132285, -2.990772289552231, -2.4234861936417955, 2.06698586712026, 6.584176998844415, 6.996580888206038}},
	} {
		var s Samples
		s.AddSlice(random(c.n))
		for i, got := range s.Stats().numbers() {
			tolerance := 0.0
			if i == 0 {
				tolerance = 1e-14 // numpy sums in pairs
			}
			if math.Abs(float64(got.Value)-c.want[i]) > tolerance {
				t.Errorf("n %d: %s = %v, want %v", c.n, got.Name, got.Value, c.want[i])
			}
		}
	}
}

func TestStatsOddNumbers(t *testing.T) {
	stats := func(v ...float64) *Stats {
		var s Samples
		s.AddSlice(v)
		return s.Stats()
	}
	if s := stats(); s != nil {
		t.Errorf("of nothing: %v", s)
	}
	if s := stats(1, math.NaN(), 2); s.Min == s.Min || s.P50 == s.P50 || s.Std == s.Std {
		t.Errorf("with NaN: %v", s)
	}
	if s := stats(math.Inf(1), 2, 1); s.P50 != 2 || s.Max != inf || s.Std == s.Std || s.P5 != 1.1 || s.P95 != inf {
		t.Errorf("with inf: %v", s)
	}
	if s := stats(0.1, 0.1, 0.1); *s != (Stats{0, 0.1, 0.1, 0.1, 0.1, 0.1, false}) {
		t.Errorf("of equal numbers: %v", s)
	}
	if s := stats(math.Copysign(0, -1)); s.Min.String() != "0" || s.P50.String() != "0" {
		t.Errorf("of −0: %v", s)
	}
	if s := stats(1e8, 1e8+1); s.Std != 0.5 {
		t.Errorf("std is %v, want 0.5", s.Std)
	}
}

func TestStatsDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.SampledFrom([]float64{1, 1e-300, 1e150})
		v := make([]float64, rapid.IntRange(1, 300).Draw(t, "n"))
		for i := range v {
			v[i] = rapid.Float64Range(-3, 3).Draw(t, "v") * scale.Draw(t, "scale")
		}
		once := new(Samples)
		once.AddSlice(v)
		parts := make([]Samples, 4)
		for _, x := range rapid.Permutation(v).Draw(t, "order") {
			parts[rapid.IntRange(0, 3).Draw(t, "part")].Add(x)
		}
		if rapid.Bool().Draw(t, "many") { // as if there were too many
			once.pour()
			parts[1].pour()
			parts[0].pour()
		}
		for _, i := range []int{3, 1, 2} {
			parts[0].Merge(&parts[i])
		}
		if a, b := *once.Stats(), *parts[0].Stats(); a != b {
			t.Fatalf("%v and %v", a, b)
		}
	})
}

func TestStatsAboveTheLimit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	v := make([]float64, exactLimit+1)
	for i := range v {
		v[i] = math.Exp(3*r.NormFloat64()) * float64(1-2*(i%3%2))
	}
	var exact, approx Samples
	exact.AddSlice(v[1:])
	approx.AddSlice(v[:100])
	if exact.hist != nil || exact.Stats().Approximate {
		t.Error("2^20 samples are exact")
	}
	exact.Add(v[0])
	if exact.hist == nil || exact.kept != nil || !exact.Stats().Approximate {
		t.Error("2^20 + 1 are not")
	}
	var rest Samples
	rest.AddSlice(v[100:])
	approx.Merge(&rest)
	if *approx.Stats() != *exact.Stats() {
		t.Errorf("parts: %v, whole: %v", *approx.Stats(), *exact.Stats())
	}
	sorted := slices.Clone(v)
	slices.Sort(sorted)
	at := func(i int64) float64 { return sorted[i] }
	for q, got := range map[float64]Float{0.05: approx.Stats().P5, 0.5: approx.Stats().P50, 0.95: approx.Stats().P95} {
		want := percentile(q, int64(len(v)), at)
		if e := math.Abs(float64(got)/want - 1); e > 1e-3 {
			t.Errorf("p%g = %v, want %v: %.2g off", 100*q, got, want, e)
		}
	}
	mean, squares := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		squares += (x - mean) * (x - mean)
	}
	want := math.Sqrt(squares / float64(len(v)))
	if got := float64(approx.Stats().Std); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("std = %v, want %v", got, want)
	}
}

func TestHistogramRanks(t *testing.T) {
	tiny := math.SmallestNonzeroFloat64
	v := []float64{math.Inf(-1), -math.MaxFloat64, -1, -1e-310, math.Copysign(0, -1), 0, tiny, 0.5, 0.5, 1, 1.0001, 3, math.MaxFloat64, math.Inf(1)}
	var h histogram
	for _, i := range rand.Perm(len(v)) {
		h.cover(v[i], v[i])
		h.add(v[i : i+1])
	}
	bucketAt := h.ranks()
	for _, i := range append(rand.Perm(len(v)), 0, 1, 2) {
		bucket, before := bucketAt(int64(i))
		if before > int64(i) {
			t.Errorf("rank %d: %d before it", i, before)
		}
		got, want := numberOf(bucket), v[i]
		if math.Abs(want) == math.MaxFloat64 {
			want *= 2 // the nearest of ten bits
		}
		if got != want && math.Abs(got-want) > 0x1p-10*math.Abs(want)+0x1p-1032 {
			t.Errorf("rank %d is %v, want %v", i, got, want)
		}
	}
}

// A number and the one that stands for its bucket are near, and buckets are
// in the order of the numbers.
func TestBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any := rapid.Custom(func(t *rapid.T) float64 { return math.Float64frombits(rapid.Uint64().Draw(t, "bits")) })
		finite := any.Filter(func(x float64) bool { return math.Abs(x) < math.MaxFloat64*(1-0x1p-10) })
		x, y := finite.Draw(t, "x"), finite.Draw(t, "y")
		if got := numberOf(bucketOf(x)); math.Abs(got-x) > 0x1p-10*math.Abs(x)+0x1p-1032 {
			t.Fatalf("%v is counted as %v", x, got)
		}
		if bucketOf(-x) != -bucketOf(x) {
			t.Fatalf("bucket of %v is %d, of its negative %d", x, bucketOf(x), bucketOf(-x))
		}
		if x < y && bucketOf(x) > bucketOf(y) {
			t.Fatalf("buckets of %v and %v are %d and %d", x, y, bucketOf(x), bucketOf(y))
		}
	})
	for _, x := range []float64{0, 1, -0.5, 0.75, 3, 1000, math.Inf(1)} {
		if got := numberOf(bucketOf(x)); got != x {
			t.Errorf("%v is counted as %v", x, got)
		}
	}
}

// What is selected is what sorting finds.
func TestSelection(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name, draw := range map[string]func() float64{
		"wide":   func() float64 { return math.Exp(20*r.NormFloat64()) * float64(1-2*r.IntN(2)) },
		"narrow": func() float64 { return 1 + 1e-9*r.Float64() },
		"few":    func() float64 { return float64(r.IntN(3)) },
		"zeros":  func() float64 { return math.Copysign(0, r.Float64()-0.5) },
	} {
		var s Samples
		v := make([]float64, 2*exactPiece+1)
		for i := range v {
			v[i] = draw()
		}
		s.AddSlice(v)
		at := s.selected()
		slices.Sort(v)
		for _, rank := range []int{0, 1, len(v) / 2, len(v)/2 + 1, len(v) - 1, 7} {
			if got := at(int64(rank)); got != v[rank] || got == 0 && math.Signbit(got) {
				t.Errorf("%s: rank %d is %v, want %v", name, rank, got, v[rank])
			}
		}
	}
}

func BenchmarkSamples(b *testing.B) {
	v := random(4096)
	var s Samples
	b.SetBytes(int64(8 * len(v)))
	for b.Loop() {
		s.AddSlice(v)
	}
}
