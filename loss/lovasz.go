package loss

import (
	"math"
	"slices"

	"lossctl/internal/radix"
	"lossctl/internal/vec"
)

// The Lovász extension of the Jaccard loss (Berman et al. 2018): the errors of
// the pixels of a class, largest first, each weighed with what the Jaccard
// loss of the set grows by when the pixel joins it. The errors are |t − p|,
// or, for one class by its logits, the hinge 1 − x·(2t−1), cut at 0. Pixels
// without an error add nothing, and come last: they are not sorted.
//
// The pixels of a sample come in tiles. What is kept of them is their errors.

// A lovasz is what is kept of the sample.
type lovasz struct {
	classes  []lovaszClass
	plain    bool // no pixel is weighed, or in part in a mask, so far
	sorting  lovaszPixels
	weights  [][]float64 // of the gradient: what the errors of the class are weighed with, by position
	gradient bool        // the positions are kept
}

// A lovaszClass is the pixels of a class.
type lovaszClass struct {
	lovaszPixels
	truth float64 // size of the true mask
}

// lovaszPixels are those that have an error. While all are plain, a key is the
// bits of the error followed by whether the pixel is in the mask; else those
// of the error turned around, so that the largest comes first.
type lovaszPixels struct {
	keys    []uint64
	in, out []float64 // what a pixel adds to the true mask, and to the rest; nil where all are plain
	at      []int     // its position, for the gradient
}

// hinge reports whether the errors are those of logits.
func (o *overlap) hinge(b *Block) bool {
	return o.kind == "lovasz" && o.activation == "sigmoid" && b.Role(0) == Logit
}

// keepErrors keeps the errors of a tile, whose masks are made.
func (o *overlap) keepErrors(b *Block) {
	l := &o.lovasz
	if b.At == 0 {
		l.begin(o.classes, b.Frame.Positions(), b.Keep)
		l.plain = !b.Keep && b.Weight == nil && !(o.rawIDs && b.Role(1) == Index)
	}
	for c := range l.classes {
		if !o.included[c] {
			continue
		}
		if l.plain && !o.keepPlain(b, c) {
			l.spell()
		}
		if !l.plain {
			o.keepAny(b, c)
		}
	}
}

// begin makes room for the errors of a sample.
func (l *lovasz) begin(classes, positions int, gradient bool) {
	l.gradient, l.weights = gradient, l.weights[:0]
	l.sorting.keys = slices.Grow(l.sorting.keys[:0], positions)
	l.classes = slices.Grow(l.classes[:0], classes)[:classes]
	for c := range l.classes {
		k := &l.classes[c]
		k.truth, k.keys = 0, slices.Grow(k.keys[:0], positions)
		k.in, k.out, k.at = k.in[:0], k.out[:0], k.at[:0]
	}
}

// one is the bits of 1.
const one = 0x3ff << 52

// keepPlain keeps the pixels of a class, unless one is in the mask in part. The
// error of a number v is t − v or, of the hinge, 1 − v, with v negative where t
// is 0.
func (o *overlap) keepPlain(b *Block, class int) bool {
	x, first := o.memory[0], uint64(0)
	if o.hinge(b) {
		x, first = b.In[0], one
	}
	x = x[class*b.N:][:b.N]
	k := &o.lovasz.classes[class]
	m, in, part := len(k.keys), uint64(0), uint64(0)
	keys := k.keys[:m+b.N]
	add := func(v float64, is uint64) {
		e := math.Float64frombits(first|one&-is) + math.Float64frombits(math.Float64bits(v)^is<<63)
		keys[m] = math.Float64bits(e)<<1 | is
		if e > 0 {
			m++
		}
		in += is
	}
	if b.Role(1) == Index {
		for i, id := range b.In[1][:b.N] {
			if b.Left != nil && b.Left[i] {
				continue
			}
			is := uint64(0)
			if int(id) == class {
				is = 1
			}
			add(x[i], is)
		}
	} else {
		for i, t := range b.In[1][class*b.N:][:b.N] {
			if b.Left != nil && b.Left[i] {
				continue
			}
			is := math.Float64bits(t) >> 61 & 1 // of 1, not of 0
			part |= math.Float64bits(t) ^ one&-is
			add(x[i], is)
		}
	}
	if part != 0 {
		return false
	}
	k.keys, k.truth = keys[:m], k.truth+float64(in)
	return true
}

// spell turns what is kept of plain pixels into what is kept of any.
func (l *lovasz) spell() {
	l.plain = false
	for c := range l.classes {
		k := &l.classes[c]
		for i, key := range k.keys {
			in := float64(key & 1)
			k.keys[i], k.in, k.out = ^(key >> 1), append(k.in, in), append(k.out, 1-in)
		}
	}
}

// keepAny keeps the pixels of a class.
func (o *overlap) keepAny(b *Block, class int) {
	k, hinge := &o.lovasz.classes[class], o.hinge(b)
	for i := range b.N {
		w, t, counts := b.weight(i), b.truth(class, i), b.truth(class, i)
		if w == 0 {
			continue
		}
		if o.rawIDs && b.Role(1) == Index { // the set has the id of the pixel
			counts = b.In[1][i]
		}
		e := math.Abs(t - o.memory[0][class*b.N+i])
		if hinge {
			e = 1 - b.In[0][class*b.N+i]*(2*t-1)
		}
		k.truth += w * counts
		if e > 0 {
			k.keys = append(k.keys, ^math.Float64bits(e))
			k.in, k.out = append(k.in, w*counts), append(k.out, w*(1-counts))
			if o.lovasz.gradient {
				k.at = append(k.at, b.At+i)
			}
		}
	}
}

// closeLovasz computes the extension of every class of the sample; the other
// sums are there.
func (o *overlap) closeLovasz(list []Totals) {
	l := &o.lovasz
	for c := range list {
		t := list[c].Terms
		switch {
		case o.maps: // of decided masks it is the Jaccard loss
			t[overlapLovasz] = 0
			if union := t[overlapPred] + t[overlapTrue] - t[overlapBoth]; union > 0 {
				t[overlapLovasz] = 1 - t[overlapBoth]/union
			}
		case !o.included[c] || l.gradient: // nobody asks
			t[overlapLovasz] = 0
		case math.IsNaN(t[overlapPred]): // it has no place among the errors
			t[overlapLovasz] = math.NaN()
		case l.plain:
			k := &l.classes[c]
			t[overlapLovasz] = extension(radix.Sort(k.keys, l.sorting.keys[:len(k.keys)]), k.truth)
		default:
			t[overlapLovasz] = 0
			l.classes[c].weigh(&l.sorting, func(_ int, e, weight float64) { t[overlapLovasz] += e * weight })
		}
	}
}

// extension is the sum over plain pixels whose keys are sorted, the last of
// which is first. Beside a set of R pixels yet to come of the true mask and a
// union U, the Jaccard loss is 1 − R/U.
func extension(keys []uint64, truth float64) float64 {
	var errors, weights [256]float64
	sum, rest, union := 0.0, int(truth), int(truth)
	if rest == 0 { // the first pixel makes it 1
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

// weigh calls do for the pixels of a class, the largest error first, with its
// number, its error and what that is weighed with. It leaves no order behind.
func (k *lovaszClass) weigh(memory *lovaszPixels, do func(i int, e, weight float64)) {
	n := len(k.keys)
	order, tmp := make([]int, n), make([]int, n)
	for i := range order {
		order[i] = i
	}
	keys, order := radix.SortIndexed(k.keys, memory.keys[:n], order, tmp)
	in, out, before := 0.0, 0.0, 0.0
	for at, i := range order {
		in += k.in[i]
		out += k.out[i]
		jaccard := 1 - (k.truth-in)/(k.truth+out)
		do(i, math.Float64frombits(^keys[at]), jaccard-before)
		before = jaccard
	}
}

// lovaszWeights returns what the errors of every class are weighed with, by
// position of the sample, which was kept for the gradient.
func (o *overlap) lovaszWeights(positions int) [][]float64 {
	l := &o.lovasz
	if len(l.weights) > 0 {
		return l.weights
	}
	for c := range l.classes {
		k, w := &l.classes[c], make([]float64, positions)
		k.weigh(&l.sorting, func(i int, _, weight float64) { w[k.at[i]] = weight })
		l.weights = append(l.weights, w)
	}
	return l.weights
}

// lovaszSlope is the derivative of the error of a pixel by p, or by the logit
// of a hinge.
func (o *overlap) lovaszSlope(b *Block, class, i int) float64 {
	t := b.truth(class, i)
	switch {
	case o.hinge(b):
		return -(2*t - 1)
	case o.memory[0][class*b.N+i] > t:
		return 1
	}
	return -1
}
