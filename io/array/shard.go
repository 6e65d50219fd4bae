package array

import (
	"errors"
	"slices"
	"sort"

	"lossctl/loss"
)

// openShards is how many shards keep their files open; with more, each read
// opens its file for itself.
const openShards = 64

// A joined source is the shards of one array, joined on axis 0. It is
// sequential where one of them is.
type joined struct {
	name    string
	shape   []int
	dtype   string
	shards  []loss.Source
	ends    []int // elements up to the end of each shard
	swapped []int // bytes an element where the shard's byte order is not the first one's, else 0
}

// keep appends a shard, and closes its file for now where there are many.
func keep(sources []loss.Source, s loss.Source, n int) []loss.Source {
	if r, ok := s.(interface{ release() error }); ok && n > openShards {
		r.release()
	}
	return append(sources, s)
}

// join checks that dtype and trailing shape agree. Text shards of integers
// and of fractions agree on float64. It takes over the sources.
func join(name string, sources []loss.Source) (loss.Source, error) {
	if len(sources) == 1 {
		return sources[0], nil
	}
	first := sources[0]
	j := &joined{name: name, shape: slices.Clone(first.Shape()), dtype: first.Dtype(), shards: sources}
	j.swapped = make([]int, len(sources))
	rows, total := 0, 0
	for i, s := range sources {
		if err := j.agree(first, s); err != nil {
			j.Close()
			return nil, err
		}
		shape := s.Shape()
		rows += shape[0]
		n, _ := product(shape, 1)
		if _, ok := product(append([]int{rows}, shape[1:]...), 8); !ok || total+n < total {
			j.Close()
			return nil, dataf(name, "got shards of more elements than a file can hold")
		}
		total += n
		j.ends = append(j.ends, total)
		if bigEndian(s) != bigEndian(first) {
			j.swapped[i] = stored(s).size
		}
	}
	j.shape[0] = rows
	return j, nil
}

// agree compares a shard with the first one; messages name both.
func (j *joined) agree(first, s loss.Source) error {
	a, b := first.Shape(), s.Shape()
	if len(b) == 0 || len(a) == 0 {
		return dataf(s.Name(), "got a scalar, want shards with an axis 0")
	}
	if !slices.Equal(a[1:], b[1:]) {
		return dataf(s.Name(), "got shape %s, want %s but for axis 0, as %s has", shapeText(b), shapeText(a), first.Name())
	}
	if isText(s) != isText(first) {
		return dataf(s.Name(), "got %s, want %s as %s is", medium(s), medium(first), first.Name())
	}
	if a, b := stored(first), stored(s); a != nil && b != nil && (a.scaling != b.scaling || a.scaling != "" && a.dtype != b.dtype) {
		return dataf(s.Name(), "got values of %s %s, want %s %s as %s has", b.dtype, b.scaling, a.dtype, a.scaling, first.Name())
	}
	if s.Dtype() == j.dtype {
		return nil
	}
	if isText(s) {
		j.dtype = "float64"
		return nil
	}
	return dataf(s.Name(), "got dtype %s, want %s as %s has", s.Dtype(), j.dtype, first.Name())
}

func (j *joined) Name() string  { return j.name }
func (j *joined) Shape() []int  { return j.shape }
func (j *joined) Dtype() string { return j.dtype }

func (j *joined) Sequential() bool {
	return slices.ContainsFunc(j.shards, loss.Source.Sequential)
}

func (j *joined) Spool() error {
	for _, s := range j.shards {
		if err := s.Spool(); err != nil {
			return err
		}
	}
	return nil
}

func (j *joined) Fetch(buf *loss.Buffer, lo, hi int) error {
	if lo < 0 || hi < lo || hi > j.ends[len(j.ends)-1] {
		return dataf(j.name, "got elements %d to %d, want a range within %d", lo, hi, j.ends[len(j.ends)-1])
	}
	for i := sort.SearchInts(j.ends, lo+1); lo < hi; i++ {
		start := 0
		if i > 0 {
			start = j.ends[i-1]
		}
		end := min(hi, j.ends[i])
		at := len(buf.Bytes)
		if err := j.shards[i].Fetch(buf, lo-start, end-start); err != nil {
			return err
		}
		if j.swapped[i] > 0 {
			swap(buf.Bytes[at:], j.swapped[i])
		}
		lo = end
	}
	return nil
}

func (j *joined) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	return j.shards[0].Decode(dst, buf, pos)
}

func (j *joined) Close() error { return closeAll(j.shards) }

func closeAll(sources []loss.Source) error {
	var errs []error
	for _, s := range sources {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// isText reports a source whose elements are parsed as they are fetched.
func isText(s loss.Source) bool {
	switch s := s.(type) {
	case *table, *jsonLines:
		return true
	case *joined:
		return isText(s.shards[0])
	}
	return false
}

func medium(s loss.Source) string {
	if isText(s) {
		return "text"
	}
	return "binary data"
}

func bigEndian(s loss.Source) bool {
	l := stored(s)
	return l != nil && l.big
}

// stored is how the bytes of a source lie in its file, or of its first shard;
// nil for text.
func stored(s loss.Source) *layout {
	switch s := s.(type) {
	case *dense:
		return &s.layout
	case *fortran:
		return &s.layout
	case *stream:
		return &s.layout
	case *joined:
		return stored(s.shards[0])
	case *scaled:
		return stored(s.Source)
	}
	return nil
}

// IsSample reports that a source is one picture or volume: a sample by itself,
// though its shape begins with an axis of samples.
func IsSample(s loss.Source) bool {
	if _, ok := s.(*joined); ok {
		return false
	}
	l := stored(s)
	return l != nil && l.sample
}
