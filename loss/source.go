package loss

import "math"

// A Source is one array of numbers, seen in C order whatever its order,
// byte order or compression on disk.
//
// The engine claims ranges of elements in ascending order. It calls Fetch
// from many goroutines at once, except where Sequential says that the bytes
// come only once and in order; Decode runs in the worker, piece by piece, so
// that the float64 values stay in its cache.
type Source interface {
	// Name is what messages call the array: the file, and the member,
	// column or field where there is one.
	Name() string
	// Shape has the outermost axis first; it is empty for a scalar.
	Shape() []int
	// Dtype is numpy's name of the stored type: "float32", "uint8", …
	// Text is "float64", or "int64" where every value is an integer.
	Dtype() string
	// Sequential reports that Fetch must be called by one goroutine at a
	// time, with ranges that ascend and touch.
	Sequential() bool
	// Spool makes a sequential source readable at random, by way of a
	// bounded temporary file where it must. It does nothing for others.
	Spool() error
	// Fetch reads the elements [lo, hi) of the flattened array, as they
	// are stored, to the end of buf. Data errors name file and position.
	Fetch(buf *Buffer, lo, hi int) error
	// Decode converts len(dst) elements to float64, from the one at pos
	// elements behind the start of buf. It returns the least and the greatest of these
	// numbers, of floats perhaps 0 where that is beyond them, or Unknown where there
	// is a NaN or where they do not come for nothing.
	Decode(dst []float64, buf *Buffer, pos int) (lo, hi float64)
	Close() error
}

// Unknown is the bounds of numbers that were not looked at, NaN twice, which no
// comparison with them takes for an answer.
func Unknown() (lo, hi float64) { return math.NaN(), math.NaN() }

// A Buffer holds fetched elements of one source. It is recycled, so its
// slices grow to the size of a block once and are kept.
type Buffer struct {
	Bytes  []byte    // elements as stored
	Floats []float64 // elements of a text source, parsed as they are fetched
}

// Reset empties the buffer and keeps its memory.
func (b *Buffer) Reset() { b.Bytes, b.Floats = b.Bytes[:0], b.Floats[:0] }

// ItemBytes is the number of bytes of an element of a stored type, 0 for an
// unknown one.
func ItemBytes(dtype string) int {
	switch dtype {
	case "bool", "int8", "uint8":
		return 1
	case "int16", "uint16", "float16", "bfloat16":
		return 2
	case "int32", "uint32", "float32":
		return 4
	case "int64", "uint64", "float64":
		return 8
	}
	return 0
}
