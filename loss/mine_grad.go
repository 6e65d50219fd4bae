package loss

// A link is ∂value/∂d(i, c), of an anchor i and a column c, and that distance.
type link struct {
	c     int32
	up, d float64
}

// mineLinks is how many links are kept at once, about.
const mineLinks = 1 << 22

// grad adds up, for every row, the pull of its own triplets and of those in
// which it is a positive or a negative, in the order of the anchors, whichever
// goroutine does it.
func (m *mine) grad(grad, up [][]float64, b *Block) {
	m.gather(nil, b)
	if m.shortlists() {
		m.hardest(b)
	}
	g, t := grad[mineEmbeddings], &m.batch
	per := len(t.columns) // links of an anchor, about
	if m.shortlists() {
		per = 2
	}
	strip := max(mineLinks/max(per, 1), 1)
	links := make([][]link, b.N)
	for s := 0; s < len(t.anchors); s += strip {
		list := t.anchors[s:min(s+strip, len(t.anchors))]
		m.each(b, list, func(w *miner, i int32, row []float64) { links[i] = w.link(i, row, up) })
		m.pullAll(b, g, list, links)
	}
	if m.units() {
		for _, i := range t.anchors {
			unitGrad(m.row(g, i), m.row(t.x, i), t.norm[i])
		}
	}
}

// link returns the derivatives of the value by the distances of an anchor.
func (w *miner) link(i int32, row []float64, up [][]float64) []link {
	var list []link
	triplets := 0
	banded := w.banded()
	if banded {
		w.slopes = sized(w.slopes, len(w.batch.columns))
		clear(w.slopes)
	}
	w.triplets(i, row, func(j int32, dp float64, ks []int32, far []float64) {
		triplets += len(ks)
		of := 0.0
		for n, gap := range w.gapsOf(i, j, dp, ks, far) {
			switch s := marginSlope(gap, w.margin); {
			case s == 0:
				continue
			case banded:
				w.slopes[ks[n]] -= s
				of += s
			default:
				list = append(list, link{ks[n], -s, far[n]})
				of += s
			}
		}
		if banded {
			w.slopes[j] += of
		} else {
			list = append(list, link{j, of, dp})
		}
	})
	if banded {
		for c, s := range w.slopes {
			if s != 0 {
				list = append(list, link{int32(c), s, row[c]})
			}
		}
	}
	u := up[mineLoss][i]
	if mean := up[mineOfAnchor]; mean != nil && triplets > 0 {
		u += mean[i] / float64(triplets)
	}
	for n := range list {
		list[n].up *= u
	}
	return list
}

// pullAll adds the links of some anchors to the gradient.
func (m *mine) pullAll(b *Block, g []float64, anchors []int32, links [][]link) {
	t := &m.batch
	// The anchors of every column, in order: those of c end at end[c].
	var from []int32
	var end []int
	if t.own {
		end = make([]int, len(t.columns)+1)
		for _, i := range anchors {
			for _, l := range links[i] {
				if l.c >= 0 {
					end[l.c+1]++
				}
			}
		}
		for c := range t.columns {
			end[c+1] += end[c]
		}
		from = make([]int32, end[len(t.columns)])
		back := make([]link, len(from))
		for _, i := range anchors {
			for _, l := range links[i] {
				if l.c >= 0 {
					from[end[l.c]], back[end[l.c]] = i, l
					end[l.c]++
				}
			}
		}
		const rows = 64
		b.Each((len(t.columns)+rows-1)/rows, func(worker, k int) {
			w := &m.miner[worker]
			for c := k * rows; c < min((k+1)*rows, len(t.columns)); c++ {
				first := 0
				if c > 0 {
					first = end[c-1]
				}
				i := t.columns[c]
				for n := first; n < end[c]; n++ {
					w.d.pull(nil, m.row(g, i), m.row(t.x, from[n]), m.row(t.y, i), back[n].d, back[n].up)
				}
			}
		})
	}
	const rows = 64
	b.Each((len(anchors)+rows-1)/rows, func(worker, k int) {
		w := &m.miner[worker]
		for _, i := range anchors[k*rows : min((k+1)*rows, len(anchors))] {
			for _, l := range links[i] {
				if l.c >= 0 {
					w.d.pull(m.row(g, i), nil, m.row(t.x, i), m.row(t.y, t.columns[l.c]), l.d, l.up)
				}
			}
			links[i] = nil
		}
	})
}
