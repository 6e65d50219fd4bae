package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func label(name string, i, j int) string { return fmt.Sprintf("%s%d%d", name, i, j) }

// largest writes the maximum over a window of pixels, of a register of channels at
// a time. VMAXPS returns its second number where one is not a number: both orders
// joined by OR keep it.
func (f floats) largest() {
	build.TEXT("largest"+f.isa, attr.NOSPLIT, "func(y, x *float32, rowBytes, pixelBytes, h, w, channels int)")
	build.Pragma("noescape")
	y, x := pointer("y"), pointer("x")
	row := build.Load(build.Param("rowBytes"), build.GP64())
	pixel := build.Load(build.Param("pixelBytes"), build.GP64())
	n := build.Load(build.Param("channels"), build.GP64())
	build.Label("loop")
	most := f.vector()
	build.VMOVUPS(operand.Mem{Base: x}, most)
	line, at, i, j := build.GP64(), build.GP64(), build.GP64(), build.GP64()
	build.MOVQ(x, line)
	build.MOVQ(param("h"), i)
	build.Label("rows")
	build.MOVQ(line, at)
	build.MOVQ(param("w"), j)
	build.Label("columns")
	v, a, b := f.vector(), f.vector(), f.vector()
	build.VMOVUPS(operand.Mem{Base: at}, v)
	build.VMAXPS(v, most, a)
	build.VMAXPS(most, v, b)
	if f.isa == "AVX2" {
		build.VORPS(a, b, most)
	} else {
		build.VPORD(a, b, most)
	}
	build.ADDQ(pixel, at)
	build.DECQ(j)
	build.JNZ(operand.LabelRef("columns"))
	build.ADDQ(row, line)
	build.DECQ(i)
	build.JNZ(operand.LabelRef("rows"))
	build.VMOVUPS(most, operand.Mem{Base: y})
	f.lanes(n, x, y)
}

// planes writes the transposition of eight channels of pixels, whose number is a
// multiple of 8, into planes.
func planes() {
	build.TEXT("planesAVX2", attr.NOSPLIT, "func(dst *float32, planeBytes int, src *float32, pixelBytes, n int)")
	build.Pragma("noescape")
	dst, src := pointer("dst"), pointer("src")
	plane := build.Load(build.Param("planeBytes"), build.GP64())
	pixel := build.Load(build.Param("pixelBytes"), build.GP64())
	n := build.Load(build.Param("n"), build.GP64())
	plane3, pixel3 := build.GP64(), build.GP64()
	build.LEAQ(operand.Mem{Base: plane, Index: plane, Scale: 2}, plane3)
	build.LEAQ(operand.Mem{Base: pixel, Index: pixel, Scale: 2}, pixel3)
	four := func(p, by, by3 reg.Register) []operand.Mem {
		return []operand.Mem{{Base: p}, {Base: p, Index: by, Scale: 1}, {Base: p, Index: by, Scale: 2}, {Base: p, Index: by3, Scale: 1}}
	}
	build.Label("loop")
	later, below := build.GP64(), build.GP64()
	build.LEAQ(operand.Mem{Base: src, Index: pixel, Scale: 4}, later)
	build.LEAQ(operand.Mem{Base: dst, Index: plane, Scale: 4}, below)
	from, rest := four(src, pixel, pixel3), four(later, pixel, pixel3)
	for half, to := range [][]operand.Mem{four(dst, plane, plane3), four(below, plane, plane3)} {
		var q [4]reg.VecVirtual // four channels of pixels i and i + 4
		for i := range q {
			q[i] = build.YMM()
			build.VMOVUPS(from[i].Offset(16*half), q[i].AsX())
			build.VINSERTF128(operand.U8(1), rest[i].Offset(16*half), q[i], q[i])
		}
		var pairs [2][2]reg.VecVirtual // channels 0 and 1, 2 and 3 of pixels 0 and 1, 2 and 3
		for i := range 2 {
			pairs[0][i], pairs[1][i] = build.YMM(), build.YMM()
			build.VUNPCKLPS(q[2*i+1], q[2*i], pairs[0][i])
			build.VUNPCKHPS(q[2*i+1], q[2*i], pairs[1][i])
		}
		for i, pair := range pairs {
			for j, order := range []uint8{0x44, 0xee} {
				column := build.YMM()
				build.VSHUFPS(operand.U8(order), pair[1], pair[0], column)
				build.VMOVUPS(column, to[2*i+j])
			}
		}
	}
	build.ADDQ(operand.U8(32), dst)
	build.LEAQ(operand.Mem{Base: src, Index: pixel, Scale: 8}, src)
	build.SUBQ(operand.U8(8), n)
	build.JNZ(operand.LabelRef("loop"))
	build.VZEROUPPER()
	build.RET()
}
