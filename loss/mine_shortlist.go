package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A shortlist is the embeddings of a batch as float32, whose products tell
// which columns may be the farthest positive or the nearest negative of an
// anchor; the few that they cannot tell apart are compared in float64.
//
// The embeddings are scaled by a power of two and shifted by their mean, which
// keeps the order of distances, so that the products neither overflow nor
// cancel much. Then
//
//	‖x − y‖² = ‖x‖² − 2u,  u = ⟨x, y⟩ − ‖y‖²/2
//
// and the nearest y has the largest u. A sum of D products that begins with
// −‖y‖²/2 is off by at most D·2^−24·(‖x‖‖y‖ + ‖y‖²/2), and rounding its numbers
// to float32 by 3·2^−24 of the same.
type shortlist struct {
	x       []float32 // rows of the anchors
	y       []float32 // the columns, so many side by side as vec.Tile has, by dimension
	lines   []int     // where the dimensions begin in such a panel
	half    []float32 // −‖y‖²/2
	sizeX   []float64 // ‖x‖
	size    []float64 // ‖y‖
	largest []float64 // of each shortColumns of these
	mean    []float64
	shift   [2]int  // exponents: before the mean is taken off, and after
	factor  float64 // of the bound of u
	least   float64
}

const (
	shortColumns = 1024 // of a tile
	shortAnchors = 768
	shortWidth   = 1 << 19 // of embeddings: above, the bound says nothing
)

// shortlists reports whether the mining wants the hardest alone, by a distance
// that a product gives, of numbers that are finite.
func (m *mine) shortlists() bool {
	switch {
	case m.kind == "l1", m.kind == "lp", m.width > shortWidth:
		return false
	}
	return m.batch.finite && (m.mining == mineBatchHard || m.mining == mineEasyPositive)
}

// put writes a vector in the coordinates of the shortlist.
func (s *shortlist) put(dst, v []float64) {
	scaleBy(dst, v, s.shift[0])
	vec.Sub(dst, dst, s.mean)
	scaleBy(dst, dst, s.shift[1])
}

// scaleBy sets dst to x·2^e, in two steps as 2^e may be no number.
func scaleBy(dst, x []float64, e int) {
	vec.Scale(dst, math.Ldexp(1, e/2), x)
	vec.Scale(dst, math.Ldexp(1, e-e/2), dst)
}

// shorten makes the shortlist of the batch.
func (m *mine) shorten() {
	s, t, width := &m.short, &m.batch, m.width
	v := make([]float64, width)
	s.mean = sized(s.mean, width)
	clear(s.mean)
	s.shift = [2]int{-exponent(max(maxAbs(t.x), maxAbs(t.y))), 0}
	for _, i := range t.columns {
		scaleBy(v, m.row(t.y, i), s.shift[0])
		vec.Axpy(s.mean, 1/float64(len(t.columns)), v)
	}
	most := 0.0
	for _, i := range t.columns {
		s.put(v, m.row(t.y, i))
		most = max(most, maxAbs(v))
	}
	for _, i := range t.anchors {
		s.put(v, m.row(t.x, i))
		most = max(most, maxAbs(v))
	}
	s.shift[1] = -exponent(most)
	// round returns the square of the norm.
	round := func(dst []float32, x []float64) float64 {
		s.put(v, x)
		for k, c := range v {
			dst[k] = float32(c)
		}
		return vec.SumSq(v)
	}
	n := len(t.columns)
	s.layOut(n, width)
	s.half, s.size = sized(s.half, n), sized(s.size, n)
	s.largest = sized(s.largest, (n+shortColumns-1)/shortColumns)
	clear(s.largest)
	s.x = sized(s.x, len(t.anchors)*width)
	line := make([]float32, width)
	for c, i := range t.columns {
		if t.own {
			line = s.x[c*width : (c+1)*width]
		}
		square := round(line, m.row(t.y, i))
		s.half[c], s.size[c] = float32(-square/2), math.Sqrt(square)
		s.largest[c/shortColumns] = max(s.largest[c/shortColumns], s.size[c])
		y := s.column(c)
		for q, v := range line {
			y[s.lines[q]] = v
		}
	}
	if t.own {
		s.sizeX = s.size
	} else {
		s.sizeX = sized(s.sizeX, len(t.anchors))
		for a, i := range t.anchors {
			s.sizeX[a] = math.Sqrt(round(s.x[a*width:], m.row(t.x, i)))
		}
	}
	s.factor = 1.05 * 0x1p-24 * float64(width+8)
	// What the mean is taken off is at most 1, and right to 2^−52 of that.
	s.least = float64(width) * (math.Ldexp(4, s.shift[1]-52) + 0x1p-140)
}

// layOut makes room for n columns.
func (s *shortlist) layOut(n, width int) {
	_, cols := vec.Tile()
	s.y, s.lines = sized(s.y, roundUp(n, cols)*width), sized(s.lines, width)
	for q := range s.lines {
		s.lines[q] = q * cols
	}
}

// column returns the numbers from the first of column c on.
func (s *shortlist) column(c int) []float32 {
	_, cols := vec.Tile()
	return s.y[c/cols*cols*len(s.lines)+c%cols:]
}

func roundUp(n, of int) int { return (n + of - 1) / of * of }

// bound is how far u may be off, of vectors of some norms.
func (s *shortlist) bound(x, y float64) float64 { return s.factor*y*(x+y/2) + s.least }

// exponent is that of a power of two above x.
func exponent(x float64) int {
	_, e := math.Frexp(x)
	return e
}

// hardest finds the picks of all anchors.
func (m *mine) hardest(b *Block) {
	m.shorten()
	m.picks = sized(m.picks, b.N)
	n := len(m.batch.anchors)
	strip := min(max(n/(4*b.Workers), 16), shortAnchors)
	m.ready(b)
	b.Each((n+strip-1)/strip, func(worker, k int) {
		m.miner[worker].strip(k*strip, min((k+1)*strip, n))
	})
}

// strip finds the picks of anchors [from, to), which are neighbours by label.
func (w *miner) strip(from, to int) {
	t := &w.batch
	w.positive, w.negative = sized(w.positive, to-from), sized(w.negative, to-from)
	lo, hi := t.kinds[t.anchors[from]].lo, t.kinds[t.anchors[to-1]].hi
	all := int32(len(t.columns))
	for k := range w.negative {
		size := w.short.sizeX[from+k]
		w.positive[k].start(w.mining == mineBatchHard, size)
		w.negative[k].start(false, size)
	}
	if w.mining == mineEasyPositive {
		w.search(from, to, lo, hi, true, false)
		w.resolvePositives(from, to)
		w.search(from, to, 0, all, false, true)
	} else {
		w.search(from, to, 0, all, true, true)
		w.resolvePositives(from, to)
	}
	for k := range w.negative {
		i := t.anchors[from+k]
		p := &w.picks[i]
		behind := math.Inf(-1)
		if w.mining == mineEasyPositive && p.j >= 0 {
			behind = p.dp
		}
		p.k, p.dn = w.resolve(i, &w.negative[k], behind)
	}
}

// resolvePositives decides the positives, and behind which u the negatives of
// easy-positive are.
func (w *miner) resolvePositives(from, to int) {
	s, t := &w.short, &w.batch
	for k := range w.positive {
		i := t.anchors[from+k]
		p := &w.picks[i]
		p.j, p.dp = w.resolve(i, &w.positive[k], math.Inf(-1))
		if w.mining == mineEasyPositive && p.j >= 0 {
			x, y := sized(w.x, w.width), sized(w.y, w.width)
			s.put(x, w.row(t.x, i))
			s.put(y, w.row(t.y, t.columns[p.j]))
			w.negative[k].limit = (vec.SumSq(x) - vec.SquaredDistance(x, y)) / 2
			w.negative[k].slack = s.bound(s.sizeX[from+k], s.size[p.j])
			w.x, w.y = x, y
		}
	}
}

// search computes u of anchors [from, to) and columns [lo, hi), tile by tile,
// and shows it to the quests.
func (w *miner) search(from, to int, lo, hi int32, positives, negatives bool) {
	s, t, width := &w.short, &w.batch, w.width
	rows, cols := vec.Tile()
	w.tile = sized(w.tile, roundUp(to-from, rows)*shortColumns)
	left := vec.NewLeft(s.x[from*width:], width, to-from, width)
	for c0 := lo; c0 < hi; c0 = (c0/shortColumns + 1) * shortColumns {
		c1 := min((c0/shortColumns+1)*shortColumns, hi)
		first := int(c0) / cols * cols // of the panel of c0
		for a := range to - from {
			copy(w.tile[a*shortColumns:], s.half[first:c1])
		}
		for c := first; c < int(c1); c += cols {
			left.Continue(w.tile[c-first:], shortColumns, s.column(c), s.lines, 0, to-from, cols)
		}
		for a := range to - from {
			u := w.tile[a*shortColumns:][:int(c1)-first]
			i := t.anchors[from+a]
			k, self := t.kinds[i], t.place[i]
			// show hands on the part of [x, y) that is in the tile.
			show := func(q *quest, x, y int32) {
				if x, y = max(x, c0), min(y, c1); x < y {
					q.look(s, u[int(x)-first:int(y)-first], x)
				}
			}
			if positives && self < 0 {
				show(&w.positive[a], k.lo, k.hi)
			} else if positives {
				show(&w.positive[a], k.lo, self)
				show(&w.positive[a], self+1, k.hi)
			}
			if negatives {
				show(&w.negative[a], 0, k.lo)
				show(&w.negative[a], k.hi, int32(len(t.columns)))
			}
		}
	}
}

// resolve compares the candidates of a quest in float64: those with a distance
// above behind. Equal distances: the lowest row.
func (w *miner) resolve(i int32, q *quest, behind float64) (best int32, d float64) {
	t := &w.batch
	best = -1
	x := w.row(t.x, i)
	for _, c := range q.list {
		if !q.may(float64(c.u), w.short.bound(q.size, w.short.size[c.c])) {
			continue
		}
		e := w.d.between(x, w.row(t.y, t.columns[c.c]))
		if !(e > behind) {
			continue
		}
		better := e < d
		if q.far {
			better = e > d
		}
		if best < 0 || better || e == d && t.columns[c.c] < t.columns[best] {
			best, d = c.c, e
		}
	}
	return best, d
}
