package array

import (
	"sync"

	"lossctl/loss"
)

const (
	window = 1 << 20 // largest read of a gather
	gap    = 4 << 10 // bytes that are cheaper read than sought over
)

// A fortran source presents an array that is stored with its first axis
// fastest in C order. Fetch gathers strided runs: runs that lie nearer than
// 4 KiB are read together, 1 MiB at a time, others one by one. Fetch may be
// called concurrently; blocks of many rows make long runs.
type fortran struct {
	layout
	file   *file
	stride []int // elements from one index of an axis to the next, as stored
	inner  []int // elements from one index of an axis to the next, in C order
	pool   sync.Pool
}

func newFortran(l *layout, data *file) *fortran {
	s := &fortran{layout: *l, file: data, stride: make([]int, len(l.shape)), inner: make([]int, len(l.shape))}
	step := 1
	for i, n := range l.shape {
		s.stride[i] = step
		step *= n
	}
	step = 1
	for i := len(l.shape) - 1; i >= 0; i-- {
		s.inner[i] = step
		step *= l.shape[i]
	}
	s.pool.New = func() any { return &view{data: make([]byte, 0, 64<<10)} }
	return s
}

func (s *fortran) Sequential() bool { return false }
func (s *fortran) Spool() error     { return nil }
func (s *fortran) Close() error     { return s.file.Close() }
func (s *fortran) release() error   { return s.file.release() }

func (s *fortran) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	return s.convert(dst, buf.Bytes[pos*s.size:])
}

func (s *fortran) Fetch(buf *loss.Buffer, lo, hi int) error {
	if err := s.span(lo, hi); err != nil {
		return err
	}
	at := len(buf.Bytes)
	n := (hi - lo) * s.size
	buf.Bytes = extend(buf.Bytes, n)
	v := s.pool.Get().(*view)
	v.lo, v.data = 0, v.data[:0]
	err := s.gather(v, buf.Bytes[at:], 0, lo, hi, 0)
	s.pool.Put(v)
	if err != nil {
		buf.Bytes = buf.Bytes[:at]
	}
	return err
}

// gather writes the elements [lo, hi), in C order, of the sub-array that
// starts at element base of the file and has the axes from axis on.
// It takes whole rows at once and descends into the first and the last.
func (s *fortran) gather(v *view, dst []byte, axis, lo, hi, base int) error {
	if lo >= hi {
		return nil
	}
	inner := s.inner[axis]
	first, last := (lo+inner-1)/inner, hi/inner // whole rows
	if first > last {                           // inside one row
		row := lo / inner
		return s.gather(v, dst, axis+1, lo-row*inner, hi-row*inner, base+row*s.stride[axis])
	}
	head := first*inner - lo
	if head > 0 {
		row := first - 1
		if err := s.gather(v, dst[:head*s.size], axis+1, inner-head, inner, base+row*s.stride[axis]); err != nil {
			return err
		}
	}
	body := dst[head*s.size:]
	if last > first {
		if err := s.rows(v, body, axis, last-first, base+first*s.stride[axis]); err != nil {
			return err
		}
	}
	if tail := hi - last*inner; tail > 0 {
		body = body[(last-first)*inner*s.size:]
		return s.gather(v, body, axis+1, 0, tail, base+last*s.stride[axis])
	}
	return nil
}

// rows gathers n whole rows along axis: one run of n elements for each index
// of the later axes, visited in the order of the file.
func (s *fortran) rows(v *view, dst []byte, axis, n, base int) error {
	runs := s.inner[axis]
	index := make([]int, len(s.shape))
	src, to := base, 0
	end := base + (n-1)*s.stride[axis] + 1
	for i := axis + 1; i < len(s.shape); i++ {
		end += (s.shape[i] - 1) * s.stride[i]
	}
	limit := 0 // where reading ahead stops; 0: at the end of the run
	if axis+1 < len(s.shape) && (s.stride[axis+1]-(n-1)*s.stride[axis])*s.size <= gap {
		limit = end
	}
	for r := 0; r < runs; r++ {
		if err := s.run(v, dst, to, s.inner[axis], src, s.stride[axis], n, limit); err != nil {
			return err
		}
		for i := axis + 1; i < len(s.shape); i++ {
			index[i]++
			src += s.stride[i]
			to += s.inner[i]
			if index[i] < s.shape[i] {
				break
			}
			index[i] = 0
			src -= s.shape[i] * s.stride[i]
			to -= s.shape[i] * s.inner[i]
		}
	}
	return nil
}

// run copies n elements, step apart from src on in the file, to dst, apart
// elements apart from to on. All counts are in elements.
func (s *fortran) run(v *view, dst []byte, to, apart, src, step, n, limit int) error {
	for n > 0 {
		have := 0
		if src >= v.lo {
			have = (v.lo + len(v.data)/s.size - src + step - 1) / step
		}
		if have <= 0 {
			span := (n-1)*step + 1
			if limit > 0 {
				span = limit - src
			} else if (step-1)*s.size > gap {
				span = 1
			}
			span = min(span, window/s.size)
			v.lo, v.data = src, extend(v.data[:0], span*s.size)
			if err := s.file.read(v.data, int64(src)*int64(s.size)); err != nil {
				return err
			}
			continue
		}
		m := min(have, n)
		scatter(dst[to*s.size:], apart, v.data[(src-v.lo)*s.size:], step, m, s.size)
		n -= m
		src += m * step
		to += m * apart
	}
	return nil
}

// A view is the part of the file that the last read brought.
type view struct {
	lo   int // its first element
	data []byte
}
