package nn

// A Tape holds what Forward computed.
type Tape struct {
	net     *Network
	outputs []string
	results []Tensor
	steps   []step // of the layers; nil where nothing was kept
	threads int
}

// A step is what a layer read and wrote.
type step struct{ x, y, inner *volume }

// Forward computes outputs, by name, for x, a picture of three planes that are
// scaled as the network wants them. With keep, the tape has what Backward needs;
// it is several times as much. Shape tells beforehand what is an error: here it
// panics. The results are the tape's, until Release.
func (n *Network) Forward(x Tensor, outputs []string, keep bool, threads int) ([]Tensor, *Tape) {
	last := -1
	results := make([]Tensor, len(outputs))
	for _, output := range outputs {
		if _, _, _, err := n.Shape(output, x.H, x.W); err != nil {
			panic("nn: " + err.Error())
		}
		i, _ := n.find(output)
		last = max(last, i)
	}
	if x.C != 3 {
		panic("nn: a picture wants three planes")
	}
	t := &Tape{net: n, outputs: outputs, results: results, threads: threads}
	// wanted copies an output out and tells whether there is one.
	wanted := func(i int, before bool, copied func() Tensor) bool {
		found := false
		for k, output := range outputs {
			if at, first := n.find(output); at == i && first == before {
				found = true
				if copied != nil {
					results[k] = copied()
				}
			}
		}
		return found
	}
	var room *space
	if !keep {
		room = new(space)
	}
	v := enter(room, x, n.layers[0].border(), threads)
	for i, l := range n.layers[:last+1] {
		border := 0
		if i < last {
			border = n.layers[i+1].border()
		}
		var before func(*volume)
		if wanted(i, true, nil) {
			before = func(v *volume) { wanted(i, true, func() Tensor { return v.tensor(threads) }) }
		}
		y, inner := l.forward(v, border, before, threads)
		wanted(i, false, func() Tensor { return y.tensor(threads) })
		s := step{v, y, inner}
		if keep {
			t.steps = append(t.steps, s)
		} else {
			s.free()
		}
		v = y
	}
	if !keep {
		v.free()
	}
	room.release()
	return results, t
}

// free gives back what no later layer reads.
func (s step) free() {
	s.x.free()
	if s.inner != nil {
		s.inner.free()
	}
}

// Release gives the memory of the tape and of the results back, for the next
// Forward: none may be used any more.
func (t *Tape) Release() {
	for _, r := range t.results {
		recycle(r.Data)
	}
	for i, s := range t.steps {
		s.free()
		if i == len(t.steps)-1 {
			s.y.free()
		}
	}
	*t = Tape{}
}

// Backward returns the gradient by the picture of a number whose gradients by the
// outputs of Forward are grads, in their order; one without Data is 0. The tape
// must have been kept, else it panics.
func (t *Tape) Backward(grads []Tensor) Tensor {
	if len(grads) != len(t.outputs) || len(t.steps) == 0 {
		panic("nn: a gradient for each output of a kept tape is wanted")
	}
	var g *volume
	for i := len(t.steps) - 1; i >= 0; i-- {
		s, l := t.steps[i], t.net.layers[i]
		var before []Tensor
		for k, output := range t.outputs {
			at, first := t.net.find(output)
			switch {
			case at != i || grads[k].Data == nil:
			case first:
				before = append(before, grads[k])
			default:
				if g == nil {
					g = s.y.empty(l.slopeBorder())
				}
				g.add(grads[k], t.threads)
			}
		}
		if g == nil && before != nil {
			g = s.y.empty(l.slopeBorder())
		}
		if g == nil {
			continue
		}
		border := 0
		if i > 0 {
			border = t.net.layers[i-1].slopeBorder()
		}
		d := l.backward(s.x, s.y, s.inner, g, before, border, t.threads)
		g.free()
		g = d
	}
	if g == nil {
		g = t.steps[0].x.empty(0)
	}
	defer g.free()
	return g.tensor(t.threads)
}

// empty is a volume of the same shape, of zeros.
func (v *volume) empty(border int) *volume {
	e := v.space.volume(v.c, v.h, v.w, border)
	e.zero()
	return e
}
