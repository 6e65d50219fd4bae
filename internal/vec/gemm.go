package vec

import (
	"math"
	"sync"
)

// Gemm sets C to A·B, or adds A·B to C: A is m × k, B is k × n and C is m × n, in
// rows that begin lda, ldb and ldc numbers apart.
//
// Element i, j of C is one sum over k in ascending order that begins with +0, or
// with C, each product fused with its addition and rounded to T: the result is
// the same however rows and columns are shared out. Callers share rows of A and C
// between goroutines; from some 500 rows on, what is copied of B costs little.
func Gemm[T float32 | float64](c []T, ldc int, a []T, lda int, b []T, ldb int, m, n, k int, accumulate bool) {
	gemm(c, ldc, a, lda, b, ldb, m, n, k, accumulate, packColumns[T])
}

// GemmNT is Gemm with A·Bᵀ: B is n × k. Its elements are the dot products of the
// rows of A and B.
func GemmNT[T float32 | float64](c []T, ldc int, a []T, lda int, b []T, ldb int, m, n, k int, accumulate bool) {
	gemm(c, ldc, a, lda, b, ldb, m, n, k, accumulate, packTransposed[T])
}

// What of A and B is copied at a time: a block of A stays in the second cache,
// one of B in the third.
const (
	depth  = 256
	height = 96
	width  = 1024
)

// A kernel continues a tile of C, rows × cols, by k products of packed panels.
type kernel[T float32 | float64] struct {
	rows, cols int
	run        func(k int, a, b, c []T, ldc int)
}

// packed is the memory of a product.
type packed[T float32 | float64] struct {
	a    [height * depth]T
	b    [width * depth]T
	edge [32 * 64]T
}

var (
	packed32 = sync.Pool{New: func() any { return new(packed[float32]) }}
	packed64 = sync.Pool{New: func() any { return new(packed[float64]) }}
)

func gemm[T float32 | float64](c []T, ldc int, a []T, lda int, b []T, ldb int, m, n, k int, accumulate bool,
	packB func(dst, b []T, ldb, j, q, w, d, cols int),
) {
	if m <= 0 || n <= 0 {
		return
	}
	if !accumulate {
		for i := range m {
			clear(c[i*ldc : i*ldc+n])
		}
	}
	_ = c[(m-1)*ldc+n-1]
	pool, kern := &packed64, any(kernel64)
	if _, ok := any(c).([]float32); ok {
		pool, kern = &packed32, any(kernel32)
	}
	p := pool.Get().(*packed[T])
	defer pool.Put(p)
	t := kern.(kernel[T])
	for q := 0; q < k; q += depth {
		d := min(depth, k-q)
		for j := 0; j < n; j += width {
			w := min(width, n-j)
			packB(p.b[:], b, ldb, j, q, w, d, t.cols)
			for i := 0; i < m; i += height {
				h := min(height, m-i)
				packRows(p.a[:], a[i*lda+q:], lda, h, d, t.rows)
				p.block(t, c[i*ldc+j:], ldc, h, w, d)
			}
		}
	}
}

// block continues h × w numbers of C by d products each.
func (p *packed[T]) block(kern kernel[T], c []T, ldc, h, w, d int) {
	for j := 0; j < w; j += kern.cols {
		cols := min(kern.cols, w-j)
		for i := 0; i < h; i += kern.rows {
			rows := min(kern.rows, h-i)
			if rows == kern.rows && cols == kern.cols {
				kern.run(d, p.a[i*d:], p.b[j*d:], c[i*ldc+j:], ldc)
				continue
			}
			for r := range rows {
				copy(p.edge[r*kern.cols:][:cols], c[(i+r)*ldc+j:])
			}
			kern.run(d, p.a[i*d:], p.b[j*d:], p.edge[:], kern.cols)
			for r := range rows {
				copy(c[(i+r)*ldc+j:][:cols], p.edge[r*kern.cols:])
			}
		}
	}
}

// packRows copies h rows of d numbers into panels of so many rows, each panel by
// columns, the last filled up with 0.
func packRows[T float32 | float64](dst, src []T, ld, h, d, rows int) {
	for ; h > 0; h -= rows {
		panel := dst[:rows*d]
		if !packTurned(panel, src, ld, h, d, rows) {
			packPanel(panel, src, ld, h, d, rows)
		}
		dst = dst[rows*d:]
		if h > rows {
			src = src[rows*ld:]
		}
	}
}

// packTurned packs a whole panel as a matrix that is transposed, where there is
// a vector function for it.
func packTurned[T float32 | float64](panel, src []T, ld, h, d, rows int) bool {
	to, ok := any(panel).([]float64)
	return ok && h >= rows && transposeVec(to, any(src).([]float64), rows, d, rows, ld)
}

func packPanel[T float32 | float64](panel, src []T, ld, h, d, rows int) {
	for r := range rows {
		if r >= h {
			for q := r; q < len(panel); q += rows {
				panel[q] = 0
			}
			continue
		}
		line := src[r*ld : r*ld+d]
		for i, at := 0, r; i < len(line) && at < len(panel); i, at = i+1, at+rows {
			panel[at] = line[i]
		}
	}
}

// packTransposed packs the columns of Bᵀ from j and the rows from q on.
func packTransposed[T float32 | float64](dst, b []T, ldb, j, q, w, d, cols int) {
	packRows(dst, b[j*ldb+q:], ldb, w, d, cols)
}

// packColumns packs the columns of B from j and the rows from q on.
func packColumns[T float32 | float64](dst, b []T, ldb, j, q, w, d, cols int) {
	for i := range d {
		row := b[(q+i)*ldb+j:][:w]
		for at := i * cols; len(row) > 0; at += cols * d {
			n := copy(dst[at:at+cols], row)
			clear(dst[at+n : at+cols])
			row = row[n:]
		}
	}
}

// fma32 is x·y + z rounded once. The product is exact in float64; the sum is
// rounded to odd there, which leaves the second rounding as the only one.
func fma32(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	t := s - p
	e := (p - (s - t)) + (c - t)
	if e != 0 && e-e == 0 && math.Float64bits(s)&1 == 0 {
		if (e > 0) == (s > 0) {
			s = math.Float64frombits(math.Float64bits(s) + 1)
		} else {
			s = math.Float64frombits(math.Float64bits(s) - 1)
		}
	}
	return float32(s)
}

// The kernels in plain Go have tiles of 4 × 4.

func plainKernel32(k int, a, b, c []float32, ldc int) {
	var acc [4][4]float32
	for i := range acc {
		copy(acc[i][:], c[i*ldc:])
	}
	for range k {
		for i, x := range a[:4] {
			for j, y := range b[:4] {
				acc[i][j] = fma32(x, y, acc[i][j])
			}
		}
		a, b = a[4:], b[4:]
	}
	for i := range acc {
		copy(c[i*ldc:], acc[i][:])
	}
}

func plainKernel64(k int, a, b, c []float64, ldc int) {
	var acc [4][4]float64
	for i := range acc {
		copy(acc[i][:], c[i*ldc:])
	}
	for range k {
		for i, x := range a[:4] {
			for j, y := range b[:4] {
				acc[i][j] = fma(x, y, acc[i][j])
			}
		}
		a, b = a[4:], b[4:]
	}
	for i := range acc {
		copy(c[i*ldc:], acc[i][:])
	}
}
