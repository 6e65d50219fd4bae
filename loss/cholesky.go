package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A triangle is the lower factor L of a positive definite matrix A = LLᵀ of k
// rows, in rows. It is our own so that its bits are those of every machine.
type triangle struct {
	k           int
	l, diagonal []float64
}

// factor sets t to the factor of the symmetric a, and reports whether a is
// positive definite.
func (t *triangle) factor(a []float64, k int) bool {
	t.k, t.l = k, resize(t.l, k*k)
	clear(t.l)
	for i := range k {
		row := t.l[i*k : (i+1)*k]
		for j := range i {
			row[j] = (a[i*k+j] - vec.Dot(row[:j], t.l[j*k:j*k+j])) / t.l[j*k+j]
		}
		s := a[i*k+i] - vec.SumSq(row[:i])
		if !(s > 0) {
			return false
		}
		row[i] = math.Sqrt(s)
	}
	return true
}

// logDet returns log det A.
func (t *triangle) logDet() float64 {
	t.diagonal = t.diagonal[:0]
	for i := range t.k {
		t.diagonal = append(t.diagonal, t.l[i*t.k+i])
	}
	vec.Log(t.diagonal, t.diagonal)
	return 2 * vec.Sum(t.diagonal)
}

// solve sets x to L⁻¹x.
func (t *triangle) solve(x []float64) {
	for i := range t.k {
		x[i] = (x[i] - vec.Dot(t.l[i*t.k:i*t.k+i], x[:i])) / t.l[i*t.k+i]
	}
}

// inverse sets dst to A⁻¹ = L⁻ᵀL⁻¹, with scratch memory of the same size.
func (t *triangle) inverse(dst, columns []float64) {
	k := t.k
	clear(columns)
	for j := range k {
		c := columns[j*k : (j+1)*k]
		c[j] = 1
		t.solve(c)
	}
	for i := range k {
		for j := range i + 1 {
			v := vec.Dot(columns[i*k:(i+1)*k], columns[j*k:(j+1)*k])
			dst[i*k+j], dst[j*k+i] = v, v
		}
	}
}
