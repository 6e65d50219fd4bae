package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// range32 writes the loop of Range32: n is a multiple of 32 above 0, and lo and hi
// get eight lanes each. AVX2 is enough: it waits for memory.
func range32() {
	build.TEXT("range32AVX2", attr.NOSPLIT, "func(x *float32, n int, lo, hi *[8]float32)")
	build.Pragma("noescape")
	x := build.Load(build.Param("x"), build.GP64())
	n := build.Load(build.Param("n"), build.GP64())
	var lo, hi [4]reg.VecVirtual
	for i := range lo {
		lo[i], hi[i] = build.YMM(), build.YMM()
		build.VMOVUPS(operand.Mem{Base: x, Disp: 32 * i}, lo[i])
		build.VMOVAPS(lo[i], hi[i])
	}
	build.Label("loop")
	build.SUBQ(operand.U8(32), n)
	build.JZ(operand.LabelRef("done"))
	build.ADDQ(immediate(128), x)
	for i := range lo {
		v := build.YMM()
		build.VMOVUPS(operand.Mem{Base: x, Disp: 32 * i}, v)
		build.VMINPS(v, lo[i], lo[i])
		build.VMAXPS(v, hi[i], hi[i])
	}
	build.JMP(operand.LabelRef("loop"))
	build.Label("done")
	join := func(to string, l [4]reg.VecVirtual, f func(...operand.Op)) {
		f(l[1], l[0], l[0])
		f(l[3], l[2], l[2])
		f(l[2], l[0], l[0])
		build.VMOVUPS(l[0], operand.Mem{Base: build.Load(build.Param(to), build.GP64())})
	}
	join("lo", lo, build.VMINPS)
	join("hi", hi, build.VMAXPS)
	build.VZEROUPPER()
	build.RET()
}
