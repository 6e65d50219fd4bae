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

// planes writes the transposition of pixels, eight at a time, into planes of
// channels, whose number is a multiple of 8.
func planes() {
	build.TEXT("planesAVX2", attr.NOSPLIT, "func(dst *float32, planeBytes int, src *float32, pixelBytes, channels int)")
	build.Pragma("noescape")
	dst, src := pointer("dst"), pointer("src")
	plane := build.Load(build.Param("planeBytes"), build.GP64())
	pixel := build.Load(build.Param("pixelBytes"), build.GP64())
	n := build.Load(build.Param("channels"), build.GP64())
	build.Label("loop")
	at := build.GP64()
	build.MOVQ(src, at)
	var r [8]reg.VecVirtual // half i/4 of pixels i%4 and i%4 + 4
	for i := range 8 {
		r[i] = build.YMM()
	}
	for k := range 8 {
		for half := range 2 {
			m := operand.Mem{Base: at, Disp: 16 * half}
			if to := r[4*half+k%4]; k < 4 {
				build.VMOVUPS(m, to.AsX())
			} else {
				build.VINSERTF128(operand.U8(1), m, to, to)
			}
		}
		if k < 7 {
			build.ADDQ(pixel, at)
		}
	}
	build.MOVQ(dst, at)
	for half := range 2 {
		q := r[4*half:]
		var low, high [2]reg.VecVirtual // of pixels 0 and 1, 2 and 3
		for i := range 2 {
			low[i], high[i] = build.YMM(), build.YMM()
			build.VUNPCKLPS(q[2*i+1], q[2*i], low[i])
			build.VUNPCKHPS(q[2*i+1], q[2*i], high[i])
		}
		for i, pair := range [][2]reg.VecVirtual{low, high} {
			for j, order := range []uint8{0x44, 0xee} {
				column := build.YMM()
				build.VSHUFPS(operand.U8(order), pair[1], pair[0], column)
				build.VMOVUPS(column, operand.Mem{Base: at})
				if 4*half+2*i+j < 7 {
					build.ADDQ(plane, at)
				}
			}
		}
	}
	build.ADDQ(operand.U8(32), src)
	build.LEAQ(operand.Mem{Base: dst, Index: plane, Scale: 8}, dst)
	build.SUBQ(operand.U8(8), n)
	build.JNZ(operand.LabelRef("loop"))
	build.VZEROUPPER()
	build.RET()
}
