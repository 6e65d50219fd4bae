package array

import (
	"slices"
	"sort"
	"strings"

	"lossctl/loss"
)

// A layered source is arrays of one file that lie one after the other in each
// sample: of sample 0 all of the first array, all of the second, …, then of
// sample 1.
type layered struct {
	name    string
	samples int
	shape   []int
	parts   []loss.Part
	sources []loss.Source
	per     int   // numbers of a sample
	ends    []int // of the arrays, in a sample
	swapped []int // bytes an element where the byte order is not the first one's, else 0
}

// OpenLayers opens all arrays of a file, `f.npz`, or one, `f.npz:name`, `f.npy`,
// as layers of the same samples. With whole the arrays have no sample axis.
func OpenLayers(spec string, whole bool, opt Options) (loss.Source, error) {
	path, member := splitSpec(spec)
	var names []string
	if member == "" && path != "-" && exists(path) && !strings.HasPrefix(path, "@") {
		var err error
		if names, err = Members(path); err != nil {
			return nil, err
		}
	}
	l := &layered{name: label(path, member)}
	if len(names) == 0 {
		s, err := Open(spec, opt)
		if err != nil {
			return nil, err
		}
		if member == "" {
			member = "features"
		}
		return l.end(l.add(member, s, whole))
	}
	for _, name := range names {
		s, err := Open(path+":"+name, opt)
		if err == nil {
			err = l.add(name, s, whole)
		}
		if err != nil {
			l.Close()
			return nil, err
		}
	}
	return l.end(nil)
}

// add appends a layer. It takes over the source.
func (l *layered) add(name string, s loss.Source, whole bool) error {
	l.sources = append(l.sources, s)
	shape := s.Shape()
	if whole {
		shape = append([]int{1}, shape...)
	}
	first := l.sources[0]
	switch {
	case len(shape) == 0:
		return dataf(s.Name(), "got a scalar, want samples on axis 0")
	case len(l.parts) > 0 && shape[0] != l.samples:
		return dataf(s.Name(), "got %d samples, want %d as %s has", shape[0], l.samples, first.Name())
	case s.Dtype() != first.Dtype():
		return dataf(s.Name(), "got dtype %s, want %s as %s has", s.Dtype(), first.Dtype(), first.Name())
	}
	if s.Sequential() {
		if err := s.Spool(); err != nil {
			return err
		}
	}
	n := loss.Volume(shape[1:])
	l.per += n
	l.ends = append(l.ends, l.per)
	l.parts = append(l.parts, loss.Part{Name: name, Shape: shape[1:]})
	swapped := 0
	if bigEndian(s) != bigEndian(first) {
		swapped = stored(s).size
	}
	l.swapped = append(l.swapped, swapped)
	l.samples, l.shape = shape[0], []int{shape[0], l.per}
	if len(l.parts) == 1 {
		l.shape = slices.Clone(shape)
	}
	if whole {
		l.shape = l.shape[1:]
	}
	return nil
}

// end returns the source, closed after an error.
func (l *layered) end(err error) (loss.Source, error) {
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *layered) Name() string       { return l.name }
func (l *layered) Shape() []int       { return l.shape }
func (l *layered) Dtype() string      { return l.sources[0].Dtype() }
func (l *layered) Parts() []loss.Part { return l.parts }
func (l *layered) Sequential() bool   { return false }
func (l *layered) Spool() error       { return nil }

func (l *layered) Fetch(buf *loss.Buffer, lo, hi int) error {
	for lo < hi {
		sample, at := lo/l.per, lo%l.per
		i := sort.SearchInts(l.ends, at+1)
		start := 0
		if i > 0 {
			start = l.ends[i-1]
		}
		n, size := min(hi-lo, l.ends[i]-at), l.ends[i]-start
		from, old := sample*size+at-start, len(buf.Bytes)
		if err := l.sources[i].Fetch(buf, from, from+n); err != nil {
			return err
		}
		if l.swapped[i] > 0 {
			swap(buf.Bytes[old:], l.swapped[i])
		}
		lo += n
	}
	return nil
}

func (l *layered) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	return l.sources[0].Decode(dst, buf, pos)
}

func (l *layered) Close() error { return closeAll(l.sources) }
