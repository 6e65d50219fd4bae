package loss

import (
	"math"
	"slices"

	"lossctl/internal/vec"
)

// eval takes some frames of an utterance.
func (c *ctc) eval(out *Out, b *Block) {
	if b.At == 0 {
		c.begin(out, b)
	}
	c.masked = c.masked && b.Masked
	c.weigh(out, b)
	k, x := c.classes, b.In[0]
	n := c.within(b)
	norms, lp := c.memory.take(0, n), c.memory.take(1, len(c.labels))
	c.normalize(norms, x[:n*k], b)
	for i := range n {
		if b.Left != nil && b.Left[i] {
			continue
		}
		row := x[i*k : (i+1)*k]
		blank := c.gather(lp, row, norms[i], b)
		c.lattice.step(lp, blank)
		if c.smoothing > 0 {
			c.flat += c.surprise(row, norms[i], b)
		}
		if b.Keep {
			c.lattice.keep()
			c.norms = append(c.norms, norms[i])
			continue
		}
		c.hear(row, norms[i], b)
		if b.Trace {
			c.aligner.step(lp, blank, b.At+i)
		}
	}
	if b.At+b.N == b.Frame.Positions() {
		c.finish(out, b)
	}
}

// within returns how many frames of a tile are part of the utterance.
func (c *ctc) within(b *Block) int { return min(b.N, max(c.frames-b.At, 0)) }

// begin reads the target and starts the alignments.
func (c *ctc) begin(out *Out, b *Block) {
	c.frames = b.Frame.Positions()
	if lengths := b.In[2]; lengths != nil && lengths[0] >= 0 { // else it is masked
		c.frames = int(lengths[0])
	}
	c.masked, c.unread, c.weight = true, false, 1
	if b.Weight != nil {
		c.weight = b.Weight[0]
		c.unread = c.weight == 0
	}
	c.target(out, b)
	zero := c.logZero
	if math.IsNaN(zero) {
		zero = math.Inf(-1)
	}
	c.lattice.begin(c.labels, c.blankID, zero)
	c.flat, c.turned, c.norms = 0, false, c.norms[:0]
	if b.Keep {
		c.lattice.kept = slices.Grow(c.lattice.kept, c.frames*(2*len(c.labels)+1))
		return
	}
	c.listen()
	if b.Trace {
		c.aligner.begin(c.labels, c.frames)
	}
}

// weigh refuses weights of single frames.
func (c *ctc) weigh(out *Out, b *Block) {
	for i, w := range b.Weight {
		if w != c.weight {
			out.Fail(len(b.In)+1, i, 0, formatFloat(w), "one weight for all frames of an utterance")
			return
		}
	}
}

// normalize computes what to subtract from the logits of every frame.
func (c *ctc) normalize(norms, x []float64, b *Block) {
	if b.Role(0) == Logit {
		vec.LogSumExpRows(norms, x)
		return
	}
	clear(norms)
}

// gather sets lp to the log-probabilities of the labels and returns that of
// the blank.
func (c *ctc) gather(lp, row []float64, norm float64, b *Block) (blank float64) {
	for u, y := range c.labels {
		lp[u] = row[y] - norm
	}
	blank = row[c.blankID] - norm
	if b.Role(0) == Prob {
		vec.Log(lp, lp)
		one := [1]float64{blank}
		vec.Log(one[:], one[:])
		blank = one[0]
	}
	return blank
}

// surprise is mean_c(−log p_c) of a frame. The sum is of parts, as large
// logits would overflow it.
func (c *ctc) surprise(row []float64, norm float64, b *Block) float64 {
	part := c.memory.take(2, len(row))
	if b.Role(0) == Prob {
		vec.Log(part, row)
		vec.Scale(part, 1/float64(len(row)), part)
	} else {
		vec.Scale(part, 1/float64(len(row)), row)
	}
	return norm - vec.Sum(part)
}

// finish ends the utterance.
func (c *ctc) finish(out *Out, b *Block) {
	c.total = c.lattice.logProb()
	switch {
	case b.Keep, c.unread, c.masked, c.frames > 0 && c.lattice.steps == 0:
	case c.short():
		out.Warn(1, -1, 0, "a target needs more frames than there are (--infeasible "+c.infeasible+")")
	case c.void():
		out.Warn(1, -1, 0, "every alignment of a target has the probability 0 (--infeasible "+c.infeasible+")")
	}
}

// short reports whether there are fewer frames than the target needs.
func (c *ctc) short() bool { return c.lattice.steps < needs(c.labels) }

// void reports whether no alignment of the target has a probability, or its
// loss is not to be that of any.
func (c *ctc) void() bool {
	return math.IsInf(c.total, -1) || c.short() && c.infeasible != "inf"
}

// loss is that of the utterance.
func (c *ctc) loss() float64 {
	switch {
	case c.unread, c.void() && c.infeasible != "inf":
		return 0
	case c.void():
		return math.Inf(1)
	}
	return product(1-c.smoothing, c.focal()) + product(c.smoothing, c.uniform())
}

// focal is α·(1−e^−L)^γ·L of the loss L.
func (c *ctc) focal() float64 {
	return product(c.alpha*math.Pow(-math.Expm1(c.total), c.gamma), -c.total)
}

// focalSlope is its derivative by L.
func (c *ctc) focalSlope() float64 {
	s := -math.Expm1(c.total)
	m := math.Pow(s, c.gamma)
	if s == 0 { // then L is 0
		return c.alpha * m
	}
	return c.alpha * (m + product(c.gamma*m/s*math.Exp(c.total), -c.total))
}

// uniform is the mean of −log p over frames and classes, 0 without frames.
func (c *ctc) uniform() float64 { return c.flat / float64(max(c.lattice.steps, 1)) }

// close computes the terms of the utterance.
func (c *ctc) close(all *Totals, _ []Totals) {
	clear(all.Terms)
	if c.masked || c.frames > 0 && all.Count == 0 {
		c.labels, c.heard, c.said = c.labels[:0], "", ""
		return
	}
	t := all.Terms
	c.compare(t)
	if !c.unread && (c.short() || c.void()) {
		t[ctcInfeasible] = 1
		if c.infeasible == "skip" {
			return
		}
	}
	t[ctcLoss] = c.loss()
	t[ctcPerLabel] = t[ctcLoss] / float64(max(len(c.labels), 1))
	t[ctcSamples], t[ctcFrames] = 1, float64(all.Count)
}
