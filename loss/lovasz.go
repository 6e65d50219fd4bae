package loss

import (
	"math"

	"lossctl/internal/radix"
	"lossctl/internal/vec"
)

// The Lovász extension of the Jaccard loss (Berman et al. 2018): the errors of
// the pixels of a class, largest first, each weighed with what the Jaccard
// loss of the set grows by when the pixel joins it. The errors are |t − p|,
// or, for one class by its logits, the hinge 1 − x·(2t−1), cut at 0. Pixels
// without an error add nothing, and come last: they are not sorted.

// A lovaszMemory is where pixels are sorted.
type lovaszMemory struct {
	keys, tmp       []uint64
	order, tmpOrder []int
}

// take returns the memory for n keys, and for their order.
func (m *lovaszMemory) take(n int) (keys, tmp []uint64) {
	if len(m.keys) < n {
		m.keys, m.tmp = make([]uint64, n), make([]uint64, n)
	}
	return m.keys[:n], m.tmp[:n]
}

// takeOrder returns that for what goes along with the keys.
func (m *lovaszMemory) takeOrder(n int) (order, tmp []int) {
	if len(m.order) < n {
		m.order, m.tmpOrder = make([]int, n), make([]int, n)
	}
	return m.order[:n], m.tmpOrder[:n]
}

// lovasz sums them for every class over the pixels [lo, hi), which are all
// pixels that are sorted together. The other sums are there.
func (o *overlap) lovasz(byClass []Totals, b *Block, lo, hi int) {
	for c := range byClass {
		t := byClass[c].Terms
		switch {
		case !o.included[c]:
		case math.IsNaN(t[overlapPred]): // a NaN has no place among the errors
			t[overlapLovasz] = math.NaN()
		default:
			t[overlapLovasz] = o.extension(b, c, lo, hi)
		}
	}
}

// extension is that of a class.
func (o *overlap) extension(b *Block, class, lo, hi int) float64 {
	if keys, truth, ok := o.whole(b, class, lo, hi); ok {
		_, tmp := o.lovaszMemory.take(hi - lo)
		return extensionOf(radix.Sort(keys, tmp), truth)
	}
	order, errors, weights := o.sorted(b, class, lo, hi)
	sum := 0.0
	for k, i := range order {
		sum += errors[i] * weights[k]
	}
	return sum
}

// hinge reports whether the errors are those of logits.
func (o *overlap) hinge(b *Block) bool {
	return o.kind == "lovasz" && o.activation == "sigmoid" && b.Role(0) == Logit
}

// whole returns the errors above 0 of the pixels of a class as keys, the bits
// of an error followed by whether the pixel is in the true mask, and how many
// pixels are; ok where pixels are in the mask or not, none in part. The error
// is that of a number v and t of 0 or 1: t − v or, of the hinge, 1 − v, with
// v negative where t is 0.
func (o *overlap) whole(b *Block, class, lo, hi int) (keys []uint64, truth int, ok bool) {
	if b.Weight != nil || o.rawIDs {
		return nil, 0, false
	}
	n, x, first := hi-lo, o.memory[0], uint64(0)
	if o.hinge(b) {
		x, first = b.In[0], one
	}
	x = x[class*b.N+lo:][:n]
	keys, _ = o.lovaszMemory.take(n)
	m, in, part := 0, uint64(0), uint64(0)
	add := func(v float64, is uint64) {
		e := math.Float64frombits(first|one&-is) + math.Float64frombits(math.Float64bits(v)^is<<63)
		keys[m] = math.Float64bits(e)<<1 | is
		if e > 0 {
			m++
		}
		in += is
	}
	if b.Role(1) == Index {
		for i, id := range b.In[1][lo:hi] {
			if b.Left != nil && b.Left[lo+i] {
				continue
			}
			is := uint64(0)
			if int(id) == class {
				is = 1
			}
			add(x[i], is)
		}
		return keys[:m], int(in), true
	}
	for i, t := range b.In[1][class*b.N+lo:][:n] {
		if b.Left != nil && b.Left[lo+i] {
			continue
		}
		is := math.Float64bits(t) >> 61 & 1 // of 1, not of 0
		part |= math.Float64bits(t) ^ one&-is
		add(x[i], is)
	}
	return keys[:m], int(in), part == 0
}

// one is the bits of 1.
const one = 0x3ff << 52

// extensionOf is the sum of the pixels of sorted keys, the last of which is
// first. Beside a set of R pixels yet to come of the truth and a union U, the
// Jaccard loss is 1 − R/U.
func extensionOf(keys []uint64, truth int) float64 {
	var errors, weights [256]float64
	sum, rest, union := 0.0, truth, truth
	if truth == 0 { // the first pixel makes it 1
		if n := len(keys); n > 0 {
			sum = math.Float64frombits(keys[n-1] >> 1)
		}
		return sum
	}
	for len(keys) > 0 {
		n := min(len(keys), len(errors))
		for k := range n {
			key := keys[len(keys)-1-k]
			in, before := int(key&1), union
			union += 1 - in
			// rest/before − (rest−in)/union; in whole numbers nothing cancels
			num := rest + (before-rest)&-in
			rest -= in
			errors[k] = math.Float64frombits(key >> 1)
			weights[k] = float64(num) / (float64(before) * float64(union))
		}
		sum += vec.Dot(errors[:n], weights[:n])
		keys = keys[:len(keys)-n]
	}
	return sum
}

// sorted returns the pixels of [lo, hi) that have an error in a class, the
// largest first, the error of each, and the weight of each in that order.
func (o *overlap) sorted(b *Block, class, lo, hi int) (order []int, errors, weights []float64) {
	p, n := o.memory[0][class*b.N:], hi-lo
	keys, tmp := o.lovaszMemory.take(n)
	order, tmpOrder := o.lovaszMemory.takeOrder(n)
	errors = o.scratch(1, n)
	hinge, total, m := o.hinge(b), 0.0, 0
	for i := range n {
		w, t := b.weight(lo+i), b.truth(class, lo+i)
		if w == 0 {
			continue
		}
		if hinge {
			errors[i] = 1 - b.In[0][class*b.N+lo+i]*(2*t-1)
		} else {
			errors[i] = math.Abs(t - p[lo+i])
		}
		total += w * o.counts(b, class, lo+i)
		if errors[i] > 0 {
			keys[m], order[m] = ^math.Float64bits(errors[i]), i
			m++
		}
	}
	_, order = radix.SortIndexed(keys[:m], tmp, order[:m], tmpOrder)
	weights = o.scratch(2, m)
	in, out, before := 0.0, 0.0, 0.0
	for k, i := range order {
		w, t := b.weight(lo+i), o.counts(b, class, lo+i)
		in += w * t
		out += w * (1 - t)
		jaccard := 1 - (total-in)/(total+out)
		weights[k] = jaccard - before
		before = jaccard
	}
	return order, errors, weights
}

// counts is what a pixel adds to the set of the class: its mask.
func (o *overlap) counts(b *Block, class, i int) float64 {
	if o.rawIDs && b.Role(1) == Index {
		return b.In[1][i]
	}
	return b.truth(class, i)
}

// lovaszGrad is the gradient by p of every class, or by the logits of a hinge.
func (o *overlap) lovaszGrad(up [][]float64, b *Block, lo, hi int) [][]float64 {
	list := make([][]float64, o.classes)
	hinge := o.hinge(b)
	for c := range list {
		list[c] = make([]float64, hi-lo)
		u := up[min(c, len(up)-1)][overlapLovasz]
		if u == 0 {
			continue
		}
		order, _, weights := o.sorted(b, c, lo, hi)
		for k, i := range order {
			t := b.truth(c, lo+i)
			switch {
			case hinge:
				list[c][i] = -u * weights[k] * (2*t - 1)
			case o.memory[0][c*b.N+lo+i] > t:
				list[c][i] = u * weights[k]
			default:
				list[c][i] = -u * weights[k]
			}
		}
	}
	return list
}
