// Package vec holds the vector primitives that losses are written in, over
// slices of float64, and products of matrices.
//
// Results are the same on every machine, to the last bit: functions are
// polynomials of our own with a fixed order of operations, fused where the
// source says fma and nowhere else, and reductions add in a fixed order.
// The sign and payload of a NaN are not specified.
//
// A primitive of one argument works on len(x) numbers; dst and further
// arguments are at least as long (else it panics). dst may be an argument
// itself; a partial overlap is not allowed. Errors are given in ulp, units in
// the last place of the exact result, the largest seen in the tests being lower.
//
// # Order of reductions
//
// Number i goes to lane i mod 8, each lane adds its numbers in their order from
// +0 on, and the lanes are added as
//
//	((0+4) + (2+6)) + ((1+5) + (3+7)).
//
// Long rows are to be reduced in segments of fixed length whose results are
// summed by package sum.
package vec

import (
	"fmt"
	"math"
	"os"
	"slices"
)

// CheckEnv returns an error where LOSSCTL_VEC in the environment asks for what
// is no instruction set, or one that the processor or the build lacks; the best
// at hand, or plain Go, is in use then.
func CheckEnv() error {
	v, ok := os.LookupEnv("LOSSCTL_VEC")
	if !ok || v == "" || slices.Contains(levels(), v) {
		return nil
	}
	return fmt.Errorf("LOSSCTL_VEC: got %q, want generic|avx2|avx512", v)
}

// fma returns x·y + z, rounded once.
func fma(x, y, z float64) float64 { return math.FMA(x, y, z) }

// mul returns x·y rounded, never fused with an addition around it.
func mul(x, y float64) float64 { return float64(x * y) }

const (
	signBit = 1 << 63
	infBits = 0x7ff << 52
	minNorm = 0x1p-1022 // the least normal number
)

// isInf tells whether x is +Inf or −Inf.
func isInf(x float64) bool { return math.Float64bits(x)&^signBit == infBits }
