package nn

import (
	"math/bits"
	"sync"
)

// Memory that was used is used again, by sizes: fresh pages are dear.
var memory [4 * bits.UintSize]sync.Pool

// class is the least size class of at least n numbers: four to a doubling.
func class(n int) (index, size int) {
	n = max(n, 64)
	step := bits.Len(uint(n-1)) - 3 // sizes are 5 to 8 steps
	units := (n + 1<<step - 1) >> step
	return 4*step + units - 5, units << step
}

// numbers returns n numbers of any content.
func numbers(n int) []float32 {
	index, size := class(n)
	if p, ok := memory[index].Get().(*float32s); ok {
		return p.data[:n]
	}
	return make([]float32, size)[:n]
}

// recycle gives back what numbers returned.
func recycle(x []float32) {
	index, size := class(cap(x))
	if cap(x) == size {
		memory[index].Put(&float32s{x[:size]})
	}
}

type float32s struct{ data []float32 }

// A space is the memory of one pass through a network, which layers use in turns:
// what was used a moment ago is still in the caches. Where it is nil, memory has
// the size that is asked for, as befits what is kept.
type space struct {
	mutex sync.Mutex
	spare [][]float32
}

// numbers returns n numbers of any content.
func (s *space) numbers(n int) []float32 {
	if s == nil {
		return numbers(n)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	best := -1
	for i, x := range s.spare {
		if cap(x) >= n && (best < 0 || cap(x) < cap(s.spare[best])) {
			best = i
		}
	}
	if best < 0 {
		return numbers(n)
	}
	x := s.spare[best]
	s.spare = append(s.spare[:best], s.spare[best+1:]...)
	return x[:n]
}

// recycle gives back what numbers returned.
func (s *space) recycle(x []float32) {
	if s == nil {
		recycle(x)
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.spare = append(s.spare, x)
}

// release gives all that was recycled back to other passes.
func (s *space) release() {
	if s == nil {
		return
	}
	for _, x := range s.spare {
		recycle(x)
	}
	s.spare = nil
}
