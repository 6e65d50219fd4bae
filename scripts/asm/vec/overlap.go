package main

import . "lossctl/scripts/asm/simd"

// overlaps writes the sums of two masks and of their product.
func overlaps() {
	for _, g := range Both {
		g.Fold(Func{Name: "overlap", In: []string{"x", "y"}, Accs: []Acc{
			{Name: "sx", Type: "float64"}, {Name: "sy", Type: "float64"}, {Name: "sxy", Type: "float64"},
		}}, func(l, x, _ []V) {
			g.AddTo(l[0], x[0])
			g.AddTo(l[1], x[1])
			g.MulAddTo(l[2], x[0], x[1])
		})
	}
}
