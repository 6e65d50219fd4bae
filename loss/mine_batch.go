package loss

import (
	"cmp"
	"slices"

	"lossctl/internal/vec"
)

// A mineBatch is the rows that are compared. Columns are the rows that may be
// a positive or a negative, by label and then by index, so that those of one
// label are neighbours.
type mineBatch struct {
	x, y     []float64 // anchors and what they are compared with, unit vectors where wanted
	norm     []float64 // of the anchors
	unitX    []float64
	unitY    []float64
	own      bool       // they are the same rows
	first    int64      // index of row 0 of x in the file
	firstY   int64      // of y
	anchors  []int32    // rows of x that take part, by label and then by index
	columns  []int32    // rows of y
	labels   []float64  // of the columns
	kinds    []mineKind // of every row of x
	place    []int32    // column of every row of x, where they are the same
	triplets float64    // how many there are in all
	finite   bool
}

// A mineKind is the columns of one label.
type mineKind struct{ lo, hi int32 }

// row returns an embedding.
func (m *mine) row(x []float64, i int32) []float64 {
	return x[int(i)*m.width : (int(i)+1)*m.width]
}

// gather prepares a batch. out is nil where what is wrong is known.
func (m *mine) gather(out *Out, b *Block) {
	t := &m.batch
	t.own = b.Frame.Views[mineReference].Role == Absent
	t.first, t.firstY = int64(b.Sample), int64(b.Sample)
	t.x, t.y = b.In[mineEmbeddings], b.In[mineEmbeddings]
	if !t.own {
		t.y, t.firstY = b.In[mineReference], 0
	}
	if m.units() {
		m.makeUnits(out, b)
	}
	t.finite = vec.AllFinite(t.x) && vec.AllFinite(t.y)
	t.line(b)
	t.sortKinds(b.In[mineLabels])
	t.triplets = 0
	for _, i := range t.anchors {
		t.triplets += float64(m.positives(i)) * float64(m.negatives(i))
	}
}

// line puts the rows that take part in order.
func (t *mineBatch) line(b *Block) {
	labels := b.In[mineLabels]
	byLabel := func(i, j int32) int { return cmp.Or(cmp.Compare(labels[i], labels[j]), cmp.Compare(i, j)) }
	t.anchors, t.columns = t.anchors[:0], t.columns[:0]
	for i := range b.N {
		if b.Left == nil || !b.Left[i] {
			t.anchors = append(t.anchors, int32(i))
		}
	}
	slices.SortFunc(t.anchors, byLabel)
	if t.own {
		t.columns = append(t.columns, t.anchors...)
	} else {
		labels = b.In[mineReferenceLabels]
		ignored := b.Frame.Views[mineReferenceLabels].Extra
		for i, y := range labels {
			if !slices.ContainsFunc(ignored, func(id int) bool { return y == float64(id) }) {
				t.columns = append(t.columns, int32(i))
			}
		}
		slices.SortFunc(t.columns, byLabel)
	}
	t.labels, t.place = sized(t.labels, len(t.columns)), sized(t.place, b.N)
	for i := range t.place {
		t.place[i] = -1
	}
	for c, i := range t.columns {
		t.labels[c] = labels[i]
		if t.own {
			t.place[i] = int32(c)
		}
	}
}

// sortKinds finds the columns of the label of every anchor.
func (t *mineBatch) sortKinds(labels []float64) {
	t.kinds = sized(t.kinds, len(labels))
	for s, i := range t.anchors {
		if s > 0 && cmp.Compare(labels[i], labels[t.anchors[s-1]]) == 0 {
			t.kinds[i] = t.kinds[t.anchors[s-1]]
			continue
		}
		lo, _ := slices.BinarySearch(t.labels, labels[i])
		hi := lo
		for hi < len(t.labels) && cmp.Compare(t.labels[hi], labels[i]) == 0 {
			hi++
		}
		t.kinds[i] = mineKind{int32(lo), int32(hi)}
	}
}

// makeUnits replaces the embeddings by unit vectors.
func (m *mine) makeUnits(out *Out, b *Block) {
	t := &m.batch
	left := func(i int) bool { return b.Left != nil && b.Left[i] }
	t.unitX, t.norm = sized(t.unitX, len(t.x)), sized(t.norm, b.N)
	looked := 0 // a row that takes part
	for i := range b.N {
		t.norm[i] = unit(m.row(t.unitX, int32(i)), m.row(t.x, int32(i)))
		if t.norm[i] == 0 && !left(i) && out != nil {
			out.Fail(mineEmbeddings, i, 0, noDirection, someDirection)
		}
		if left(looked) {
			looked = i
		}
	}
	if t.own {
		t.x, t.y = t.unitX, t.unitX
		return
	}
	n := len(t.y) / m.width
	t.unitY = sized(t.unitY, len(t.y))
	for i := range n {
		if unit(m.row(t.unitY, int32(i)), m.row(t.y, int32(i))) == 0 && out != nil {
			out.Fail(mineReference, looked, i*m.width, noDirection, someDirection)
		}
	}
	t.x, t.y = t.unitX, t.unitY
}

// positives and negatives count those of an anchor.
func (m *mine) positives(i int32) int {
	k := m.batch.kinds[i]
	n := int(k.hi - k.lo)
	if m.batch.place[i] >= 0 {
		n--
	}
	return n
}

func (m *mine) negatives(i int32) int {
	k := m.batch.kinds[i]
	return len(m.batch.columns) - int(k.hi-k.lo)
}

// each calls do for every anchor of the list, on all goroutines, with its
// distances to all columns where the mining looks at them all.
func (m *mine) each(b *Block, anchors []int32, do func(w *miner, i int32, row []float64)) {
	m.ready(b)
	const strip = 16
	b.Each((len(anchors)+strip-1)/strip, func(worker, s int) {
		w := &m.miner[worker]
		list := anchors[s*strip : min((s+1)*strip, len(anchors))]
		if m.shortlists() {
			for _, i := range list {
				do(w, i, nil)
			}
			return
		}
		n := len(m.batch.columns)
		w.rows = sized(w.rows, len(list)*n)
		w.measure(list)
		for k, i := range list {
			do(w, i, w.rows[k*n:(k+1)*n])
		}
	})
}

// ready makes a miner for every goroutine.
func (m *mine) ready(b *Block) {
	for len(m.miner) < b.Workers {
		m.miner = append(m.miner, miner{})
	}
	for k := range m.miner {
		w := &m.miner[k]
		memory := w.d.memory
		w.mine, w.d = m, m.distance
		w.d.memory = memory
	}
}

// sized returns n elements of memory that is kept.
func sized[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// A miner is what one goroutine mines with.
type miner struct {
	*mine
	d     distance
	rows  []float64 // distances of a strip of anchors
	far   []float64 // of the negatives of an anchor
	ks    []int32   // their columns
	gaps  []float64
	costs []float64
	// negatives of one positive
	bandFar []float64
	bandKs  []int32
	oneFar  [1]float64
	oneK    [1]int32
	semi    semi
	// of the short list
	tile               []float32
	positive, negative []quest
	x, y               []float64
	slopes             []float64
}

// measure computes the distances of some anchors to all columns, so many
// columns at a time as stay in the second cache.
func (w *miner) measure(list []int32) {
	t, n := &w.batch, len(w.batch.columns)
	chunk := max(1<<14/w.width, 1)
	for lo := 0; lo < n; lo += chunk {
		hi := min(lo+chunk, n)
		for k, i := range list {
			x, row := w.row(t.x, i), w.rows[k*n:(k+1)*n]
			for c := lo; c < hi; c++ {
				row[c] = w.d.between(x, w.row(t.y, t.columns[c]))
			}
		}
	}
}
