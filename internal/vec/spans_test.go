package vec

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSpans(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 70 {
		for range 20 {
			var in, out [][]float64
			for range 4 {
				in = append(in, mixed(r, n))
			}
			for range 5 {
				out = append(out, append(make([]float64, n), 7))
			}
			kept := slices.Concat(in...)
			Spans(out[0], out[1], out[2], out[3], out[4], in[0], in[1], in[2], in[3])
			for i := range n {
				var want [5]float64
				want[0], want[1], want[2], want[3], want[4] = spans(in[0][i], in[1][i], in[2][i], in[3][i])
				for k, w := range want {
					if !same(out[k][i], w) {
						t.Fatalf("number %d of %d: result %d is %v, want %v", i, n, k, out[k][i], w)
					}
				}
			}
			for k := range out {
				if out[k][n] != 7 {
					t.Fatalf("%d numbers: written beyond the end", n)
				}
			}
			if !slices.EqualFunc(kept, slices.Concat(in...), same) {
				t.Fatal("arguments were written")
			}
		}
	}
	for _, c := range []struct{ a1, a2, b1, b2, over, around, a, b, apart float64 }{
		{0, 4, 1, 3, 2, 4, 4, 2, 0},
		{0, 2, 1, 3, 1, 3, 2, 2, 1},
		{2, 3, -1, 0, 0, 4, 1, 1, -3},
		{0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		over, around, a, b, apart := spans(c.a1, c.a2, c.b1, c.b2)
		if over != c.over || around != c.around || a != c.a || b != c.b || apart != c.apart {
			t.Errorf("got %v %v %v %v %v, want %v", over, around, a, b, apart, c)
		}
	}
}
