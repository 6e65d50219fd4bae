package report

import "math"

// A histogram counts float64 numbers in buckets that lie evenly within a
// binade, 512 of them: a number is in the bucket of the nearest of those with
// ten significant bits, which stands for it and is at most 2^-10 of it away
// (0.1 %), or 2^-1032 below 2^-1022. So 0, 1 and other short numbers are
// exact. From (1 − 2^-10)·2^1024 on that nearest number is infinite.
//
// Buckets are numbered in the order of their numbers, 0 being that of 0.
type histogram struct {
	first int      // number of the first bucket in n
	n     []uint64 // 4 KiB of memory for a binade that has numbers
}

const (
	binade    = 512 // buckets
	dropped   = 52 - 9
	roundHalf = 1 << (dropped - 1)
	aside     = 4 * binade // buckets more than are asked for, so that few ask again
)

// bucketOf is the number of the bucket of x: its bits without the sign as an
// integer, negated where x is negative, rounded to those that are kept.
func bucketOf(x float64) int {
	b := int64(math.Float64bits(x))
	b ^= int64(uint64(b>>63) >> 1) // −b−1 where x is negative
	return int((b + roundHalf) >> dropped)
}

// numberOf is the number that stands for those of a bucket.
func numberOf(bucket int) float64 {
	if bucket < 0 {
		return -numberOf(-bucket)
	}
	return math.Float64frombits(uint64(bucket) << dropped)
}

// cover makes room for the numbers from lo to hi.
func (h *histogram) cover(lo, hi float64) {
	h.span(bucketOf(lo), bucketOf(hi)+1)
}

// span makes room for the buckets [from, to).
func (h *histogram) span(from, to int) {
	if len(h.n) == 0 {
		h.first, h.n = from-aside, make([]uint64, to-from+2*aside)
		return
	}
	first, end := h.first, h.first+len(h.n)
	if from >= first && to <= end {
		return
	}
	if from < first {
		first = from - aside
	}
	if to > end {
		end = to + aside
	}
	n := make([]uint64, end-first)
	copy(n[h.first-first:], h.n)
	h.first, h.n = first, n
}

// add counts numbers for which there is room.
func (h *histogram) add(v []float64) {
	n, first := h.n, h.first
	if first > 0 { // none has a sign, as most losses have none
		for _, x := range v {
			n[int((math.Float64bits(x)+roundHalf)>>dropped)-first]++
		}
		return
	}
	for _, x := range v {
		n[bucketOf(x)-first]++
	}
}

func (h *histogram) merge(o *histogram) {
	if len(o.n) == 0 {
		return
	}
	h.span(o.first, o.first+len(o.n))
	to := h.n[o.first-h.first:]
	for i, n := range o.n {
		if n > 0 { // so that memory is only taken where there are numbers
			to[i] += n
		}
	}
}

// ranks returns the function from a rank, 0 being that of the least number, to
// its bucket and how many numbers are in those before. Ranks that ascend take
// one walk.
func (h *histogram) ranks() func(rank int64) (bucket int, before int64) {
	i, before := 0, int64(0)
	return func(rank int64) (int, int64) {
		if rank < before {
			i, before = 0, 0
		}
		for i < len(h.n)-1 && before+int64(h.n[i]) <= rank {
			before += int64(h.n[i])
			i++
		}
		return h.first + i, before
	}
}
