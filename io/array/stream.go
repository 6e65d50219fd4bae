package array

import (
	"errors"
	"io"
	"sync"

	"lossctl/loss"
)

// A stream is a .npy array in C order whose bytes come in order: through a
// pipe, or out of a compressed file or zip member. It keeps no data.
// A stream over a compressed file is started at the first Fetch and closed
// behind the last element; such a one may also be read again from element 0.
type stream struct {
	layout
	opt   Options
	under *file                         // closed with the source; may be nil
	start func() (io.ReadCloser, error) // at the first element; nil for a pipe
	r     io.ReadCloser                 // nil before the start and after the end
	pos   int

	mu      sync.Mutex // guards spooled
	spooled *dense
}

func newStream(l *layout, opt Options, under *file, start func() (io.ReadCloser, error)) *stream {
	return &stream{layout: *l, opt: opt, under: under, start: start}
}

// inOrder is the stream itself where it holds C order, else a spooled copy
// that is gathered.
func (s *stream) inOrder() (loss.Source, error) {
	if !s.fortran {
		return s, nil
	}
	if err := s.Spool(); err != nil {
		s.Close()
		return nil, err
	}
	return newFortran(&s.layout, s.spooled.file), nil
}

// discard passes over the n bytes of a header that was read before.
func discard(name string, r io.Reader, n int64) error {
	if _, err := io.CopyN(io.Discard, r, n); err != nil {
		return fileError(name, err)
	}
	return nil
}

func (s *stream) Sequential() bool { return s.spooled == nil }

// Spool copies the array to a temporary file. A pipe must not have been read
// before.
func (s *stream) Spool() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spooled != nil {
		return nil
	}
	if s.start == nil && s.pos > 0 {
		return dataf(s.name, "got a pipe that was read up to element %d, want to read it from the start", s.pos)
	}
	if err := s.restart(); err != nil {
		return err
	}
	opt := s.opt
	if opt.MaxSpool <= 0 {
		opt.MaxSpool = defaultSpool
	}
	if s.bytes() > opt.MaxSpool {
		return dataf(s.name, "got %d bytes, want at most the %d that may be spooled to a temporary file; give an uncompressed file instead",
			s.bytes(), opt.MaxSpool)
	}
	f, err := spool(s.name, io.LimitReader(s.r, s.bytes()), s.opt)
	if err != nil {
		return err
	}
	if f.size < s.bytes() {
		f.Close()
		return s.checkBytes(f.size)
	}
	if err := s.end(); err != nil {
		f.Close()
		return err
	}
	s.spooled = &dense{layout: s.layout, file: f}
	if s.under != nil {
		s.under.Close()
		s.under = nil
	}
	return nil
}

func (s *stream) Fetch(buf *loss.Buffer, lo, hi int) error {
	if s.spooled != nil {
		return s.spooled.Fetch(buf, lo, hi)
	}
	if err := s.span(lo, hi); err != nil {
		return err
	}
	if lo == hi {
		return nil
	}
	if lo < s.pos || s.r == nil {
		if err := s.restart(); err != nil {
			return err
		}
	}
	if skip := int64(lo-s.pos) * int64(s.size); skip > 0 {
		n, err := io.CopyN(io.Discard, s.r, skip)
		if err != nil {
			return s.short(int64(s.pos)*int64(s.size)+n, err)
		}
	}
	at := len(buf.Bytes)
	buf.Bytes = extend(buf.Bytes, (hi-lo)*s.size)
	n, err := io.ReadFull(s.r, buf.Bytes[at:])
	if err != nil {
		buf.Bytes = buf.Bytes[:at]
		return s.short(int64(lo)*int64(s.size)+int64(n), err)
	}
	s.pos = hi
	if hi == s.count {
		return s.end()
	}
	return nil
}

func (s *stream) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	return s.convert(dst, buf.Bytes[pos*s.size:])
}

func (s *stream) Close() error {
	var err error
	if s.r != nil {
		err = s.r.Close()
		s.r = nil
	}
	if s.spooled != nil {
		err = s.spooled.Close()
	}
	if s.under != nil {
		err = errors.Join(err, s.under.Close())
	}
	return err
}

func (s *stream) release() error {
	if s.under != nil {
		return s.under.release()
	}
	return nil
}

// restart makes element 0 the next to come.
func (s *stream) restart() error {
	if s.r != nil && s.pos == 0 {
		return nil
	}
	if s.start == nil {
		return dataf(s.name, "got a pipe that was read up to element %d, want ranges that ascend", s.pos)
	}
	if s.r != nil {
		s.r.Close()
		s.r = nil
	}
	r, err := s.start()
	if err != nil {
		return err
	}
	s.r, s.pos = r, 0
	return nil
}

// end checks that nothing follows the last element, which also makes the
// decompressor compare its checksum, and closes what can be opened again.
func (s *stream) end() error {
	var one [1]byte
	n, err := io.ReadFull(s.r, one[:])
	if n > 0 {
		return dataf(s.name, "got more than %d bytes of data for shape %s of %s: something follows the array (several arrays belong in an .npz)",
			s.bytes(), shapeText(s.shape), s.dtype)
	}
	if err != io.EOF {
		return fileError(s.name, err)
	}
	if s.start == nil {
		return nil
	}
	s.r.Close()
	s.r = nil
	return nil
}

// short is the error of data that end before the header's promise.
func (s *stream) short(got int64, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return s.checkBytes(got)
	}
	return fileError(s.name, err)
}
