package loss

import (
	"math"
	"slices"
)

// The Lovász extension of the Jaccard loss (Berman et al. 2018): the errors of
// the pixels of a class, largest first, each weighed with what the Jaccard
// loss of the set grows by when the pixel joins it. The errors are |t − p|,
// or, for one class by its logits, the hinge 1 − x·(2t−1), cut at 0.

// lovasz sums them for every class over the pixels [lo, hi), which are all
// pixels that are sorted together.
func (o *overlap) lovasz(byClass []Totals, b *Block, lo, hi int) {
	for c := range byClass {
		order, errors, weights := o.sorted(b, c, lo, hi)
		sum := 0.0
		for k, i := range order {
			if e := errors[i]; e > 0 {
				sum += e * weights[k]
			}
		}
		byClass[c].Terms[overlapLovasz] = sum
	}
}

// hinge reports whether the errors are those of logits.
func (o *overlap) hinge(b *Block) bool {
	return o.kind == "lovasz" && o.activation == "sigmoid" && b.Role(0) == Logit
}

// sorted returns the pixels of [lo, hi) by falling error of a class, the error
// of each, and the weight of each in that order.
func (o *overlap) sorted(b *Block, class, lo, hi int) (order []int, errors, weights []float64) {
	p, n := o.memory[0][class*b.N:], hi-lo
	errors = o.scratch(1, n)
	hinge, total := o.hinge(b), 0.0
	for i := range n {
		w, t := b.weight(lo+i), b.truth(class, lo+i)
		if w == 0 {
			continue
		}
		order = append(order, i)
		if hinge {
			errors[i] = 1 - b.In[0][class*b.N+lo+i]*(2*t-1)
		} else {
			errors[i] = math.Abs(t - p[lo+i])
		}
		total += w * o.counts(b, class, lo+i)
	}
	slices.SortStableFunc(order, func(x, y int) int {
		switch {
		case errors[x] > errors[y]:
			return -1
		case errors[x] < errors[y]:
			return 1
		}
		return 0
	})
	weights = o.scratch(2, n)[:len(order)]
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
		order, errors, weights := o.sorted(b, c, lo, hi)
		for k, i := range order {
			t := b.truth(c, lo+i)
			switch {
			case errors[i] <= 0:
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
