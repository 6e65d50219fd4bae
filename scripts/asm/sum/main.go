// Command sum writes the assembly of internal/sum.
package main

import (
	"github.com/mmcloughlin/avo/build"

	. "lossctl/scripts/asm/simd"
)

func main() {
	build.ConstraintExpr("!noasm")
	for _, g := range Both {
		var accs []Acc
		for _, name := range []string{"c0", "c1", "c2", "over"} {
			accs = append(accs, Acc{Name: name, Type: "uint64"})
		}
		g.Fold(Func{Name: "cut", In: []string{"x"}, More: []string{"m0", "m1", "m2", "limit"}, Accs: accs}, func(acc, x, more []V) {
			v := x[0]
			g.OrTo(acc[3], g.SubInt(more[3], g.And(v, g.Bits(1<<63-1))))
			for i := range 2 {
				t := g.Add(v, more[i])
				g.AddIntTo(acc[i], t)
				v = g.Sub(v, g.Sub(t, more[i]))
			}
			g.AddIntTo(acc[2], g.Add(v, more[2]))
		})
	}
	build.Generate()
}
