package vec

import "slices"

// A Left is the left matrix of products, m × k, copied once into the order in
// which its kernel reads it: what is multiplied often, as the weights of a
// network, need not be packed each time. It may be used concurrently.
type Left struct {
	m, k   int
	panels []float32 // of so many rows each, by columns; the last is filled up with 0
}

// NewLeft copies the matrix a, m × k, in rows that begin lda numbers apart.
func NewLeft(a []float32, lda, m, k int) *Left {
	rows := kernel32.rows
	l := &Left{m, k, make([]float32, (m+rows-1)/rows*rows*k)}
	packRows(l.panels, a, lda, m, k, rows)
	return l
}

// Tile is what a call of Continue is rounded up to: rows from a multiple of rows
// on, and numbers of columns.
func Tile() (rows, cols int) { return kernel32.rows, kernel32.cols }

// Continue adds to c, in rows that begin ldc numbers apart, rows lo to hi of the
// product with a matrix B of n columns:
//
//	c[(i−lo)·ldc + j] += Σ_q A[i, q]·b[offsets[q] + j]
//
// Rows of B may overlap, as those of a convolution do: they are the same plane,
// shifted. lo is a multiple of the rows of Tile. Rows and columns are computed up
// to whole tiles: c and b are to have room, the surplus numbers mean nothing.
//
// Each number is one sum over q in ascending order that begins with c, each
// product fused with its addition, however rows and columns are shared out.
func (l *Left) Continue(c []float32, ldc int, b []float32, offsets []int, lo, hi, n int) {
	rows, cols := Tile()
	hi = min(hi, l.m)
	if lo >= hi || n <= 0 || l.k == 0 {
		return
	}
	n = (n + cols - 1) / cols * cols
	offsets = offsets[:l.k]
	if slices.Min(offsets) < 0 {
		panic("vec: a row of B before its beginning")
	}
	_ = b[slices.Max(offsets)+n-1]
	for q := 0; q < l.k; q += depth {
		d := min(depth, l.k-q)
		for j := 0; j < n; j += cols {
			for i := lo; i < hi; i += rows {
				shifted32(l.panels[i*l.k+q*rows:], b[j:], offsets[q:q+d], c[(i-lo)*ldc+j:], ldc)
			}
		}
	}
}

func plainShifted32(a, b []float32, offsets []int, c []float32, ldc int) {
	var acc [4][4]float32
	for i := range acc {
		copy(acc[i][:], c[i*ldc:])
	}
	for _, at := range offsets {
		for i, x := range a[:4] {
			for j, y := range b[at : at+4] {
				acc[i][j] = fma32(x, y, acc[i][j])
			}
		}
		a = a[4:]
	}
	for i := range acc {
		copy(c[i*ldc:], acc[i][:])
	}
}
