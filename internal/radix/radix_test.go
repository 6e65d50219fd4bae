package radix

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// kinds of keys; each is of number i of n.
var kinds = map[string]func(r *rand.Rand, i, n int) uint64{
	"random":     func(r *rand.Rand, _, _ int) uint64 { return r.Uint64() },
	"unit":       func(r *rand.Rand, _, _ int) uint64 { return math.Float64bits(r.Float64()) },
	"normal":     func(r *rand.Rand, _, _ int) uint64 { return math.Float64bits(r.NormFloat64()) },
	"float32":    func(r *rand.Rand, _, _ int) uint64 { return math.Float64bits(float64(r.Float32())) },
	"few values": func(r *rand.Rand, _, _ int) uint64 { return r.Uint64N(5) << 40 },
	"equal":      func(*rand.Rand, int, int) uint64 { return 7 },
	"zero":       func(*rand.Rand, int, int) uint64 { return 0 },
	"ascending":  func(_ *rand.Rand, i, _ int) uint64 { return uint64(i) << 20 },
	"descending": func(_ *rand.Rand, i, n int) uint64 { return uint64(n-i) << 20 },
	"low bits":   func(r *rand.Rand, _, _ int) uint64 { return r.Uint64N(1000) },
	"low bits beside a high one": func(r *rand.Rand, i, _ int) uint64 {
		if i == 3 {
			return math.MaxUint64
		}
		return math.Float64bits(1 + r.Float64()*0x1p-40)
	},
	"special": func(r *rand.Rand, _, _ int) uint64 {
		return []uint64{
			0, 1, math.MaxUint64, math.Float64bits(math.Inf(1)), math.Float64bits(math.Inf(-1)),
			math.Float64bits(math.NaN()), math.Float64bits(math.Copysign(0, -1)), math.Float64bits(math.MaxFloat64), 1 << 63,
		}[r.IntN(9)]
	},
}

func lengths() []int {
	list := []int{few - 1, few, few + 1, few + 2, 1000, radix - 1, radix, radix + 1, 70000}
	for n := range 20 {
		list = append(list, n)
	}
	return list
}

func TestSort(t *testing.T) {
	for kind, key := range kinds {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range lengths() {
			x := make([]uint64, n)
			for i := range x {
				x[i] = key(r, i, n)
			}
			want := slices.Clone(x)
			slices.Sort(want)
			if got := Sort(x, make([]uint64, n)); !slices.Equal(got, want) {
				t.Errorf("%s, %d keys: not sorted", kind, n)
			}
		}
	}
}

func TestSortIndexed(t *testing.T) {
	for kind, key := range kinds {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range lengths() {
			x, index := make([]uint64, n), make([]int, n)
			for i := range x {
				x[i], index[i] = key(r, i, n), i
			}
			keys, want := slices.Clone(x), slices.Clone(index)
			slices.SortStableFunc(want, func(i, j int) int { return cmp.Compare(keys[i], keys[j]) })
			got, order := SortIndexed(x, make([]uint64, n), index, make([]int, n))
			if !slices.Equal(order, want) {
				t.Errorf("%s, %d keys: not sorted stably", kind, n)
			}
			for i, k := range order {
				if got[i] != keys[k] {
					t.Errorf("%s, %d keys: key %d did not go with its index", kind, n, i)
					break
				}
			}
		}
	}
}

func BenchmarkSort(b *testing.B) {
	for _, kind := range []string{"random", "unit", "float32", "low bits beside a high one"} {
		for _, size := range []struct {
			name string
			n    int
		}{{"1k", 1 << 10}, {"64k", 1 << 16}, {"1M", 1 << 20}} {
			r := rand.New(rand.NewPCG(1, 2))
			x, work, tmp := make([]uint64, size.n), make([]uint64, size.n), make([]uint64, size.n)
			for i := range x {
				x[i] = kinds[kind](r, i, size.n)
			}
			b.Run(kind+"/"+size.name, func(b *testing.B) {
				b.SetBytes(int64(8 * size.n))
				for b.Loop() {
					copy(work, x)
					Sort(work, tmp)
				}
			})
		}
	}
}
