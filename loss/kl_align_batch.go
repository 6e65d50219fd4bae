package loss

import (
	"cmp"
	"math"
	"slices"

	"lossctl/internal/vec"
)

// An alignBatch is the rows of a batch that count, in the order of their
// labels, so that the matches of a row are adjacent.
type alignBatch struct {
	n, d     int
	order    []int32 // rows of the block
	from, to []int32 // the matches of each
	sides    [2]alignSide
	work     []alignWork // by goroutine
}

// An alignSide is the rows of pred or of target, each of which asks how near
// the rows of the other side are: P_j = softmax_j(factor·cosine_j).
type alignSide struct {
	unit   []float64 // the rows, of length 1
	norm   []float64 // their lengths
	factor []float64
	most   []float64 // the largest cosine
	log    []float64 // log Σ_j exp(factor·(cosine_j − most))
	kl     []float64 // the loss
	// What a row wants of its matches and of the others: log(match + ε) in
	// KL(P‖match), else match itself.
	match, other []float64
	up           []float64 // derivative of the value by the loss
	pull         []float64 // up·factor, in units of the largest factor
}

// An alignWork is the memory of a goroutine.
type alignWork struct {
	cosines       []float64 // of some rows with all of the other side
	slopes, asked []float64 // derivatives by them, of the rows and of the others
	p             []float64 // probabilities of one row
	sums          [2][]float64
}

// alignTile is about how many cosines a goroutine computes at a time, and
// alignRows of how many rows at least, as the product of matrices asks for.
const (
	alignTile = 1 << 20
	alignRows = 96
)

// load takes the rows of the block; it reports whether there are any, and
// refuses rows of zeros.
func (t *alignBatch) load(out *Out, b *Block) bool {
	t.arrange(b)
	t.n, t.d = len(t.order), b.Frame.Views[0].Planes
	t.work = resize(t.work, b.Workers)
	whole := true
	for k := range t.sides {
		s := &t.sides[k]
		s.unit = resize(s.unit, t.n*t.d)
		for _, x := range []*[]float64{&s.norm, &s.factor, &s.most, &s.log, &s.kl, &s.match, &s.other, &s.up, &s.pull} {
			*x = resize(*x, t.n)
		}
		for i, at := range t.order {
			s.norm[i] = unitRow(s.unit[i*t.d:][:t.d], b.In[k][int(at)*t.d:][:t.d])
			if s.norm[i] == 0 {
				out.Fail(k, int(at), 0, "a row of zeros", "a row with a direction")
				whole = false
			}
		}
	}
	return whole && t.n > 0
}

// arrange orders the rows by label and finds the matches of each.
func (t *alignBatch) arrange(b *Block) {
	t.order = t.order[:0]
	for i := range b.N {
		if b.Left == nil || !b.Left[i] {
			t.order = append(t.order, int32(i))
		}
	}
	n := len(t.order)
	t.from, t.to = resize(t.from, n), resize(t.to, n)
	labels := b.In[2]
	if labels == nil {
		for i := range n {
			t.from[i], t.to[i] = int32(i), int32(i+1)
		}
		return
	}
	slices.SortStableFunc(t.order, func(i, j int32) int { return cmp.Compare(labels[i], labels[j]) })
	for lo := 0; lo < n; {
		hi := lo + 1
		for hi < n && labels[t.order[hi]] == labels[t.order[lo]] {
			hi++
		}
		for i := lo; i < hi; i++ {
			t.from[i], t.to[i] = int32(lo), int32(hi)
		}
		lo = hi
	}
}

// unitRow sets unit to x/‖x‖ and returns ‖x‖, by way of the largest number
// so that no square overflows or vanishes.
func unitRow(unit, x []float64) (norm float64) {
	lo, hi := vec.Range(x)
	most := max(hi, -lo)
	if most == 0 {
		return 0
	}
	for k, v := range x {
		unit[k] = v / most
	}
	length := math.Sqrt(vec.SumSq(unit))
	for k := range unit {
		unit[k] /= length
	}
	return most * length
}

// tiles calls do for some rows of one side at a time, with their cosines with
// all rows of the other, on the goroutines of the job.
func (t *alignBatch) tiles(b *Block, side int, do func(w *alignWork, from, rows int)) {
	step := min(max(alignTile/t.n, alignRows), t.n)
	x, y := t.sides[side].unit, t.sides[1-side].unit
	b.Each((t.n+step-1)/step, func(worker, i int) {
		w, from := &t.work[worker], i*step
		rows := min(step, t.n-from)
		w.cosines, w.p = resize(w.cosines, step*t.n), resize(w.p, t.n)
		vec.GemmNT(w.cosines, t.n, x[from*t.d:], t.d, y, t.d, rows, t.n, t.d, false)
		do(w, from, rows)
	})
}
