package report

import "math"

// A histogram counts float64 numbers, NaN aside, in buckets of equal ratio:
// 512 to a power of two, cut by sign, exponent and the 9 leading bits of the
// mantissa, so a bucket is at most 1/512 of its numbers wide and the middle
// within 0.1 % of each. Below 2^-1022 buckets are 2^-1031 wide. A bucket
// knows its least and greatest number: where they are one, it is exact.
type histogram struct {
	octaves [2 * signOctave]*octave
}

const (
	octaveBits = 9
	octaveSize = 1 << octaveBits
	signOctave = 1 << 11 // octaves of one sign
)

// An octave is the numbers of one sign between two powers of two.
type octave struct {
	n      [octaveSize]int64
	lo, hi [octaveSize]float64
}

func (h *histogram) add(v []float64) {
	for _, x := range v {
		if x != x {
			continue // Stats says NaN whatever the rest
		}
		if x == 0 {
			x = 0 // not −0
		}
		at := math.Float64bits(x) >> (52 - octaveBits)
		o := h.octave(at >> octaveBits)
		o.put(at%octaveSize, 1, x, x)
	}
}

func (h *histogram) merge(o *histogram) {
	for i, from := range o.octaves {
		if from == nil {
			continue
		}
		to := h.octave(uint64(i))
		for b, n := range from.n {
			if n > 0 {
				to.put(uint64(b), n, from.lo[b], from.hi[b])
			}
		}
	}
}

// octave is the one with that sign and exponent.
func (h *histogram) octave(i uint64) *octave {
	if h.octaves[i] == nil {
		h.octaves[i] = new(octave)
	}
	return h.octaves[i]
}

// put adds n numbers from lo to hi to bucket b.
func (o *octave) put(b uint64, n int64, lo, hi float64) {
	if o.n[b] == 0 {
		o.lo[b], o.hi[b] = lo, hi
	}
	o.n[b] += n
	o.lo[b], o.hi[b] = min(o.lo[b], lo), max(o.hi[b], hi)
}

// at is the number of that rank, 0 being the least: the middle of its bucket.
func (h *histogram) at(rank int64) float64 {
	for i := len(h.octaves) - 1; i >= signOctave; i-- { // from −inf up to 0
		for b := octaveSize - 1; b >= 0 && h.octaves[i] != nil; b-- {
			if rank -= h.octaves[i].n[b]; rank < 0 {
				return h.octaves[i].middle(b)
			}
		}
	}
	for i := range signOctave {
		for b := 0; b < octaveSize && h.octaves[i] != nil; b++ {
			if rank -= h.octaves[i].n[b]; rank < 0 {
				return h.octaves[i].middle(b)
			}
		}
	}
	return math.NaN() // a rank beyond the last
}

func (o *octave) middle(b int) float64 {
	if o.lo[b] == o.hi[b] {
		return o.lo[b]
	}
	return o.lo[b] + (o.hi[b]-o.lo[b])/2
}
