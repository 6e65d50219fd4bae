package loss_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// memory is a loss.Source in memory, stored in C order as a file would be.
type memory struct {
	name, dtype string
	shape       []int
	raw         []byte
	width       int // bytes of an element
	decode      func(dst []float64, src []byte) (lo, hi float64)
}

var itemBytes = map[string]int{"float64": 8, "float32": 4, "int64": 8, "uint8": 1}

func newMemory(name, dtype string, shape []int, x []float64) *memory {
	if len(x) != loss.Volume(shape) {
		panic(fmt.Sprintf("%s: %d numbers for shape %v", name, len(x), shape))
	}
	m := &memory{name: name, dtype: dtype, shape: shape, width: itemBytes[dtype], decode: vec.Converter(dtype, false)}
	m.raw = make([]byte, 0, len(x)*itemBytes[dtype])
	for _, v := range x {
		m.raw = encode(m.raw, dtype, v)
	}
	return m
}

func encode(b []byte, dtype string, v float64) []byte {
	switch dtype {
	case "float64":
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	case "float32":
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	case "int64":
		return binary.LittleEndian.AppendUint64(b, uint64(int64(v)))
	case "uint8":
		return append(b, byte(v))
	}
	panic(dtype)
}

func (m *memory) set(i int, v float64) {
	encode(m.raw[i*m.width:i*m.width], m.dtype, v)
}

func (m *memory) values() []float64 {
	x := make([]float64, loss.Volume(m.shape))
	m.decode(x, m.raw)
	return x
}

func (m *memory) clone() *memory {
	c := *m
	c.raw = slices.Clone(m.raw)
	return &c
}

func (m *memory) Name() string     { return m.name }
func (m *memory) Shape() []int     { return m.shape }
func (m *memory) Dtype() string    { return m.dtype }
func (m *memory) Sequential() bool { return false }
func (m *memory) Spool() error     { return nil }
func (m *memory) Close() error     { return nil }

func (m *memory) Fetch(buf *loss.Buffer, lo, hi int) error {
	buf.Bytes = append(buf.Bytes, m.raw[lo*m.width:hi*m.width]...)
	return nil
}

func (m *memory) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	return m.decode(dst, buf.Bytes[pos*m.width:(pos+len(dst))*m.width])
}
