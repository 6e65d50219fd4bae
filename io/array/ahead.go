package array

import (
	"io"
	"sync"
)

const (
	aheadBlocks = 8
	aheadBlock  = 128 << 10 // stays in the second cache
)

// ahead reads r in a goroutine of its own, some blocks before they are asked
// for, so that decompressing and computing overlap.
type ahead struct {
	full, free chan []byte
	stop       chan struct{}
	once       sync.Once
	done       sync.WaitGroup
	closeUnder func() error

	block, rest []byte
	err         error // of the goroutine; read once full is closed
}

func newAhead(r io.Reader, closeUnder func() error) *ahead {
	a := &ahead{full: make(chan []byte, aheadBlocks), free: make(chan []byte, aheadBlocks), stop: make(chan struct{}), closeUnder: closeUnder}
	for range aheadBlocks {
		a.free <- nil
	}
	a.done.Add(1)
	go a.run(r)
	return a
}

func (a *ahead) run(r io.Reader) {
	defer a.done.Done()
	defer close(a.full)
	size := 16 << 10 // a small file costs a small buffer
	for {
		var b []byte
		select {
		case b = <-a.free:
		case <-a.stop:
			return
		}
		if cap(b) < size {
			b = make([]byte, size)
		}
		n, err := fill(r, b[:size])
		size = aheadBlock
		select {
		case a.full <- b[:n]:
		case <-a.stop:
			return
		}
		if err != nil {
			a.err = err
			return
		}
	}
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.block != nil {
			a.free <- a.block
			a.block = nil
		}
		b, ok := <-a.full
		if !ok {
			return 0, a.err
		}
		a.block, a.rest = b, b
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

func (a *ahead) Close() error {
	a.once.Do(func() { close(a.stop) })
	a.done.Wait()
	if a.err == nil {
		a.err = io.ErrClosedPipe
	}
	return a.closeUnder()
}
