package engine

import (
	"math"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// A sample has the totals of one sample while it is closed: in all, and by
// class where classes are kept.
type sample struct {
	index int // of axis 0, over all parts
	at    int // in the tile
	all   loss.Totals
	class []loss.Totals // nil where classes are not kept
	seen  []int32       // classes that have a position
}

func newSample(terms, classes int) sample {
	s := sample{all: loss.Totals{Terms: make([]float64, terms)}}
	if classes > 0 {
		s.class = make([]loss.Totals, classes)
		memory := make([]float64, terms*classes)
		for c := range s.class {
			s.class[c].Terms = memory[c*terms : (c+1)*terms]
		}
	}
	return s
}

func (s *sample) reset(index int) {
	s.index, s.all.Count = index, 0
	for _, c := range s.seen {
		clear(s.class[c].Terms)
		s.class[c].Count = 0
	}
	s.seen = s.seen[:0]
}

// load adds positions [lo, hi) of the tile, in order.
func (w *worker) load(lo, hi int) {
	s := &w.sample
	for k, x := range w.terms.Terms {
		switch {
		case !w.want[k]:
		case w.loss.Terms[k].Largest:
			s.all.Terms[k] = vec.Max(x[lo:hi])
		default:
			s.all.Terms[k] = vec.Sum(x[lo:hi])
		}
	}
	if s.class == nil || w.loss.Sums != nil {
		s.all.Count += w.counted(lo, hi)
		if w.loss.Sums != nil {
			w.sumUp(lo, hi)
		}
		return
	}
	for i, out := range w.out[lo:hi] {
		if out {
			continue
		}
		s.all.Count++
		c := w.class[lo+i]
		if c < 0 {
			continue
		}
		t := &s.class[c]
		if t.Count == 0 {
			s.seen = append(s.seen, c)
			for k := range t.Terms {
				if w.loss.Terms[k].Largest {
					t.Terms[k] = math.Inf(-1)
				}
			}
		}
		t.Count++
		for k, x := range w.terms.Terms {
			switch {
			case !w.want[k]:
			case w.loss.Terms[k].Largest:
				t.Terms[k] = max(t.Terms[k], x[lo+i])
			default:
				t.Terms[k] += x[lo+i]
			}
		}
	}
}

// counted is how many of the positions [lo, hi) count.
func (w *worker) counted(lo, hi int) int {
	n := hi - lo
	if w.idles == 0 {
		return n
	}
	for _, out := range w.out[lo:hi] {
		if out {
			n--
		}
	}
	return n
}

// sumUp has the loss sum positions [lo, hi) of the tile by class, and adds
// the classes.
func (w *worker) sumUp(lo, hi int) {
	s := &w.sample
	if s.class == nil {
		w.single[0] = s.all
		w.loss.Sums(w.single[:], &w.block, lo, hi)
		return
	}
	w.loss.Sums(s.class, &w.block, lo, hi)
	s.seen = s.seen[:0]
	for c := range s.class {
		s.seen = append(s.seen, int32(c))
		s.class[c].Count = s.all.Count
	}
	for k, t := range w.loss.Terms {
		if !t.Summed {
			continue
		}
		s.all.Terms[k] = 0
		for c := range s.class {
			s.all.Terms[k] += s.class[c].Terms[k]
		}
	}
}

// addSamples closes the whole samples of a tile.
func (w *worker) addSamples(t span, kept int) {
	f := w.part.plan.f
	first, size := w.part.first+t.g0/f.Groups, f.Positions()
	n := t.len()
	if size == 1 && w.loss.Close == nil && w.loss.Sums == nil && (w.rows == nil || w.job.plain && w.rows.plain()) {
		for k, x := range w.terms.Terms {
			switch {
			case !w.want[k]:
			case w.loss.Terms[k].Whole:
				w.tally.terms[k].Add(vec.Sum(x)) // exact
			default:
				w.tally.terms[k].AddSlice(x)
			}
		}
		if w.tally.classes != nil {
			w.addClasses()
		}
		w.tally.samples += n
		w.tally.empty += n - kept
		if w.rows != nil {
			w.rows.pushTile(first, &w.terms, w.out, w.idles > 0, w.job.RowTerms)
		}
		return
	}
	class := w.sample.class
	if w.inColumns() {
		w.addColumns()
		w.sample.class = nil
	}
	for i := 0; i < n; i += size {
		w.sample.reset(first + i/size)
		w.sample.at = i / size
		w.load(i, i+size)
		w.close()
	}
	w.sample.class = class
}

// addClasses adds each position of the tile to the sums of its class.
func (w *worker) addClasses() {
	g := &w.byClass
	g.sort(w.class, w.out, len(w.tally.classes))
	for k, x := range w.terms.Terms {
		if !w.want[k] {
			continue
		}
		for at, i := range g.order {
			w.tmp[at] = x[i]
		}
		from := 0
		for _, c := range g.seen {
			to := int(g.end[c])
			w.tally.classes[c].terms[k].AddSlice(w.tmp[from:to])
			from = to
		}
	}
	from := 0
	for _, c := range g.seen {
		w.tally.classes[c].count += int(g.end[c]) - from
		from = int(g.end[c])
	}
}

// A grouping is the positions of a tile by class.
type grouping struct {
	seen  []int32 // classes that have a position
	end   []int32 // of the positions of each class in order
	order []int32
}

// sort groups the positions that count and have a class.
func (g *grouping) sort(class []int32, out []bool, classes int) {
	for _, c := range g.seen { // of the last tile
		g.end[c] = 0
	}
	g.end, g.seen = grow(g.end, classes), g.seen[:0]
	n := 0
	for i, c := range class {
		if out[i] || c < 0 {
			continue
		}
		if g.end[c] == 0 {
			g.seen = append(g.seen, c)
		}
		g.end[c]++
		n++
	}
	at := int32(0)
	for _, c := range g.seen {
		at, g.end[c] = at+g.end[c], at
	}
	g.order = grow(g.order, n)
	for i, c := range class {
		if !out[i] && c >= 0 {
			g.order[g.end[c]] = int32(i)
			g.end[c]++
		}
	}
}

// close adds the sample to the tally and to the rows.
func (w *worker) close() {
	s := &w.sample
	all := &s.all
	w.tally.samples++
	w.complete()
	if all.Full == 0 {
		w.tally.empty++
	}
	adds := w.job.wants
	if f := w.part.plan.f; f.Pool > 1 {
		w.pool(s.index/f.Pool).add(s, w.sums)
		adds = w.sums // the rest closes with the pool
	} else if w.job.Twice && w.loss.Close != nil && !w.part.plan.whole() {
		w.job.keep(s)
	}
	for k, v := range all.Terms {
		if adds[k] {
			w.tally.terms[k].Add(v)
		}
	}
	for _, c := range s.seen {
		from, to := &s.class[c], &w.tally.classes[c]
		to.count += from.Count
		for k, v := range from.Terms {
			if adds[k] {
				to.terms[k].Add(v)
			}
		}
	}
	if w.rows != nil {
		w.rows.push(w.loss, s)
	}
}

// pool returns the pool of that index.
func (w *worker) pool(index int) *pool {
	p := w.tally.pools[index]
	if p == nil {
		p = &pool{frame: w.part.plan.f}
		p.terms = NewTotals(w.loss.Terms, 1)
		p.classes = newClasses(w.loss.Terms, len(w.sample.class))
		w.tally.pools[index] = p
	}
	return p
}

// complete sets what a sample is besides its sums, and its closed terms.
func (w *worker) complete() {
	s, f := &w.sample, w.part.plan.f
	all := &s.all
	all.Positions, all.Samples, all.Classes = f.Positions(), 1, f.Classes
	all.Full = min(all.Count, 1)
	if w.loss.Close != nil && s.class != nil { // it may speak of classes that are not seen
		s.seen = s.seen[:0]
		for c := range s.class {
			s.seen = append(s.seen, int32(c))
		}
	}
	for _, c := range s.seen {
		t := &s.class[c]
		t.Positions, t.Samples, t.Full, t.Classes, t.OfClass = all.Positions, 1, all.Full, all.Classes, true
	}
	if w.loss.Close == nil {
		return
	}
	if f.Serial && w.loss.Sums == nil { // else it has the sums of its classes
		w.closeSerial(all)
		return
	}
	if all.Count > 0 {
		w.loss.Close(all, s.class)
		return
	}
	for k, t := range w.loss.Terms {
		if t.Closed {
			all.Terms[k] = 0
		}
	}
}

// closeSerial closes a sample by what the loss has carried through it. It
// may have a loss without a position that counts: the loss says.
func (w *worker) closeSerial(all *loss.Totals) {
	w.loss.Close(all, nil)
	if w.loss.Count != nil {
		all.Full = 0
		if w.loss.Count(all) > 0 {
			all.Full = 1
		}
	}
	weight := w.in[len(w.loss.Inputs)+weightInput]
	if weight == nil {
		return
	}
	for k, t := range w.loss.Terms {
		if t.Closed && !t.Plain && !t.Largest && all.Terms[k] != 0 {
			all.Terms[k] *= weight[0]
		}
	}
}

// A longSample is a sample of several tiles, or part of one. The parts merge
// in any order.
type longSample struct {
	index int
	last  bool // holds the last tile
	tally
}

// addTile adds the tile to the sample that it is part of.
func (w *worker) addTile(t span, kept int) {
	f := w.part.plan.f
	if w.long == nil {
		w.long = &longSample{index: w.part.first + t.g0/f.Groups}
		w.long.terms = NewTotals(w.loss.Terms, 1)
		w.long.classes = newClasses(w.loss.Terms, len(w.sample.class))
	}
	l := w.long
	l.last = w.part.plan.ends(t)
	w.sample.reset(l.index)
	w.load(0, t.len())
	l.count += kept
	for k, v := range w.sample.all.Terms {
		if w.sums[k] {
			l.terms[k].Add(v)
		}
	}
	for _, c := range w.sample.seen {
		l.classes[c].count += w.sample.class[c].Count
		for k, v := range w.sample.class[c].Terms {
			if w.sums[k] {
				l.classes[c].terms[k].Add(v)
			}
		}
	}
}

func (l *longSample) merge(o *longSample) {
	mergeSums(l.terms, o.terms)
	mergeClasses(l.classes, o.classes)
	l.count += o.count
	l.last = o.last
}

// finish closes a sample of several tiles.
func (w *worker) finish(l *longSample) {
	w.gather(l)
	w.close()
}

// gather makes the sums of several tiles those of the sample.
func (w *worker) gather(l *longSample) {
	s := &w.sample
	s.reset(l.index)
	s.all.Count = l.count
	copy(s.all.Terms, values(l.terms))
	for c := range l.classes {
		if l.classes[c].count > 0 {
			s.seen = append(s.seen, int32(c))
			s.class[c].Count = l.classes[c].count
			copy(s.class[c].Terms, values(l.classes[c].terms))
		}
	}
}
