package main

import . "lossctl/scripts/asm/simd"

// exponentials writes e = exp(x − m) and s + e.
func exponentials() {
	for _, isa := range Both {
		g := gen{isa}
		g.Map(Func{Name: "expSum", Out: []string{"e", "sum"}, In: []string{"x", "m", "s"}, Wide: fivefold, Late: true}, func(x, _ []V) []V {
			e := g.exp(g.SubTo(g.Again(x[0]), g.Again(x[1])))
			return []V{e, g.Add(e, g.Again(x[2]))}
		})
	}
}
