package loss

import (
	"cmp"
	"math"
	"slices"
)

// A pick is a triplet of an anchor: the columns of the positive and of the
// negative, −1 where there is none, and their distances.
type pick struct {
	j, k   int32
	dp, dn float64
}

// A taker takes the triplets of an anchor with one positive: its column and
// distance, and the columns and distances of the negatives.
type taker func(j int32, dp float64, ks []int32, far []float64)

// triplets hands on the triplets of anchor i.
func (w *miner) triplets(i int32, row []float64, take taker) {
	one := func(p pick) {
		w.oneK[0], w.oneFar[0] = p.k, p.dn
		take(p.j, p.dp, w.oneK[:], w.oneFar[:])
	}
	positives, negatives := w.positives(i), w.negatives(i)
	switch {
	case w.everyAnchor && w.mining == mineBatchHard && (positives == 0 || negatives == 0):
		one(w.alone(i, row, negatives))
	case positives == 0 || negatives == 0:
	case w.shortlists():
		if p := w.picks[i]; p.k >= 0 {
			one(p)
		}
	case w.mining == mineBatchHard:
		j, k := w.best(i, row, true), w.behind(i, row, math.Inf(-1))
		one(pick{j, k, row[j], row[k]})
	case w.mining == mineEasyPositive:
		j := w.best(i, row, false)
		if k := w.behind(i, row, row[j]); k >= 0 {
			one(pick{j, k, row[j], row[k]})
		}
	case w.mining == mineBatchSemi, w.mining == mineSemiHard && !w.everySemiHard:
		w.semiHard(i, row, one)
	default:
		w.bands(i, row, take)
	}
}

// alone is the triplet of an anchor that lacks a positive or a negative, as
// some libraries count it: the distance to a missing positive is 0, that to a
// missing negative that of the positive.
func (w *miner) alone(i int32, row []float64, negatives int) pick {
	switch {
	case negatives == 0:
		return pick{j: -1, k: -1}
	case w.shortlists():
		return w.picks[i]
	}
	k := w.behind(i, row, math.Inf(-1))
	return pick{-1, k, 0, row[k]}
}

// best returns the farthest positive, or the nearest.
func (w *miner) best(i int32, row []float64, farthest bool) int32 {
	best := int32(-1)
	for c := w.batch.kinds[i].lo; c < w.batch.kinds[i].hi; c++ {
		switch {
		case c == w.batch.place[i]:
		case best < 0, farthest && row[c] > row[best], !farthest && row[c] < row[best]:
			best = c
		}
	}
	return best
}

// behind returns the nearest negative that is farther than d, −1 where there
// is none.
func (w *miner) behind(i int32, row []float64, d float64) int32 {
	best := int32(-1)
	w.others(i, func(lo, hi int32) {
		for c := lo; c < hi; c++ {
			if x := row[c]; x > d || math.IsInf(d, -1) {
				best = w.nearer(row, c, best)
			}
		}
	})
	return best
}

// nearer returns the nearer of two columns, the lower row where they are
// equal. best may be −1.
func (w *miner) nearer(row []float64, c, best int32) int32 {
	if best < 0 || row[c] < row[best] || row[c] == row[best] && w.batch.columns[c] < w.batch.columns[best] {
		return c
	}
	return best
}

// others calls do for the columns of the negatives of an anchor.
func (w *miner) others(i int32, do func(lo, hi int32)) {
	k := w.batch.kinds[i]
	do(0, k.lo)
	do(k.hi, int32(len(w.batch.columns)))
}

// A semi is the positives of an anchor by distance, and of every gap between
// two of them the nearest negative that lies in it.
type semi struct {
	order  []int32
	dist   []float64
	bucket []int32
	match  []int32 // of every column of the class
}

// semiHard hands on, of every positive, the nearest negative behind it.
func (w *miner) semiHard(i int32, row []float64, one func(pick)) {
	k, self := w.batch.kinds[i], w.batch.place[i]
	s := &w.semi
	s.order, s.dist = s.order[:0], s.dist[:0]
	for c := k.lo; c < k.hi; c++ {
		if c != self {
			s.order = append(s.order, c)
		}
	}
	slices.SortFunc(s.order, func(a, b int32) int { return cmp.Compare(row[a], row[b]) })
	for _, c := range s.order {
		s.dist = append(s.dist, row[c])
	}
	s.bucket = sized(s.bucket, len(s.order)+1)
	for p := range s.bucket {
		s.bucket[p] = -1
	}
	farthest := int32(-1)
	w.others(i, func(lo, hi int32) {
		for c := lo; c < hi; c++ {
			nearer, _ := slices.BinarySearch(s.dist, row[c]) // positives
			s.bucket[nearer] = w.nearer(row, c, s.bucket[nearer])
			if farthest < 0 || row[c] > row[farthest] || row[c] == row[farthest] && w.batch.columns[c] < w.batch.columns[farthest] {
				farthest = c
			}
		}
	})
	s.match = sized(s.match, int(k.hi-k.lo))
	next := int32(-1)
	for p := len(s.order) - 1; p >= 0; p-- {
		if c := s.bucket[p+1]; c >= 0 {
			next = c
		}
		s.match[s.order[p]-k.lo] = next
	}
	for j := k.lo; j < k.hi; j++ {
		if j == self {
			continue
		}
		c := s.match[j-k.lo]
		if c < 0 && w.mining == mineBatchSemi {
			c = farthest
		}
		if c >= 0 && (w.mining == mineBatchSemi || w.inBand(row[j], row[c])) {
			one(pick{j, c, row[j], row[c]})
		}
	}
}

// inBand reports whether a negative that is behind the positive is within the
// margin.
func (w *miner) inBand(dp, dn float64) bool { return math.IsNaN(w.margin) || dn-dp <= w.margin }

// bands hands on, of every positive, all negatives that the mining wants.
func (w *miner) bands(i int32, row []float64, take taker) {
	w.ks, w.far = w.ks[:0], w.far[:0]
	w.others(i, func(lo, hi int32) {
		for c := lo; c < hi; c++ {
			w.ks = append(w.ks, c)
		}
		w.far = append(w.far, row[lo:hi]...)
	})
	k := w.batch.kinds[i]
	for j := k.lo; j < k.hi; j++ {
		if j == w.batch.place[i] {
			continue
		}
		dp := row[j]
		if w.mining == mineAll || w.mining == mineBatchAll {
			take(j, dp, w.ks, w.far)
			continue
		}
		w.bandKs, w.bandFar = w.bandKs[:0], w.bandFar[:0]
		for t, d := range w.far {
			if w.mining == mineHard && d <= dp || w.mining == mineSemiHard && d > dp && w.inBand(dp, d) {
				w.bandKs, w.bandFar = append(w.bandKs, w.ks[t]), append(w.bandFar, d)
			}
		}
		if len(w.bandKs) > 0 {
			take(j, dp, w.bandKs, w.bandFar)
		}
	}
}
