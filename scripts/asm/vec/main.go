// Command vec writes the assembly of internal/vec. Each function here has the
// same operations, in the same order, as the plain Go function of its name.
package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	. "lossctl/scripts/asm/simd"
)

const (
	signBit = 1 << 63
	infBits = 0x7ff << 52
	nanBits = 0x7ff8 << 48
	minNorm = 0x1p-1022

	ln2hi = 0x1.62e42feep-1
	ln2lo = 0x1.a39ef35793c76p-33
	round = 3 << 51

	minExp, maxExp = -746, 710
)

func main() {
	build.ConstraintExpr("!noasm")
	for _, isa := range Both {
		g := gen{isa}
		g.unary("shift", 1, func(x V) V {
			infinite := g.Cmp(EQ, g.And(x, g.Bits(signBit-1)), g.C(math.Inf(1)))
			return g.Select(infinite, g.Zero(), g.Add(x, g.C(0)))
		})
		g.unary("exp", 5, g.exp)
		g.unary("expm1", 3, g.expm1)
		g.Map(Func{Name: "klNormal", Out: dst, In: []string{"x", "v"}, Wide: twofold}, func(x, _ []V) []V {
			e := g.SubTo(g.expm1(x[1]), g.Again(x[1]))
			x[0] = g.Again(x[0])
			return []V{g.MulTo(g.AddTo(e, g.Mul(x[0], x[0])), g.C(0.5))}
		})
		g.unary("log", 2, g.log)
		g.Map(Func{Name: "logNormal", Out: dst, In: []string{"x"}, Wide: twofold, Late: true, Keep: 3}, func(x, _ []V) []V { return []V{g.logNormal(x[0])} })
		g.unary("log1p", 1, g.log1p)
		g.Map(Func{Name: "sigmoid", Out: dst, In: []string{"x"}, Wide: fivefold, Late: true, Keep: 2}, func(x, _ []V) []V { return []V{g.sigmoid(x[0])} })
		g.Map(Func{Name: "softplus", Out: dst, In: []string{"x"}, Wide: fivefold, Late: true, Keep: 2}, func(x, _ []V) []V { return []V{g.softplus(x[0])} })
		g.Map(Func{Name: "logistic", Out: []string{"p", "q", "l"}, In: []string{"x"}, Wide: fivefold, Late: true, Keep: 4}, func(x, _ []V) []V {
			return g.logistic(x[0])
		})
		xt := []string{"x", "t"}
		g.Map(Func{Name: "binaryCrossEntropy", Out: []string{"ce", "miss"}, In: xt, Wide: fivefold, Late: true, Keep: 4}, func(x, _ []V) []V {
			return g.binaryCrossEntropy(x[0], x[1])
		})
		g.Map(Func{Name: "binaryFocal", Out: dst, In: xt, More: []string{"a", "b"}, Wide: fivefold, Late: true, Keep: 4}, func(x, more []V) []V {
			return []V{g.binaryFocal(x[0], x[1], more[0], more[1])}
		})
		g.Map(Func{Name: "pow", Out: dst, In: []string{"x"}, More: []string{"a", "zero", "huge"}}, func(x, more []V) []V {
			return []V{g.pow(x[0], more[0], more[1], more[2])}
		})

		xy := []string{"x", "y"}
		g.Map(Func{Name: "add", Out: dst, In: xy}, func(x, _ []V) []V { return []V{g.Add(x[0], x[1])} })
		g.Map(Func{Name: "sub", Out: dst, In: xy}, func(x, _ []V) []V { return []V{g.Sub(x[0], x[1])} })
		g.Map(Func{Name: "mul", Out: dst, In: xy}, func(x, _ []V) []V { return []V{g.Mul(x[0], x[1])} })
		g.Map(Func{Name: "max", Out: dst, In: xy}, func(x, _ []V) []V { return []V{g.Max(x[1], x[0])} })
		g.Map(Func{Name: "logAddExp", Out: dst, In: xy, Wide: twofold, Late: true, Keep: 2}, func(x, _ []V) []V {
			return []V{g.logAddExp(x[0], x[1])}
		})
		g.Map(Func{Name: "sub2", Out: dst, In: []string{"x", "y", "z"}}, func(x, _ []V) []V { return []V{g.Sub(g.Sub(x[0], x[1]), x[2])} })
		g.Map(Func{Name: "addExp", Out: dst, In: []string{"s", "x", "m"}, Wide: fivefold, Late: true, Keep: 1}, func(x, _ []V) []V {
			e := g.expBelow(g.SubTo(g.Again(x[1]), g.Again(x[2])))
			return []V{g.AddTo(e, g.Again(x[0]))}
		})
		g.Map(Func{Name: "klPlane", Out: []string{"sp", "sq", "sd"}, In: []string{"p", "q", "d", "x", "y", "a", "b"}, More: []string{"s"}, Wide: fourfold, Late: true, Keep: 4}, func(x, more []V) []V {
			p, q, apart := g.klTerms(x[3], x[4], x[5], x[6], more[0])
			d := g.Mul(p, apart)
			return []V{g.AddTo(p, g.Again(x[0])), g.AddTo(q, g.Again(x[1])), g.AddTo(d, g.Again(x[2]))}
		})
		g.Map(Func{Name: "scale", Out: dst, In: []string{"x"}, More: []string{"a"}}, func(x, more []V) []V { return []V{g.Mul(x[0], more[0])} })
		g.Map(Func{Name: "axpy", Out: dst, In: xy, More: []string{"a"}}, func(x, more []V) []V { return []V{g.FMA(more[0], x[0], x[1])} })
		g.Map(Func{Name: "affine", Out: dst, In: []string{"x"}, More: []string{"a", "b"}}, func(x, more []V) []V {
			return []V{g.FMA(more[0], x[0], more[1])}
		})
		g.Map(Func{Name: "rectify", Out: dst, In: []string{"x"}, More: []string{"a", "b"}}, func(x, more []V) []V {
			return []V{g.Max(g.Zero(), g.FMA(more[0], x[0], more[1]))}
		})
		g.Map(Func{Name: "above", Out: dst, In: []string{"x"}, More: []string{"a"}}, func(x, more []V) []V {
			return []V{g.Select(g.Cmp(GT, x[0], more[0]), g.C(1), g.Zero())}
		})
		g.Map(Func{Name: "below", Out: dst, In: []string{"x"}, More: []string{"a"}}, func(x, more []V) []V {
			return []V{g.Select(g.Cmp(LT, x[0], more[0]), g.C(1), g.Zero())}
		})
		g.Map(Func{Name: "sub2Scalar", Out: dst, In: []string{"x"}, More: []string{"a", "b"}}, func(x, more []V) []V {
			return []V{g.Sub(g.Sub(x[0], more[0]), more[1])}
		})

		g.Map(Func{Name: "spans", Out: []string{"over", "around", "a", "b", "apart"}, In: []string{"a1", "a2", "b1", "b2"}}, func(x, _ []V) []V {
			return g.spans(x[0], x[1], x[2], x[3])
		})

		g.fold("sum", 0, []string{"x"}, nil, func(l V, x, _ []V) { g.AddTo(l, x[0]) })
		g.fold("dot", 0, xy, nil, func(l V, x, _ []V) { g.MulAddTo(l, x[0], x[1]) })
		g.fold("squaredDistance", 0, xy, nil, func(l V, x, _ []V) {
			d := g.Sub(x[0], x[1])
			g.MulAddTo(l, d, d)
		})
		g.fold("absDistance", 0, xy, nil, func(l V, x, _ []V) { g.AddTo(l, g.And(g.Sub(x[0], x[1]), g.Bits(signBit-1))) })
		g.Fold(Func{Name: "sumExp", In: []string{"x"}, More: []string{"m"}, Accs: []Acc{{Name: "l", Type: "float64"}}, Wide: sixfold, Late: true, Keep: 1}, func(l, x, more []V) {
			g.AddLanes(l[0], g.expBelow(g.SubTo(g.Again(x[0]), g.Again(more[0]))))
		})
		g.Fold(Func{Name: "klSums", In: xy, More: []string{"a", "b", "s"}, Accs: []Acc{{Name: "p", Type: "float64"}, {Name: "q", Type: "float64"}, {Name: "d", Type: "float64"}}, Wide: fourfold, Late: true, Keep: 4}, func(l, x, more []V) {
			p, q, apart := g.klTerms(x[0], x[1], more[0], more[1], more[2])
			g.AddLanes(l[0], p)
			g.AddLanes(l[1], q)
			g.MulAddLanes(l[2], p, apart)
		})
		g.fold("maximum", math.Inf(-1), []string{"x"}, nil, func(l V, x, _ []V) { g.MaxTo(l, x[0]) })
		g.fold("minimum", math.Inf(1), []string{"x"}, nil, func(l V, x, _ []V) { g.MinTo(l, x[0]) })
		g.Fold(Func{Name: "extremes", In: []string{"x"}, Accs: []Acc{
			{Name: "lo", Type: "float64", Start: math.Inf(1)}, {Name: "hi", Type: "float64", Start: math.Inf(-1)}, {Name: "nans", Type: "uint64"},
		}}, func(l, x, _ []V) {
			g.MinTo(l[0], x[0])
			g.MaxTo(l[1], x[0])
			g.OrTo(l[2], g.AddInt(g.And(x[0], g.Bits(signBit-1)), g.Bits(signBit-1-infBits)))
		})
		g.Fold(Func{Name: "finite", In: []string{"x"}, Accs: []Acc{{Name: "l", Type: "uint64"}}}, func(l, x, _ []V) {
			g.OrTo(l[0], g.Sub(x[0], x[0]))
		})
		g.Fold(Func{Name: "unit", In: []string{"x"}, Accs: []Acc{{Name: "l", Type: "uint64"}}}, func(l, x, _ []V) {
			one := g.Shares(1)
			g.OrTo(l[0], g.Or(g.SubInt(one, x[0]), x[0]))
		})
	}
	ratios()
	overlaps()
	exponentials()
	conversions()
	transpose()
	range32()
	kernels()
	products()
	winograd()
	for _, f := range bothFloats {
		f.largest()
	}
	planes()
	build.Generate()
}

var (
	dst      = []string{"dst"}
	fivefold = map[string]int{"AVX2": 5, "AVX512": 4}
	sixfold  = map[string]int{"AVX2": 6, "AVX512": 4}
	twofold  = map[string]int{"AVX2": 2, "AVX512": 2}
	fourfold = map[string]int{"AVX2": 2, "AVX512": 4}
)

type gen struct{ *ISA }

func (g gen) unary(name string, wide int, f func(x V) V) {
	w := map[string]int{"AVX2": wide, "AVX512": 2}
	g.Map(Func{Name: name, Out: dst, In: []string{"x"}, Wide: w}, func(x, _ []V) []V { return []V{f(x[0])} })
}

func (g gen) fold(name string, start float64, in, more []string, f func(l V, x, more []V)) {
	l := []Acc{{Name: "l", Type: "float64", Start: start}}
	g.Fold(Func{Name: name, In: in, More: more, Accs: l}, func(l, x, more []V) { f(l[0], x, more) })
}

func (g gen) exp(x V) V {
	x = g.Max(g.Shares(minExp), x)
	return g.expScaled(g.reduce(g.Min(g.Shares(maxExp), x), scaleBias))
}

// expBelow is eˣ for x ≤ 709 that need not be precise below e^-708. It writes x.
func (g gen) expBelow(x V) V {
	r, power := g.reduceKeep(g.MinTo(g.MaxTo(x, g.Shares(-708)), g.Shares(maxExp)), 1023)
	return g.MulTo(g.expUnit(r), power)
}

// klTerms returns eᵗ, eᵘ and t − u with t = s·(x − a) and u = s·(y − b), neither
// above 0.
func (g gen) klTerms(x, y, a, b, s V) (p, q V, apart Op) {
	s = g.Again(s)
	t := g.MulTo(g.SubTo(g.Again(x), g.Again(a)), s)
	u := g.MulTo(g.SubTo(g.Again(y), g.Again(b)), s)
	apart = g.Keep(g.Sub(t, u))
	t = g.exp(t)
	return t, g.expBelow(u), apart
}

// expUnit is eʳ for |r| ≤ ln 2 / 2.
func (g gen) expUnit(r V) V {
	q := g.MulTo(g.expQ(r), r)
	return g.AddTo(g.Horner(q, r, r), g.C(1))
}

func (g gen) expm1(x V) V {
	v := g.Max(g.Shares(-64), x)
	v = g.Min(g.Shares(maxExp), v)
	r, k := g.reduce(v, 1022)
	t := g.MulTo(g.MulTo(g.expQ(r), r), r)
	zero := g.Cmp(EQ, k, g.C(round+1022))
	h := g.Shl(k, 52) // 2^(k−1)
	y := g.Add(h, g.C(-0.5))
	y = g.MulAddTo(g.MulAddTo(y, h, r), h, t)
	y = g.Select(zero, g.AddTo(r, t), g.AddTo(y, y))
	x = g.Again(x)
	return g.Or(y, g.And(x, g.Bits(signBit)))
}

// reduce returns r, and k + bias in the low bits of each lane, above which are
// others. An even bias leaves alone how k is rounded.
func (g gen) reduce(x V, bias float64) (r, k V) {
	k = g.FMA(x, g.C(math.Log2E), g.C(round+bias))
	n := g.Sub(k, g.C(round+bias))
	r = g.MulSubTo(x, n, g.C(ln2hi))
	return g.MulSubTo(r, n, g.C(ln2lo)), k
}

// reduceKeep returns r of reduce, in the registers of x, and 2^(k + bias − 1023).
func (g gen) reduceKeep(x V, bias float64) (r V, power Op) {
	k := g.FMA(x, g.C(math.Log2E), g.C(round+bias))
	power = g.Each([]V{k}, func(h *ISA, k []V) []Op { return []Op{h.Keep(h.Shl(k[0], 52))} })[0]
	n := g.SubTo(k, g.C(round+bias))
	return g.MulSubTo(g.MulSubTo(x, n, g.C(ln2hi)), n, g.C(ln2lo)), power
}

func (g gen) expQ(r V) V {
	return g.poly(r, 0x1.000000000000ap-1, 0x1.55555555554f9p-3, 0x1.555555555083ep-5, 0x1.1111111127d14p-7, 0x1.6c16c18438b79p-10,
		0x1.a01a012a0d248p-13, 0x1.a01999e256f02p-16, 0x1.71df25b824940p-19, 0x1.28ad9b8cf1c58p-22, 0x1.ad7f364a50838p-26)
}

// poly returns c[0] + c[1]·x + … by Horner's rule.
func (g gen) poly(x V, c ...float64) V {
	i := len(c) - 1
	p := g.Copy(g.C(c[i]))
	for i--; i >= 0; i-- {
		p = g.Horner(p, x, g.C(c[i]))
	}
	return p
}

// scaleBias is the bias of k in expScaled, two of an exponent.
const scaleBias = 2 * 1023

// expScaled is 2^k·eʳ, rounded once at the end.
func (g gen) expScaled(r, k V) V {
	p := g.expUnit(r)
	if g.HasScale() {
		return g.Scale(p, g.Sub(k, g.C(round+scaleBias)))
	}
	h := g.Half(k) // k/2 + 1023
	l := g.SubInt(k, h)
	return g.Mul(g.Mul(p, g.Shl(h, 52)), g.Shl(l, 52))
}

func (g gen) log(x V) V {
	small := g.Cmp(LT, x, g.C(minNorm))
	v := g.Select(small, g.Mul(x, g.C(0x1p54)), x)
	f, k := g.split(v)
	k = g.Add(k, g.Select(small, g.C(-54), g.Zero()))
	s, h, r := g.logParts(f)
	lo := g.FMA(s, g.Add(h, r), g.Mul(k, g.C(ln2lo)))
	y := g.FMA(k, g.C(ln2hi), g.Add(f, g.Sub(lo, h)))
	return g.logLimit(y, g.Again(x))
}

// logNormal is log of normal numbers above 0.
func (g gen) logNormal(x V) V {
	o := g.Each([]V{x}, func(h *ISA, x []V) []Op {
		g := gen{h}
		f, k := g.split(g.Again(x[0]))
		s := g.Div(f, g.Add(f, g.C(2)))
		return []Op{s, g.Keep(s), g.Keep(f), g.Keep(k)}
	})
	s := o[0].(V)
	z := g.Mul(s, s)
	r := g.logR(z, g.Mul(z, z))
	f, k := g.Copy(o[2]), g.Copy(o[3])
	h := g.Mul(g.Mul(f, g.C(0.5)), f)
	lo := g.MulAddTo(g.Mul(k, g.C(ln2lo)), g.AddTo(r, h), o[1])
	return g.MulAddTo(g.Add(g.SubTo(lo, h), f), k, g.C(ln2hi))
}

func (g gen) log1p(x V) V {
	u := g.Add(x, g.C(1))
	b := g.Sub(u, g.C(1))
	c := g.Add(g.Sub(g.Copy(g.C(1)), g.Sub(u, b)), g.Sub(x, b))
	f, k := g.split(u)
	s, h, r := g.logParts(f)
	lo := g.FMA(s, g.Add(h, r), g.FMA(k, g.C(ln2lo), g.Div(c, u)))
	y := g.FMA(k, g.C(ln2hi), g.Add(f, g.Sub(lo, h)))
	return g.Or(g.logLimit(y, u), g.And(x, g.Bits(signBit)))
}

// logLimit is y where 0 < x < Inf, −Inf at 0, NaN below, and x else.
func (g gen) logLimit(y, x V) V {
	y = g.Select(g.Cmp(NLE, x, g.C(math.MaxFloat64)), x, y)
	y = g.Select(g.Cmp(EQ, x, g.C(0)), g.C(math.Inf(-1)), y)
	return g.Select(g.Cmp(LT, x, g.C(0)), g.Bits(nanBits), y)
}

func (g gen) split(x V) (f, n V) {
	const low = 0x3fe6a09e667f3bcd
	b := g.SubInt(x, g.Bits(low))
	f = g.Sub(g.AddInt(g.And(b, g.Bits(1<<52-1)), g.Bits(low)), g.C(1))
	// n + 1024 without a sign, in the low bits of 2^52
	n = g.Shr(g.AddInt(b, g.Bits(1024<<52)), 52)
	return f, g.Sub(g.Or(n, g.C(1<<52)), g.C(1<<52+1024))
}

func (g gen) logParts(f V) (s, h, r V) {
	s = g.Div(f, g.Add(f, g.C(2)))
	z := g.Mul(s, s)
	r = g.logR(z, g.Mul(z, z))
	return s, g.Mul(g.Mul(f, g.C(0.5)), f), r
}

func (g gen) logR(z, z2 V) V {
	hi := g.MulAddTo(g.Linear(0x1.39a1f6cefaa6dp-3, z, 0x1.74663c8043723p-3), z2, g.C(0x1.2f0318e2c53a2p-3))
	mid := g.MulAddTo(g.Linear(0x1.c71c52158180ap-3, z, 0x1.24924941e1a6cp-2), z2, hi)
	return g.Mul(z, g.MulAddTo(g.Linear(0x1.999999997fedbp-2, z, 0x1.5555555555592p-1), z2, mid))
}

// ratio returns e and d with e/d = eˣ for x ≤ 0; the precise one has an e that
// is right where it is subnormal.
func (g gen) ratio(x V, precise bool) (e, d V) {
	// e is scaled by 2^(k+129) and then by 2^-129, the only product that may be
	// rounded, or by adding to its exponent.
	by, least := 0.0, -708.0
	if precise {
		by, least = 129, minExp // odd, for an even bias
		by += 1023
	}
	r, power := g.reduceKeep(g.Max(g.Shares(least), x), by)
	kept := g.Keep(r)
	z := g.Mul(r, r)
	p := g.poly(z, 1, 0x1.c7194a4ad39f6p-4, 0x1.03fc11c1c5ff9p-10)
	t := g.MulTo(g.poly(z, 0.5, 0x1.c70fd3d5f94c5p-7, 0x1.1530e0ff95f5dp-15), kept)
	d = g.Sub(p, t)
	e = g.AddTo(p, t)
	if precise {
		return g.MulTo(g.MulTo(e, power), g.C(0x1p-129)), d
	}
	return g.AddInt(e, power), d
}

// unit returns s = 2e/(2d+e) and r = 1/(d+e), with one division.
func (g gen) unit(e, d V) (s, r V) {
	y := g.Add(d, e)
	w := g.Add(y, d)
	q := g.Div(g.Shares(1), g.Mul(y, w))
	return g.Mul(g.Mul(g.Add(e, e), y), q), g.Mul(w, q)
}

func (g gen) logistic(x V) []V {
	e, d := g.ratio(g.Or(g.Again(x), g.Bits(signBit)), true)
	o := g.Each([]V{x, e, d}, func(h *ISA, v []V) []Op {
		g, e, d := gen{h}, v[1], v[2]
		s, r := g.unit(e, d)
		q, p := g.Mul(e, r), g.Min(g.Shares(1), g.Mul(d, r))
		neg := g.Sign(g.Again(v[0]))
		return []Op{s, g.Keep(g.Select(neg, q, p)), g.Keep(g.Select(neg, p, q))}
	})
	l := g.log1pUnit(o[0].(V))
	return []V{g.Copy(o[1]), g.Copy(o[2]), l}
}

// against returns the part of the label that the sign of x is against.
func (g gen) against(x, t V) V {
	t = g.Again(t)
	return g.Select(g.Sign(g.Again(x)), t, g.Sub(g.Shares(1), t))
}

func (g gen) binaryCrossEntropy(x, t V) []V {
	e, d := g.ratio(g.Or(g.Again(x), g.Bits(signBit)), true)
	o := g.Each([]V{x, t, e, d}, func(h *ISA, v []V) []Op {
		g := gen{h}
		s, miss, u := g.miss(v[0], v[1], v[2], v[3])
		return []Op{s, g.Keep(miss), g.Keep(u)}
	})
	ce := g.crossEntropy(x, o[0].(V), o[2])
	return []V{ce, g.Copy(o[1])}
}

// miss returns s of unit, 1 − p_t and the part u of the label that the sign of x
// is against.
func (g gen) miss(x, t, e, d V) (s, miss, u V) {
	s, r := g.unit(e, d)
	u = g.against(x, t)
	return s, g.Mul(g.Horner(g.Sub(d, e), u, e), r), u
}

func (g gen) crossEntropy(x, s V, u Op) V {
	l := g.log1pUnit(s)
	return g.MulSubTo(l, g.Or(g.Again(x), g.Bits(signBit)), u)
}

func (g gen) binaryFocal(x, t, a, b V) V {
	e, d := g.ratio(g.Or(g.Again(x), g.Bits(signBit)), false)
	o := g.Each([]V{x, t, a, b, e, d}, func(h *ISA, v []V) []Op {
		g := gen{h}
		s, miss, u := g.miss(v[0], v[1], v[4], v[5])
		scale := g.Horner(g.Again(v[1]), g.Again(v[2]), g.Again(v[3]))
		return []Op{s, g.Keep(g.Mul(g.Mul(miss, miss), scale)), g.Keep(u)}
	})
	return g.MulTo(g.crossEntropy(x, o[0].(V), o[2]), o[1])
}

func (g gen) spans(a1, a2, b1, b2 V) []V {
	over := g.Max(g.Sub(g.Min(a2, b2), g.Max(a1, b1)), g.C(0))
	around := g.Sub(g.Max(a2, b2), g.Min(a1, b1))
	apart := g.Mul(g.Sub(g.Add(b1, b2), g.Add(a1, a2)), g.C(0.5))
	return []V{over, around, g.Sub(a2, a1), g.Sub(b2, b1), apart}
}

func (g gen) sigmoid(x V) V {
	e, d := g.ratio(g.Or(g.Again(x), g.Bits(signBit)), true)
	o := g.Each([]V{x, e, d}, func(h *ISA, v []V) []Op {
		g, e, d := gen{h}, v[1], v[2]
		return []Op{g.Div(g.Select(g.Sign(g.Again(v[0])), e, d), g.Add(d, e))}
	})
	return o[0].(V)
}

func (g gen) softplus(x V) V {
	l := g.log1pRatio(g.ratio(g.Or(g.Again(x), g.Bits(signBit)), true))
	x = g.Again(x)
	return g.Select(g.Cmp(GT, x, g.C(0)), g.Add(x, l), l)
}

// logAddExp takes the second number as the larger and the first as the smaller
// where one is NaN, so that the result is NaN.
func (g gen) logAddExp(x, y V) V {
	diff := g.Sub(g.Min(g.Again(y), g.Again(x)), g.Max(g.Again(x), g.Again(y)))
	diff = g.Select(g.Cmp(EQ, g.Again(x), g.Again(y)), g.C(0), diff)
	l := g.log1pRatio(g.ratio(diff, true))
	return g.Add(g.Max(g.Again(x), g.Again(y)), l)
}

// log1pRatio returns log(1 + e/d).
func (g gen) log1pRatio(e, d V) V {
	s := g.Each([]V{e, d}, func(h *ISA, v []V) []Op {
		g, e, d := gen{h}, v[0], v[1]
		return []Op{g.Div(g.Add(e, e), g.Add(g.Add(d, e), d))}
	})
	return g.log1pUnit(s[0].(V))
}

func (g gen) log1pUnit(s V) V {
	z := g.Mul(s, s)
	p := g.poly(z, 0x1.5555555555535p-4, 0x1.99999999a06c4p-7, 0x1.2492492090f8ep-9, 0x1.c71c741a13f12p-12, 0x1.745cb457bde45p-14,
		0x1.3b1dd3d85de74p-16, 0x1.10682c85824a9p-18, 0x1.efd1b34ab0640p-21, 0x1.55cead33a2370p-23, 0x1.5c5cc5dad2c7cp-24)
	return g.Horner(p, g.MulTo(z, s), s)
}

// pow takes the limits of the function at 0 and at +Inf.
func (g gen) pow(x, a, zero, huge V) V {
	hi, lo := g.log2(x)
	y := g.Mul(hi, a)
	rest := g.FMA(a, lo, g.FMS(a, hi, y))
	below, above := g.Cmp(LT, y, g.C(minExp)), g.Cmp(GT, y, g.C(maxExp))
	y = g.Select(below, g.C(minExp), y)
	rest = g.Select(below, g.C(0), rest)
	y = g.Select(above, g.C(maxExp), y)
	rest = g.Select(above, g.C(0), rest)
	r, k := g.reduce(y, scaleBias)
	z := g.expScaled(g.Add(r, rest), k)
	z = g.Select(g.Cmp(NLE, x, g.C(math.MaxFloat64)), g.Select(g.Cmp(EQ, x, g.C(math.Inf(1))), huge, x), z)
	z = g.Select(g.Cmp(EQ, x, g.C(0)), zero, z)
	return g.Select(g.Cmp(LT, x, g.C(0)), g.Bits(nanBits), z)
}

func (g gen) log2(x V) (hi, lo V) {
	small := g.Cmp(LT, x, g.C(minNorm))
	v := g.Select(small, g.Mul(x, g.C(0x1p54)), x)
	f, k := g.split(v)
	k = g.Add(k, g.Select(small, g.C(-54), g.Zero()))
	s := g.Div(f, g.Add(f, g.C(2)))
	z := g.Mul(s, s)
	half := g.Mul(f, g.C(0.5))
	h := g.Mul(half, f)
	hErr := g.FMS(half, f, h)
	kl := g.Mul(k, g.C(ln2hi))
	a := g.Add(kl, f)
	aErr := g.Sub(f, g.Sub(a, kl))
	b := g.Sub(a, h)
	bErr := g.Sub(g.Sub(a, b), h)
	t := g.FMA(s, g.Add(h, g.logR(z, g.Mul(z, z))), g.Mul(k, g.C(ln2lo)))
	t = g.Add(t, g.Sub(g.Add(aErr, bErr), hErr))
	hi = g.Add(b, t)
	return hi, g.Sub(t, g.Sub(hi, b))
}
