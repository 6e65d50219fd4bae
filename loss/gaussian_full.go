package loss

import (
	"fmt"
	"math"

	"lossctl/internal/vec"
)

// covariances computes the divergence of normal distributions with full
// covariance matrices, Σ = LLᵀ and S = MMᵀ:
//
//	KL = ½·(‖M⁻¹L‖² + |M⁻¹(μ − m)|² − K + log det S − log det Σ).
type covariances struct {
	first, second triangle
	memory        memory
}

// symmetry is how far a matrix may be from symmetric, relative to its largest
// element.
const symmetry = 1e-5

// A pairing is the two distributions of a position.
type pairing struct {
	k          int
	cov, other []float64 // Σ, and S, nil: the identity
	d          []float64 // μ − m
}

// load takes the distributions of position i. It reports whether both are
// ones; numbers that are not finite are let through, as NaN.
func (c *covariances) load(out *Out, b *Block, i int) (p pairing, ok bool) {
	k := b.Frame.Views[gaussianMu].Planes
	p = pairing{k: k, d: c.memory.take(0, k)}
	copy(p.d, b.In[gaussianMu][i*k:])
	if m := b.In[gaussianTargetMu]; m != nil {
		vec.Sub(p.d, p.d, m[i*k:(i+1)*k])
	}
	if p.cov, ok = c.matrix(1, &c.first, out, b, i, gaussianCov); !ok {
		return p, false
	}
	if b.In[gaussianTargetCov] != nil {
		p.other, ok = c.matrix(2, &c.second, out, b, i, gaussianTargetCov)
	}
	return p, ok
}

// matrix returns the symmetric part of the matrix of position i, and factors
// it.
func (c *covariances) matrix(slot int, t *triangle, out *Out, b *Block, i, input int) ([]float64, bool) {
	k := b.Frame.Views[gaussianMu].Planes
	a := b.In[input][i*k*k : (i+1)*k*k]
	lo, hi := vec.Range(a)
	if math.IsNaN(lo) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return nil, false
	}
	s := c.memory.take(slot, k*k)
	most := symmetry * max(-lo, hi)
	for r := range k {
		for q := range r + 1 {
			x, y := a[r*k+q], a[q*k+r]
			if math.Abs(x-y) > most {
				out.Fail(input, i, r*k+q, fmt.Sprintf("%s beside %s at its mirror", formatFloat(x), formatFloat(y)), "a symmetric matrix")
				return nil, false
			}
			s[r*k+q] = 0.5*x + 0.5*y
			s[q*k+r] = s[r*k+q]
		}
	}
	if !t.factor(s, k) {
		out.Fail(input, i, 0, "a matrix that is not positive definite", "a covariance matrix")
		return nil, false
	}
	return s, true
}

// kl sets dst to the divergence of every position.
func (c *covariances) kl(dst []float64, out *Out, b *Block) {
	for i := range dst {
		p, ok := c.load(out, b, i)
		if !ok {
			dst[i] = math.NaN()
			continue
		}
		trace := 0.0
		logDet := -c.first.logDet()
		if p.other == nil {
			for j := range p.k {
				trace += p.cov[j*p.k+j]
			}
		} else {
			trace = c.trace(p.k)
			c.second.solve(p.d)
			logDet += c.second.logDet()
		}
		dst[i] = 0.5 * (trace + vec.SumSq(p.d) - float64(p.k) + logDet)
	}
}

// trace returns tr S⁻¹Σ = ‖M⁻¹L‖², column by column.
func (c *covariances) trace(k int) float64 {
	column := c.memory.take(3, k)
	sum := 0.0
	for j := range k {
		for r := range column {
			column[r] = c.first.l[r*k+j]
		}
		c.second.solve(column)
		sum += vec.SumSq(column)
	}
	return sum
}

// grad computes w·∂KL/∂x:
//
//	by μ   S⁻¹(μ − m)              by m  its negative
//	by Σ   ½·(S⁻¹ − Σ⁻¹)           by S  ½·(S⁻¹ − S⁻¹(Σ + (μ−m)(μ−m)ᵀ)S⁻¹)
func (c *covariances) grad(grad [][]float64, w []float64, b *Block) {
	for i := range w {
		p, ok := c.load(&Out{}, b, i)
		if !ok || w[i] == 0 {
			continue
		}
		k := p.k
		inverse, columns := c.memory.take(3, k*k), c.memory.take(4, k*k)
		if p.other == nil {
			clear(inverse)
			for j := range k {
				inverse[j*k+j] = 1
			}
		} else {
			c.second.inverse(inverse, columns)
		}
		for _, side := range [...]struct {
			input int
			sign  float64
		}{{gaussianMu, 1}, {gaussianTargetMu, -1}} {
			if dst := grad[side.input]; dst != nil {
				for j := range k {
					dst[i*k+j] = side.sign * w[i] * vec.Dot(inverse[j*k:(j+1)*k], p.d)
				}
			}
		}
		if dst := grad[gaussianCov]; dst != nil {
			dst = dst[i*k*k : (i+1)*k*k]
			c.first.inverse(dst, columns)
			vec.Sub(dst, inverse, dst)
			vec.Scale(dst, 0.5*w[i], dst)
		}
		if dst := grad[gaussianTargetCov]; dst != nil {
			c.byOther(dst[i*k*k:(i+1)*k*k], p, inverse, columns)
			vec.Scale(dst[i*k*k:(i+1)*k*k], 0.5*w[i], dst[i*k*k:(i+1)*k*k])
		}
	}
}

// byOther sets dst to S⁻¹ − S⁻¹(Σ + ddᵀ)S⁻¹.
func (c *covariances) byOther(dst []float64, p pairing, inverse, half []float64) {
	k := p.k
	row := func(x []float64, i int) []float64 { return x[i*k : (i+1)*k] }
	for i, d := range p.d {
		vec.Axpy(row(p.cov, i), d, p.d)
	}
	for i := range k {
		for j := range k {
			half[i*k+j] = vec.Dot(row(inverse, i), row(p.cov, j)) // Σ + ddᵀ is symmetric
		}
	}
	for i := range k {
		for j := range k {
			dst[i*k+j] = inverse[i*k+j] - vec.Dot(row(half, i), row(inverse, j))
		}
	}
}
