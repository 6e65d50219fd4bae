package loss

import (
	"math"

	"lossctl/internal/vec"
)

// A lattice is the alignments of one target of L labels, frame by frame, in
// logarithms. Before label u ∈ 0…L−1 stands blank u, behind the last blank L:
//
//	D(u)  = B(u) ⊕ A(u−1)             where label u differs from label u−1, else B(u)
//	A'(u) = (A(u) ⊕ D(u)) + log p(label u)
//	B'(u) = (B(u) ⊕ A(u−1)) + log p(blank)
//
// with A and B the log-probabilities of all beginnings that end in the label
// and in the blank, and ⊕ the sum of probabilities. It holds a column of L
// numbers; what the backward variables need of every frame is kept on demand.
type lattice struct {
	labels []int
	blank  int
	zero   float64 // log of probability 0: −Inf, or what a library takes for it

	label, space []float64 // A of L, B of L+1
	skip         []float64 // of u in 0…L: what a step from label u−1 to label u costs
	detour       []int     // the u where B' is not D + log p(blank)
	stay         []float64 // what the step from label u−1 to that blank costs

	steps int       // frames seen
	kept  []float64 // A and B behind every frame

	next, enter        []float64 // memory of A', D
	left, right, spare []float64 // of the detours, and e
}

// begin starts a target. It has no frame yet: the probability of nothing is 1.
func (l *lattice) begin(labels []int, blank int, zero float64) {
	n := len(labels)
	l.labels, l.blank, l.zero, l.steps, l.kept = labels, blank, zero, 0, l.kept[:0]
	for _, x := range []*[]float64{&l.label, &l.next} {
		*x = resize(*x, n)
	}
	for _, x := range []*[]float64{&l.space, &l.skip, &l.enter, &l.spare} {
		*x = resize(*x, n+1)
	}
	l.costs()
	vec.Fill(l.label, zero)
	vec.Fill(l.space, zero)
	l.space[0] = 0
}

// costs finds the detours: labels that repeat the one before, and where no
// step is impossible all labels.
func (l *lattice) costs() {
	clear(l.skip)
	l.detour, l.stay = l.detour[:0], l.stay[:0]
	for u := 1; u <= len(l.labels); u++ {
		repeats := u < len(l.labels) && l.labels[u] == l.labels[u-1]
		if repeats {
			l.skip[u] = l.zero
		}
		if !repeats && math.IsInf(l.zero, -1) {
			continue
		}
		l.detour = append(l.detour, u)
		if repeats {
			l.stay = append(l.stay, 0)
		} else {
			l.stay = append(l.stay, l.zero)
		}
	}
	l.left, l.right = resize(l.left, len(l.detour)), resize(l.right, len(l.detour))
}

// needs is the fewest frames that an alignment has: repeated labels need a
// blank between them.
func needs(labels []int) int {
	n := len(labels)
	for u := 1; u < len(labels); u++ {
		if labels[u] == labels[u-1] {
			n++
		}
	}
	return n
}

// step adds a frame: lp are the log-probabilities of the labels, in their
// order, and blank that of the blank.
func (l *lattice) step(lp []float64, blank float64) {
	n := len(l.labels)
	d := l.enter
	d[0] = l.space[0]
	vec.Add(d[1:], l.label, l.skip[1:])
	vec.LogAddExp(d[1:], l.space[1:], d[1:])
	vec.LogAddExp(l.next, l.label, d[:n])
	vec.Add(l.next, l.next, lp)
	for k, u := range l.detour {
		l.left[k], l.right[k] = d[u], l.label[u-1]+l.stay[k]
	}
	vec.LogAddExp(l.left, l.left, l.right)
	for k, u := range l.detour {
		d[u] = l.left[k]
	}
	vec.Affine(l.space, 1, blank, d)
	l.label, l.next = l.next, l.label
	l.steps++
}

// keep notes the forward variables behind the last frame.
func (l *lattice) keep() {
	l.kept = append(append(l.kept, l.label...), l.space...)
}

// logProb is the log-probability of the target: −Inf where no alignment fits.
func (l *lattice) logProb() float64 {
	n := len(l.labels)
	end := []float64{l.space[n]}
	if n > 0 {
		vec.LogAddExp(end, end, l.label[n-1:])
	}
	return end[0]
}

// turn puts the backward variables in the place of A and B: the
// log-probabilities of all endings behind the last frame.
func (l *lattice) turn() {
	n := len(l.labels)
	vec.Fill(l.label, math.Inf(-1))
	vec.Fill(l.space, math.Inf(-1))
	l.space[n] = 0
	if n > 0 {
		l.label[n-1] = 0
	}
}

// posteriors sets dst to the probability of every label at the last frame that
// step has seen and back has not, given the target, whose log-probability is
// total, and returns that of the blank. Frames were kept.
func (l *lattice) posteriors(dst []float64, total float64) float64 {
	n := len(l.labels)
	at := (l.steps - 1) * (2*n + 1)
	a, b := l.kept[at:at+n], l.kept[at+n:at+2*n+1]
	vec.Add(dst, a, l.label)
	vec.Affine(dst, 1, -total, dst)
	vec.Exp(dst, dst)
	vec.Add(l.spare, b, l.space)
	return vec.SumExp(l.spare, total)
}

// back takes the last frame away again.
func (l *lattice) back(lp []float64, blank float64) {
	n := len(l.labels)
	a, b, e := l.next, l.spare, l.enter
	vec.Add(a, l.label, lp)
	vec.Affine(b, 1, blank, l.space)
	vec.LogAddExp(e[:n], b[:n], a)
	e[n] = b[n]
	copy(l.space, e)
	vec.Add(e[1:], e[1:], l.skip[1:])
	vec.LogAddExp(l.label, a, e[1:])
	for k, u := range l.detour {
		l.left[k], l.right[k] = l.label[u-1], b[u]+l.stay[k]
	}
	vec.LogAddExp(l.left, l.left, l.right)
	for k, u := range l.detour {
		l.label[u-1] = l.left[k]
	}
	l.steps--
}
