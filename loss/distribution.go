package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A distribution is that of every position of a block: log-probabilities and
// probabilities of the classes, in rows or planes as the block has them.
type distribution struct {
	input   int       // in which findings lie
	role    Role      // of x
	x       []float64 // as given
	n       int       // positions
	classes int
	first   int // the place of the first of them in the block
	rows    bool
	raw     []float64 // log-probabilities
	log     []float64 // the same, clipped if they are to be
	p       []float64 // exp(log)
	mixture bool      // of two others, of no input
	alone   bool      // one position, as the quick way finds no finite number
}

// distribution is of the numbers x, in the layout of the block, of an input.
func (b *Block) distribution(input int, role Role, x []float64) distribution {
	return distribution{input: input, role: role, x: x, n: b.N, classes: len(x) / max(b.N, 1), rows: b.Frame.Rows}
}

// number returns the place of class k of position i.
func (s *distribution) number(i, k int) int {
	if s.rows {
		return i*s.classes + k
	}
	return k*s.n + i
}

// sum sets dst to the sum over the classes of c at every position.
func (s *distribution) sum(dst, c []float64) {
	if s.rows {
		k := s.classes
		for i := range dst {
			dst[i] = vec.Sum(c[i*k : (i+1)*k])
		}
		return
	}
	copy(dst, c[:s.n])
	for at := s.n; at < len(c); at += s.n {
		vec.Add(dst, dst, c[at:at+s.n])
	}
}

// normalise sets dst to the log-softmax of x at every position.
func (s *distribution) normalise(dst, x []float64) {
	if s.rows {
		vec.LogSoftmaxRows(dst, x, s.classes)
	} else {
		vec.LogSoftmaxPlanes(dst, x, s.n)
	}
}

// impossible reports whether number j is one of a class of probability 0.
func (s *distribution) impossible(j int) bool {
	return s.role == Prob && s.x[j] == 0 || math.IsInf(s.x[j], -1)
}

// possible reports whether a class of position i is possible, and fails where
// a softmax finds none.
func (d *divergence) possible(s *distribution, out *Out, i int) bool {
	if !d.isSoftmax(s) {
		return true
	}
	for k := range s.classes {
		if !s.impossible(s.number(i, k)) {
			return true
		}
	}
	got, want := "-inf for every class", "a finite number for one at least"
	if s.role == Prob {
		got, want = "0 for every class", "a probability above 0 for one at least"
	}
	out.Fail(s.input, s.first+i, 0, got, want)
	return false
}

// isSoftmax reports whether the numbers of s are normalised by a softmax, not
// taken as they are.
func (d *divergence) isSoftmax(s *distribution) bool {
	return s.role == Logit || d.temperature != 1 || d.renormalize
}

// load computes the probabilities of s, unless they are there: d.q in memory
// of its own.
func (d *divergence) load(s *distribution) *distribution {
	if s.p != nil {
		return s
	}
	n, at := len(s.x), 0
	if s == &d.q {
		at = 3
	}
	x := s.x
	if s.role == Prob {
		s.raw = d.memory.take(at, n)
		vec.Log(s.raw, x)
		x = s.raw
	}
	if d.isSoftmax(s) {
		s.raw = d.memory.take(at, n)
		if d.temperature < 1 { // x/T might overflow: move the largest near 0
			s.normalise(s.raw, x)
			x = s.raw
		}
		if d.temperature != 1 {
			vec.Scale(s.raw, 1/d.temperature, x)
			x = s.raw
		}
		s.normalise(s.raw, x)
		x = s.raw
	}
	s.raw, s.log = x, x
	if d.floor > 0 {
		s.log = d.memory.take(at+1, n)
		lo := math.Log(d.floor)
		for j, v := range s.raw {
			s.log[j] = min(max(v, lo), 0)
		}
	}
	if s.role == Prob && !d.isSoftmax(s) && d.floor == 0 {
		s.p = s.x
		return s
	}
	s.p = d.memory.take(at+2, n)
	vec.Exp(s.p, s.log)
	return s
}
