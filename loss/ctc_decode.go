package loss

import (
	"cmp"
	"math"
	"slices"

	"lossctl/internal/vec"
)

// A greedy reader takes the best class of every frame, merges repeats and
// drops blanks.
type greedy struct {
	blank, last int
	text        []int
}

func (g *greedy) begin(blank int) { g.blank, g.last, g.text = blank, blank, g.text[:0] }

// step reads a frame; any numbers do that are ordered as the probabilities.
// The first of equal classes is taken.
func (g *greedy) step(row []float64) {
	best := slices.Index(row, vec.Max(row))
	if best >= 0 && best != g.last && best != g.blank {
		g.text = append(g.text, best)
	}
	g.last = best
}

// A beam reads by prefix search (Hannun et al. 2014, arXiv 1408.2873): it
// keeps the texts of highest probability, summed over the paths that it has
// seen of them, without a language model.
type beam struct {
	width, blank int
	nodes        []prefix
	children     map[prefix]int
	list, next   []hypothesis
	slot         []int // of every node: its place in list, −1: none
	likely       []int // the classes of highest probability of a frame
	isLikely     []bool
}

// A prefix is a text: that of its parent and one more label.
type prefix struct{ parent, label int }

// A hypothesis is a prefix with the log-probabilities of its paths that end in
// the blank, that end in its label, and of both.
type hypothesis struct {
	prefix
	node               int // −1: it has none yet
	blank, label, both float64
}

func (m *beam) begin(width, blank int) {
	root := prefix{-1, -1}
	m.width, m.blank = width, blank
	m.nodes, m.slot, m.children = append(m.nodes[:0], root), append(m.slot[:0], 0), map[prefix]int{}
	m.list = append(m.list[:0], hypothesis{prefix: root, label: math.Inf(-1)})
}

// step reads a frame of log-probabilities.
func (m *beam) step(lp []float64) {
	m.find(lp)
	m.advance(lp)
}

// advance reads a frame whose likely classes are found.
func (m *beam) advance(lp []float64) {
	m.next = m.next[:0]
	for _, h := range m.list { // the text stays
		stay := hypothesis{prefix: h.prefix, node: h.node, blank: h.both + lp[m.blank], label: math.Inf(-1)}
		if h.prefix.label >= 0 {
			stay.label = h.label + lp[h.prefix.label]
		}
		m.next = append(m.next, stay)
	}
	for _, h := range m.list { // the text grows: by a likely class, or into one that is held
		for _, y := range m.likely {
			m.grow(h, y, lp[y])
		}
	}
	for _, h := range m.list {
		if y := h.prefix.label; y >= 0 && !m.isLikely[y] && m.slot[h.parent] >= 0 {
			m.grow(m.list[m.slot[h.parent]], y, lp[y])
		}
	}
	m.prune()
}

// grow adds the paths of h that go on with label y.
func (m *beam) grow(h hypothesis, y int, lp float64) {
	p := h.both
	if y == h.prefix.label { // a repeat needs a blank
		p = h.blank
	}
	child := prefix{h.node, y}
	node, ok := m.children[child]
	switch {
	case !ok:
		node = -1
	case m.slot[node] >= 0:
		held := &m.next[m.slot[node]]
		held.label = logAdd(held.label, p+lp)
		return
	}
	m.next = append(m.next, hypothesis{prefix: child, node: node, blank: math.Inf(-1), label: p + lp})
}

// prune keeps the best.
func (m *beam) prune() {
	for i := range m.next {
		h := &m.next[i]
		h.both = logAdd(h.blank, h.label)
	}
	slices.SortFunc(m.next, func(a, b hypothesis) int {
		return cmp.Or(cmp.Compare(b.both, a.both), cmp.Compare(a.parent, b.parent), cmp.Compare(a.prefix.label, b.prefix.label))
	})
	for _, h := range m.list {
		m.slot[h.node] = -1
	}
	m.next = m.next[:min(len(m.next), m.width)]
	m.list, m.next = m.next, m.list
	for i := range m.list {
		h := &m.list[i]
		if h.node < 0 {
			h.node = len(m.nodes)
			m.nodes, m.slot = append(m.nodes, h.prefix), append(m.slot, -1)
			m.children[h.prefix] = h.node
		}
		m.slot[h.node] = i
	}
}

// find finds the likely classes: as many as can matter, which is one more
// than there are hypotheses, as each grows less by its own label.
func (m *beam) find(lp []float64) {
	if m.isLikely == nil {
		m.isLikely = make([]bool, len(lp))
	}
	for _, y := range m.likely {
		m.isLikely[y] = false
	}
	list := m.likely[:0]
	for y, p := range lp {
		if y == m.blank || len(list) > m.width && !(p > lp[list[m.width]]) {
			continue
		}
		at := len(list)
		for at > 0 && p > lp[list[at-1]] {
			at--
		}
		list = slices.Insert(list[:min(len(list), m.width)], at, y)
	}
	for _, y := range list {
		m.isLikely[y] = true
	}
	m.likely = list
}

// best is the text of highest probability.
func (m *beam) best() []int {
	var text []int
	for node := m.list[0].node; m.nodes[node].parent >= 0; node = m.nodes[node].parent {
		text = append(text, m.nodes[node].label)
	}
	slices.Reverse(text)
	return text
}

// logAdd is the sum of two probabilities by their logarithms.
func logAdd(a, b float64) float64 {
	switch {
	case math.IsInf(a, -1):
		return b
	case math.IsInf(b, -1):
		return a
	}
	x, y := [1]float64{a}, [1]float64{b}
	vec.LogAddExp(x[:], x[:], y[:])
	return x[0]
}
