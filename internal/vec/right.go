package vec

// Pixel is what the columns of a Right are rounded up to: numbers of a pixel
// begin so many apart, or a multiple of it.
const Pixel = 16

// A Right is the right matrix of products, k × n, copied once into the order in
// which its kernel reads it, with a number for each column that sums begin with.
// What is multiplied often, as the weights of a network, need not be packed each
// time. It may be used concurrently.
type Right struct {
	k, n   int
	start  []float32 // filled up with 0 to a multiple of Pixel
	panels []float32 // of so many columns each, by rows; the last as start
}

// NewRight copies the matrix b, k × n, whose rows are contiguous. No start is 0.
func NewRight(b []float32, k, n int, start []float32) *Right {
	r := EmptyRight(k, n, start)
	for j := 0; j < n; j += Pixel {
		for q := range k {
			r.Set(q, j, b[q*n+j:q*n+min(j+Pixel, n)])
		}
	}
	return r
}

// EmptyRight is a matrix of zeros, for Set.
func EmptyRight(k, n int, start []float32) *Right {
	width := UpTo(n, Pixel)
	r := &Right{k, n, make([]float32, width), make([]float32, width*k)}
	copy(r.start, start)
	return r
}

// Set writes at most Pixel numbers of row q, from column j on, a multiple of Pixel.
func (r *Right) Set(q, j int, x []float32) {
	panel := j / right.wide * right.wide
	cols := right.columns(len(r.start) - panel)
	copy(r.panels[panel*r.k+q*cols+j-panel:][:Pixel], x)
}

// UpTo rounds n up to a multiple of unit.
func UpTo(n, unit int) int { return (n + unit - 1) / unit * unit }

// Rows is what the rows of the left matrix are made of: stretches of equal length,
// each Jump after the beginning of the one before.
type Rows struct {
	A               []float32
	From            []int // where the first stretch of each row begins
	Stretches, Jump int
}

// A Mode says what products are added to, and what becomes of the sums.
type Mode struct {
	Add  bool // to c, not to the numbers that sums begin with
	Ramp bool // negative sums become 0
}

// Multiply writes the product to c, row i from to[i] on:
//
//	c[to[i] + j] = start[j] + Σ_q A[i, q]·B[q, j]
//
// Columns are written up to a multiple of Pixel, the surplus ones with 0 added.
// Rows of A may overlap, as those of a convolution do. Each number is one sum over
// q in ascending order, each product fused with its addition.
func (r *Right) Multiply(c []float32, to []int, a Rows, mode Mode) {
	if len(to) == 0 {
		return
	}
	from := a.From[:len(to)]
	width, n := len(r.start), r.k/a.Stretches
	last, lastTo, signs := 0, 0, a.Jump
	for i, at := range from {
		last, lastTo, signs = max(last, at), max(lastTo, to[i]), signs|at|to[i]
	}
	if signs < 0 || n*a.Stretches != r.k || n == 0 {
		panic("vec: a row before the beginning, or stretches that are no part of the matrix")
	}
	_, _ = a.A[last+(a.Stretches-1)*a.Jump+n-1], c[lastTo+width-1]
	for j := 0; j < width; {
		cols := right.columns(width - j)
		start := r.start[j:]
		if mode.Add {
			start = nil
		}
		run := func(kernel rightKernel, from, to []int) {
			if len(to) > 0 {
				kernel(a.A, from, a.Stretches, n, a.Jump, r.panels[j*r.k:], c[j:], to, start, mode.Ramp)
			}
		}
		whole, few := right.kernels(cols)
		i := len(to) / right.rows * right.rows
		end := i + (len(to)-i)/right.few*right.few
		run(whole, from[:i], to[:i])
		run(few, from[i:end], to[i:end])
		switch left := len(to) - end; {
		case left > 0 && (end == 0 || mode.Add): // the last rows, the last of them repeated
			var f, t [4]int
			for q := range right.few {
				f[q], t[q] = from[min(end+q, len(to)-1)], to[min(end+q, len(to)-1)]
			}
			run(few, f[:right.few], t[:right.few])
		case left > 0: // the last rows with some before, again
			run(few, from[len(to)-right.few:], to[len(to)-right.few:])
		}
		j += cols
	}
}

// A rightKernel computes rows, a multiple of those it is made for, of a panel. It
// begins with c where start is nil.
type rightKernel func(a []float32, from []int, stretches, n, jump int, b, c []float32, to []int, start []float32, ramp bool)

// kernels of Right: for many or few rows, and for columns of one or two registers.
type rightKernels struct {
	rows, few int
	wide      int // columns of two registers
	kernel    [2][2]rightKernel
}

// columns is the width of the next panel.
func (k *rightKernels) columns(left int) int { return min(k.wide, left) }

func (k *rightKernels) kernels(cols int) (whole, few rightKernel) {
	pair := &k.kernel[0]
	if cols == k.wide {
		pair = &k.kernel[1]
	}
	return pair[0], pair[1]
}

// plainRight has tiles of 1 × 16.
var plainRight = rightKernels{1, 1, Pixel, [2][2]rightKernel{{}, {plainProduct, plainProduct}}}

func plainProduct(a []float32, from []int, stretches, n, jump int, b, c []float32, to []int, start []float32, ramp bool) {
	for i := range to {
		plainRow(a[from[i]:], stretches, n, jump, b, c[to[i]:][:Pixel], start, ramp)
	}
}

func plainRow(a []float32, stretches, n, jump int, b, line, start []float32, ramp bool) {
	var acc [Pixel]float32
	copy(acc[:], start)
	if start == nil {
		copy(acc[:], line)
	}
	for s := range stretches {
		for _, x := range a[s*jump:][:n] {
			for j, y := range b[:Pixel] {
				acc[j] = fma32(x, y, acc[j])
			}
			b = b[Pixel:]
		}
	}
	for j, v := range acc {
		if ramp {
			v = ramped(v)
		}
		line[j] = v
	}
}

// ramped is 0 where x is negative; −0 and what is not a number stay.
func ramped(x float32) float32 {
	if x < 0 {
		return 0
	}
	return x
}
