package loss

import "math"

// standard loads the standardised scores of both: (x − mean)/(std + ε), std
// over the classes with C−1.
func (k *distill) standard(out *Out, b *Block) (p, q *distribution) {
	for input, s := range []*distribution{&k.soft.q, &k.soft.p} {
		x := k.scores(b, input, 5+input)
		z, std := k.memory.take(7+2*input, len(x)), k.memory.take(8+2*input, b.N)
		*s = distribution{input: input, role: Logit, x: x, n: b.N, rows: b.Frame.Rows}
		for i := range b.N {
			std[i] = standardise(z, s, i, k.stdEps)
			switch {
			case out == nil:
			case math.IsInf(std[i], 0) || std[i] != std[i]:
				out.Fail(input, i, 0, "a row whose standard deviation is not finite", "finite logits that are not at the ends of float64")
			case std[i] == 0:
				out.Fail(input, i, 0, "a row of equal logits", "logits whose standard deviation is not 0")
			}
		}
		s.x = z
	}
	return &k.soft.p, &k.soft.q
}

// standardise writes the standardised scores of position i, and returns what
// they were divided by. The sums are of scores divided by the largest, so that
// none overflows.
func standardise(z []float64, s *distribution, i int, eps float64) float64 {
	classes := s.planes()
	most := 0.0
	for c := range classes {
		most = max(most, math.Abs(s.x[s.number(i, c)]))
	}
	if most == 0 {
		most = 1
	}
	mean := 0.0
	for c := range classes {
		j := s.number(i, c)
		z[j] = s.x[j] / most
		mean += z[j]
	}
	mean /= float64(classes)
	squares := 0.0
	for c := range classes {
		j := s.number(i, c)
		z[j] -= mean
		squares += float64(z[j] * z[j])
	}
	std := math.Sqrt(squares / float64(classes-1))
	for c := range classes {
		z[s.number(i, c)] /= std + eps/most
	}
	return std*most + eps
}

// standardGrad adds u·∂kd/∂s: with g the derivative by z = (s−mean)/(σ+ε), it
// is (g − mean g − z·Σ(g·z)·(σ+ε)/(σ·(C−1)))/(σ+ε).
func (k *distill) standardGrad(grad, u []float64, b *Block) {
	p, q := k.standard(nil, b)
	g := k.memory.take(11, len(q.x))
	clear(g)
	k.soft.slope(g, u, p, q, q)
	std := k.memory.take(8, b.N)
	classes := q.planes()
	for i := range b.N {
		mean, dot := 0.0, 0.0
		for c := range classes {
			j := q.number(i, c)
			mean += g[j] / float64(classes)
			dot += g[j] * q.x[j]
		}
		if u[i] == 0 || std[i] == k.stdEps {
			continue
		}
		dot *= std[i] / (std[i] - k.stdEps) / float64(classes-1)
		for c := range classes {
			j := q.number(i, c)
			grad[j] += (g[j] - mean - q.x[j]*dot) / std[i]
		}
	}
}
