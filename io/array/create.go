package array

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"lossctl/loss"
)

// writePiece is how many elements are encoded at a time.
const writePiece = 16 << 10

// A Writer writes one .npy file of known shape: format 1.0, C order,
// little-endian, data at a multiple of 64 bytes. A regular file is written
// beside its name and takes it on Commit, so it appears whole or not at all;
// anything else, a device or a pipe, is written in place.
// Its methods may be called concurrently, but for Commit and Abort.
type Writer struct {
	path  string // that the caller gave
	final string // that Commit renames to; "" in place
	f     *os.File
	head  int64
	size  int // bytes an element
	dtype string
	shape []int
	count int
	grows bool // the first length is known at the end
	pool  sync.Pool

	mu      sync.Mutex
	next    int            // the next element of Append, or of a pipe
	written int            // elements so far
	pending map[int][]byte // pieces that came too early for a pipe
	pipe    bool
}

// Create starts a file of dtype "float32", "float64" or "int64". A first
// length of −1 is what Append makes it; then the file must be one. A folder that is
// missing or may not be written, and a path that is a folder, are errors of
// the input; others are the machine's.
func Create(path, dtype string, shape []int) (*Writer, error) {
	if dtype != "float32" && dtype != "float64" && dtype != "int64" {
		return nil, dataf(path, "got dtype %s to write, want float32, float64 or int64", dtype)
	}
	grows := len(shape) > 0 && shape[0] < 0
	if grows {
		shape = append([]int{math.MaxInt32}, shape[1:]...) // for the width of the header
	}
	count, ok := product(shape, loss.ItemBytes(dtype))
	if !ok {
		return nil, dataf(path, "got shape %s to write, want fewer bytes than a file can hold", shapeText(shape))
	}
	w := &Writer{path: path, size: loss.ItemBytes(dtype), dtype: dtype, shape: shape, grows: grows, count: count, pending: map[int][]byte{}}
	if err := w.open(); err != nil {
		return nil, err
	}
	if grows && w.final == "" {
		w.f.Close()
		return nil, dataf(path, "got a device or a pipe, want a file, as the number of rows is known at the end")
	}
	head := npyHeadBytes(dtype, shape)
	w.head = int64(len(head))
	if _, err := w.f.Write(head); err != nil {
		w.Abort()
		return nil, w.machine(err)
	}
	return w, nil
}

// npyHeadBytes is a version 1.0 header of which the data starts at a multiple of 64.
func npyHeadBytes(dtype string, shape []int) []byte {
	kind := "f"
	if dtype == "int64" {
		kind = "i"
	}
	dict := fmt.Sprintf("{'descr': '<%s%d', 'fortran_order': False, 'shape': %s, }", kind, loss.ItemBytes(dtype), shapeText(shape))
	n := (10+len(dict)+1+63)/64*64 - 10
	head := append([]byte(npyMagic), 1, 0, byte(n), byte(n>>8))
	head = append(head, dict...)
	head = append(head, strings.Repeat(" ", n-len(dict)-1)...)
	return append(head, '\n')
}

// open decides between a temporary file beside the path and the path itself.
func (w *Writer) open() error {
	target, mode := w.path, os.FileMode(0o666)
	if real, err := filepath.EvalSymlinks(w.path); err == nil {
		target = real
	}
	info, err := os.Stat(target)
	if err == nil {
		switch {
		case info.IsDir():
			return dataf(w.path, "got a directory, want a file to write")
		case !info.Mode().IsRegular():
			if w.f, err = os.OpenFile(target, os.O_WRONLY, 0); err != nil {
				return fileError(w.path, err)
			}
			_, seek := w.f.Seek(0, 1)
			w.pipe = seek != nil
			return nil
		}
		mode = info.Mode().Perm()
	}
	dir, base := filepath.Split(target)
	for range 100 {
		temp := filepath.Join(dir, fmt.Sprintf(".%s.%08x.tmp", base, rand.Uint32()))
		if w.f, err = os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode); err == nil {
			w.final = target
			return nil
		}
		if !os.IsExist(err) {
			break
		}
	}
	if os.IsNotExist(err) {
		return &Error{Name: w.path, Msg: "got a folder that does not exist, want one to write to", Err: err}
	}
	return fileError(w.path, err)
}

func (w *Writer) machine(err error) error {
	return &Error{Name: w.path, Msg: cause(err), Machine: true, Err: err}
}

// WriteAt writes elements to the places from at on. Each place is to be
// written once.
func (w *Writer) WriteAt(elements []float64, at int) error {
	if at < 0 || len(elements) > w.count-at {
		return dataf(w.path, "got elements %d to %d to write, want them within %d", at, at+len(elements), w.count)
	}
	for len(elements) > 0 {
		n := min(len(elements), writePiece)
		if err := w.put(elements[:n], at); err != nil {
			return err
		}
		elements, at = elements[n:], at+n
	}
	return nil
}

// Append writes elements behind those that Append wrote before.
func (w *Writer) Append(elements []float64) error {
	w.mu.Lock()
	at := w.next
	if !w.pipe {
		w.next += len(elements)
	}
	w.mu.Unlock()
	return w.WriteAt(elements, at)
}

// put writes one piece.
func (w *Writer) put(elements []float64, at int) error {
	p, _ := w.pool.Get().(*[]byte)
	if p == nil {
		b := make([]byte, writePiece*8)
		p = &b
	}
	defer w.pool.Put(p)
	b := (*p)[:len(elements)*w.size]
	switch {
	case w.dtype == "int64":
		for i, v := range elements {
			binary.LittleEndian.PutUint64(b[8*i:], uint64(int64(v)))
		}
	case w.size == 4:
		for i, v := range elements {
			binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(float32(v)))
		}
	default:
		for i, v := range elements {
			binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(v))
		}
	}
	if w.pipe {
		return w.putInOrder(b, at)
	}
	if _, err := w.f.WriteAt(b, w.head+int64(at)*int64(w.size)); err != nil {
		return w.machine(err)
	}
	w.mu.Lock()
	w.written += len(elements)
	w.mu.Unlock()
	return nil
}

// putInOrder writes to a pipe, and keeps a copy of what came too early.
func (w *Writer) putInOrder(b []byte, at int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at != w.next {
		w.pending[at] = append([]byte(nil), b...)
		return nil
	}
	for ok := true; ok; b, ok = w.pending[w.next] {
		if _, err := w.f.Write(b); err != nil {
			return w.machine(err)
		}
		delete(w.pending, w.next)
		w.next += len(b) / w.size
		w.written += len(b) / w.size
	}
	return nil
}

// Commit ends the file and gives it its name. Elements that were not written
// are an error, and then nothing appears.
func (w *Writer) Commit() error {
	if err := w.finishHead(); err != nil {
		w.Abort()
		return err
	}
	if w.written != w.count {
		w.Abort()
		return &Error{Name: w.path, Msg: fmt.Sprintf("got %d elements to write, want %d", w.written, w.count), Machine: true}
	}
	temp := w.f.Name()
	if err := w.f.Close(); err != nil {
		if w.final != "" {
			os.Remove(temp)
		}
		return w.machine(err)
	}
	if w.final == "" {
		return nil
	}
	if err := os.Rename(temp, w.final); err != nil {
		os.Remove(temp)
		return w.machine(err)
	}
	return nil
}

// finishHead writes the header again where the number of rows is known only
// now.
func (w *Writer) finishHead() error {
	if !w.grows {
		return nil
	}
	per := 1
	for _, n := range w.shape[1:] {
		per *= n
	}
	w.count = w.written
	w.shape[0] = w.written / per
	head := npyHeadBytes(w.dtype, w.shape)
	if int64(len(head)) != w.head {
		return &Error{Name: w.path, Msg: "got a header of another length", Machine: true}
	}
	if _, err := w.f.WriteAt(head, 0); err != nil {
		return w.machine(err)
	}
	return nil
}

// Abort removes what was written. Behind Commit it does nothing.
func (w *Writer) Abort() error {
	if err := w.f.Close(); err != nil {
		return nil // closed before
	}
	if w.final == "" {
		return nil
	}
	return os.Remove(w.f.Name())
}
