package engine

import "lossctl/internal/vec"

// columns hold the terms of whole samples in which every class has one
// position, until there are enough to add them class by class.
type columns struct {
	samples int
	terms   [][]float64 // samples × classes
	flat    []float64
}

// columnValues is how many numbers of a term are held, about.
const columnValues = 1 << 15

// inColumns reports whether the classes of the samples of a tile are added by
// columns: where nobody wants those of each sample.
func (w *worker) inColumns() bool {
	f := w.part.plan.f
	return f.Cyclic && f.Inner == 1 && f.Groups == f.Classes && len(w.tally.classes) == f.Classes &&
		w.loss.Close == nil && w.loss.Sums == nil && (w.rows == nil || w.rows.width == 0 && !w.job.byClass())
}

// addColumns takes the samples of a tile.
func (w *worker) addColumns() {
	c, classes := &w.columns, len(w.tally.classes)
	if c.terms == nil {
		c.terms = make([][]float64, len(w.loss.Terms))
	}
	samples := w.block.N / classes
	if c.samples > 0 && (c.samples+samples)*classes > columnValues {
		w.flushColumns()
	}
	for k, x := range w.terms.Terms {
		if w.want[k] {
			c.terms[k] = append(c.terms[k][:c.samples*classes], x...)
		}
	}
	c.samples += samples
	if w.idles == 0 {
		for k := range w.tally.classes {
			w.tally.classes[k].count += samples
		}
		return
	}
	for i, out := range w.out {
		if !out {
			w.tally.classes[w.class[i]].count++
		}
	}
}

// flushColumns adds what is held to the sums of the classes.
func (w *worker) flushColumns() {
	c, classes := &w.columns, len(w.tally.classes)
	n := c.samples
	if n == 0 {
		return
	}
	c.samples = 0
	c.flat = grow(c.flat, n*classes)
	for k, x := range c.terms {
		if !w.want[k] {
			continue
		}
		vec.Transpose(c.flat, x[:n*classes], n, classes)
		for class := range classes {
			w.tally.classes[class].terms[k].AddSlice(c.flat[class*n : (class+1)*n])
		}
	}
}
