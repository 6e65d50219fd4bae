// Package engine runs a loss over arrays: blocks of samples go through
// recycled buffers to a fixed number of goroutines, and what they yield is
// summed so that no bit of the result depends on the number of goroutines or
// the size of the blocks.
package engine

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"

	"lossctl/loss"
)

// A Job is one loss over its inputs.
type Job struct {
	New       func() *loss.Loss // the declaration, for a value a goroutine
	Params    *loss.Loss        // holds the parameters, as Frame left them
	Reduction *loss.Reduction
	Reading   loss.Reading
	Parts     Parts
	Classes   int // classes that results are kept for, 0: none

	MaskInvert bool
	NonFinite  string // error, skip or propagate
	Diagnose   bool   // look at the first tile for inputs that are not what they should be

	Threads    int
	BlockBytes int
	MaxMemory  int64 // of batches; 0: any

	// RowTerms asks for the terms in the rows.
	RowTerms bool
	// Collect makes what takes the rows of a goroutine, in any order; nil:
	// nobody asks for rows.
	Collect func() Collector
	// Ordered takes the rows in order.
	Ordered func(*Rows) error
	// Columns asks for the columns of the loss in the rows.
	Columns bool
	// ClassRows asks for the value of each class in the rows.
	ClassRows bool
	// Trace asks for the spans of every sample in the rows.
	Trace bool
	// Maps asks for the map of every sample in the rows.
	Maps bool
	// Elements takes the loss of every position.
	Elements ElementWriter
	// Pairs takes what Eval finds, in order.
	Pairs func(rows []int64) error
	// Progress is told of positions that are done.
	Progress func(n int)

	// Twice says that the inputs are read again, for the gradient.
	Twice bool
	// Brief says that nobody asks for more than the value and its gradient.
	Brief bool

	first  bool    // this is the reading that the loss learns from
	wants  []bool  // by term
	plain  bool    // the value of one position is its loss
	lesson *Result // of the reading before; nil: none
	kept   *keeper // the sums of long samples, for the gradient
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// A Collector takes rows in any order; collectors of the goroutines merge.
type Collector interface {
	Rows(*Rows)
	Merge(Collector)
}

// An ElementWriter takes numbers at their place in an array, from many
// goroutines at once.
type ElementWriter interface {
	WriteAt(x []float64, at int) error
}

// A Part is arrays that line up: all of the inputs, or one pair of files.
type Part struct {
	Frame *loss.Frame
	// Sources are the inputs of the loss, then mask and weights; nil where
	// absent. The views of the frame are in the same order.
	Sources []loss.Source
	// Stream names the input where the inputs do not line up.
	Stream string
}

// Parts yields the parts in order, nil after the last, and takes each back
// when its samples are computed. Rewind starts again at the first.
type Parts interface {
	Next() (*Part, error)
	Done(*Part)
	Rewind()
}

// MaskView and WeightView are the places of the mask and of the sample
// weights behind the n inputs of a loss.
func MaskView(n int) int   { return n + maskInput }
func WeightView(n int) int { return n + weightInput }

// A Result is what a job yields.
type Result struct {
	Value     float64
	All       loss.Totals
	ByClass   []loss.Totals
	Empty     int // samples without a position that counts
	Ignored   int
	Masked    int
	NonFinite int
	Warnings  []string
	Collector Collector
	kept      *keeper
	lesson    *Result // the reading that the loss learnt from; nil: there was none
}

// ValueOf returns the value of totals, by the reduction in force.
func (j *Job) ValueOf(t *loss.Totals) float64 { return j.value(t, nil) }

// byClass reports whether the value is made from the totals of each class.
func (j *Job) byClass() bool { return j.Classes > 0 && j.Params.ByClass != nil && j.Params.ByClass() }

// value applies the reduction.
func (j *Job) value(all *loss.Totals, byClass []loss.Totals) float64 {
	if j.Params.HasValue() {
		if !j.byClass() {
			byClass = nil
		}
		return j.Params.Value(j.Reduction, all, byClass)
	}
	return all.Terms[j.Reduction.Term] / j.Reduction.Den(all)
}

// CountOf returns what totals count, the denominator of the mean.
func (j *Job) CountOf(t *loss.Totals) float64 {
	if j.Params.Count != nil {
		return j.Params.Count(t)
	}
	return float64(t.Count)
}

// Components returns the numbers beside the value.
func (j *Job) Components(r *Result) []loss.Component {
	if j.Params.Components == nil || j.Brief {
		return nil
	}
	return j.Params.Components(j.Reduction, &r.All, r.ByClass)
}

// streams reports whether every input is a part of its own.
func (j *Job) streams() bool { return j.Params.Streams != nil && j.Params.Streams() }

// learns reports whether the inputs are read once before.
func (j *Job) learns() bool { return j.Params.Learns != nil && j.Params.Learns() }

// learn hands the totals of a reading to the loss, and to those of the
// goroutines of the next reading.
func (j *Job) learn(r *Result) {
	if j.Params.Learn != nil {
		j.lesson = r
		j.Params.Learn(&r.All, r.ByClass)
	}
}

// keep notes the sums of a long sample.
func (j *Job) keep(s *sample) {
	c := newSample(len(s.all.Terms), len(s.class))
	terms := c.all.Terms
	c.index, c.all = s.index, s.all
	c.all.Terms = append(terms[:0], s.all.Terms...)
	for k := range s.class {
		terms := c.class[k].Terms
		c.class[k] = s.class[k]
		c.class[k].Terms = append(terms[:0], s.class[k].Terms...)
	}
	j.kept.mu.Lock()
	j.kept.list[s.index] = &c
	j.kept.mu.Unlock()
}

// A keeper holds samples, or what closes together, by their index.
type keeper struct {
	mu   sync.Mutex
	list map[int]*sample
}

// of returns the sample of that index, or the pool that has it.
func (k *keeper) of(index, pool int) *sample { return k.list[index/max(pool, 1)] }

// plainMean reports whether the value of one position is its loss.
func (j *Job) plainMean() bool {
	if j.Params.HasValue() {
		return j.Params.Single != nil && j.Params.Single()
	}
	one := loss.Totals{Terms: make([]float64, len(j.Params.Terms)), Count: 1, Positions: 1, Samples: 1, Full: 1, Classes: 1}
	return j.Reduction.Term == 0 && j.Reduction.Den(&one) == 1
}

// slope returns the derivative of the value by the sum of each term, for
// every class or for all.
func (j *Job) slope(r *Result) [][]float64 {
	by := r.ByClass
	if !j.byClass() {
		by = nil
	}
	dst := make([][]float64, max(len(by), 1))
	for c := range dst {
		dst[c] = make([]float64, len(j.Params.Terms))
	}
	if j.Params.HasValue() {
		j.Params.Slope(dst, j.Reduction, &r.All, by)
	} else {
		dst[0][j.Reduction.Term] = 1 / j.Reduction.Den(&r.All)
	}
	return dst
}

func (j *Job) fail(err error) { j.cancel(err) }

// Run computes the job. A cancelled context is its error.
func (j *Job) Run(ctx context.Context) (*Result, error) {
	j.lesson, j.kept = nil, &keeper{list: map[int]*sample{}}
	if j.Brief && j.Params.Sums == nil && !j.byClass() {
		j.Classes = 0 // nobody asks for them
	}
	if j.learns() {
		quiet := *j
		quiet.Collect, quiet.Ordered, quiet.Elements, quiet.Pairs, quiet.Progress, quiet.Twice, quiet.first = nil, nil, nil, nil, nil, true, true
		r, err := quiet.read(ctx)
		if err != nil {
			return nil, err
		}
		j.learn(r)
		j.Parts.Rewind()
	}
	return j.read(ctx)
}

// pool closes the samples that close together.
func (j *Job) pool(t *tally) {
	l := j.New()
	l.CopyParams(j.Params)
	for _, index := range slices.Sorted(maps.Keys(t.pools)) {
		p := t.pools[index]
		if l.Prepare != nil {
			l.Prepare(p.frame)
		}
		s := newSample(len(l.Terms), len(p.classes))
		s.index = index
		all := &s.all
		copy(all.Terms, values(p.terms))
		all.Count, all.Samples, all.Full, all.Positions, all.Classes = p.count, p.samples, p.samples-p.empty, p.positions, p.frame.Classes
		for c := range p.classes {
			s.class[c] = *all
			s.class[c].Terms, s.class[c].Count, s.class[c].OfClass = values(p.classes[c].terms), p.classes[c].count, true
		}
		if all.Count > 0 {
			l.Close(all, s.class)
		}
		j.keep(&s)
		for k, term := range l.Terms {
			if !term.Closed || !j.wants[k] || all.Count == 0 {
				continue
			}
			t.terms[k].Add(all.Terms[k])
			for c := range s.class {
				t.classes[c].terms[k].Add(s.class[c].Terms[k])
			}
		}
	}
}

// read reads the inputs once.
func (j *Job) read(ctx context.Context) (*Result, error) {
	tallies, err := j.pass(ctx, (*worker).eval)
	if err != nil {
		return nil, err
	}
	total := tallies[0]
	for _, t := range tallies[1:] {
		total.merge(t)
	}
	j.pool(total)
	for _, f := range total.faults {
		if f != nil {
			return nil, f
		}
	}
	for k := range total.one {
		if total.one[k] != "" && total.full[k] != "" {
			return nil, &InputError{total.full[k] + ": got both 1 and 255 in a mask, want 0 and 1 or 0 and 255; --ignore-index 255 leaves out 255"}
		}
	}
	all, by := total.totals(max(j.Classes, 1))
	r := &Result{
		All: all, ByClass: by, Value: j.value(&all, by), Empty: total.empty, Ignored: total.ignored,
		Masked: total.masked, NonFinite: total.nonfinite, Warnings: total.warnings, Collector: total.collector, kept: j.kept, lesson: j.lesson,
	}
	for k := range total.full {
		if total.full[k] != "" {
			r.Warnings = append(r.Warnings, total.full[k]+": 255 is read as 1")
		}
	}
	r.Warnings = append(r.Warnings, total.warned()...)
	if all.Count > 0 && math.IsNaN(r.Value) {
		why := ""
		if j.Params.Undefined != nil {
			why = j.Params.Undefined(&all)
		}
		r.Warnings = append(r.Warnings, "the value is nan: "+cmp.Or(why, "a position or a denominator has no value"))
	}
	if all.Count == 0 {
		r.Warnings = append(r.Warnings, "nothing counts: every position is ignored, masked or absent")
	}
	return r, nil
}

// pass lets the workers do every block of the job once. It returns their
// tallies.
func (j *Job) pass(ctx context.Context, do func(*worker, []loss.Buffer, span) *longSample) ([]*tally, error) {
	j.wants = j.wants[:0]
	for _, t := range j.Params.Terms {
		j.wants = append(j.wants, j.wanted(&t))
	}
	j.plain = j.plainMean()
	j.ctx, j.cancel = context.WithCancelCause(ctx)
	defer j.cancel(nil)
	feed := newFeed(j)
	merge := newMerger(j, feed)
	threads := max(j.Threads, 1)
	workers := make([]*worker, threads)
	var wg sync.WaitGroup
	for i := range workers {
		w := newWorker(j)
		workers[i] = w
		wg.Go(func() {
			for {
				b := feed.next()
				if b == nil {
					return
				}
				w.run(b, do)
				merge.put(b)
			}
		})
	}
	wg.Wait()
	feed.close()
	if err := context.Cause(j.ctx); err != nil {
		return nil, err
	}
	tallies := []*tally{merge.worker.tally}
	for _, w := range workers {
		tallies = append(tallies, w.tally)
	}
	return tallies, nil
}

// wanted reports whether a reading has to compute a term.
func (j *Job) wanted(t *loss.Term) bool {
	switch {
	case t.When != nil && !t.When(j.Reduction):
		return false
	case j.first:
		return t.Lesson
	case t.OfSlope:
		return j.Twice
	}
	return !j.Brief || t.Aside == nil || !t.Aside()
}

// run does one block.
func (w *worker) run(b *block, do func(*worker, []loss.Buffer, span) *longSample) {
	if b.err != nil || w.job.ctx.Err() != nil {
		return
	}
	w.enter(b.part)
	w.rows = b.rows
	if w.job.Pairs != nil {
		w.terms.Pairs = func(rows []int64) { b.pairs = append(b.pairs, rows...) }
	}
	b.long = do(w, b.bufs, b.span)
	w.rows = nil
	if c := w.tally.collector; c != nil && b.rows != nil && b.rows.Len() > 0 {
		c.Rows(b.rows)
	}
	if w.job.Progress != nil {
		w.job.Progress(b.span.len())
	}
}
