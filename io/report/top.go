package report

import (
	"bytes"
	"cmp"
	"container/heap"
	"math"
	"slices"
)

// A Top keeps the K worst samples: those with the largest key, the loss
// unless another is given. NaN is worse than any number, and of equal keys
// the smaller index is the worse. What it keeps does not depend on the order
// of Add and Merge.
type Top struct {
	k    int
	kept worst // a heap, the mildest on top
}

// NewTop is an empty Top of the k worst; k below 1 keeps none.
func NewTop(k int) *Top { return &Top{k: max(k, 0)} }

// Add takes a sample by its loss. It copies s where it keeps it.
func (t *Top) Add(s *Sample) { t.AddKey(float64(s.Loss), s) }

// AddKey takes a sample by another number, such as a component, or a score
// with its sign turned. A Top is given keys of one kind only.
func (t *Top) AddKey(key float64, s *Sample) {
	if t.wants(&ranked{key, *s}) {
		t.keep(ranked{key, s.clone()})
	}
}

// Merge takes what o keeps; o is not changed.
func (t *Top) Merge(o *Top) {
	for i := range o.kept {
		if t.wants(&o.kept[i]) {
			t.keep(o.kept[i])
		}
	}
}

// Samples lists what is kept, the worst first.
func (t *Top) Samples() []Sample {
	sorted := slices.Clone(t.kept)
	slices.SortFunc(sorted, func(a, b ranked) int { return compare(&b, &a) })
	list := make([]Sample, len(sorted))
	for i := range sorted {
		list[i] = sorted[i].sample
	}
	return list
}

func (t *Top) wants(r *ranked) bool {
	return len(t.kept) < t.k || t.k > 0 && compare(r, &t.kept[0]) > 0
}

func (t *Top) keep(r ranked) {
	if len(t.kept) < t.k {
		heap.Push(&t.kept, r)
		return
	}
	t.kept[0] = r
	heap.Fix(&t.kept, 0)
}

type ranked struct {
	key    float64
	sample Sample
}

// compare is positive where a is worse than b, 0 only for equal samples: the
// rows of several streams may share an index, and then all they hold decides.
func compare(a, b *ranked) int {
	if c := cmp.Or(compareKeys(a.key, b.key), cmp.Compare(b.sample.Index, a.sample.Index)); c != 0 {
		return c
	}
	return bytes.Compare(b.sample.append(nil), a.sample.append(nil))
}

func compareKeys(a, b float64) int {
	if an, bn := math.IsNaN(a), math.IsNaN(b); an || bn {
		switch {
		case !bn:
			return 1
		case !an:
			return -1
		}
		return 0
	}
	return cmp.Compare(a, b)
}

// worst is a heap.Interface.
type worst []ranked

func (w worst) Len() int           { return len(w) }
func (w worst) Less(i, j int) bool { return compare(&w[i], &w[j]) < 0 }
func (w worst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *worst) Push(x any)        { *w = append(*w, x.(ranked)) }
func (w *worst) Pop() any {
	last := len(*w) - 1
	x := (*w)[last]
	*w = (*w)[:last]
	return x
}
