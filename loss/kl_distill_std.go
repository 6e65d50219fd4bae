package loss

import (
	"math"

	"lossctl/internal/vec"
)

// standard makes the distributions of the standardised scores of both:
// (x − mean)/(std + ε), std over the classes with C−1.
func (k *distill) standard(out *Out, b *Block) (p, q *distribution) {
	row := k.memory.take(12, k.width)
	for input, s := range []*distribution{&k.soft.q, &k.soft.p} {
		x := k.scores(b, input, 5+input)
		z, std := k.memory.take(7+2*input, len(x)), k.memory.take(8+2*input, b.N)
		*s = b.distribution(input, Logit, z)
		for i := range std {
			for c := range row {
				row[c] = x[s.number(i, c)]
			}
			std[i] = standardise(row, k.stdEps)
			for c, v := range row {
				z[s.number(i, c)] = v
			}
			switch {
			case out == nil:
			case math.IsInf(std[i], 0) || std[i] != std[i]:
				out.Fail(input, i, 0, "a row whose standard deviation is not finite", "finite logits that are not at the ends of float64")
			case std[i] == 0:
				out.Fail(input, i, 0, "a row of equal logits", "logits whose standard deviation is not 0")
			}
		}
	}
	return &k.soft.p, &k.soft.q
}

// standardise subtracts the mean of x, divides by the standard deviation plus
// ε, and returns what it divided by. The sums are of numbers near 1, so that
// none overflows.
func standardise(x []float64, eps float64) float64 {
	lo, hi := vec.Range(x)
	if lo == hi {
		clear(x)
		return eps
	}
	_, e := math.Frexp(max(hi, -lo))
	e = min(max(e, -1000), 1000)
	vec.Scale(x, math.Ldexp(1, -e), x)
	vec.Affine(x, 1, -vec.Sum(x)/float64(len(x)), x)
	std := math.Sqrt(vec.SumSq(x) / float64(len(x)-1))
	vec.Scale(x, 1/(std+math.Ldexp(eps, -e)), x)
	return math.Ldexp(std, e) + eps
}

// standardGrad adds u·∂kd/∂s: with g the derivative by z = (s−mean)/(σ+ε), it
// is (g − mean g − z·Σ(g·z)·(σ+ε)/(σ·(C−1)))/(σ+ε).
func (k *distill) standardGrad(grad, u []float64, b *Block) {
	p, q := k.standard(nil, b)
	g := k.memory.take(11, len(q.x))
	clear(g)
	k.soft.slope(g, u, p, q, q)
	std := k.memory.take(8, b.N)
	classes := q.classes
	for i := range b.N {
		mean, dot := 0.0, 0.0
		for c := range classes {
			j := q.number(i, c)
			mean += g[j] / float64(classes)
			dot += float64(g[j] * q.x[j])
		}
		if u[i] == 0 || std[i] == k.stdEps {
			continue
		}
		dot *= std[i] / (std[i] - k.stdEps) / float64(classes-1)
		for c := range classes {
			j := q.number(i, c)
			grad[j] += (g[j] - mean - float64(q.x[j]*dot)) / std[i]
		}
	}
}
