package array

import (
	"io"

	"lossctl/loss"
)

// A dense source is an array whose bytes lie in C order in a file.
// Fetch reads straight into the buffer and may be called concurrently.
type dense struct {
	layout
	file *file     // from the first element to the last
	sum  *checksum // of a stored npz member, else nil
}

func (d *dense) Sequential() bool { return false }
func (d *dense) Spool() error     { return nil }
func (d *dense) Close() error     { return d.file.Close() }
func (d *dense) release() error   { return d.file.release() }

func (d *dense) Fetch(buf *loss.Buffer, lo, hi int) (err error) {
	if err = d.span(lo, hi); err != nil {
		return err
	}
	from := len(buf.Bytes)
	off := int64(lo) * int64(d.size)
	if buf.Bytes, err = d.file.fetch(buf.Bytes, off, (hi-lo)*d.size); err != nil {
		return err
	}
	if d.sum != nil {
		return d.sum.add(off, buf.Bytes[from:])
	}
	return nil
}

func (d *dense) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	return d.convert(dst, buf.Bytes[pos*d.size:])
}

// openNpy reads one .npy array from a file, or a member of an archive, that
// holds nothing else.
func openNpy(f *file, in format) (loss.Source, *npyHeader, error) {
	h, err := readNpyHeader(f.name, io.NewSectionReader(f, 0, f.size))
	if err != nil {
		return nil, nil, err
	}
	l, err := h.layout(f.name)
	if err != nil {
		return nil, nil, err
	}
	if err := l.checkBytes(f.size - h.length); err != nil {
		return nil, nil, err
	}
	l.format = in
	return newDense(l, f.section(f.name, h.length, l.bytes())), h, nil
}

// newDense is a source over the bytes of data, whichever their order.
func newDense(l *layout, data *file) loss.Source {
	if l.fortran {
		return newFortran(l, data)
	}
	return &dense{layout: *l, file: data}
}

// checkBytes compares the bytes that are there with those promised.
func (l *layout) checkBytes(got int64) error {
	want := l.bytes()
	switch {
	case got < want:
		return dataf(l.name, "got %d bytes of data, want %d for shape %s of %s: the file was cut off",
			got, want, shapeText(l.shape), l.dtype)
	case got > want:
		return dataf(l.name, "got %d bytes of data, want %d for shape %s of %s: something follows the array (several arrays belong in an .npz)",
			got, want, shapeText(l.shape), l.dtype)
	}
	return nil
}
