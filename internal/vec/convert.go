package vec

import (
	"encoding/binary"
	"math"
	"strings"
	"sync"
	"unsafe"
)

// Converter returns the function that turns stored elements into float64:
// dst[i] is element i of src, which must hold at least len(dst) elements.
// dtype is numpy's name: bool, int8 to int64, uint8 to uint64, float16,
// bfloat16, float32 or float64; any other gives nil. Every conversion is
// exact, but for 64-bit integers beyond 2^53, which round to nearest even.
// A bool is 1 for any byte but 0.
//
// The function returns lo and hi, between which all numbers are, 0 and infinities
// perhaps too where they are floats; NaN twice where there is a NaN, or where
// it has not looked, as bounds do not come for nothing.
func Converter(dtype string, bigEndian bool) func(dst []float64, src []byte) (lo, hi float64) {
	c, ok := conversions[dtype]
	if !ok {
		return nil
	}
	plain, name := c.little, dtype
	looks, float := dtype != "float64", strings.Contains(dtype, "float")
	if bigEndian && c.size > 1 {
		plain, name, looks = c.bigEndian, "big "+dtype, false
	}
	vector := conversionVec(name)
	return func(dst []float64, src []byte) (lo, hi float64) {
		if vector == nil || len(dst) < conversionStep {
			plain(dst, src)
			return math.NaN(), math.NaN()
		}
		n := len(dst) &^ (conversionStep - 1)
		b := vector(&dst[0], &src[:n*c.size][0], n)
		plain(dst[n:], src[n*c.size:])
		if !looks || n < 16*conversionStep { // too few for the time of bounds
			return math.NaN(), math.NaN()
		}
		lo, hi = c.bounds(b, float)
		for _, v := range dst[n:] {
			lo, hi = min(lo, v), max(hi, v)
		}
		return lo, hi
	}
}

// A conversionFunc converts n numbers, a multiple of conversionStep. It returns
// some of the numbers, as they are stored, but those of 64 bits as they are
// converted: the others are between them, or between one of them and 0 where they
// are floats.
type conversionFunc func(dst *float64, src *byte, n int) (bounds [64]byte)

const conversionStep = 16

// boundLanes are kept, as what an unknown function takes is no local variable.
var boundLanes = sync.Pool{New: func() any { return new(boundLane) }}

type boundLane struct {
	stored [64]byte
	wide   [64]float64
}

// bounds returns those of what a conversionFunc returns.
func (c conversion) bounds(b [64]byte, float bool) (lo, hi float64) {
	l := boundLanes.Get().(*boundLane)
	defer boundLanes.Put(l)
	l.stored = b
	lanes := l.wide[:len(b)/c.size]
	if c.size == 8 {
		convertFloat64(lanes, l.stored[:])
	} else {
		c.little(lanes, l.stored[:])
	}
	if !float {
		lo, hi = lanes[0], lanes[0]
	}
	for _, v := range lanes {
		switch {
		case v < lo:
			lo = v
		case v > hi:
			hi = v
		case v != v:
			return v, v
		}
	}
	return lo, hi
}

// Widen sets dst to x, of as many numbers.
func Widen(dst []float64, x []float32) {
	dst = dst[:len(x)]
	n := len(x) &^ (conversionStep - 1)
	if widen := conversionVec("float32"); widen != nil && n > 0 {
		widen(&dst[0], (*byte)(unsafe.Pointer(&x[0])), n)
	} else {
		n = 0
	}
	for i, v := range x[n:] {
		dst[n+i] = float64(v)
	}
}

// A conversion is in plain Go.
type conversion struct {
	size   int // bytes of an element
	little func(dst []float64, src []byte)
	big    func(b []byte) float64
}

var conversions = map[string]conversion{
	"bool":     {1, convertBool, nil},
	"int8":     {1, convertInt8, nil},
	"uint8":    {1, convertUint8, nil},
	"int16":    {2, convertInt16, func(b []byte) float64 { return float64(int16(binary.BigEndian.Uint16(b))) }},
	"uint16":   {2, convertUint16, func(b []byte) float64 { return float64(binary.BigEndian.Uint16(b)) }},
	"int32":    {4, convertInt32, func(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) }},
	"uint32":   {4, convertUint32, func(b []byte) float64 { return float64(binary.BigEndian.Uint32(b)) }},
	"int64":    {8, convertInt64, func(b []byte) float64 { return float64(int64(binary.BigEndian.Uint64(b))) }},
	"uint64":   {8, convertUint64, func(b []byte) float64 { return float64(binary.BigEndian.Uint64(b)) }},
	"float16":  {2, convertFloat16, func(b []byte) float64 { return float16(binary.BigEndian.Uint16(b)) }},
	"bfloat16": {2, convertBfloat16, func(b []byte) float64 { return bfloat16(binary.BigEndian.Uint16(b)) }},
	"float32":  {4, convertFloat32, func(b []byte) float64 { return float64(math.Float32frombits(binary.BigEndian.Uint32(b))) }},
	"float64":  {8, convertFloat64, func(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }},
}

func (c conversion) bigEndian(dst []float64, src []byte) {
	for i := range dst {
		dst[i] = c.big(src[:c.size])
		src = src[c.size:]
	}
}

func convertBool(dst []float64, src []byte) {
	src = src[:len(dst)]
	for i, b := range src {
		dst[i] = float64((b | -b) >> 7) // the top bit is set for any but 0
	}
}

func convertInt8(dst []float64, src []byte) {
	src = src[:len(dst)]
	for i, b := range src {
		dst[i] = float64(int8(b))
	}
}

func convertUint8(dst []float64, src []byte) {
	src = src[:len(dst)]
	for i, b := range src {
		dst[i] = float64(b)
	}
}

func convertInt16(dst []float64, src []byte) {
	src = src[:2*len(dst)]
	for len(dst) >= 4 && len(src) >= 8 {
		x := binary.LittleEndian.Uint64(src)
		dst[0] = float64(int16(x))
		dst[1] = float64(int16(x >> 16))
		dst[2] = float64(int16(x >> 32))
		dst[3] = float64(int16(x >> 48))
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = float64(int16(binary.LittleEndian.Uint16(src[2*i:])))
	}
}

func convertUint16(dst []float64, src []byte) {
	src = src[:2*len(dst)]
	for len(dst) >= 4 && len(src) >= 8 {
		x := binary.LittleEndian.Uint64(src)
		dst[0] = float64(int64(x & 0xffff))
		dst[1] = float64(int64(x >> 16 & 0xffff))
		dst[2] = float64(int64(x >> 32 & 0xffff))
		dst[3] = float64(int64(x >> 48))
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = float64(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

func convertInt32(dst []float64, src []byte) {
	src = src[:4*len(dst)]
	for len(dst) >= 4 && len(src) >= 16 {
		dst[0] = float64(int32(binary.LittleEndian.Uint32(src[0:])))
		dst[1] = float64(int32(binary.LittleEndian.Uint32(src[4:])))
		dst[2] = float64(int32(binary.LittleEndian.Uint32(src[8:])))
		dst[3] = float64(int32(binary.LittleEndian.Uint32(src[12:])))
		dst, src = dst[4:], src[16:]
	}
	for i := range dst {
		dst[i] = float64(int32(binary.LittleEndian.Uint32(src[4*i:])))
	}
}

func convertUint32(dst []float64, src []byte) {
	src = src[:4*len(dst)]
	for len(dst) >= 4 && len(src) >= 16 {
		dst[0] = float64(int64(binary.LittleEndian.Uint32(src[0:])))
		dst[1] = float64(int64(binary.LittleEndian.Uint32(src[4:])))
		dst[2] = float64(int64(binary.LittleEndian.Uint32(src[8:])))
		dst[3] = float64(int64(binary.LittleEndian.Uint32(src[12:])))
		dst, src = dst[4:], src[16:]
	}
	for i := range dst {
		dst[i] = float64(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

func convertInt64(dst []float64, src []byte) {
	src = src[:8*len(dst)]
	for len(dst) >= 2 && len(src) >= 16 {
		dst[0] = float64(int64(binary.LittleEndian.Uint64(src[0:])))
		dst[1] = float64(int64(binary.LittleEndian.Uint64(src[8:])))
		dst, src = dst[2:], src[16:]
	}
	for i := range dst {
		dst[i] = float64(int64(binary.LittleEndian.Uint64(src[8*i:])))
	}
}

func convertUint64(dst []float64, src []byte) {
	src = src[:8*len(dst)]
	for i := range dst {
		dst[i] = float64(binary.LittleEndian.Uint64(src))
		src = src[8:]
	}
}

func convertFloat16(dst []float64, src []byte) {
	src = src[:2*len(dst)]
	for len(dst) >= 4 && len(src) >= 8 {
		x := binary.LittleEndian.Uint64(src)
		if (x&0x7c00_7c00_7c00_7c00+0x0400_0400_0400_0400)&0x8000_8000_8000_8000 == 0 {
			dst[0] = finite16(x)
			dst[1] = finite16(x >> 16)
			dst[2] = finite16(x >> 32)
			dst[3] = finite16(x >> 48)
		} else {
			dst[0] = float16(uint16(x))
			dst[1] = float16(uint16(x >> 16))
			dst[2] = float16(uint16(x >> 32))
			dst[3] = float16(uint16(x >> 48))
		}
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = float16(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

func convertBfloat16(dst []float64, src []byte) {
	src = src[:2*len(dst)]
	for len(dst) >= 4 && len(src) >= 8 {
		x := binary.LittleEndian.Uint64(src)
		dst[0] = bfloat16(uint16(x))
		dst[1] = bfloat16(uint16(x >> 16))
		dst[2] = bfloat16(uint16(x >> 32))
		dst[3] = bfloat16(uint16(x >> 48))
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = bfloat16(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

func convertFloat32(dst []float64, src []byte) {
	src = src[:4*len(dst)]
	for len(dst) >= 8 && len(src) >= 32 {
		dst[0] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[0:])))
		dst[1] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[4:])))
		dst[2] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[8:])))
		dst[3] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[12:])))
		dst[4] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[16:])))
		dst[5] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[20:])))
		dst[6] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[24:])))
		dst[7] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[28:])))
		dst, src = dst[8:], src[32:]
	}
	for i := range dst {
		dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
	}
}

func convertFloat64(dst []float64, src []byte) {
	src = src[:8*len(dst)]
	for len(dst) >= 4 && len(src) >= 32 {
		dst[0] = math.Float64frombits(binary.LittleEndian.Uint64(src[0:]))
		dst[1] = math.Float64frombits(binary.LittleEndian.Uint64(src[8:]))
		dst[2] = math.Float64frombits(binary.LittleEndian.Uint64(src[16:]))
		dst[3] = math.Float64frombits(binary.LittleEndian.Uint64(src[24:]))
		dst, src = dst[4:], src[32:]
	}
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
	}
}

// float16 widens IEEE 754 binary16.
func float16(h uint16) float64 {
	if h&0x7c00 == 0x7c00 { // infinity, NaN
		return math.Float64frombits(uint64(h&0x8000)<<48 | 0x7ff<<52 | uint64(h&0x3ff)<<42)
	}
	return finite16(uint64(h))
}

// finite16 widens the lowest 16 bits: exponent and fraction, moved to the
// place they have in a float64, are the value times 2^-1008, subnormals
// included.
func finite16(x uint64) float64 {
	return math.Float64frombits(x<<48&(1<<63)|x<<42&(0x7fff<<42)) * 0x1p1008
}

// bfloat16 is the upper half of a float32.
func bfloat16(h uint16) float64 {
	return float64(math.Float32frombits(uint32(h) << 16))
}
