package array

import (
	"bytes"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

const (
	minStripe  = 64 << 10
	maxStripes = 1 << 16
	block      = 1 << 20 // bytes a worker reads at a time
)

// index counts the records from l.start on. Blocks of 1 MiB are counted by
// all processors; where csv has a quotation mark, line breaks may lie within
// records, and one pass in order takes their place.
func (l *lines) index(csv bool) error {
	l.stripe = minStripe
	for (l.file.size-l.start)/l.stripe >= maxStripes {
		l.stripe *= 2
	}
	n := int((l.file.size-l.start)/l.stripe) + 1
	l.before = make([]int, n)
	l.first = make([]int64, n)
	for i := range l.first {
		l.first[i] = -1
	}
	if err := l.count(csv); err != nil {
		return err
	}
	if l.quoted {
		clear(l.before)
		for i := range l.first {
			l.first[i] = -1
		}
		err := l.walk(l.start, chunk, func(_ []byte, at int64) (bool, error) {
			l.note(at)
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	next := l.file.size
	for i := n - 1; i >= 0; i-- {
		if l.first[i] < 0 {
			l.first[i] = next
		}
		next = l.first[i]
	}
	for i, k := range l.before {
		l.before[i] = l.records
		l.records += k
	}
	return nil
}

// note counts a record that starts at the offset.
func (l *lines) note(at int64) {
	i := (at - l.start) / l.stripe
	if l.before[i] == 0 {
		l.first[i] = at
	}
	l.before[i]++
}

// count notes the records of all blocks. A block covers whole stripes or
// part of one, and one worker does all blocks of a stripe.
func (l *lines) count(csv bool) error {
	var group errgroup.Group
	var next, quotes, floats atomic.Int64
	unit := max(l.stripe, block)
	for range min(runtime.GOMAXPROCS(0), 8) {
		group.Go(func() error {
			buf := make([]byte, min(block+3, l.file.size-l.start+3))
			for quotes.Load() == 0 {
				lo := l.start + unit*(next.Add(1)-1)
				if lo >= l.file.size {
					return nil
				}
				for at := lo; at < min(lo+unit, l.file.size); at += block {
					b, from, err := l.neighbourhood(buf, at)
					if err != nil {
						return err
					}
					if csv && bytes.IndexByte(b, '"') >= 0 {
						quotes.Store(1)
						return nil
					}
					if floats.Load() == 0 && fractional(b) {
						floats.Store(1)
					}
					l.noteLines(b, from, at)
				}
			}
			return nil
		})
	}
	err := group.Wait()
	l.quoted, l.floats = quotes.Load() != 0, floats.Load() != 0
	return err
}

// neighbourhood reads the block at the offset with one byte before it and
// two behind, and says where the bytes start.
func (l *lines) neighbourhood(buf []byte, at int64) (b []byte, from int64, err error) {
	from = max(at-1, l.start)
	b = buf[:min(at+block+2, l.file.size)-from]
	return b, from, l.file.read(b, from)
}

// noteLines notes the records that start in the block at the offset, where b
// holds the bytes from the offset from on.
func (l *lines) noteLines(b []byte, from, at int64) {
	i, end := int(at-from), int(min(at+block, l.file.size)-from)
	if i > 0 && b[i-1] != '\n' {
		k := bytes.IndexByte(b[i:], '\n')
		if k < 0 {
			return
		}
		i += k + 1
	}
	for i < end {
		empty := b[i] == '\n' || b[i] == '\r' && (i+1 == len(b) || b[i+1] == '\n')
		if !empty {
			l.note(from + int64(i))
		}
		k := bytes.IndexByte(b[i:], '\n')
		if k < 0 {
			return
		}
		i += k + 1
	}
}

// fractional looks for the bytes without which every number is an integer:
// a point, an exponent, nan, inf, or letters.
func fractional(b []byte) bool {
	for _, c := range []byte(".eEnNiI") {
		if bytes.IndexByte(b, c) >= 0 {
			return true
		}
	}
	return false
}
