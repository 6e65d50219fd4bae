package loss

import "math"

// A quest looks for the column with the largest u of one anchor, or the least,
// among numbers that are right up to a bound. It lists the candidates.
type quest struct {
	far   bool    // the least
	best  float64 // the best u that is surely allowed
	bound float64
	limit float64 // a larger u is not allowed
	list  []candidate
}

type candidate struct {
	c int32
	u float32
}

func (q *quest) start(far bool, bound float64) {
	*q = quest{far: far, best: math.Inf(-1), bound: bound, limit: math.Inf(1), list: q.list[:0]}
	if far {
		q.best = math.Inf(1)
	}
}

// may reports whether u may be the best.
func (q *quest) may(u float32) bool {
	v := float64(u)
	if q.far {
		return v <= q.best+2*q.bound
	}
	return v >= q.best-2*q.bound && v <= q.limit+q.bound
}

// look sees the numbers of columns from c on.
func (q *quest) look(u []float32, c int32) {
	switch {
	case q.far:
		least := float64(least32(u))
		q.best = min(q.best, least)
		if least > q.best+2*q.bound {
			return
		}
	case math.IsInf(q.limit, 1):
		most := float64(most32(u))
		q.best = max(q.best, most)
		if most < q.best-2*q.bound {
			return
		}
	default:
		sure := down(q.limit - q.bound)
		for _, v := range u {
			if v < sure && float64(v) > q.best {
				q.best = float64(v)
			}
		}
	}
	lo, hi := down(q.best-2*q.bound), up(q.limit+q.bound)
	if q.far {
		lo, hi = float32(math.Inf(-1)), up(q.best+2*q.bound)
	}
	for k, v := range u {
		if v >= lo && v <= hi {
			q.list = append(q.list, candidate{c + int32(k), v})
		}
	}
}

// down and up round to float32 in one direction.
func down(x float64) float32 {
	v := float32(x)
	if float64(v) > x {
		v = math.Nextafter32(v, float32(math.Inf(-1)))
	}
	return v
}

func up(x float64) float32 { return -down(-x) }

// most32 and least32 are the largest and the least of some numbers.
func most32(x []float32) float32 {
	a, b := float32(math.Inf(-1)), float32(math.Inf(-1))
	for ; len(x) > 1; x = x[2:] {
		if x[0] > a {
			a = x[0]
		}
		if x[1] > b {
			b = x[1]
		}
	}
	if len(x) > 0 && x[0] > a {
		a = x[0]
	}
	return max(a, b)
}

func least32(x []float32) float32 {
	a, b := float32(math.Inf(1)), float32(math.Inf(1))
	for ; len(x) > 1; x = x[2:] {
		if x[0] < a {
			a = x[0]
		}
		if x[1] < b {
			b = x[1]
		}
	}
	if len(x) > 0 && x[0] < a {
		a = x[0]
	}
	return min(a, b)
}
