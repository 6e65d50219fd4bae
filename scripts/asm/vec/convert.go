package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// conversions writes the functions of convert.go: four numbers are read, widened
// and written. The big-endian ones put the bytes in order first. AVX2 is enough:
// they wait for memory.
func conversions() {
	bool1 := func(m operand.Mem) reg.VecVirtual {
		x := build.XMM()
		build.VPMOVZXBD(m, x)
		build.VPMINUD(words(1), x, x)
		return wide(build.VCVTDQ2PD, x)
	}
	float16 := func(src operand.Op) reg.VecVirtual {
		x := build.XMM()
		build.VCVTPH2PS(src, x)
		return wide(build.VCVTPS2PD, x)
	}
	bfloat16 := func(m operand.Mem) reg.VecVirtual {
		x := build.XMM()
		build.VPMOVZXWD(m, x)
		build.VPSLLD(operand.U8(16), x, x)
		return wide(build.VCVTPS2PD, x)
	}
	from := func(f func(...operand.Op)) func(src operand.Op) reg.VecVirtual {
		return func(src operand.Op) reg.VecVirtual { return wide(f, src) }
	}
	signed := func(x operand.Op) reg.VecVirtual {
		build.VPSRAD(operand.U8(16), x, x)
		return wide(build.VCVTDQ2PD, x)
	}
	bounded("Bool", 1, build.VPMINUB, build.VPMAXUB, bool1)
	bounded("Int8", 1, build.VPMINSB, build.VPMAXSB, widened(build.VPMOVSXBD))
	bounded("Uint8", 1, build.VPMINUB, build.VPMAXUB, widened(build.VPMOVZXBD))
	bounded("Int16", 2, build.VPMINSW, build.VPMAXSW, widened(build.VPMOVSXWD))
	bounded("Uint16", 2, build.VPMINUW, build.VPMAXUW, widened(build.VPMOVZXWD))
	bounded("Float16", 2, build.VPMAXUW, build.VPMAXSW, func(m operand.Mem) reg.VecVirtual { return float16(m) })
	bounded("Bfloat16", 2, build.VPMAXUW, build.VPMAXSW, bfloat16)
	bounded("Int32", 4, build.VPMINSD, build.VPMAXSD, func(m operand.Mem) reg.VecVirtual { return wide(build.VCVTDQ2PD, m) })
	bounded("Uint32", 4, build.VPMINUD, build.VPMAXUD, func(m operand.Mem) reg.VecVirtual { return fromUint32(m) })
	bounded("Float32", 4, build.VPMAXUD, build.VPMAXSD, func(m operand.Mem) reg.VecVirtual { return wide(build.VCVTPS2PD, m) })
	bounded("Int64", 8, build.VMINPD, build.VMAXPD, func(m operand.Mem) reg.VecVirtual { return fromInt64(wide(move, m)) })
	bounded("Uint64", 8, build.VMINPD, build.VMAXPD, func(m operand.Mem) reg.VecVirtual { return fromUint64(wide(move, m)) })
	loop("BigInt16", 2, ordered("high16", signed))
	loop("BigUint16", 2, ordered("low16", from(build.VCVTDQ2PD)))
	loop("BigFloat16", 2, ordered("swap16", float16))
	loop("BigBfloat16", 2, ordered("high16", from(build.VCVTPS2PD)))
	loop("BigInt32", 4, ordered("swap32", from(build.VCVTDQ2PD)))
	loop("BigUint32", 4, ordered("swap32", fromUint32))
	loop("BigFloat32", 4, ordered("swap32", from(build.VCVTPS2PD)))
	loop("BigInt64", 8, func(m operand.Mem) reg.VecVirtual { return fromInt64(swapped(m)) })
	loop("BigUint64", 8, func(m operand.Mem) reg.VecVirtual { return fromUint64(swapped(m)) })
	loop("BigFloat64", 8, swapped)
}

// orders are for VPSHUFB: which byte goes where, −1 for 0. low16 and high16 make
// words of four numbers of 16 bits, in their low or high half.
var orders = map[string][16]int{
	"low16":  {1, 0, -1, -1, 3, 2, -1, -1, 5, 4, -1, -1, 7, 6, -1, -1},
	"high16": {-1, -1, 1, 0, -1, -1, 3, 2, -1, -1, 5, 4, -1, -1, 7, 6},
	"swap16": {1, 0, 3, 2, 5, 4, 7, 6, -1, -1, -1, -1, -1, -1, -1, -1},
	"swap32": {3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12},
	"swap64": {7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8},
}

// ordered puts the bytes of four numbers of 16 or 32 bits in order.
func ordered(order string, rest func(x operand.Op) reg.VecVirtual) func(m operand.Mem) reg.VecVirtual {
	return func(m operand.Mem) reg.VecVirtual {
		x := build.XMM()
		if order == "swap32" {
			build.VMOVDQU(m, x)
		} else {
			build.VMOVQ(m, x)
		}
		build.VPSHUFB(bytes(order), x, x)
		return rest(x)
	}
}

// swapped reads four numbers of 64 bits.
func swapped(m operand.Mem) reg.VecVirtual {
	y := wide(move, m)
	build.VPSHUFB(bytes("swap64"), y, y)
	return y
}

func move(o ...operand.Op) { build.VMOVDQU(o[0], o[1]) }

// wide returns what f makes of src in a register of 32 bytes.
func wide(f func(...operand.Op), src operand.Op) reg.VecVirtual {
	y := build.YMM()
	f(src, y)
	return y
}

// widened converts integers that f makes words of.
func widened(f func(...operand.Op)) func(m operand.Mem) reg.VecVirtual {
	return func(m operand.Mem) reg.VecVirtual {
		x := build.XMM()
		f(m, x)
		return wide(build.VCVTDQ2PD, x)
	}
}

// fromUint32 converts integers below 2^32: they are the low bits of 2^52 + x.
func fromUint32(src operand.Op) reg.VecVirtual {
	y := wide(build.VPMOVZXDQ, src)
	build.VPOR(quads(0x1p52), y, y)
	build.VSUBPD(quads(0x1p52), y, y)
	return y
}

// fromInt64 makes H·2^48 − 2^52 and 2^52 + L of x = H·2^48 + L, H with the sign,
// and adds, which rounds once.
func fromInt64(y reg.VecVirtual) reg.VecVirtual {
	h, zero := build.YMM(), build.YMM()
	build.VPXOR(zero, zero, zero)
	build.VPSRAD(operand.U8(16), y, h)
	build.VPBLENDW(operand.U8(0x33), zero, h, h)
	build.VPADDQ(quads(3*0x1p67), h, h)
	build.VPBLENDW(operand.U8(0x88), quads(0x1p52), y, y)
	build.VSUBPD(quads(3*0x1p67+0x1p52), h, h)
	build.VADDPD(h, y, y)
	return y
}

// fromUint64 does so with x = H·2^32 + L.
func fromUint64(y reg.VecVirtual) reg.VecVirtual {
	h := build.YMM()
	build.VPSRLQ(operand.U8(32), y, h)
	build.VPOR(quads(0x1p84), h, h)
	build.VPBLENDD(operand.U8(0xaa), quads(0x1p52), y, y)
	build.VSUBPD(quads(0x1p84+0x1p52), h, h)
	build.VADDPD(h, y, y)
	return y
}

// loop writes a conversion of n numbers, a multiple of 16.
func loop(name string, size int, four func(m operand.Mem) reg.VecVirtual) {
	bounded(name, size, nil, nil, four)
}

type compare = func(...operand.Op)

// bounded is loop that finds the least and the greatest number, in lanes as they
// are stored; those of 64 bits as they are converted. The bits of floats are
// compared as integers: the greatest unsigned one is the least number, and the
// greatest signed one the greatest number, where there is one below 0, or above.
func bounded(name string, size int, least, most compare, four func(m operand.Mem) reg.VecVirtual) {
	build.TEXT("convert"+name+"AVX2", attr.NOSPLIT, "func(dst *float64, src *byte, n int) (bounds [64]byte)")
	build.Pragma("noescape")
	dst := build.Load(build.Param("dst"), build.GP64())
	src := build.Load(build.Param("src"), build.GP64())
	n := build.Load(build.Param("n"), build.GP64())
	stored := func(i int) reg.VecVirtual {
		m := operand.Mem{Base: src, Disp: 32 * i}
		switch size {
		case 1: // there are 16 bytes
			return wide(func(o ...operand.Op) { build.VBROADCASTI128(o[0], o[1]) }, m)
		case 8:
			return four(m)
		}
		return wide(move, m)
	}
	lo, hi := build.YMM(), build.YMM()
	if least != nil {
		first := stored(0)
		build.VMOVDQA(first, lo)
		build.VMOVDQA(first, hi)
	}
	build.Label("loop")
	var converted []reg.VecVirtual
	for i := range 4 {
		y := four(operand.Mem{Base: src, Disp: 4 * i * size})
		build.VMOVUPD(y, operand.Mem{Base: dst, Disp: 32 * i})
		converted = append(converted, y)
	}
	switch {
	case least == nil:
	case size == 8:
		join(least, converted, lo)
		join(most, converted, hi)
	default:
		for i := range (size + 1) / 2 {
			x := stored(i)
			least(x, lo, lo)
			most(x, hi, hi)
		}
	}
	build.ADDQ(immediate(16*size), src)
	build.ADDQ(immediate(128), dst)
	build.SUBQ(immediate(16), n)
	build.JNZ(operand.LabelRef("loop"))
	if least != nil {
		first, err := build.ReturnIndex(0).Index(0).Resolve()
		if err != nil {
			panic(err)
		}
		bounds := build.GP64()
		build.LEAQ(first.Addr, bounds)
		build.VMOVDQU(lo, operand.Mem{Base: bounds})
		build.VMOVDQU(hi, operand.Mem{Base: bounds, Disp: 32})
	}
	build.VZEROUPPER()
	build.RET()
}

// join sets to to what f makes of it and the four of y, so that one does not
// wait for the other.
func join(f compare, y []reg.VecVirtual, to reg.VecVirtual) {
	a, b := build.YMM(), build.YMM()
	f(y[0], y[1], a)
	f(y[2], y[3], b)
	f(a, b, a)
	f(a, to, to)
}

func immediate(n int) operand.Op {
	if n < 128 {
		return operand.U8(uint8(n))
	}
	return operand.U32(uint32(n))
}

// bytes returns an order, in both halves of 32 bytes.
func bytes(order string) operand.Mem {
	return constant(order, func(i int) operand.Constant { return operand.U8(uint8(orders[order][i%16])) }, 1)
}

func words(x uint32) operand.Mem {
	return constant(fmt.Sprintf("d%08x", x), func(int) operand.Constant { return operand.U32(x) }, 4)
}

func quads(x float64) operand.Mem {
	return constant(fmt.Sprintf("q%016x", math.Float64bits(x)), func(int) operand.Constant { return operand.U64(math.Float64bits(x)) }, 8)
}

var constants = map[string]operand.Mem{}

func constant(name string, value func(i int) operand.Constant, size int) operand.Mem {
	m, ok := constants[name]
	if !ok {
		m = build.GLOBL(name, attr.RODATA|attr.NOPTR)
		for i := range 32 / size {
			build.DATA(i*size, value(i))
		}
		constants[name] = m
	}
	return m
}
