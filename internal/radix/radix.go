// Package radix sorts numbers by their bits, in a time that does not depend
// on their order.
//
// Keys are sorted by their leading digits, from the last of these to the
// first, and what is left, among keys that agree in all of them, is mended by
// insertion: random keys hardly ever agree. Where they do so often that
// mending would take long, all digits are sorted. Bits that all keys have in
// common are in no digit.
package radix

import "math/bits"

const (
	digitBits = 11
	radix     = 1 << digitBits
	leading   = 3   // digits that are sorted first
	few       = 128 // as many keys are sorted by insertion alone
)

// Sort sorts x in ascending order. tmp is memory of the same length; the sorted
// keys are in the slice that is returned, which is one of the two.
func Sort(x, tmp []uint64) []uint64 {
	if len(x) <= few {
		mend(x, len(x)*len(x))
		return x
	}
	top := varying(x)
	x, tmp = sortDigits(x, tmp[:len(x)], max(top-leading*digitBits, 0), top)
	if top > leading*digitBits && !mend(x, len(x)) {
		x, _ = sortDigits(x, tmp, 0, top)
	}
	return x
}

// SortIndexed is Sort that moves the numbers of index along with the keys.
// Equal keys stay in their order.
func SortIndexed(x, tmp []uint64, index, tmpIndex []int) ([]uint64, []int) {
	index = index[:len(x)]
	if len(x) <= few {
		mendIndexed(x, index, len(x)*len(x))
		return x, index
	}
	top := varying(x)
	tmp, tmpIndex = tmp[:len(x)], tmpIndex[:len(x)]
	x, tmp, index, tmpIndex = sortDigitsIndexed(x, tmp, index, tmpIndex, max(top-leading*digitBits, 0), top)
	if top > leading*digitBits && !mendIndexed(x, index, len(x)) {
		x, _, index, _ = sortDigitsIndexed(x, tmp, index, tmpIndex, 0, top)
	}
	return x, index
}

// varying returns how many low bits have all those in which keys differ.
func varying(x []uint64) int {
	differ := uint64(0)
	for _, k := range x {
		differ |= k ^ x[0]
	}
	return bits.Len64(differ)
}

// sortDigits sorts x by its bits from lo to hi, stably. It returns where the
// keys are, and the other memory.
func sortDigits(x, tmp []uint64, lo, hi int) (sorted, other []uint64) {
	for ; lo < hi; lo += digitBits {
		at, all := starts(x, lo)
		if all {
			continue
		}
		for _, k := range x {
			d := k >> (lo & 63) % radix
			tmp[at[d]] = k
			at[d]++
		}
		x, tmp = tmp, x
	}
	return x, tmp
}

func sortDigitsIndexed(x, tmp []uint64, index, tmpIndex []int, lo, hi int) (sorted, other []uint64, order, otherOrder []int) {
	for ; lo < hi; lo += digitBits {
		at, all := starts(x, lo)
		if all {
			continue
		}
		for i, k := range x {
			d := k >> (lo & 63) % radix
			tmp[at[d]], tmpIndex[at[d]] = k, index[i]
			at[d]++
		}
		x, tmp, index, tmpIndex = tmp, x, tmpIndex, index
	}
	return x, tmp, index, tmpIndex
}

// starts returns where the keys of each digit begin once they are sorted by it,
// and whether all keys have the same.
func starts(x []uint64, shift int) (at [radix]int, all bool) {
	for _, k := range x {
		at[k>>(shift&63)%radix]++
	}
	sum := 0
	for d, n := range at {
		if n == len(x) {
			return at, true
		}
		at[d] = sum
		sum += n
	}
	return at, false
}

// mend sorts x by insertion, unless that takes more than so many moves.
func mend(x []uint64, moves int) bool {
	for i := 1; i < len(x); i++ {
		k := x[i]
		if k >= x[i-1] {
			continue
		}
		j := i
		for ; j > 0 && x[j-1] > k; j-- {
			x[j] = x[j-1]
		}
		x[j] = k
		if moves -= i - j; moves < 0 {
			return false
		}
	}
	return true
}

func mendIndexed(x []uint64, index []int, moves int) bool {
	for i := 1; i < len(x); i++ {
		k, v := x[i], index[i]
		if k >= x[i-1] {
			continue
		}
		j := i
		for ; j > 0 && x[j-1] > k; j-- {
			x[j], index[j] = x[j-1], index[j-1]
		}
		x[j], index[j] = k, v
		if moves -= i - j; moves < 0 {
			return false
		}
	}
	return true
}
