package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograd writes the transformations of F(4×4, 3×3), of a register of channels at
// a time: internal/vec/winograd.go says what they compute.
func winograd() {
	for _, f := range bothFloats {
		f.winogradIn()
		f.winogradOut()
	}
}

const (
	near, far = 0.75, 1.5 // points ±near, ±far, besides 0 and ∞
	near2     = near * near
	far2      = far * far
)

func (f floats) copyOf(x reg.VecVirtual) reg.VecVirtual {
	r := f.vector()
	build.VMOVAPS(x, r)
	return r
}

// fma is a·b + c, fnma −a·b + c.
func (f floats) fma(a, b, c reg.VecVirtual) reg.VecVirtual {
	r := f.copyOf(c)
	build.VFMADD231PS(a, b, r)
	return r
}

func (f floats) fnma(a, b, c reg.VecVirtual) reg.VecVirtual {
	r := f.copyOf(c)
	build.VFNMADD231PS(a, b, r)
	return r
}

func (f floats) pair(do func(...operand.Op), a, b reg.VecVirtual) reg.VecVirtual {
	r := f.vector()
	do(b, a, r)
	return r
}

// lanes ends a loop over the channels.
func (f floats) lanes(n reg.Register, pointers ...reg.GPVirtual) {
	for _, p := range pointers {
		build.ADDQ(immediate(f.bytes), p)
	}
	build.SUBQ(immediate(f.bytes/4), n)
	build.JNZ(operand.LabelRef("loop"))
	build.VZEROUPPER()
	build.RET()
}

func (f floats) winogradIn() {
	build.TEXT("winogradIn"+f.isa, 0, "func(v *float32, apartBytes int, x *float32, rowBytes, pixelBytes, channels int)")
	build.Pragma("noescape")
	stack := build.AllocLocal(36*f.bytes + 64)
	local := build.GP64()
	build.LEAQ(stack.Offset(63), local)
	build.ANDQ(operand.I8(-64), local)
	v, x := pointer("v"), pointer("x")
	apart := build.Load(build.Param("apartBytes"), build.GP64())
	row := build.Load(build.Param("rowBytes"), build.GP64())
	pixel := build.Load(build.Param("pixelBytes"), build.GP64())
	n := build.Load(build.Param("channels"), build.GP64())
	ends, sum := f.all(near2*far2), f.all(near2+far2)
	p, q, p2, q2 := f.all(near), f.all(far), f.all(near2), f.all(far2)
	transform := func(d []reg.VecVirtual, store func(i int, r reg.VecVirtual)) {
		store(0, f.fma(ends, d[0], f.fnma(sum, d[2], d[4])))
		store(5, f.fma(ends, d[1], f.fnma(sum, d[3], d[5])))
		even, odd := f.fnma(q2, d[2], d[4]), f.fnma(q2, d[1], d[3])
		store(1, f.fma(p, odd, even))
		store(2, f.fnma(p, odd, even))
		even, odd = f.fnma(p2, d[2], d[4]), f.fnma(p2, d[1], d[3])
		store(3, f.fma(q, odd, even))
		store(4, f.fnma(q, odd, even))
	}
	read := func(m operand.Mem) reg.VecVirtual {
		r := f.vector()
		build.VMOVUPS(m, r)
		return r
	}
	build.Label("loop")
	column, at := build.GP64(), build.GP64()
	build.MOVQ(x, column)
	for j := range 6 {
		d := make([]reg.VecVirtual, 6)
		build.MOVQ(column, at)
		for i := range d {
			d[i] = read(operand.Mem{Base: at})
			build.ADDQ(row, at)
		}
		build.ADDQ(pixel, column)
		transform(d, func(i int, r reg.VecVirtual) {
			build.VMOVAPS(r, operand.Mem{Base: local, Disp: (6*i + j) * f.bytes})
		})
	}
	to, apart3, apart5 := build.GP64(), build.GP64(), build.GP64()
	build.MOVQ(v, to)
	build.LEAQ(operand.Mem{Base: apart, Index: apart, Scale: 2}, apart3)
	build.LEAQ(operand.Mem{Base: apart, Index: apart, Scale: 4}, apart5)
	places := []operand.Mem{
		{Base: to},
		{Base: to, Index: apart, Scale: 1},
		{Base: to, Index: apart, Scale: 2},
		{Base: to, Index: apart3, Scale: 1},
		{Base: to, Index: apart, Scale: 4},
		{Base: to, Index: apart5, Scale: 1},
	}
	for i := range 6 {
		d := make([]reg.VecVirtual, 6)
		for j := range d {
			d[j] = read(operand.Mem{Base: local, Disp: (6*i + j) * f.bytes})
		}
		transform(d, func(j int, r reg.VecVirtual) { build.VMOVUPS(r, places[j]) })
		if i < 5 {
			build.LEAQ(operand.Mem{Base: to, Index: apart3, Scale: 2}, to)
		}
	}
	f.lanes(n, x, v)
}

func (f floats) winogradOut() {
	build.TEXT("winogradOut"+f.isa, 0, "func(y *float32, rowBytes, pixelBytes int, m *float32, apartBytes int, start *float32, ramp, channels int)")
	build.Pragma("noescape")
	stack := build.AllocLocal(24*f.bytes + 64)
	local := build.GP64()
	build.LEAQ(stack.Offset(63), local)
	build.ANDQ(operand.I8(-64), local)
	y, m, start := pointer("y"), pointer("m"), pointer("start")
	row := build.Load(build.Param("rowBytes"), build.GP64())
	pixel := build.Load(build.Param("pixelBytes"), build.GP64())
	apart := build.Load(build.Param("apartBytes"), build.GP64())
	n := build.Load(build.Param("channels"), build.GP64())
	p, q, p2, q2 := f.all(near), f.all(far), f.all(near2), f.all(far2)
	p3, q3 := f.all(near*near2), f.all(far*far2)
	transform := func(d []reg.VecVirtual, store func(i int, r reg.VecVirtual)) {
		even, odd := f.pair(build.VADDPS, d[1], d[2]), f.pair(build.VSUBPS, d[1], d[2])
		even2, odd2 := f.pair(build.VADDPS, d[3], d[4]), f.pair(build.VSUBPS, d[3], d[4])
		store(0, f.pair(build.VADDPS, f.pair(build.VADDPS, d[0], even), even2))
		store(1, f.fma(q, odd2, f.pair(build.VMULPS, p, odd)))
		store(2, f.fma(q2, even2, f.pair(build.VMULPS, p2, even)))
		store(3, f.fma(q3, odd2, f.fma(p3, odd, d[5])))
	}
	build.Label("loop")
	at := build.GP64()
	build.MOVQ(m, at)
	for i := range 6 {
		d := make([]reg.VecVirtual, 6)
		for j := range d {
			d[j] = f.vector()
			build.VMOVUPS(operand.Mem{Base: at}, d[j])
			build.ADDQ(apart, at)
		}
		transform(d, func(j int, r reg.VecVirtual) {
			build.VMOVAPS(r, operand.Mem{Base: local, Disp: (4*i + j) * f.bytes})
		})
	}
	column := build.GP64()
	build.MOVQ(y, column)
	for j := range 4 {
		d := make([]reg.VecVirtual, 6)
		for i := range d {
			d[i] = f.vector()
			build.VMOVAPS(operand.Mem{Base: local, Disp: (4*i + j) * f.bytes}, d[i])
		}
		// The results wait in memory: AVX2 has few registers.
		transform(d, func(i int, r reg.VecVirtual) {
			build.VMOVAPS(r, operand.Mem{Base: local, Disp: (4*i + j) * f.bytes})
		})
	}
	zero := f.all(0)
	for j := range 4 {
		build.MOVQ(column, at)
		for i := range 4 {
			base, ramped := f.vector(), label("ramped", i, j)
			build.VMOVUPS(operand.Mem{Base: at}, base)
			build.TESTQ(start, start)
			build.JZ(operand.LabelRef(label("add", i, j)))
			build.VMOVUPS(operand.Mem{Base: start}, base)
			build.Label(label("add", i, j))
			build.VADDPS(operand.Mem{Base: local, Disp: (4*i + j) * f.bytes}, base, base)
			build.CMPQ(param("ramp"), operand.U8(0))
			build.JE(operand.LabelRef(ramped))
			build.VMAXPS(base, zero, base)
			build.Label(ramped)
			build.VMOVUPS(base, operand.Mem{Base: at})
			build.ADDQ(row, at)
		}
		build.ADDQ(pixel, column)
	}
	next := label("next", 0, 0)
	build.TESTQ(start, start)
	build.JZ(operand.LabelRef(next))
	build.ADDQ(immediate(f.bytes), start)
	build.Label(next)
	f.lanes(n, y, m)
}
