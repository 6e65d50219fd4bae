package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// floats is an instruction set for float32.
type floats struct {
	isa    string
	bytes  int // of a register
	vector func() reg.VecVirtual
}

var bothFloats = []floats{
	{"AVX2", 32, func() reg.VecVirtual { return build.YMM() }},
	{"AVX512", 64, func() reg.VecVirtual { return build.ZMM() }},
}

// numbers are the constants of float32, by their value.
var numbers = map[float64]operand.Mem{}

// all is a register with x in all lanes.
func (f floats) all(x float64) reg.VecVirtual {
	m, ok := numbers[x]
	if !ok {
		bits := math.Float32bits(float32(x))
		m = build.GLOBL(fmt.Sprintf("s%08x", bits), attr.RODATA|attr.NOPTR)
		build.DATA(0, operand.U32(bits))
		numbers[x] = m
	}
	r := f.vector()
	build.VBROADCASTSS(m, r)
	return r
}

func param(name string) operand.Mem {
	c, err := build.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return c.Addr
}

func pointer(name string) reg.GPVirtual {
	return build.Load(build.Param(name), build.GP64()).(reg.GPVirtual)
}

// products writes the kernels of Right: rows at places of their own, times a panel
// of so many registers of columns.
func products() {
	for _, f := range bothFloats {
		for _, rows := range map[string][]int{"AVX2": {6, 2}, "AVX512": {12, 4}}[f.isa] {
			for regs := 64 / f.bytes; regs <= 2; regs++ {
				f.product(rows, regs)
			}
		}
	}
}

// product keeps the pointers of all rows of a tile, one past the end of their
// stretch, in registers; i counts from −n to 0. Parameters that end in Bytes are
// counted in bytes. The panel is fetched before it is needed: a small one comes from
// far away, and is no longer than what the processor takes to notice.
func (f floats) product(rows, regs int) {
	build.TEXT(fmt.Sprintf("right%dx%d%s", rows, regs, f.isa), attr.NOSPLIT,
		"func(tiles int, a *float32, from *int, runs, n, jumpBytes int, b, c *float32, to *int, start *float32, ramp int)")
	build.Pragma("noescape")
	left := build.AllocLocal(8)
	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		for range regs {
			acc[i] = append(acc[i], f.vector())
		}
	}
	// lines calls do with the numbers of c.
	lines := func(do func(r reg.VecVirtual, m operand.Mem)) {
		c, to, line := pointer("c"), pointer("to"), build.GP64()
		for i := range acc {
			build.MOVQ(operand.Mem{Base: to, Disp: 8 * i}, line)
			for j, r := range acc[i] {
				do(r, operand.Mem{Base: c, Index: line, Scale: 4, Disp: j * f.bytes})
			}
		}
	}
	build.Label("tile")
	start := pointer("start")
	build.TESTQ(start, start)
	build.JZ(operand.LabelRef("continue"))
	for j := range regs {
		build.VMOVUPS(operand.Mem{Base: start, Disp: j * f.bytes}, acc[0][j])
		for i := 1; i < rows; i++ {
			build.VMOVAPS(acc[0][j], acc[i][j])
		}
	}
	build.JMP(operand.LabelRef("begin"))
	build.Label("continue")
	lines(func(r reg.VecVirtual, m operand.Mem) { build.VMOVUPS(m, r) })
	build.Label("begin")

	count := build.GP64()
	build.MOVQ(param("runs"), count)
	build.MOVQ(count, left)
	a, from := pointer("a"), pointer("from")
	n := build.Load(build.Param("n"), build.GP64())
	build.LEAQ(operand.Mem{Base: a, Index: n, Scale: 4}, a)
	row := make([]reg.GPVirtual, rows)
	for i := range row {
		row[i] = build.GP64()
		build.MOVQ(operand.Mem{Base: from, Disp: 8 * i}, row[i])
		build.LEAQ(operand.Mem{Base: a, Index: row[i], Scale: 4}, row[i])
	}
	b, i := pointer("b"), build.GP64()
	build.Label("run")
	build.MOVQ(param("n"), i)
	build.NEGQ(i)
	build.Label("loop")
	columns := make([]reg.VecVirtual, regs)
	for j := range columns {
		columns[j] = f.vector()
		build.VMOVUPS(operand.Mem{Base: b, Disp: j * f.bytes}, columns[j])
	}
	for k := range acc {
		s := f.vector()
		build.VBROADCASTSS(operand.Mem{Base: row[k], Index: i, Scale: 4}, s)
		for j, r := range columns {
			build.VFMADD231PS(s, r, acc[k][j])
		}
	}
	for j := range regs {
		build.PREFETCHT0(operand.Mem{Base: b, Disp: 24*64 + j*f.bytes})
	}
	build.ADDQ(immediate(regs*f.bytes), b)
	build.INCQ(i)
	build.JNZ(operand.LabelRef("loop"))
	build.DECQ(left)
	build.JZ(operand.LabelRef("end"))
	for _, r := range row {
		build.ADDQ(param("jumpBytes"), r)
	}
	build.JMP(operand.LabelRef("run"))

	build.Label("end")
	ramp := build.Load(build.Param("ramp"), build.GP64())
	build.TESTQ(ramp, ramp)
	build.JZ(operand.LabelRef("store"))
	zero := f.all(0)
	for i := range acc {
		for _, r := range acc[i] {
			build.VMAXPS(r, zero, r)
		}
	}
	build.Label("store")
	lines(func(r reg.VecVirtual, m operand.Mem) { build.VMOVUPS(r, m) })
	build.ADDQ(immediate(8*rows), param("from"))
	build.ADDQ(immediate(8*rows), param("to"))
	build.DECQ(param("tiles"))
	build.JNZ(operand.LabelRef("tile"))
	build.VZEROUPPER()
	build.RET()
}
