package vec

import (
	"math/rand/v2"
	"testing"
)

// TestLeft compares with the definition, for rows and columns shared out in
// several ways.
func TestLeft(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rows, cols := Tile()
	try := func(m, n, k int, special bool) {
		t.Helper()
		lda := k + r.IntN(3)
		a, b := matrix[float32](r, m, lda, special), matrix[float32](r, 1, 2*n+3*k+64, special)
		offsets := make([]int, k)
		for q := range offsets {
			offsets[q] = r.IntN(n + 3*k)
		}
		ldc := (n+cols-1)/cols*cols + r.IntN(3)
		start := matrix[float32](r, m+rows, ldc, special)
		l := NewLeft(a, lda, m, k)
		for _, share := range []struct{ rows, cols int }{{m + rows - m%rows, ldc}, {rows, cols}, {2 * rows, 3 * cols}} {
			c := append([]float32{}, start...)
			for lo := 0; lo < m; lo += share.rows {
				for j := 0; j < n; j += share.cols {
					l.Continue(c[lo*ldc+j:], ldc, b[j:], offsets, lo, lo+share.rows, min(share.cols, n-j))
				}
			}
			for i := range m {
				for j := range n {
					want := start[i*ldc+j]
					for q, at := range offsets {
						want = fma32(a[i*lda+q], b[at+j], want)
					}
					if !same(float64(c[i*ldc+j]), float64(want)) {
						t.Fatalf("%d × %d × %d, shared by %v: %g at %d %d, want %g", m, n, k, share, c[i*ldc+j], i, j, want)
					}
				}
			}
		}
	}
	for _, m := range []int{1, 5, 6, 7, 12, 13, 25} {
		for _, n := range []int{1, 15, 16, 17, 33, 100} {
			for _, k := range []int{1, 2, 9} {
				try(m, n, k, true)
			}
		}
	}
	try(13, 40, depth+1, true)
	try(13, 40, 2*depth, false)
}
