package engine

import (
	"errors"
	"iter"
	"slices"
	"sync"

	"lossctl/loss"
)

// A part is a Part with its plan.
type part struct {
	*Part
	index int
	first int // index of its first sample over all parts
	plan  *plan
	views []*view
	open  int  // blocks that are not done
	done  bool // no more blocks come
}

// A block is a span with the memory for it, which is recycled.
type block struct {
	seq  int
	part *part
	span span
	bufs []loss.Buffer
	rows *Rows
	long *longSample
	// what Eval found
	pairs []int64
	err   error
}

// A feed hands out blocks in order. There are a fixed number of them, which
// bounds the memory of the job.
type feed struct {
	job  *Job
	free chan *block

	mu    sync.Mutex
	seq   int
	parts int
	first int
	part  *part
	spans func() (span, bool) // the blocks of the part
	stop  func()
	ended bool
}

func newFeed(j *Job) *feed {
	n := max(j.Threads, 1) + 2
	f := &feed{job: j, free: make(chan *block, n)}
	for range n {
		b := &block{bufs: make([]loss.Buffer, len(j.Params.Inputs)+commonInputs)}
		if j.Collect != nil || j.Ordered != nil {
			b.rows = newRows(j)
		}
		f.free <- b
	}
	return f
}

// next returns the next block with its elements fetched, or nil.
func (f *feed) next() *block {
	var b *block
	select {
	case b = <-f.free:
	case <-f.job.ctx.Done():
		return nil
	}
	f.mu.Lock()
	if !f.claim(b) {
		f.mu.Unlock()
		f.free <- b
		return nil
	}
	err := f.fetch(b, true)
	f.mu.Unlock()
	if err == nil {
		err = f.fetch(b, false)
	}
	if err != nil {
		b.err = err
		f.job.fail(err)
	}
	return b
}

// claim gives b the next span; it runs under the lock.
func (f *feed) claim(b *block) bool {
	for !f.ended && f.job.ctx.Err() == nil {
		if f.part == nil && !f.enter() {
			return false
		}
		sp, ok := f.spans()
		if !ok {
			f.leave()
			continue
		}
		b.seq, b.part, b.span, b.long, b.pairs, b.err = f.seq, f.part, sp, nil, b.pairs[:0], nil
		if b.rows != nil {
			b.rows.reset()
			b.rows.Part = f.part.Part
		}
		f.seq++
		f.part.open++
		return true
	}
	return false
}

// enter opens the next part.
func (f *feed) enter() bool {
	p, err := f.job.Parts.Next()
	if err != nil {
		f.job.fail(err)
	}
	if p == nil || err != nil {
		f.ended = true
		return false
	}
	if f.part, err = f.job.lineUp(p, f.parts, f.first); err != nil {
		f.job.Parts.Done(p)
		f.job.fail(err)
		f.ended = true
		return false
	}
	f.parts++
	if f.job.streams() {
		f.part.first = 0
	}
	f.first += p.Frame.Samples
	f.spans, f.stop = iter.Pull(f.part.plan.blocks())
	return true
}

func (f *feed) leave() {
	f.stop()
	f.part.done = true
	f.doneWith(f.part)
	f.part = nil
}

// doneWith gives a part back whose blocks are all merged.
func (f *feed) doneWith(p *part) {
	if p.done && p.open == 0 {
		f.job.Parts.Done(p.Part)
	}
}

// close ends the feed, also after a failure.
func (f *feed) close() {
	if f.part != nil {
		f.leave()
	}
}

// release takes a block back that is merged.
func (f *feed) release(b *block) {
	f.mu.Lock()
	b.part.open--
	f.doneWith(b.part)
	f.mu.Unlock()
	f.free <- b
}

// fetch reads the inputs whose bytes come only in order, or the others.
func (f *feed) fetch(b *block, sequential bool) error {
	for k, v := range b.part.views {
		if v.Role == loss.Absent || v.src.Sequential() != sequential || b.part.plan.tilewise() {
			continue
		}
		if err := v.fetch(&b.bufs[k], b.span); err != nil {
			return err
		}
	}
	return nil
}

// source is what the view of an input reads.
func (p *Part) source(j *Job, input int) loss.Source {
	if of := p.Frame.Views[input].Of; of != "" {
		input = slices.IndexFunc(j.Params.Inputs, func(in loss.Input) bool { return in.Name == of })
	}
	return p.Sources[input]
}

// lineUp plans the blocks of a part.
func (j *Job) lineUp(p *Part, index, first int) (*part, error) {
	f := p.Frame
	bytesAt := 0.0
	for k, v := range f.Views {
		if v.Role != loss.Absent && !v.PerSample && !v.Whole {
			bytesAt = max(bytesAt, float64(v.Planes*loss.ItemBytes(p.source(j, k).Dtype()))/float64(v.Spread))
		}
	}
	if bytesAt == 0 {
		return nil, errors.New("engine: a frame without inputs")
	}
	out := &part{index: index, first: first, plan: newPlan(f, j.BlockBytes, bytesAt), Part: p}
	if err := j.fits(out.plan); err != nil {
		return nil, err
	}
	for k, v := range f.Views { // what is kept of a sample is most of it, and saves the file that tiles are read from
		if v.Role != loss.Absent && f.Kept > 0 && p.source(j, k).Sequential() {
			out.plan.atOnce = true
		}
	}
	for k, v := range f.Views {
		vw := &view{View: v, src: p.source(j, k), f: f, rows: f.Rows && v.Planes > 1}
		if v.Role != loss.Absent {
			a := loss.Array{Dtype: vw.src.Dtype()}
			vw.ints = a.IsInt()
			if vw.src.Sequential() && (vw.jumps(out.plan) || j.Twice || j.learns()) {
				if err := vw.src.Spool(); err != nil {
					return nil, err
				}
			}
		}
		out.views = append(out.views, vw)
	}
	return out, nil
}

// A merger takes the blocks in order: it joins the parts of long samples,
// hands on the rows and recycles the blocks.
type merger struct {
	job    *Job
	feed   *feed
	worker *worker // closes the samples of several blocks

	mu      sync.Mutex
	want    int
	waiting map[int]*block
	long    *longSample
}

func newMerger(j *Job, f *feed) *merger {
	return &merger{job: j, feed: f, worker: newWorker(j), waiting: map[int]*block{}}
}

// put takes a block that is done.
func (m *merger) put(b *block) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting[b.seq] = b
	for {
		b, ok := m.waiting[m.want]
		if !ok {
			return
		}
		delete(m.waiting, m.want)
		m.want++
		if m.job.ctx.Err() == nil {
			if err := m.take(b); err != nil {
				m.job.fail(err)
			}
		}
		m.feed.release(b)
	}
}

func (m *merger) take(b *block) error {
	if b.long != nil {
		m.join(b)
	}
	if m.job.Pairs != nil && len(b.pairs) > 0 {
		if err := m.job.Pairs(b.pairs); err != nil {
			return err
		}
	}
	if m.job.Ordered != nil && b.rows.Len() > 0 {
		return m.job.Ordered(b.rows)
	}
	return nil
}

// join adds part of a sample; with the last one the sample is a row of b.
func (m *merger) join(b *block) {
	if m.long == nil {
		m.long = b.long
	} else {
		m.long.merge(b.long)
	}
	if !m.long.last {
		return
	}
	w := m.worker
	w.enter(b.part)
	w.rows = b.rows
	w.finish(m.long)
	m.long = nil
	if c := w.tally.collector; c != nil && b.rows != nil {
		c.Rows(b.rows)
	}
}
