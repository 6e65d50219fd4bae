package engine

import (
	"math"

	"lossctl/internal/sum"
	"lossctl/internal/vec"
	"lossctl/loss"
)

// A Total is the sum of a term, or its maximum. It does not depend on the
// order of what is added.
type Total struct {
	sum     sum.Sum
	most    float64
	largest bool
}

// NewTotals returns n totals of every term.
func NewTotals(terms []loss.Term, n int) []Total {
	list := make([]Total, 0, len(terms)*n)
	for range n {
		for _, t := range terms {
			list = append(list, Total{largest: t.Largest, most: math.Inf(-1)})
		}
	}
	return list
}

// Add adds a number.
func (t *Total) Add(x float64) {
	if t.largest {
		t.most = max(t.most, x)
		return
	}
	t.sum.Add(x)
}

// AddSlice adds numbers.
func (t *Total) AddSlice(x []float64) {
	if t.largest {
		t.Add(vec.Max(x))
		return
	}
	t.sum.AddSlice(x)
}

// Merge adds what another total has.
func (t *Total) Merge(o *Total) {
	t.most = max(t.most, o.most)
	t.sum.Merge(&o.sum)
}

// Value returns the sum or the maximum.
func (t *Total) Value() float64 {
	if t.largest {
		return t.most
	}
	return t.sum.Value()
}
