// Package simd writes loops over float64 once for both AVX2 and AVX-512, on top
// of avo. Its operations round as the plain Go code of internal/vec does.
package simd

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An ISA is the instructions to write.
type ISA struct {
	Name   string
	Lanes  int // float64s in a register
	avx512 bool
	wide   int                       // registers in a vector
	origin map[reg.VecVirtual]source // of what Again reads
	stack  *stack
}

// A source is where a register is read from: a vector, or a number for all
// lanes.
type source struct {
	operand.Mem
	number bool
}

// Both lists the instruction sets.
var Both = []*ISA{{Name: "AVX2", Lanes: 4, wide: 1}, {Name: "AVX512", Lanes: 8, wide: 1, avx512: true}}

type (
	// A V is a vector, in one register or in a few, whose instructions are
	// interleaved so that one need not wait for another.
	V []reg.VecVirtual
	// A Mask says for each number of a vector whether it is meant.
	Mask []reg.Register
	// An Op is a V or a constant.
	Op interface{ part(i int) operand.Op }
	// A constant is a number in memory: in all lanes (AVX2), or once, to be
	// broadcast where it is used (AVX-512).
	constant struct {
		operand.Mem
		bits uint64
	}
	// A kept vector is in memory of the function.
	kept []operand.Mem
	// A stack is that memory.
	stack struct {
		base reg.GPVirtual
		used int
	}
)

func (v V) part(i int) operand.Op        { return v[i] }
func (c constant) part(i int) operand.Op { return c.Mem }
func (k kept) part(i int) operand.Op     { return k[i] }

// Reg returns a vector of any content.
func (g *ISA) Reg() V {
	v := make(V, g.wide)
	for i := range v {
		if g.avx512 {
			v[i] = build.ZMM()
		} else {
			v[i] = build.YMM()
		}
	}
	return v
}

func (g *ISA) bytes() int { return 8 * g.Lanes }

var constants = map[string]operand.Mem{}

// Bits returns a constant.
func (g *ISA) Bits(b uint64) Op {
	name, n := fmt.Sprintf("c%016x", b), g.Lanes
	if g.avx512 {
		name, n = "w"+name[1:], 1
	}
	m, ok := constants[name]
	if !ok {
		m = build.GLOBL(name, attr.RODATA|attr.NOPTR)
		for i := range n {
			build.DATA(8*i, operand.U64(b))
		}
		constants[name] = m
	}
	return constant{m, b}
}

// C returns a constant.
func (g *ISA) C(x float64) Op { return g.Bits(math.Float64bits(x)) }

// Copy returns a in registers of its own.
func (g *ISA) Copy(a Op) V {
	r := g.Reg()
	for i := range r {
		switch {
		case isConstant(a) && g.avx512:
			build.VBROADCASTSD(a.part(i), r[i])
		case isConstant(a) && i == 0:
			build.VMOVUPD(a.part(i), r[i])
		case isConstant(a):
			build.VMOVAPD(r[0], r[i])
		case isKept(a):
			build.VMOVUPD(a.part(i), r[i])
		default:
			build.VMOVAPD(a.part(i), r[i])
		}
	}
	return r
}

// Shares returns a constant in one register that stands for all of a vector: it
// is not to be written.
func (g *ISA) Shares(x float64) V { return g.Shared(g.narrow().Copy(g.C(x))) }

func isConstant(a Op) bool { _, ok := a.(constant); return ok }
func isKept(a Op) bool     { _, ok := a.(kept); return ok }

// narrow is g with vectors of one register.
func (g *ISA) narrow() *ISA {
	h := *g
	h.wide = 1
	return &h
}

// Each runs body for one register of x after the other, so that what it holds
// meanwhile is held once, and returns what that returns, joined.
func (g *ISA) Each(x []V, body func(g *ISA, x []V) []Op) []Op {
	var joined []Op
	for i := range g.wide {
		var one []V
		for _, v := range x {
			one = append(one, v[i:i+1])
		}
		for j, o := range body(g.narrow(), one) {
			if i == 0 {
				joined = append(joined, o)
				continue
			}
			switch o := o.(type) {
			case V:
				joined[j] = append(joined[j].(V), o...)
			case kept:
				joined[j] = append(joined[j].(kept), o...)
			}
		}
	}
	return joined
}

// Keep returns v in memory, where registers are few.
func (g *ISA) Keep(v V) Op {
	if g.avx512 {
		return v
	}
	var k kept
	for _, r := range v {
		m := operand.Mem{Base: g.stack.base, Disp: g.stack.used}
		g.stack.used += g.bytes()
		build.VMOVUPD(r, m)
		k = append(k, m)
	}
	return k
}

// Shared repeats v, of one register, as often as there are registers in a vector.
func (g *ISA) Shared(v V) V {
	r := make(V, g.wide)
	for i := range r {
		r[i] = v[0]
	}
	return r
}

// Zero returns +0.
func (g *ISA) Zero() V {
	if g.avx512 {
		return g.Copy(g.C(0)) // avo takes VPXORQ of a register with itself for a use of it
	}
	r := g.Reg()
	for _, x := range r {
		build.VXORPD(x, x, x)
	}
	return r
}

// op writes full, or its variant that broadcasts a constant, with the operand
// b, then those of rest.
func (g *ISA) op(full, broadcast func(...operand.Op), b Op, rest ...V) {
	f := full
	if isConstant(b) && g.avx512 {
		f = broadcast
	} else {
		b = g.once(b)
	}
	for i := range g.wide {
		ops := []operand.Op{b.part(i)}
		for _, r := range rest {
			ops = append(ops, r[i])
		}
		f(ops...)
	}
}

// once loads a constant that a few registers need. With more, registers are
// dearer than loads.
func (g *ISA) once(b Op) Op {
	if !isConstant(b) || g.avx512 || g.wide == 1 || g.wide > 4 {
		return b
	}
	r := g.narrow().Reg()
	build.VMOVUPD(b.part(0), r[0])
	return g.Shared(r)
}

func (g *ISA) binary(full, broadcast func(...operand.Op), a V, b Op) V {
	r := g.Reg()
	g.op(full, broadcast, b, a, r)
	return r
}

func (g *ISA) Add(a V, b Op) V { return g.binary(build.VADDPD, build.VADDPD_BCST, a, b) }
func (g *ISA) Sub(a V, b Op) V { return g.binary(build.VSUBPD, build.VSUBPD_BCST, a, b) }
func (g *ISA) Mul(a V, b Op) V { return g.binary(build.VMULPD, build.VMULPD_BCST, a, b) }
func (g *ISA) Div(a V, b Op) V { return g.binary(build.VDIVPD, build.VDIVPD_BCST, a, b) }

// Max returns the maximum, and b where a or b is NaN or both are zeros.
func (g *ISA) Max(a V, b Op) V { return g.binary(build.VMAXPD, build.VMAXPD_BCST, a, b) }

// Min returns the minimum, and b where a or b is NaN or both are zeros.
func (g *ISA) Min(a V, b Op) V { return g.binary(build.VMINPD, build.VMINPD_BCST, a, b) }

// AddInt and SubInt work on lanes as integers, And and Or on their bits.
func (g *ISA) AddInt(a V, b Op) V { return g.binary(build.VPADDQ, build.VPADDQ_BCST, a, b) }
func (g *ISA) SubInt(a V, b Op) V { return g.binary(build.VPSUBQ, build.VPSUBQ_BCST, a, b) }

func (g *ISA) And(a V, b Op) V {
	if g.avx512 {
		return g.binary(build.VPANDQ, build.VPANDQ_BCST, a, b)
	}
	return g.binary(three(build.VPAND), nil, a, b)
}

func (g *ISA) Or(a V, b Op) V {
	if g.avx512 {
		return g.binary(build.VPORQ, build.VPORQ_BCST, a, b)
	}
	return g.binary(three(build.VPOR), nil, a, b)
}

func three(f func(a, b, c operand.Op)) func(...operand.Op) {
	return func(o ...operand.Op) { f(o[0], o[1], o[2]) }
}

// AddTo, SubTo, AddIntTo, OrTo, MaxTo and MinTo set c to c op a; a NaN in a is no
// maximum or minimum, nor is a zero where c is one.
func (g *ISA) AddTo(c V, a Op) V {
	g.op(build.VADDPD, build.VADDPD_BCST, a, c, c)
	return c
}

func (g *ISA) SubTo(c V, a Op) V {
	g.op(build.VSUBPD, build.VSUBPD_BCST, a, c, c)
	return c
}

func (g *ISA) AddIntTo(c, a V) { g.op(build.VPADDQ, nil, a, c, c) }

func (g *ISA) MaxTo(c, a V) V {
	g.op(build.VMAXPD, nil, c, a, c)
	return c
}

func (g *ISA) MinTo(c, a V) V {
	g.op(build.VMINPD, nil, c, a, c)
	return c
}

func (g *ISA) OrTo(c, a V) {
	if g.avx512 {
		g.op(build.VPORQ, nil, a, c, c)
	} else {
		g.op(three(build.VPOR), nil, a, c, c)
	}
}

// MulAddTo sets c to c + a·b, rounded once, and returns it.
func (g *ISA) MulAddTo(c, a V, b Op) V {
	g.op(build.VFMADD231PD, build.VFMADD231PD_BCST, b, a, c)
	return c
}

// MulTo sets c to c·a and returns it.
func (g *ISA) MulTo(c V, a Op) V {
	g.op(build.VMULPD, build.VMULPD_BCST, a, c, c)
	return c
}

// Horner sets p to p·x + c, rounded once, and returns it.
func (g *ISA) Horner(p, x V, c Op) V {
	g.op(build.VFMADD213PD, build.VFMADD213PD_BCST, c, x, p)
	return p
}

// MulSubTo sets c to c − a·b, rounded once, and returns it.
func (g *ISA) MulSubTo(c, a V, b Op) V {
	g.op(build.VFNMADD231PD, build.VFNMADD231PD_BCST, b, a, c)
	return c
}

// FMA returns a·b + c, rounded once. One of b and c may be a constant.
func (g *ISA) FMA(a V, b, c Op) V {
	if isConstant(b) {
		return g.MulAddTo(g.Copy(c), a, b)
	}
	r := g.Copy(b)
	g.op(build.VFMADD213PD, build.VFMADD213PD_BCST, c, a, r)
	return r
}

// FNMA returns c − a·b, rounded once.
func (g *ISA) FNMA(a V, b Op, c V) V {
	r := g.Copy(c)
	g.op(build.VFNMADD231PD, build.VFNMADD231PD_BCST, b, a, r)
	return r
}

// FMS returns a·b − c, rounded once.
func (g *ISA) FMS(a, b V, c Op) V {
	r := g.Copy(b)
	g.op(build.VFMSUB213PD, build.VFMSUB213PD_BCST, c, a, r)
	return r
}

// Linear returns c1·x + c0, rounded once.
func (g *ISA) Linear(c1 float64, x V, c0 float64) V {
	r := g.Copy(g.C(c1))
	g.op(build.VFMADD213PD, build.VFMADD213PD_BCST, g.C(c0), x, r)
	return r
}

// Shl and Shr shift lanes as unsigned integers.
func (g *ISA) Shl(a V, n uint8) V { return g.shift(build.VPSLLQ, a, n) }
func (g *ISA) Shr(a V, n uint8) V { return g.shift(build.VPSRLQ, a, n) }

// Half halves the low 32 bits of lanes as signed integers, rounding down. The
// bits above are of no meaning.
func (g *ISA) Half(a V) V { return g.shift(build.VPSRAD, a, 1) }

func (g *ISA) shift(f func(...operand.Op), a V, n uint8) V {
	r := g.Reg()
	for i := range r {
		f(operand.U8(n), a[i], r[i])
	}
	return r
}

// HasScale tells whether there is Scale.
func (g *ISA) HasScale() bool { return g.avx512 }

// Scale returns a·2^k, rounded once.
func (g *ISA) Scale(a, k V) V { return g.binary(build.VSCALEFPD, nil, a, k) }

// Predicates of Cmp; the last is true for NaN.
const (
	EQ  = 0x00
	LT  = 0x11
	GT  = 0x1e
	NLE = 0x16
)

// Cmp tells where a op b.
func (g *ISA) Cmp(op uint8, a V, b Op) Mask {
	m := make(Mask, g.wide)
	b = g.once(b)
	for i := range m {
		switch {
		case !g.avx512:
			m[i] = build.YMM()
			build.VCMPPD(operand.U8(op), b.part(i), a[i], m[i])
		case isConstant(b):
			m[i] = build.K()
			build.VCMPPD_BCST(operand.U8(op), b.part(i), a[i], m[i])
		default:
			m[i] = build.K()
			build.VCMPPD(operand.U8(op), b.part(i), a[i], m[i])
		}
	}
	return m
}

// Sign tells where the sign bit of a is set.
func (g *ISA) Sign(a V) Mask {
	m := make(Mask, g.wide)
	for i := range m {
		if g.avx512 {
			m[i] = build.K()
			build.VPMOVQ2M(a[i], m[i])
		} else {
			m[i] = a[i]
		}
	}
	return m
}

// Select returns yes where m is, and no elsewhere.
func (g *ISA) Select(m Mask, yes Op, no V) V {
	if g.avx512 { // VBLENDMPD would do, but avo thinks that it reads its result
		r := g.Copy(no)
		for i := range r {
			if isConstant(yes) {
				build.VBROADCASTSD(yes.part(i), m[i], r[i])
			} else {
				build.VMOVAPD(yes.part(i), m[i], r[i])
			}
		}
		return r
	}
	r := g.Reg()
	yes = g.once(yes)
	for i := range r {
		build.VBLENDVPD(m[i], yes.part(i), no[i], r[i])
	}
	return r
}
