package vec

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// convertSizes lists the element types with their bytes.
var convertSizes = map[string]int{
	"bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "float16": 2, "bfloat16": 2,
	"int32": 4, "uint32": 4, "float32": 4, "int64": 8, "uint64": 8, "float64": 8,
}

// slowConvert is the plain definition, from the bits of a big-endian word.
func slowConvert(dtype string, x uint64) float64 {
	switch dtype {
	case "bool":
		return float64(min(x, 1))
	case "int8":
		return float64(int8(x))
	case "int16":
		return float64(int16(x))
	case "int32":
		return float64(int32(x))
	case "int64":
		return float64(int64(x))
	case "uint8", "uint16", "uint32", "uint64":
		return float64(x)
	case "float32":
		return float64(math.Float32frombits(uint32(x)))
	case "bfloat16":
		return float64(math.Float32frombits(uint32(x) << 16))
	case "float64":
		return math.Float64frombits(x)
	}
	sign := 1.0
	if x&0x8000 != 0 {
		sign = -1
	}
	e, m := int(x>>10&31), float64(x&1023)
	switch {
	case e == 31 && m == 0:
		return sign * math.Inf(1)
	case e == 31:
		return math.NaN()
	case e == 0:
		return sign * math.Ldexp(m, -24)
	}
	return sign * math.Ldexp(1024+m, e-25)
}

func TestConverter(t *testing.T) {
	for dtype, size := range convertSizes {
		for _, big := range []bool{false, true} {
			for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 1000, 65536} {
				src := make([]byte, n*size)
				want := make([]float64, n)
				for i := range n {
					x := uint64(i)*0x9e3779b97f4a7c15 + 0x7c00
					if size <= 2 {
						x = uint64(i)
					}
					var word [8]byte
					binary.BigEndian.PutUint64(word[:], x)
					cell := word[8-size:]
					x &= 1<<(8*size) - 1 | -uint64(size/8)
					want[i] = slowConvert(dtype, x)
					if !big {
						slices.Reverse(cell)
					}
					copy(src[i*size:], cell)
				}
				got := make([]float64, n)
				lo, hi := Converter(dtype, big)(got, append(src, 1, 2, 3))
				known := n >= 1000 && !big && dtype != "float64" && conversionVec(dtype) != nil && !slices.ContainsFunc(want, math.IsNaN)
				if known || lo == lo {
					least, most := slices.Min(want), slices.Max(want)
					if strings.Contains(dtype, "float") {
						least, most = min(least, 0), max(most, 0)
					}
					if lo != least || hi != most {
						t.Fatalf("%s big %v: %d numbers: got bounds %g and %g, want %g and %g", dtype, big, n, lo, hi, least, most)
					}
				}
				for i := range want {
					same := math.Float64bits(got[i]) == math.Float64bits(want[i])
					if !same && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
						t.Fatalf("%s big %v: element %d of %d: got %v, want %v", dtype, big, i, n, got[i], want[i])
					}
				}
			}
		}
	}
	for _, dtype := range []string{"", "complex64", "float8"} {
		if Converter(dtype, false) != nil || Converter(dtype, true) != nil {
			t.Errorf("got a converter for %q, want nil", dtype)
		}
	}
}

// 64-bit integers round once, to nearest even.
func TestConverterRounding(t *testing.T) {
	var x []uint64
	for k := range 64 {
		for d := range uint64(5) {
			x = append(x, 1<<k+d-2, -(1<<k + d - 2), 1<<k|1<<max(k-53, 0)*d, 3<<k+d-2)
		}
	}
	for len(x)%16 != 0 {
		x = append(x, 0)
	}
	src := make([]byte, 8*len(x))
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for i, v := range x {
			order.PutUint64(src[8*i:], v)
		}
		big := order == binary.ByteOrder(binary.BigEndian)
		signed, unsigned := make([]float64, len(x)), make([]float64, len(x))
		Converter("int64", big)(signed, src)
		Converter("uint64", big)(unsigned, src)
		for i, v := range x {
			if !same(signed[i], float64(int64(v))) || !same(unsigned[i], float64(v)) {
				t.Errorf("%v, %#x: got %g and %g", order, v, signed[i], unsigned[i])
			}
		}
	}
}

func BenchmarkConverter(b *testing.B) {
	const n = 8192
	dst := make([]float64, n)
	for _, dtype := range []string{"bool", "uint8", "int16", "int32", "int64", "uint64", "float16", "bfloat16", "float32", "float64"} {
		for _, big := range []bool{false, true} {
			src := make([]byte, n*convertSizes[dtype])
			for i := range src {
				src[i] = byte(i) & 0x3f
			}
			convert := Converter(dtype, big)
			b.Run(fmt.Sprintf("%s/big=%v", dtype, big), func(b *testing.B) {
				b.SetBytes(int64(len(src)))
				for b.Loop() {
					convert(dst, src)
				}
			})
		}
	}
}

func TestWiden(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 50 {
		x, got := matrix[float32](r, 1, n, true), make([]float64, n+1)
		Widen(got, x)
		for i, v := range x {
			if !same(got[i], float64(v)) {
				t.Fatalf("%d numbers: %g at %d, want %g", n, got[i], i, v)
			}
		}
		if got[n] != 0 {
			t.Fatalf("%d numbers: wrote beyond", n)
		}
	}
}

// Bounds of floats hold whatever their signs, and a NaN anywhere is no bound.
func TestConverterBounds(t *testing.T) {
	convert := Converter("float32", false)
	src, dst := make([]byte, 4*1003), make([]float64, 1003)
	for _, x := range [][]float32{
		{1, 2, 3}, {-1, -2, -3}, {-1e-40, 2, -3, 1e30}, {0, float32(math.Copysign(0, -1))}, {float32(math.Inf(1)), 1}, {float32(math.Inf(-1)), 1},
	} {
		lo, hi := 0.0, 0.0
		for i := range dst {
			v := x[i*i%len(x)]
			lo, hi = min(lo, float64(v)), max(hi, float64(v))
			binary.LittleEndian.PutUint32(src[4*i:], math.Float32bits(v))
		}
		if l, h := convert(dst, src); l == l && (l != lo || h != hi) {
			t.Errorf("%g: got bounds %g and %g, want %g and %g", x, l, h, lo, hi)
		}
		for i := range dst {
			for _, nan := range []uint32{0x7fc00000, 0xffc00001, 0x7f800001} {
				was := binary.LittleEndian.Uint32(src[4*i:])
				binary.LittleEndian.PutUint32(src[4*i:], nan)
				if l, h := convert(dst, src); l == l || h == h {
					t.Fatalf("NaN %#x at %d: got bounds %g and %g, want NaN", nan, i, l, h)
				}
				binary.LittleEndian.PutUint32(src[4*i:], was)
			}
		}
	}
}
