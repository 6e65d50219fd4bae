package array

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"sync"

	"lossctl/loss"
)

const (
	chunk     = 256 << 10 // one read of text
	maxRecord = 256 << 20 // the longest line that is accepted
)

// A lines is a text file of records, one a line, of which any range can be
// read. The records are counted once at open; an index of at most 65,536
// places, one every 64 KiB or more, says where to start.
// Empty lines are no records. A quoted file (csv) may have line breaks
// between quotation marks.
type lines struct {
	file    *file
	start   int64 // the first record
	quoted  bool  // a '"' occurs
	records int
	floats  bool // a byte occurs that only numbers with a fraction need

	stripe int64   // bytes an entry of the index stands for
	before []int   // records that start before stripe i
	first  []int64 // where the first record of stripe i or later starts
	pool   sync.Pool
}

// walk calls fn with each record from the offset off on, without its line
// break, until fn returns false. The bytes are only lent.
func (l *lines) walk(off int64, size int, fn func(line []byte, at int64) (bool, error)) error {
	p, _ := l.pool.Get().(*[]byte)
	if p == nil {
		p = new([]byte)
	}
	defer l.pool.Put(p)
	buf := *p
	if cap(buf) < size {
		buf = make([]byte, size)
	}
	buf = buf[:0]
	done, scanned := 0, 0 // bytes handed out; bytes searched for the end of the record
	odd := false          // quotation marks of the record so far
	for {
		if done > 0 {
			n := copy(buf[:cap(buf)], buf[done:])
			buf, off, scanned, done = buf[:n], off+int64(done), scanned-done, 0
		}
		if len(buf) == cap(buf) {
			if len(buf) >= maxRecord {
				return dataf(l.file.name, "line %d: got a record of more than %d bytes, want shorter ones%s", l.line(off), maxRecord, map[bool]string{true: " (a quotation mark is never closed)"}[odd])
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		*p = buf
		n := int(min(int64(cap(buf)-len(buf)), l.file.size-off-int64(len(buf))))
		last := off+int64(len(buf)+n) == l.file.size
		at := len(buf)
		buf = buf[:at+n]
		if err := l.file.read(buf[at:], off+int64(at)); err != nil {
			return err
		}
		for {
			end := bytes.IndexByte(buf[scanned:], '\n')
			stop := scanned + end
			if end < 0 {
				stop = len(buf)
			}
			if l.quoted && bytes.Count(buf[scanned:stop], quote)&1 != 0 {
				odd = !odd
			}
			scanned = stop
			if end < 0 && !last {
				break
			}
			if end >= 0 && odd {
				scanned++
				continue
			}
			line := buf[done:stop]
			if k := len(line); k > 0 && line[k-1] == '\r' {
				line = line[:k-1]
			}
			if len(line) > 0 {
				if more, err := fn(line, off+int64(done)); err != nil || !more {
					return err
				}
			}
			if end < 0 {
				return nil
			}
			scanned++
			done, odd = scanned, false
		}
	}
}

var quote = []byte{'"'}

// errEnough ends each without an error.
var errEnough = errors.New("enough")

// each calls fn with the records [lo, hi) in order.
func (l *lines) each(lo, hi int, fn func(i int, line []byte) error) error {
	if lo >= hi {
		return nil
	}
	k := sort.Search(len(l.before), func(i int) bool { return l.before[i] > lo }) - 1
	i := l.before[k]
	mean := (l.file.size-l.start)/int64(l.records) + 1
	size := int(min(max(mean*int64(hi-i)*9/8, 4<<10), chunk))
	err := l.walk(l.first[k], size, func(line []byte, at int64) (bool, error) {
		if i >= lo {
			if err := fn(i, line); err == errEnough {
				i = hi
				return false, nil
			} else if err != nil {
				return false, l.place(err, at)
			}
		}
		i++
		return i < hi, nil
	})
	if err == nil && i < hi {
		return dataf(l.file.name, "got %d records, want %d: the file changed while it was read", i, l.records)
	}
	return err
}

// fetch parses the elements [lo, hi) of records of width numbers, to the end
// of buf.
func (l *lines) fetch(buf *loss.Buffer, name string, width, lo, hi int, parse func(dst []float64, line []byte) error) error {
	if lo < 0 || hi < lo || hi > l.records*width {
		return dataf(name, "got elements %d to %d, want a range within %d", lo, hi, l.records*width)
	}
	if lo == hi {
		return nil
	}
	from, to := lo/width, (hi+width-1)/width
	at := len(buf.Floats)
	buf.Floats = slices.Grow(buf.Floats, (to-from)*width)
	dst := buf.Floats[at : at+(to-from)*width]
	err := l.each(from, to, func(i int, line []byte) error {
		return parse(dst[(i-from)*width:(i-from+1)*width], line)
	})
	if err != nil {
		return err
	}
	if skip := lo - from*width; skip > 0 {
		copy(dst, dst[skip:])
	}
	buf.Floats = buf.Floats[:at+hi-lo]
	return nil
}

// A lineError is what is wrong with a record; place adds the line.
type lineError struct{ where, msg string }

func (e *lineError) Error() string { return e.where + e.msg }

func (l *lines) place(err error, at int64) error {
	e, ok := err.(*lineError)
	if !ok {
		return err
	}
	where := fmt.Sprintf("line %d", l.line(at))
	if e.where != "" {
		where += ", " + e.where
	}
	return dataf(l.file.name, "%s: %s", where, e.msg)
}

// line counts, from 1, the line that the offset lies in. It reads all
// before it: for messages only.
func (l *lines) line(at int64) int {
	n := 1
	r := io.NewSectionReader(l.file, 0, at)
	buf := make([]byte, chunk)
	for {
		m, err := r.Read(buf)
		n += bytes.Count(buf[:m], []byte{'\n'})
		if err != nil {
			return n
		}
	}
}
