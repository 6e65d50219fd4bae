package main

import (
	"encoding/binary"
	"math"
)

// encoders append a number in a type of numpy.
var encoders = map[string]func(b []byte, x float64) []byte{
	"<f4": func(b []byte, x float64) []byte {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(x)))
	},
	"<f2": func(b []byte, x float64) []byte { return binary.LittleEndian.AppendUint16(b, half(x)) },
	"<i8": func(b []byte, x float64) []byte { return binary.LittleEndian.AppendUint64(b, uint64(int64(x))) },
	"|u1": func(b []byte, x float64) []byte { return append(b, uint8(x)) },
}

// half is a float16 towards zero, and 0 where that would be subnormal.
func half(x float64) uint16 {
	bits := math.Float32bits(float32(x))
	sign, exp := uint16(bits>>16)&0x8000, int(bits>>23&0xff)-127+15
	switch {
	case exp <= 0:
		return sign
	case exp >= 31:
		return sign | 0x7bff // the greatest
	}
	return sign | uint16(exp)<<10 | uint16(bits>>13&0x3ff)
}
