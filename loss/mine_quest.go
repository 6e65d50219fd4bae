package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A quest looks for the column with the largest u of one anchor, or the least,
// among float32 numbers that are right up to bounds. It lists the candidates.
//
// best is what the best u is at least (or at most, if far): a number on its
// way beyond by more than its bound is no candidate. Under a limit only numbers
// below count.
type quest struct {
	far   bool    // the least u
	size  float64 // ‖x‖
	best  float64
	limit float64
	slack float64 // of the limit
	list  []candidate
}

type candidate struct {
	c int32
	u float32
}

func (q *quest) start(far bool, size float64) {
	*q = quest{far: far, size: size, best: math.Inf(-1), limit: math.Inf(1), list: q.list[:0]}
	if far {
		q.best = math.Inf(1)
	}
}

// look sees the numbers u of columns from c on, of a short list.
func (q *quest) look(s *shortlist, u []float32, c int32) {
	widest := s.bound(q.size, s.largest[c/shortColumns])
	lo, hi := vec.Range32(u)
	if q.far && float64(lo)-widest > q.best || !q.far && float64(hi)+widest < q.best {
		return
	}
	sizes := s.size[c:]
	for k, v := range u {
		if x := float64(v); q.far && x < q.best {
			q.best = min(q.best, x+s.bound(q.size, sizes[k]))
		} else if !q.far && x > q.best && x < q.limit {
			if b := s.bound(q.size, sizes[k]); x+b < q.limit-q.slack {
				q.best = max(q.best, x-b)
			}
		}
	}
	for k, v := range u {
		if x := float64(v); q.far && x-widest <= q.best || !q.far && x+widest >= q.best {
			if q.may(x, s.bound(q.size, sizes[k])) {
				q.list = append(q.list, candidate{c + int32(k), v})
			}
		}
	}
}

// may reports whether u, right up to a bound, may be the best.
func (q *quest) may(u, bound float64) bool {
	if q.far {
		return u-bound <= q.best
	}
	return u+bound >= q.best && u-bound <= q.limit+q.slack
}
