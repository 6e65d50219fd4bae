package loss

import (
	"math"
	"slices"
)

// A Span is what a sample has from one position to before another: the label
// of a token, and the mean of its log-probability there.
type Span struct {
	Label      int
	Token      string
	Start, End int
	Score      float64
}

// An aligner finds the alignment of highest probability (Viterbi). State 2u is
// the blank before label u, 2u+1 the label itself.
type aligner struct {
	labels     []int
	best, next []float64 // log-probability of the best path into every state
	from       []uint8   // of every frame and state: how many states back the path came from
	emitted    []float64 // of every frame: the log-probabilities of the labels
	frames     []int     // the place of every frame
}

func (a *aligner) begin(labels []int, frames int) {
	a.labels = labels
	n := 2*len(labels) + 1
	a.best, a.next = resize(a.best, n), resize(a.next, n)
	a.from, a.emitted, a.frames = slices.Grow(a.from[:0], frames*n), slices.Grow(a.emitted[:0], frames*len(labels)), a.frames[:0]
}

// step takes a frame as that of a lattice.
func (a *aligner) step(lp []float64, blank float64, frame int) {
	first := len(a.frames) == 0
	for s := range a.next {
		p, back := a.best[s], uint8(0)
		if first { // before it there is nothing but the start
			p = math.Inf(-1)
			if s < 2 {
				p = 0
			}
		} else {
			if s > 0 && a.best[s-1] > p {
				p, back = a.best[s-1], 1
			}
			if u := s / 2; s%2 == 1 && u > 0 && a.labels[u] != a.labels[u-1] && a.best[s-2] > p {
				p, back = a.best[s-2], 2
			}
		}
		if s%2 == 0 {
			p += blank
		} else {
			p += lp[s/2]
		}
		a.next[s] = p
		a.from = append(a.from, back)
	}
	a.best, a.next = a.next, a.best
	a.emitted, a.frames = append(a.emitted, lp...), append(a.frames, frame)
}

// spans are the labels along the best path, in order; nil where no path fits.
func (a *aligner) spans(tokens []string) []Span {
	states, n := len(a.best), len(a.labels)
	if n == 0 || len(a.frames) == 0 {
		return nil
	}
	s := states - 1
	if a.best[s-1] > a.best[s] {
		s--
	}
	if math.IsInf(a.best[s], -1) {
		return nil
	}
	var list []Span
	open, sum, frames := -1, 0.0, 0 // the label whose span is open
	for t := len(a.frames) - 1; t >= 0; t-- {
		if u := s / 2; s%2 == 1 {
			if u != open {
				list = append(list, Span{Label: a.labels[u], Token: spell(a.labels[u:u+1], tokens), End: a.frames[t] + 1})
				open, sum, frames = u, 0, 0
			}
			sum += a.emitted[t*n+u]
			frames++
			span := &list[len(list)-1]
			span.Start, span.Score = a.frames[t], sum/float64(frames)
		}
		s -= int(a.from[t*states+s])
	}
	slices.Reverse(list)
	return list
}
