package array

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// A layout says how the elements of one array lie in a run of bytes.
type layout struct {
	name    string
	shape   []int
	dtype   string // numpy's name
	size    int    // bytes an element
	big     bool   // big-endian
	fortran bool   // first axis fastest; never set for fewer than two axes
	count   int    // product of shape
	format  format
	version string // of the .npy or .nii header, or the kind of .png; "" for other formats
	sample  bool   // a picture or volume, which is one sample: axis 0 is of length 1
	scaling string // "×2 +1" where convert does so; dtype is float64 then
	convert func(dst []float64, src []byte) (lo, hi float64)
}

func (l *layout) Name() string { return l.name }
func (l *layout) Shape() []int { return l.shape }

// Dtype is that of the values, as scaled integers are no class ids.
func (l *layout) Dtype() string {
	if l.scaling != "" {
		return "float64"
	}
	return l.dtype
}

// bytes is the length of the data.
func (l *layout) bytes() int64 { return int64(l.count) * int64(l.size) }

// newLayout checks shape and dtype; no memory is taken. An array whose bytes
// do not fit an int64 is an error.
func newLayout(name, dtype string, shape []int, big, fortran bool) (*layout, error) {
	size := loss.ItemBytes(dtype)
	if size == 0 {
		return nil, dataf(name, "got dtype %s, want a bool, integer or float type", dtype)
	}
	count, ok := product(shape, size)
	if !ok {
		return nil, dataf(name, "got shape %s of %s, want fewer bytes than a file can hold", shapeText(shape), dtype)
	}
	long := 0
	for _, n := range shape {
		if n != 1 {
			long++
		}
	}
	return &layout{
		name: name, shape: shape, dtype: dtype, size: size, big: big,
		fortran: fortran && long > 1 && count > 0, count: count,
		convert: vec.Converter(dtype, big),
	}, nil
}

// product is the number of elements of a shape; ok is false where a length is
// negative or where the bytes, counted without axes of length 0, overflow.
func product(shape []int, size int) (count int, ok bool) {
	n, zero := uint64(size), false
	for _, s := range shape {
		if s < 0 {
			return 0, false
		}
		if s == 0 {
			zero = true
			continue
		}
		hi, lo := bits.Mul64(n, uint64(s))
		if hi != 0 || lo > math.MaxInt64/2 {
			return 0, false
		}
		n = lo
	}
	if zero {
		return 0, true
	}
	return int(n / uint64(size)), true
}

// span checks a range that a caller asks for.
func (l *layout) span(lo, hi int) error {
	if lo < 0 || hi < lo || hi > l.count {
		return dataf(l.name, "got elements %d to %d, want a range within %d", lo, hi, l.count)
	}
	return nil
}

// isInteger reports a signed or unsigned integer type; bool is none.
func isInteger(dtype string) bool {
	return strings.HasPrefix(dtype, "int") || strings.HasPrefix(dtype, "uint")
}

// shapeText is numpy's notation, "(3, 4)".
func shapeText(shape []int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, n := range shape {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	if len(shape) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}
