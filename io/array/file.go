package array

import (
	"io"
	"os"
	"slices"
	"time"
)

// A file is a run of bytes that is read at random: a regular file, a part of
// one, or a spooled copy. Its methods may be called concurrently.
type file struct {
	name string // for messages
	path string // to open it again after release; "" for a spooled copy
	f    *os.File
	base int64 // where the run starts
	size int64
	mod  time.Time
	keep bool // standard input: not ours to close
}

// section is the part [off, off+n) under another name; it shares the handle.
func (f *file) section(name string, off, n int64) *file {
	s := *f
	s.name, s.base, s.size = name, f.base+off, n
	return &s
}

// ReadAt reads from the run; it lets zip read through a file.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case off < 0: // a broken archive asks for it
		return 0, dataf(f.name, "broken: got a part that starts %d bytes before it", -off)
	case off >= f.size:
		return 0, io.EOF
	}
	short := int64(len(p)) > f.size-off
	if short {
		p = p[:f.size-off]
	}
	h := f.f
	if h == nil {
		var err error
		if h, err = f.reopen(); err != nil {
			return 0, err
		}
		defer h.Close()
	}
	n, err := h.ReadAt(p, f.base+off)
	if err == nil && short {
		err = io.EOF
	}
	return n, err
}

// read fills p from off. A file that became shorter is an error.
func (f *file) read(p []byte, off int64) error {
	if len(p) == 0 {
		return nil
	}
	n, err := f.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == io.EOF {
		return dataf(f.name, "got %d bytes at %d, want %d: the file became shorter while it was read",
			n, f.base+off, len(p))
	}
	return fileError(f.name, err)
}

// fetch appends n bytes from off to b.
func (f *file) fetch(b []byte, off int64, n int) ([]byte, error) {
	b = slices.Grow(b, n)
	at := len(b)
	b = b[:at+n]
	if err := f.read(b[at:], off); err != nil {
		return b[:at], err
	}
	return b, nil
}

// release closes the handle until the next read, which opens it for itself:
// thousands of shards need not be open at once.
func (f *file) release() error {
	if f.path == "" || f.f == nil || f.keep {
		return nil
	}
	err := f.f.Close()
	f.f = nil
	return err
}

func (f *file) reopen() (*os.File, error) {
	if f.path == "" {
		return nil, os.ErrClosed
	}
	h, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	if info, err := h.Stat(); err != nil || !info.ModTime().Equal(f.mod) {
		h.Close()
		if err != nil {
			return nil, err
		}
		return nil, dataf(f.name, "the file changed while it was read")
	}
	return h, nil
}

func (f *file) Close() error {
	if f.f == nil || f.keep {
		return nil
	}
	err := f.f.Close()
	f.f = nil
	f.path = ""
	return err
}
