package simd

import (
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A Func is a function over arrays of n numbers to write.
type Func struct {
	Name string
	Out  []string       // arrays written
	In   []string       // arrays read
	More []string       // further parameters, numbers, which Body gets
	Accs []Acc          // accumulators, of Fold
	Wide map[string]int // how many registers a vector has in the main loop; else 1, and those of 8 numbers in Fold
	Late bool           // Body reads arrays and parameters by Again only
	Keep int            // how many vectors Body keeps in memory
}

// An Acc is an accumulator of Fold, of eight lanes.
type Acc struct {
	Name, Type string
	Start      float64
}

func (f *Func) begin(g *ISA) (out, in []reg.GPVirtual, n reg.Register, more []V) {
	sig := strings.Join(append(append([]string{}, f.Out...), f.In...), ", ") + " *float64, n int"
	if len(f.More) > 0 {
		sig += ", " + strings.Join(f.More, ", ") + " float64"
	}
	for _, a := range f.Accs {
		sig += ", " + a.Name + " *[8]" + a.Type
	}
	split := attr.NOSPLIT
	if f.Keep > 0 && !g.avx512 {
		split = 0 // for the memory
	}
	build.TEXT(f.Name+g.Name, split, "func("+sig+")")
	build.Pragma("noescape")
	pointers := func(names []string) (p []reg.GPVirtual) {
		for _, s := range names {
			p = append(p, build.Load(build.Param(s), build.GP64()).(reg.GPVirtual))
		}
		return p
	}
	out, in = pointers(f.Out), pointers(f.In)
	n = build.Load(build.Param("n"), build.GP64())
	g.origin = map[reg.VecVirtual]source{}
	for _, s := range f.More {
		c, err := build.Param(s).Resolve()
		if err != nil {
			panic(err)
		}
		v := g.narrow().Reg()
		g.origin[v[0]] = source{c.Addr, true}
		if !f.Late {
			build.VBROADCASTSD(c.Addr, v[0])
		}
		more = append(more, v)
	}
	if f.Keep > 0 && !g.avx512 {
		m := build.AllocLocal(f.Keep*f.Wide[g.Name]*g.bytes() + g.bytes() - 8)
		base := build.GP64()
		build.LEAQ(m.Offset(g.bytes()-8), base)
		build.ANDQ(operand.I8(-g.bytes()), base)
		g.stack = &stack{base: base.(reg.GPVirtual)}
	}
	return out, in, n, more
}

func (g *ISA) shared(more []V) (v []V) {
	for _, m := range more {
		v = append(v, g.Shared(m))
	}
	return v
}

func (g *ISA) load(f Func, pointers []reg.GPVirtual) (x []V) {
	for _, p := range pointers {
		v := g.Reg()
		for i := range v {
			m := operand.Mem{Base: p, Disp: i * g.bytes()}
			g.origin[v[i]] = source{m, false}
			if !f.Late {
				build.VMOVUPD(m, v[i])
			}
		}
		x = append(x, v)
	}
	return x
}

// Again returns an argument of the body, x, read again where that spares
// registers meanwhile.
func (g *ISA) Again(x V) V {
	from, ok := g.origin[x[0]]
	if !ok {
		return x
	}
	if from.number {
		r := g.narrow().Reg()
		build.VBROADCASTSD(from.Mem, r[0])
		return g.Shared(r)
	}
	v := g.Reg()
	for i, r := range x {
		build.VMOVUPD(g.origin[r].Mem, v[i])
	}
	return v
}

// Map writes f: body gets a vector of each array read, and the further
// parameters, and returns one for each array written, which may be the same
// memory as one read.
func (g *ISA) Map(f Func, body func(x, more []V) []V) {
	out, in, n, more := f.begin(g)
	loop := func(name, next string, wide int) {
		g.wide = wide
		defer func() { g.wide = 1 }()
		g.keepNone()
		build.Label(name)
		build.CMPQ(n, imm(wide*g.Lanes))
		build.JL(operand.LabelRef(next))
		for j, y := range body(g.load(f, in), g.shared(more)) {
			for i, r := range y {
				build.VMOVUPD(r, operand.Mem{Base: out[j], Disp: i * g.bytes()})
			}
		}
		for _, p := range append(append([]reg.GPVirtual{}, out...), in...) {
			build.ADDQ(imm(wide*g.bytes()), p)
		}
		build.SUBQ(imm(wide*g.Lanes), n)
		build.JMP(operand.LabelRef(name))
	}
	if w := f.Wide[g.Name]; w > 1 {
		loop("wide", "loop", w)
	}
	loop("loop", "tail", 1)

	build.Label("tail")
	build.TESTQ(n, n)
	build.JZ(operand.LabelRef("done"))
	m := g.first(n)
	g.keepNone()
	var x []V
	for _, p := range in {
		v := g.Reg()
		if g.avx512 {
			build.VMOVUPD_Z(operand.Mem{Base: p}, m, v[0])
		} else {
			build.VMASKMOVPD(operand.Mem{Base: p}, m, v[0])
		}
		x = append(x, v)
	}
	for j, y := range body(x, more) {
		if g.avx512 {
			build.VMOVUPD(y[0], m, operand.Mem{Base: out[j]})
		} else {
			build.VMASKMOVPD(y[0], m, operand.Mem{Base: out[j]})
		}
	}
	build.Label("done")
	build.VZEROUPPER()
	build.RET()
}

// Fold writes f for n a multiple of 8: body updates the accumulators with a
// vector of each array read; they are stored at the end.
func (g *ISA) Fold(f Func, body func(acc, x, more []V)) {
	_, in, n, more := f.begin(g)
	g.wide = 8 / g.Lanes
	defer func() { g.wide = 1 }()
	var accs []V
	for _, a := range f.Accs {
		if a.Start == 0 {
			accs = append(accs, g.Zero())
		} else {
			accs = append(accs, g.Copy(g.C(a.Start)))
		}
	}
	loop := func(name, next string, wide int) {
		defer func(w int) { g.wide = w }(g.wide)
		g.wide = wide
		build.Label(name)
		build.CMPQ(n, imm(wide*g.Lanes))
		build.JL(operand.LabelRef(next))
		g.keepNone()
		body(accs, g.load(f, in), g.shared(more))
		for _, p := range in {
			build.ADDQ(imm(wide*g.bytes()), p)
		}
		build.SUBQ(imm(wide*g.Lanes), n)
		build.JMP(operand.LabelRef(name))
	}
	if w := f.Wide[g.Name]; w > g.wide {
		loop("wide", "loop", w)
	}
	loop("loop", "done", g.wide)

	build.Label("done")
	for i, a := range f.Accs {
		p := build.Load(build.Param(a.Name), build.GP64())
		for j, r := range accs[i] {
			build.VMOVUPD(r, operand.Mem{Base: p, Disp: j * g.bytes()})
		}
	}
	build.VZEROUPPER()
	build.RET()
}

// keepNone makes the memory free again.
func (g *ISA) keepNone() {
	if g.stack != nil {
		g.stack.used = 0
	}
}

// AddLanes adds x to the eight lanes of acc, number i to lane i mod 8.
func (g *ISA) AddLanes(acc, x V) {
	for i, r := range x {
		l := acc[i%len(acc)]
		build.VADDPD(r, l, l)
	}
}

// MulAddLanes adds x·y to the lanes of acc as AddLanes does, rounded once.
func (g *ISA) MulAddLanes(acc, x V, y Op) {
	for i, r := range x {
		build.VFMADD231PD(y.part(i), r, acc[i%len(acc)])
	}
}

// first returns the mask of the first n lanes of a register, n below their number.
func (g *ISA) first(n reg.Register) reg.Register {
	if g.avx512 {
		b := build.GP64()
		build.MOVQ(operand.I32(-1), b)
		build.BZHIQ(n, b, b)
		k := build.K()
		build.KMOVB(b.As32(), k)
		return k
	}
	m, ok := constants["masks"]
	if !ok {
		m = build.GLOBL("masks", attr.RODATA|attr.NOPTR)
		for i := range 8 {
			build.DATA(8*i, operand.I64(int64(i/4)-1))
		}
		constants["masks"] = m
	}
	p, at, r := build.GP64(), build.GP64(), build.YMM()
	build.LEAQ(m.Offset(32), p)
	build.MOVQ(n, at)
	build.NEGQ(at)
	build.VMOVUPD(operand.Mem{Base: p, Index: at, Scale: 8}, r)
	return r
}

// imm is avo's immediate: one of 128 would be taken for a negative byte.
func imm(n int) operand.Op {
	if n < 128 {
		return operand.U8(uint8(n))
	}
	return operand.U32(uint32(n))
}
