package engine

import (
	"math"
	"slices"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// Inputs that every loss has, behind its own.
const (
	maskInput = iota
	weightInput
	commonInputs
)

// A worker computes blocks on one goroutine.
type worker struct {
	job    *Job
	loss   *loss.Loss // its own, so that scratch memory needs no lock
	tally  *tally
	want   []bool // by term, of those that Eval computes
	sums   []bool // by term, of those that add up over positions
	failed bool   // a fault was found: from now on inputs are only checked

	// of the current part
	part  *part
	views []*view

	// of the current tile
	tile  span
	in    [][]float64 // by input
	data  [][]float64 // memory of in
	lo    []float64   // bounds of in, by input; loss.Unknown where they are not known
	hi    []float64
	tmp   []float64
	out   []bool  // positions that do not count
	idle  []bool  // positions that are not looked at: those, and where a weight is 0
	idles int     // how many these are
	class []int32 // of each position
	turn  turn    // what class holds of a cyclic frame
	block loss.Block
	terms loss.Out

	sample  sample
	single  [1]loss.Totals // for Sums without classes
	byClass grouping
	columns columns
	long    *longSample // the sample that goes on in the next tile
	rows    *Rows       // of the current block, nil where nobody asks

	up, slopes           [][]float64 // memory of the gradient
	gradBlock, gradTiles []float64
}

// A turn is the first class of a tile, how many positions a group has, and how
// many there are; of no tile, all 0.
type turn struct{ first, width, n int }

func newWorker(j *Job) *worker {
	w := &worker{job: j, loss: j.New()}
	w.block.Each, w.block.Workers, w.block.Trace, w.block.Maps = w.each, max(j.Threads, 1), j.Trace, j.Maps
	w.loss.CopyParams(j.Params)
	if j.lesson != nil {
		w.loss.Learn(&j.lesson.All, j.lesson.ByClass)
	}
	terms := w.loss.Terms
	w.want, w.sums = make([]bool, len(terms)), make([]bool, len(terms))
	w.terms.Terms = make([][]float64, len(terms))
	var c Collector
	if j.Collect != nil {
		c = j.Collect()
	}
	w.tally = newTally(terms, j.Classes, len(w.loss.Inputs)+commonInputs, c)
	w.sample = newSample(len(terms), j.Classes)
	w.data = make([][]float64, len(w.loss.Inputs)+commonInputs)
	w.in = make([][]float64, len(w.data))
	w.lo, w.hi = make([]float64, len(w.data)), make([]float64, len(w.data))
	return w
}

// enter makes the worker ready for blocks of a part.
func (w *worker) enter(p *part) {
	if w.part == p {
		return
	}
	w.part, w.views = p, p.views
	n, widest := p.plan.tile, 1
	for k, v := range p.views {
		w.in[k] = nil
		if v.Role != loss.Absent {
			if !v.shared() {
				widest = max(widest, v.Planes)
			}
			w.data[k] = grow(w.data[k], v.most(p.plan))
		}
	}
	w.tmp = grow(w.tmp, n*widest)
	w.out = grow(w.out, n)
	w.idle = grow(w.idle, n)
	w.class, w.turn = grow(w.class, n), turn{}
	for k, t := range NewTotals(w.loss.Terms, 1) { // of the streams that are absent
		w.sample.all.Terms[k] = t.Value()
	}
	for k, t := range w.loss.Terms {
		w.sums[k] = w.job.wants[k] && !t.Closed && w.streamed(t.Input)
		w.want[k] = w.sums[k] && !t.Summed
		if w.want[k] {
			w.terms.Terms[k] = grow(w.terms.Terms[k], n)
		} else {
			w.terms.Terms[k] = nil
		}
	}
	w.block.Frame = p.plan.f
	if w.loss.Prepare != nil {
		w.loss.Prepare(p.plan.f)
	}
}

// cycle sets the classes of the positions of a tile, whose groups go through
// them in turn; most tiles have those of the last one.
func (w *worker) cycle(t span) {
	classes := w.part.plan.f.Classes
	c := turn{first: t.g0 % classes, width: t.b1 - t.b0, n: t.len()}
	if w.turn == c {
		return
	}
	w.turn = c
	class := c.first
	for at := 0; at < c.n; at += c.width {
		if c.width == 1 { // a call would take longer
			w.class[at] = int32(class)
		} else {
			vec.Fill(w.class[at:at+c.width], int32(class))
		}
		if class++; class == classes {
			class = 0
		}
	}
}

// streamed reports whether the part has the positions of a stream.
func (w *worker) streamed(input string) bool {
	if input == "" {
		return true
	}
	k := slices.IndexFunc(w.loss.Inputs, func(in loss.Input) bool { return in.Name == input })
	return w.views[k].Role != loss.Absent
}

func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// read decodes tile t of block b, leaves out what does not count, and returns
// the number of positions that do.
func (w *worker) read(bufs []loss.Buffer, b, t span) int {
	n := t.len()
	w.tile = t
	for k, v := range w.views {
		if v.Role != loss.Absent {
			w.in[k] = w.data[k][:v.numbers(t)]
			w.lo[k], w.hi[k] = v.decode(w.in[k], &bufs[k], b, t, w.tmp)
		}
	}
	inputs := len(w.loss.Inputs)
	w.block.N, w.block.In, w.block.Class, w.block.Weight = n, w.in[:inputs], nil, w.in[inputs+weightInput]
	f := w.part.plan.f
	w.block.Sample, w.block.At = t.g0/f.Groups, t.g0%f.Groups*f.Inner+t.b0
	if w.class = w.class[:n]; f.Cyclic && f.Classes > 1 {
		w.cycle(t)
		w.block.Class = w.class
	}
	kept := w.exclude(t, n)
	if w.block.Left = nil; w.idles > 0 {
		w.block.Left = w.idle
	}
	if w.part.index == 0 && t.g0 == 0 && t.b0 == 0 {
		w.tally.warnings = w.job.diagnose(w)
	}
	return kept
}

// eval computes block b and adds it up. It returns the part of a sample that
// the block holds, where it holds only part.
func (w *worker) eval(bufs []loss.Buffer, b span) *longSample {
	plan := w.part.plan
	if plan.f.Positions() == 0 {
		for i := range plan.f.Samples {
			w.sample.reset(w.part.first + i)
			clear(w.sample.all.Terms)
			w.close()
		}
	}
	for t := range plan.tiles(b) {
		n := t.len()
		kept := w.read(bufs, w.within(bufs, b, t), t)
		if w.failed {
			continue
		}
		w.compute()
		if w.failed {
			continue
		}
		if e := w.job.Elements; e != nil && w.want[0] {
			w.write(e, w.terms.Terms[0], w.part.first*plan.f.Positions()+t.g0*plan.f.Inner+t.b0)
		}
		w.tally.positions += n
		w.tally.count += kept
		if plan.whole() {
			w.addSamples(t, kept)
			w.handRows()
			continue
		}
		w.addTile(t, kept)
		if plan.ends(t) && !plan.splits() {
			w.finish(w.long)
			w.long = nil
		}
	}
	w.flushColumns()
	l := w.long
	w.long = nil
	return l
}

// within is the span that the buffers hold: the block, or where a sample is
// more than that, the tile, which is fetched now.
func (w *worker) within(bufs []loss.Buffer, b, t span) span {
	if !w.part.plan.tilewise() {
		return b
	}
	for k, v := range w.views {
		if v.Role == loss.Absent {
			continue
		}
		if err := v.fetch(&bufs[k], t); err != nil {
			w.job.fail(err)
			w.failed = true // the numbers are not there
			break
		}
	}
	return t
}

// handRows hands the rows of a tile to the collector at once where nobody
// wants those of the block, in order.
func (w *worker) handRows() {
	if w.rows != nil && w.job.Ordered == nil {
		w.tally.collector.Rows(w.rows)
		w.rows.reset()
	}
}

// compute evaluates the terms of the tile, multiplies them by the weights,
// and clears them where a position does not count.
func (w *worker) compute() {
	w.evaluate()
	weight := w.in[len(w.loss.Inputs)+weightInput]
	for k, x := range w.terms.Terms {
		if x == nil {
			continue
		}
		term, nothing := w.loss.Terms[k], 0.0
		if term.Largest {
			nothing = math.Inf(-1)
		} else if weight != nil && !term.Plain {
			vec.Mul(x, x, weight)
		}
		if w.idles == 0 {
			continue
		}
		for i, idle := range w.idle {
			if idle {
				x[i] = nothing
			}
		}
	}
}

// evaluate calls Eval on the tile as it is in the block.
func (w *worker) evaluate() {
	for k, x := range w.terms.Terms {
		if x != nil {
			w.terms.Terms[k] = x[:w.block.N]
		}
	}
	w.terms.Class = w.class
	if w.loss.Sums != nil {
		vec.Fill(w.class, -1) // the classes are those of the sums
		w.turn = turn{}
	}
	w.loss.Eval(&w.terms, &w.block)
	if len(w.terms.Found) > 0 {
		w.find()
	}
}

func (w *worker) write(to ElementWriter, x []float64, at int) {
	if err := to.WriteAt(x, at); err != nil {
		w.job.fail(err)
	}
}
