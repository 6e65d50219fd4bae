package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// transpose writes the transposition of a tile whose sides are multiples of
// four, in blocks of 4 × 4 that go down the rows. Zen 1 has no fast permutation
// across halves of a register, so the halves are loaded apart.
func transpose() {
	build.TEXT("transposeAVX2", attr.NOSPLIT, "func(dst, src *float64, rows, cols, dstStride, srcStride int)")
	build.Pragma("noescape")
	dst := build.Load(build.Param("dst"), build.GP64())
	src := build.Load(build.Param("src"), build.GP64())
	rows := build.Load(build.Param("rows"), build.GP64())
	cols := build.Load(build.Param("cols"), build.GP64())
	to := build.Load(build.Param("dstStride"), build.GP64())
	from := build.Load(build.Param("srcStride"), build.GP64())
	build.SHLQ(operand.U8(3), to)
	build.SHLQ(operand.U8(3), from)
	to3, from3 := build.GP64(), build.GP64()
	build.LEAQ(operand.Mem{Base: to, Index: to, Scale: 2}, to3)
	build.LEAQ(operand.Mem{Base: from, Index: from, Scale: 2}, from3)

	build.Label("columns")
	d, s, n := build.GP64(), build.GP64(), build.GP64()
	build.MOVQ(dst, d)
	build.MOVQ(src, s)
	build.MOVQ(rows, n)
	build.Label("rows")
	row := []operand.Mem{{Base: s}, {Base: s, Index: from, Scale: 1}, {Base: s, Index: from, Scale: 2}, {Base: s, Index: from3, Scale: 1}}
	column := []operand.Mem{{Base: d}, {Base: d, Index: to, Scale: 1}, {Base: d, Index: to, Scale: 2}, {Base: d, Index: to3, Scale: 1}}
	for pair := range 2 { // two columns
		even, odd := build.YMM(), build.YMM()
		build.VMOVUPD(row[0].Offset(16*pair), even.AsX())
		build.VINSERTF128(operand.U8(1), row[2].Offset(16*pair), even, even)
		build.VMOVUPD(row[1].Offset(16*pair), odd.AsX())
		build.VINSERTF128(operand.U8(1), row[3].Offset(16*pair), odd, odd)
		low, high := build.YMM(), build.YMM()
		build.VUNPCKLPD(odd, even, low)
		build.VUNPCKHPD(odd, even, high)
		build.VMOVUPD(low, column[2*pair])
		build.VMOVUPD(high, column[2*pair+1])
	}
	build.ADDQ(operand.U8(32), d)
	build.LEAQ(operand.Mem{Base: s, Index: from, Scale: 4}, s)
	build.SUBQ(operand.U8(4), n)
	build.JNZ(operand.LabelRef("rows"))
	build.ADDQ(operand.U8(32), src)
	build.LEAQ(operand.Mem{Base: dst, Index: to, Scale: 4}, dst)
	build.SUBQ(operand.U8(4), cols)
	build.JNZ(operand.LabelRef("columns"))
	build.VZEROUPPER()
	build.RET()
}
