package main

import . "lossctl/scripts/asm/simd"

// ratios writes x/y, 0 where x is 0.
func ratios() {
	for _, g := range Both {
		g.Map(Func{Name: "ratio", Out: dst, In: []string{"x", "y"}}, func(x, _ []V) []V {
			return []V{g.Select(g.Cmp(EQ, x[0], g.C(0)), g.Zero(), g.Div(x[0], x[1]))}
		})
	}
}
