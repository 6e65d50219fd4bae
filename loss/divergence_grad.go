package loss

import (
	"math"

	"lossctl/internal/vec"
)

// slope adds up·∂D/∂x to grad for the numbers x of s, which is p or q.
//
// KL(a‖b) has the derivatives a·(log a − log b + 1) by log a and −a by log b.
// In β·KL(p‖m) + (1−β)·KL(q‖m) what comes through m cancels the 1.
func (d *divergence) slope(grad, up []float64, p, q, s *distribution) {
	var list [2]part
	parts := d.parts(list[:0], d.load(p), d.load(q))
	g, c := d.memory.take(8, len(s.x)), d.memory.take(9, len(s.x))
	clear(g)
	for _, t := range parts {
		switch s {
		case t.a:
			vec.Sub(c, t.a.log, t.b.log)
			if !t.b.mixture {
				vec.Affine(c, 1, 1, c)
			}
			vec.Mul(c, c, t.a.p)
			for j, v := range c {
				if v-v != 0 && (t.a.p[j] == 0 || t.b.mixture && t.b.p[j] == 0) {
					c[j] = 0
				}
			}
			vec.Axpy(g, t.weight, c)
		case t.b:
			vec.Axpy(g, -t.weight, t.a.p)
		}
	}
	if d.floor > 0 {
		lo := math.Log(d.floor)
		for j, v := range s.raw {
			if v < lo || v > 0 {
				g[j] = 0
			}
		}
	}
	if s.role == Prob {
		d.byProb(grad, up, g, c, s, parts)
	} else {
		d.byLog(grad, up, g, c, s)
	}
}

// byLog adds up·∂D/∂x from g, the derivatives by the log-probabilities: g for
// log-probabilities, and (g − p·Σg)/T for what goes through a softmax.
func (d *divergence) byLog(grad, up, g, tmp []float64, s *distribution) {
	p := s.unclipped(d, tmp)
	sums := d.memory.take(6, s.n)
	s.sum(sums, g)
	for i, u := range up {
		if s.rows && u != 0 {
			k := s.classes
			lo, hi := i*k, (i+1)*k
			if d.isSoftmax(s) {
				u /= d.temperature
				vec.Axpy(grad[lo:hi], -u*sums[i], p[lo:hi])
			}
			vec.Axpy(grad[lo:hi], u, g[lo:hi])
		}
	}
	if s.rows {
		return
	}
	u := d.memory.take(7, s.n)
	vec.Scale(u, 1/d.temperature, up)
	for at := 0; at < len(g); at += s.n {
		to, t := grad[at:at+s.n], tmp[at:at+s.n]
		if d.isSoftmax(s) {
			vec.Mul(t, p[at:at+s.n], sums)
			vec.Sub(t, g[at:at+s.n], t)
			vec.Mul(t, t, u)
		} else {
			vec.Mul(t, g[at:at+s.n], up)
		}
		vec.Add(to, to, t)
	}
}

// unclipped returns the probabilities that a softmax gives, in tmp where they
// are not at hand.
func (s *distribution) unclipped(d *divergence, tmp []float64) []float64 {
	if d.floor == 0 || !d.isSoftmax(s) {
		return s.p
	}
	vec.Exp(tmp, s.raw)
	return tmp
}

// byProb is byLog for probabilities x: g/x, and (g − p·Σg)/(T·x) for what
// goes through a softmax of log x.
func (d *divergence) byProb(grad, up, g, tmp []float64, s *distribution, parts []part) {
	p := s.unclipped(d, tmp)
	for i, u := range up {
		if u == 0 {
			continue
		}
		sum, total := 0.0, 0.0
		for k := range s.classes {
			j := s.number(i, k)
			sum += g[j]
			total += s.x[j]
		}
		for k := range s.classes {
			j := s.number(i, k)
			switch x := s.x[j]; {
			case !d.isSoftmax(s) && x == 0:
				grad[j] += float64(u * d.atZero(j, s, parts))
			case !d.isSoftmax(s):
				grad[j] += float64(u * product(g[j], inverse(x)))
			case x == 0 && d.temperature == 1:
				grad[j] += u * (d.atZero(j, s, parts) - sum) / total
			case x == 0 && d.temperature < 1:
			case x == 0:
				grad[j] += float64(u * math.Copysign(math.Inf(1), d.atZero(j, s, parts)-sum))
			default:
				grad[j] += u * product(g[j]-float64(p[j]*sum), inverse(x)) / d.temperature
			}
		}
	}
}

// atZero is the derivative of the divergence by a probability that is 0 and
// grows.
func (d *divergence) atZero(j int, s *distribution, parts []part) float64 {
	if d.floor > 0 {
		return 0
	}
	v := 0.0
	for _, t := range parts {
		switch {
		case s == t.b && t.a.p[j] > 0, s == t.a && t.b.p[j] > 0:
			v += math.Inf(-1)
		case s == t.a && t.b.mixture:
			v -= t.weight * math.Log(t.weight)
		case s == t.a:
			v += math.Inf(1)
		}
	}
	return v
}
