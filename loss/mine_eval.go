package loss

import (
	"fmt"
	"math"

	"lossctl/internal/vec"
)

func (m *mine) eval(out *Out, b *Block) {
	m.gather(out, b)
	if len(out.Found) > 0 {
		return
	}
	if n := m.batch.triplets; n > mineMost && m.banded() {
		out.Fail(mineLabels, int(m.batch.anchors[0]), 0, fmt.Sprintf("%.3g triplets in a batch", n), fmt.Sprintf("at most %g for --mining %s; --batch-size N looks at N rows at a time", mineMost, m.mining))
		return
	}
	for _, x := range out.Terms {
		clear(x)
	}
	if m.shortlists() {
		m.hardest(b)
	}
	m.each(b, m.batch.anchors, func(w *miner, i int32, row []float64) { w.terms(out, i, row) })
	if out.Pairs != nil {
		m.pairs(out, b)
	}
}

// banded reports whether the mining looks at every triplet.
func (m *mine) banded() bool {
	switch m.mining {
	case mineAll, mineBatchAll, mineHard:
		return true
	}
	return m.mining == mineSemiHard && m.everySemiHard
}

// terms computes the terms of an anchor.
func (w *miner) terms(out *Out, i int32, row []float64) {
	taken, triplets, active, accurate := 0, 0, 0, 0
	loss, dp, dn := 0.0, 0.0, 0.0
	w.triplets(i, row, func(j int32, d float64, ks []int32, far []float64) {
		gaps := w.gapsOf(i, j, d, ks, far)
		w.costs = sized(w.costs, len(gaps))
		marginLoss(w.costs, gaps, w.margin)
		taken++
		triplets += len(gaps)
		loss += vec.Sum(w.costs)
		dp += d * float64(len(gaps))
		dn += vec.Sum(far)
		for t, x := range gaps { // without branches: which way they go is chance
			accurate += int(math.Float64bits(x) >> 63)
			active += 1 - int((math.Float64bits(w.costs[t])-1)>>63)
		}
	})
	t := out.Terms
	t[mineLoss][i], t[mineTriplets][i], t[mineActive][i], t[mineAccurate][i] = loss, float64(triplets), float64(active), float64(accurate)
	t[mineDPositive][i], t[mineDNegative][i] = dp, dn
	positives, negatives := w.positives(i), w.negatives(i)
	if triplets > 0 {
		t[mineAnchors][i] = 1
		if mean := t[mineOfAnchor]; mean != nil {
			mean[i] = loss / float64(triplets)
		}
	}
	if positives == 0 {
		t[mineNoPositive][i] = 1
	}
	if negatives == 0 {
		t[mineNoNegative][i] = 1
	}
	if positives > 0 && negatives > 0 {
		switch w.mining {
		case mineSemiHard:
			t[mineUnmatched][i] = float64(positives - taken)
		case mineEasyPositive:
			t[mineUnmatched][i] = float64(1 - taken)
		}
	}
}

// gapsOf computes d(i, j) − d(i, k) for the negatives of one positive.
func (w *miner) gapsOf(i, j int32, dp float64, ks []int32, far []float64) []float64 {
	w.gaps = sized(w.gaps, len(far))
	vec.Affine(w.gaps, -1, dp, far)
	if math.IsInf(dp, 1) {
		t := &w.batch
		for n, k := range ks {
			w.gaps[n] = w.d.gap(dp, far[n], w.row(t.x, i), w.row(t.y, t.columns[j]), w.row(t.y, t.columns[k]))
		}
	}
	return w.gaps
}

// pairs hands on the indices of all triplets, by anchor.
func (m *mine) pairs(out *Out, b *Block) {
	t := &m.batch
	place := func(first int64, c int32) int64 {
		if c < 0 {
			return -1
		}
		return first + int64(t.columns[c])
	}
	var anchors []int32
	for i := range b.N {
		if b.Left == nil || !b.Left[i] {
			anchors = append(anchors, int32(i))
		}
	}
	const strip = 64
	lists := make([][]int64, b.N)
	for s := 0; s < len(anchors); s += strip {
		list := anchors[s:min(s+strip, len(anchors))]
		m.each(b, list, func(w *miner, i int32, row []float64) {
			w.triplets(i, row, func(j int32, _ float64, ks []int32, _ []float64) {
				for _, k := range ks {
					lists[i] = append(lists[i], t.first+int64(i), place(t.firstY, j), place(t.firstY, k))
				}
			})
		})
		for _, i := range list {
			out.Pairs(lists[i])
			lists[i] = nil
		}
	}
}
