package sum

import (
	"math"
	"math/bits"
)

// A count is an integer of 128 bits, two's complement.
type count struct {
	hi int64
	lo uint64
}

func (c *count) add(v int64) { c.merge(count{v >> 63, uint64(v)}) }

func (c *count) merge(o count) {
	lo, carry := bits.Add64(c.lo, o.lo, 0)
	c.lo, c.hi = lo, c.hi+o.hi+int64(carry)
}

func (c count) negated() count {
	lo, borrow := bits.Sub64(0, c.lo, 0)
	return count{-c.hi - int64(borrow), lo}
}

// abs returns the magnitude of c and whether c is negative.
func (c count) abs() (hi, lo uint64, neg bool) {
	if neg = c.hi < 0; neg {
		c = c.negated()
	}
	return uint64(c.hi), c.lo, neg
}

// round returns Σ counts[i]·2^(width·(fold−1−i)+exp), rounded half to even.
func round(counts [fold]count, exp int) float64 {
	// The counts, sign-extended and shifted, in one integer of 256 bits.
	var sum [4]uint64 // least significant first
	for _, c := range counts {
		for i := len(sum) - 1; i >= 0; i-- { // sum <<= width
			sum[i] <<= width
			if i > 0 {
				sum[i] |= sum[i-1] >> (64 - width)
			}
		}
		sign := uint64(c.hi >> 63)
		carry := uint64(0)
		for i, w := range [4]uint64{c.lo, uint64(c.hi), sign, sign} {
			sum[i], carry = bits.Add64(sum[i], w, carry)
		}
	}
	neg := int64(sum[3]) < 0
	if neg {
		borrow := uint64(0)
		for i := range sum {
			sum[i], borrow = bits.Sub64(0, sum[i], borrow)
		}
	}
	// Two words hold the leading 65 bits or more; what is below only breaks ties.
	top := len(sum) - 1
	for top > 1 && sum[top] == 0 {
		top--
	}
	hi, lo := sum[top], sum[top-1]
	for _, w := range sum[:top-1] {
		if w != 0 {
			lo |= 1
		}
	}
	exp += 64 * (top - 1)
	if n := bits.LeadingZeros64(hi); n < 64 { // to one word
		hi, lo = hi<<n|lo>>(64-n), lo<<n
		if lo != 0 {
			hi |= 1
		}
		exp += 64 - n
	} else {
		hi = lo
	}
	// The unit is 2^-1074 or more, so that only the conversion rounds.
	v := math.Ldexp(float64(hi), exp)
	if neg {
		v = -v
	}
	return v
}
