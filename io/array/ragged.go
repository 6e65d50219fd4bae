package array

import (
	"slices"
	"sync"

	"lossctl/loss"
)

// A ragged is lists of numbers that lie one behind the other in an array, as
// rows of one width, padded with −1.
type ragged struct {
	base  loss.Source
	ends  []int // of every list
	width int
	pool  sync.Pool // of what is read
}

func newRagged(base loss.Source, ends []int) *ragged {
	r := &ragged{base: base, ends: ends, width: 1}
	for i := range ends {
		lo, hi := r.list(i)
		r.width = max(r.width, hi-lo)
	}
	return r
}

// list is where list i lies.
func (r *ragged) list(i int) (lo, hi int) {
	if i > 0 {
		lo = r.ends[i-1]
	}
	return lo, r.ends[i]
}

func (r *ragged) Name() string     { return r.base.Name() }
func (r *ragged) Shape() []int     { return []int{len(r.ends), r.width} }
func (r *ragged) Dtype() string    { return r.base.Dtype() }
func (r *ragged) Sequential() bool { return false }
func (r *ragged) Spool() error     { return nil }
func (r *ragged) Close() error     { return r.base.Close() }

// Fetch reads the lists of the rows that it touches, and pads them.
func (r *ragged) Fetch(buf *loss.Buffer, lo, hi int) error {
	if lo < 0 || hi < lo || hi > len(r.ends)*r.width {
		return dataf(r.Name(), "got elements %d to %d, want a range within %d", lo, hi, len(r.ends)*r.width)
	}
	if lo == hi {
		return nil
	}
	first, last := lo/r.width, (hi-1)/r.width
	from, _ := r.list(first)
	_, to := r.list(last)
	raw, _ := r.pool.Get().(*loss.Buffer)
	if raw == nil {
		raw = &loss.Buffer{}
	}
	defer r.pool.Put(raw)
	raw.Reset()
	if from < to {
		if err := r.base.Fetch(raw, from, to); err != nil {
			return err
		}
	}
	at := len(buf.Floats)
	buf.Floats = slices.Grow(buf.Floats, (last-first+1)*r.width)
	rows := buf.Floats[at : at+(last-first+1)*r.width]
	for i := first; i <= last; i++ {
		row := rows[(i-first)*r.width:][:r.width]
		a, b := r.list(i)
		if a < b {
			r.base.Decode(row[:b-a], raw, a-from)
		}
		for k := b - a; k < r.width; k++ {
			row[k] = -1
		}
	}
	copy(rows, rows[lo-first*r.width:])
	buf.Floats = buf.Floats[:at+hi-lo]
	return nil
}

func (r *ragged) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	copy(dst, buf.Floats[pos:pos+len(dst)])
	return loss.Unknown()
}

// lengths are those of the lists.
func (r *ragged) lengths() loss.Source {
	m := &memory{name: r.Name()}
	for i := range r.ends {
		lo, hi := r.list(i)
		m.ids = append(m.ids, hi-lo)
	}
	return m
}

// Ragged cuts an array of one axis into lists of the given lengths, padded
// with −1. It reads the lengths, which are held in memory.
func Ragged(src, lengths loss.Source) (loss.Source, error) {
	if err := lengths.Spool(); err != nil {
		return nil, err
	}
	n, total := loss.Volume(lengths.Shape()), 0
	ends := make([]int, 0, n)
	for lo := 0; lo < n; lo += 4096 {
		x, err := values(lengths, lo, min(n, lo+4096))
		if err != nil {
			return nil, err
		}
		for i, v := range x {
			k := int(v)
			if float64(k) != v || k < 0 {
				return nil, dataf(lengths.Name(), "got %v at [%d], want a length of at least 0", v, lo+i)
			}
			total += k
			ends = append(ends, total)
		}
	}
	if got := loss.Volume(src.Shape()); got != total {
		return nil, dataf(src.Name(), "got %d labels, want %d, the sum of %s", got, total, lengths.Name())
	}
	return newRagged(src, ends), src.Spool()
}

// Lists returns an array of lists without a number, of shape (N, 0), or (0)
// which is one list, as rows of padding; other arrays as they are.
func Lists(src loss.Source) loss.Source {
	shape := src.Shape()
	n := len(shape)
	if n == 0 || n > 2 || shape[n-1] != 0 {
		return src
	}
	return newRagged(src, make([]int, loss.Volume(shape[:n-1])))
}

// A memory is an array of one axis of whole numbers.
type memory struct {
	name string
	ids  []int
}

func (m *memory) Name() string     { return m.name }
func (m *memory) Shape() []int     { return []int{len(m.ids)} }
func (m *memory) Dtype() string    { return "int64" }
func (m *memory) Sequential() bool { return false }
func (m *memory) Spool() error     { return nil }
func (m *memory) Close() error     { return nil }

func (m *memory) Fetch(buf *loss.Buffer, lo, hi int) error {
	for _, id := range m.ids[lo:hi] {
		buf.Floats = append(buf.Floats, float64(id))
	}
	return nil
}

func (m *memory) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	copy(dst, buf.Floats[pos:pos+len(dst)])
	return loss.Unknown()
}
