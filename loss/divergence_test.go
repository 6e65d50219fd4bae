package loss

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// plainProbs are the probabilities of one position by definition.
func plainProbs(d *divergence, role Role, x []float64) []float64 {
	p := make([]float64, len(x))
	sum := 0.0
	for k, v := range x {
		switch role {
		case Prob:
			p[k] = math.Pow(v, 1/d.temperature)
		default:
			p[k] = math.Exp(v / d.temperature)
		}
		sum += p[k]
	}
	if role == Logit || d.temperature != 1 || d.renormalize {
		for k := range p {
			p[k] /= sum
		}
	}
	for k := range p {
		if d.floor > 0 {
			p[k] = min(max(p[k], d.floor), 1)
		}
	}
	return p
}

func plainKL(p, q []float64) (sum float64) {
	for k := range p {
		if p[k] > 0 {
			sum += p[k] * math.Log(p[k]/q[k])
		}
	}
	return sum
}

func plainDivergence(d *divergence, p, q []float64) float64 {
	beta := d.beta
	switch {
	case d.kind == "forward" || d.kind == "gjs" && beta == 0:
		return plainKL(p, q)
	case d.kind == "reverse" || d.kind == "gjs" && beta == 1:
		return plainKL(q, p)
	case d.kind == "jeffreys":
		return plainKL(p, q) + plainKL(q, p)
	case d.kind == "js":
		beta = 0.5
	}
	m := make([]float64, len(p))
	for k := range m {
		m[k] = beta*p[k] + (1-beta)*q[k]
	}
	return beta*plainKL(p, m) + (1-beta)*plainKL(q, m)
}

// blockOf has n positions of two inputs.
func blockOf(n, classes int, rows bool, roles [2]Role, p, q []float64) *Block {
	views := []View{{Role: roles[0], Planes: classes, Spread: 1}, {Role: roles[1], Planes: classes, Spread: 1}}
	return &Block{Frame: &Frame{Rows: rows, Classes: 1, Views: views}, N: n, In: [][]float64{p, q}}
}

func number(b *Block, i, k, classes int) int {
	if b.Frame.Rows {
		return i*classes + k
	}
	return k*b.N + i
}

func position(b *Block, input, i, classes int) []float64 {
	x := make([]float64, classes)
	for k := range x {
		x[k] = b.In[input][number(b, i, k, classes)]
	}
	return x
}

func randomInput(r *rand.Rand, b *Block, classes int, role Role) []float64 {
	x := make([]float64, b.N*classes)
	for i := range b.N {
		sum := 0.0
		p := make([]float64, classes)
		for k := range p {
			p[k] = math.Exp(2 * r.NormFloat64())
			sum += p[k]
		}
		for k, v := range p {
			j := number(b, i, k, classes)
			switch role {
			case Logit:
				x[j] = math.Log(v) + 3
			case Prob:
				x[j] = v / sum
			case LogProb:
				x[j] = math.Log(v / sum)
			}
		}
	}
	return x
}

// eachDivergence runs a test for the kinds, the ways to say the probabilities
// and the layouts.
func eachDivergence(t *testing.T, test func(t *testing.T, d *divergence, b *Block, classes int)) {
	for _, kind := range divergences {
		for _, set := range []func(d *divergence){
			func(*divergence) {},
			func(d *divergence) { d.temperature = 4 },
			func(d *divergence) { d.temperature = 0.5 },
			func(d *divergence) { d.renormalize, d.beta = true, 0.9 },
			func(d *divergence) { d.floor, d.beta = 0.1, 0 },
			func(d *divergence) { d.floor, d.temperature, d.beta = 0.1, 2, 1 },
			func(d *divergence) { d.beta = 0.1 },
		} {
			for _, roles := range [][2]Role{{Logit, Logit}, {Prob, Prob}, {LogProb, LogProb}, {Prob, Logit}, {Logit, LogProb}} {
				for _, classes := range []int{2, 5, 70} {
					d := newDivergence()
					d.kind = kind
					set(&d)
					r := rand.New(rand.NewPCG(uint64(classes), 8))
					b := blockOf(3, classes, classes > rowClasses, roles, nil, nil)
					b.In = [][]float64{randomInput(r, b, classes, roles[0]), randomInput(r, b, classes, roles[1])}
					t.Run(fmt.Sprintf("%s_T%g_beta%g_floor%g_%v_%d_%d", kind, d.temperature, d.beta, d.floor, d.renormalize, roles, classes),
						func(t *testing.T) { test(t, &d, b, classes) })
				}
			}
		}
	}
}

func TestDivergence(t *testing.T) {
	eachDivergence(t, func(t *testing.T, d *divergence, b *Block, classes int) {
		dst, out := make([]float64, b.N), &Out{}
		d.eval(dst, out, b, 0, 1)
		for i, got := range dst {
			p := plainProbs(d, b.Role(0), position(b, 0, i, classes))
			q := plainProbs(d, b.Role(1), position(b, 1, i, classes))
			if want := plainDivergence(d, p, q); math.Abs(got-want) > 1e-13*max(1, want) {
				t.Errorf("position %d: got %v, want %v", i, got, want)
			}
			h := 0.0
			for _, v := range p {
				h -= v * math.Log(v)
			}
			d.entropy(dst[:b.N], b, 0)
			if math.Abs(dst[i]-h) > 1e-13*max(1, h) {
				t.Errorf("entropy %d: got %v, want %v", i, dst[i], h)
			}
			d.eval(dst, out, b, 0, 1)
		}
		if len(out.Found) > 0 {
			t.Errorf("found %v", out.Found)
		}
		// Of equals nothing is left, not even a rounding.
		if b.Role(0) == b.Role(1) {
			b.In[1] = b.In[0]
			d.eval(dst, out, b, 0, 1)
			for i, got := range dst {
				if got != 0 {
					t.Errorf("of equals, position %d: got %v", i, got)
				}
			}
		}
	})
}

func TestDivergenceGradient(t *testing.T) {
	up := []float64{0.7, 0, -2}
	eachDivergence(t, func(t *testing.T, d *divergence, b *Block, classes int) {
		d.tolerance = math.NaN()
		dst, out := make([]float64, b.N), &Out{}
		total := func() float64 {
			d.eval(dst, out, b, 0, 1)
			s := 0.0
			for i, u := range up {
				s += u * dst[i]
			}
			return s
		}
		for by := range 2 {
			x := b.In[by]
			got := make([]float64, len(x))
			for j := range got {
				got[j] = 1 // what is there stays
			}
			d.grad(got, up, b, 0, 1, by)
			for j := range x {
				if j%7 > 1 && classes > 5 {
					continue
				}
				old := x[j]
				h := 1e-5 * min(1, math.Abs(old))
				if b.Role(by) == Prob {
					h = 1e-4 * old
				}
				x[j] = old + h
				above := total()
				x[j] = old - h
				below := total()
				x[j] = old
				rounding := 1e-15 * (math.Abs(above) + 1) / h
				if want := (above - below) / (2 * h); math.Abs(got[j]-1-want) > 1e-7*max(1, math.Abs(want))+rounding {
					t.Fatalf("by input %d, number %d: got %v, want %v", by, j, got[j]-1, want)
				}
			}
		}
	})
}

// Impossible classes add nothing where both have them, and inf where one has.
func TestDivergenceImpossible(t *testing.T) {
	inf := math.Inf(-1)
	const zero = "probability 0 where the other is not: the divergence is inf"
	for _, e := range []struct {
		name   string
		role   Role
		p, q   []float64
		set    func(d *divergence)
		want   float64
		found  string
		failed bool
	}{
		{name: "p", role: Logit, p: []float64{0, inf, 0}, q: []float64{0, 0, 0}, want: math.Log(1.5)},
		{name: "both", role: Logit, p: []float64{0, inf, 0}, q: []float64{3, inf, 3}, want: 0},
		{name: "q", role: Logit, p: []float64{0, 0, 0}, q: []float64{0, inf, 0}, want: math.Inf(1), found: zero},
		{name: "reverse", role: Logit, p: []float64{0, 0, 0}, q: []float64{0, inf, 0}, want: math.Log(1.5), set: func(d *divergence) { d.kind = "reverse" }},
		{name: "js", role: Logit, p: []float64{0, inf}, q: []float64{inf, 0}, want: math.Ln2, set: func(d *divergence) { d.kind = "js" }},
		{name: "probabilities", role: Prob, p: []float64{1, 0, 0}, q: []float64{0.5, 0.5, 0}, want: math.Ln2},
		{name: "probability of q", role: Prob, p: []float64{0.5, 0.5, 0}, q: []float64{1, 0, 0}, want: math.Inf(1), found: zero},
		{name: "least probability", role: Prob, p: []float64{1, math.SmallestNonzeroFloat64}, q: []float64{1, 0}, want: 0, set: func(d *divergence) { d.kind = "js" }},
		{name: "clipped", role: Prob, p: []float64{0.5, 0.5, 0}, q: []float64{1, 0, 0}, want: 0.5*math.Log(0.5) + 0.5*math.Log(0.5/1e-7), set: func(d *divergence) { d.floor = 1e-7 }},
		{name: "log-probabilities", role: LogProb, p: []float64{0, inf}, q: []float64{math.Log(0.5), math.Log(0.5)}, want: math.Ln2},
		{name: "nothing", role: Logit, p: []float64{inf, inf}, q: []float64{1, 2}, want: math.NaN(), found: "-inf for every class", failed: true},
		{name: "zeros", role: Prob, p: []float64{0.5, 0.5}, q: []float64{0, 0}, want: math.NaN(), found: "0 for every class", failed: true, set: func(d *divergence) { d.renormalize = true }},
		{name: "sum", role: Prob, p: []float64{0.5, 0.43}, q: []float64{0.5, 0.5}, want: math.Log(0.5)*0.5 - math.Log(0.5)*0.93 + 0.43*math.Log(0.43), found: "a row that sums to 0.93", failed: true},
		{name: "sum, unchecked", role: Prob, p: []float64{0.5, 0.43}, q: []float64{0.5, 0.5}, want: math.Log(0.5)*0.5 - math.Log(0.5)*0.93 + 0.43*math.Log(0.43), set: func(d *divergence) { d.tolerance = math.NaN() }},
		{name: "sum of log-probabilities", role: LogProb, p: []float64{0, inf}, q: []float64{0, 0}, want: 0, found: "a row that sums to 2", failed: true},
		{name: "far", role: Logit, p: []float64{1e308, -1e308}, q: []float64{-1e308, 1e308}, want: math.Inf(1), found: "so far from the other that the divergence is inf"},
		{name: "far, at a temperature", role: Logit, p: []float64{1e308, -1e308}, q: []float64{-1e308, 1e308}, want: 5e307, set: func(d *divergence) { d.temperature = 4 }},
		{name: "far, at a low temperature", role: Logit, p: []float64{1.7e308, 0}, q: []float64{1.7e308, 0}, want: 0, set: func(d *divergence) { d.temperature = 0.5 }},
	} {
		for _, rows := range []bool{false, true} {
			d := newDivergence()
			if e.set != nil {
				e.set(&d)
			}
			b := blockOf(1, len(e.p), rows, [2]Role{e.role, e.role}, e.p, e.q)
			dst, out := make([]float64, 1), &Out{}
			d.eval(dst, out, b, 0, 1)
			if got := dst[0]; got != e.want && !(math.Abs(got-e.want) <= 1e-14*math.Abs(e.want)) && !(got != got && e.want != e.want) {
				t.Errorf("%s: got %v, want %v", e.name, got, e.want)
			}
			switch {
			case e.found == "" && len(out.Found) > 0:
				t.Errorf("%s: found %v", e.name, out.Found)
			case e.found != "" && (len(out.Found) != 1 || !strings.Contains(out.Found[0].Got, e.found) || (out.Found[0].Want != "") != e.failed):
				t.Errorf("%s: found %v, want %q", e.name, out.Found, e.found)
			}
		}
	}
}
