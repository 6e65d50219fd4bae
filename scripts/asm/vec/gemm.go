package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A kernel multiplies a panel of rows with one of columns: c, a tile of
// rows × (regs registers), is continued by k products, each fused with its sum.
// Columns come packed, or line by line from b plus an offset of their own.
type kernel struct {
	isa                             string
	bits, rows, regs                int // of a number; of the tile
	vector                          func() reg.VecVirtual
	move, broadcast, fma, fmaScalar func(...operand.Op) // fmaScalar repeats its number of memory
}

func kernels() {
	ymm := func() reg.VecVirtual { return build.YMM() }
	zmm := func() reg.VecVirtual { return build.ZMM() }
	for _, k := range []kernel{
		{"AVX2", 32, 6, 2, ymm, build.VMOVUPS, build.VBROADCASTSS, build.VFMADD231PS, nil},
		{"AVX2", 64, 6, 2, ymm, build.VMOVUPD, build.VBROADCASTSD, build.VFMADD231PD, nil},
		{"AVX512", 32, 12, 2, zmm, build.VMOVUPS, nil, build.VFMADD231PS, build.VFMADD231PS_BCST},
		{"AVX512", 64, 12, 2, zmm, build.VMOVUPD, nil, build.VFMADD231PD, build.VFMADD231PD_BCST},
	} {
		k.write(false)
		if k.bits == 32 {
			k.write(true)
		}
	}
}

func (k kernel) write(shifted bool) {
	if shifted {
		build.TEXT(fmt.Sprintf("shifted%d%s", k.bits, k.isa), attr.NOSPLIT, fmt.Sprintf("func(k int, a, b *float%d, offsets *int, c *float%[1]d, ldc int)", k.bits))
	} else {
		build.TEXT(fmt.Sprintf("gemm%d%s", k.bits, k.isa), attr.NOSPLIT, fmt.Sprintf("func(k int, a, b, c *float%d, ldc int)", k.bits))
	}
	build.Pragma("noescape")
	n := build.Load(build.Param("k"), build.GP64())
	a := build.Load(build.Param("a"), build.GP64())
	b := build.Load(build.Param("b"), build.GP64())
	c := build.Load(build.Param("c"), build.GP64())
	ldc := build.Load(build.Param("ldc"), build.GP64())
	var offsets, at reg.Register
	if shifted {
		offsets, at = build.Load(build.Param("offsets"), build.GP64()), build.GP64()
	}
	size := k.bits / 8
	width := 32
	if k.isa == "AVX512" {
		width = 64
	}
	build.SHLQ(operand.U8(map[int]uint8{4: 2, 8: 3}[size]), ldc)
	acc := make([][]reg.VecVirtual, k.rows)
	line := build.GP64()
	each := func(f func(r reg.VecVirtual, m operand.Mem)) {
		build.MOVQ(c, line)
		for i := range acc {
			for j := range acc[i] {
				f(acc[i][j], operand.Mem{Base: line, Disp: j * width})
			}
			if i+1 < len(acc) {
				build.ADDQ(ldc, line)
			}
		}
	}
	for i := range acc {
		for range k.regs {
			acc[i] = append(acc[i], k.vector())
		}
	}
	each(func(r reg.VecVirtual, m operand.Mem) { k.move(m, r) })
	build.Label("loop")
	var columns []reg.VecVirtual
	if shifted {
		build.MOVQ(operand.Mem{Base: offsets}, at)
	}
	for j := range k.regs {
		r := k.vector()
		m := operand.Mem{Base: b, Disp: j * width}
		if shifted {
			m.Index, m.Scale = at, uint8(size)
		}
		k.move(m, r)
		columns = append(columns, r)
	}
	for i := range acc {
		m := operand.Mem{Base: a, Disp: i * size}
		if k.fmaScalar != nil {
			for j, r := range columns {
				k.fmaScalar(m, r, acc[i][j])
			}
			continue
		}
		s := k.vector()
		k.broadcast(m, s)
		for j, r := range columns {
			k.fma(s, r, acc[i][j])
		}
	}
	build.ADDQ(immediate(k.rows*size), a)
	if shifted {
		build.ADDQ(immediate(8), offsets)
	} else {
		build.ADDQ(immediate(k.regs*width), b)
	}
	build.DECQ(n)
	build.JNZ(operand.LabelRef("loop"))
	each(func(r reg.VecVirtual, m operand.Mem) { k.move(r, m) })
	build.VZEROUPPER()
	build.RET()
}
