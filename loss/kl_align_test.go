package loss

import (
	"math"
	"math/rand/v2"
	"testing"
)

// alignLosses computes the losses of rows of dimension d.
func alignLosses(a *align, d int, pred, target, labels []float64, left []bool) (total, toTarget, toPred []float64) {
	n := len(pred) / d
	f := &Frame{Views: []View{{Role: Real, Planes: d}, {Role: Real, Planes: d}, {}}}
	out := &Out{Terms: [][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}}
	a.resolve()
	each := func(n int, do func(worker, i int)) {
		for i := range n {
			do(0, i)
		}
	}
	a.eval(out, &Block{Frame: f, N: n, In: [][]float64{pred, target, labels}, Left: left, Each: each, Workers: 1})
	if len(out.Found) > 0 {
		panic(out.Found[0].Got)
	}
	return out.Terms[0], out.Terms[1], out.Terms[2]
}

func newAlign(kind string) *align {
	return &align{kind: kind, scale: math.NaN(), eps: 1e-8, labelNorm: "sum", combine: "auto"}
}

func embeddings(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 5))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

var alignKinds = []string{"cmpm", "sdm", "actionclip", "clip-soft"}

// The losses by definition, row by row and number by number.
func TestAlignDefinition(t *testing.T) {
	const n, d = 7, 3
	x, y := embeddings(1, n*d), embeddings(2, n*d)
	labels := []float64{4, 1, 4, 0, 1, 4, 9}
	cos := func(a, b []float64, i, j int, raw bool) float64 {
		dot, aa, bb := 0.0, 0.0, 0.0
		for k := range d {
			dot += a[i*d+k] * b[j*d+k]
			aa += a[i*d+k] * a[i*d+k]
			bb += b[j*d+k] * b[j*d+k]
		}
		if raw {
			return dot / math.Sqrt(bb)
		}
		return dot / math.Sqrt(aa*bb)
	}
	one := func(a *align, p, q []float64, i int) float64 {
		s, match := make([]float64, n), make([]float64, n)
		sum, k, z := 0.0, 0.0, 0.0
		for j := range s {
			s[j] = math.Exp(a.scale * cos(p, q, i, j, a.kind == "cmpm"))
			sum += s[j]
			if labels[i] == labels[j] {
				match[j] = 1
				k++
			}
			z += math.Exp(10 * match[j])
		}
		kl := 0.0
		for j := range s {
			prob, m := s[j]/sum, match[j]/k
			if a.kind == "actionclip" {
				m = math.Exp(10*match[j]) / z
			}
			switch {
			case a.towards():
				kl += prob * math.Log(prob/(m+a.eps))
			case m > 0:
				kl += m * math.Log(m/prob)
			}
		}
		return kl
	}
	for _, kind := range alignKinds {
		a := newAlign(kind)
		total, toTarget, toPred := alignLosses(a, d, x, y, labels, nil)
		for i := range n {
			p, q := one(a, x, y, i), one(a, y, x, i)
			for _, c := range [][2]float64{{toTarget[i], p}, {toPred[i], q}, {total[i], a.half() * (p + q)}} {
				if math.Abs(c[0]-c[1]) > 1e-12*max(1, c[1]) {
					t.Errorf("%s, row %d: got %v, want %v", kind, i, c[0], c[1])
				}
			}
		}
	}
}

// Only directions matter but to cmpm, and there only the rows that ask; the
// two sides may change places.
func TestAlignSymmetries(t *testing.T) {
	const n, d = 6, 4
	x, y := embeddings(3, n*d), embeddings(4, n*d)
	labels := []float64{1, 1, 0, 2, 2, 2}
	longer := make([]float64, n*d)
	for i := range longer {
		longer[i] = y[i] * float64(i/d+2)
	}
	for _, kind := range alignKinds {
		_, toTarget, toPred := alignLosses(newAlign(kind), d, x, y, labels, nil)
		_, swappedToTarget, swappedToPred := alignLosses(newAlign(kind), d, y, x, labels, nil)
		_, longTarget, longPred := alignLosses(newAlign(kind), d, x, longer, labels, nil)
		for i := range n {
			if toTarget[i] != swappedToPred[i] || toPred[i] != swappedToTarget[i] {
				t.Errorf("%s: the sides do not change places", kind)
			}
			if math.Abs(toTarget[i]-longTarget[i]) > 1e-12 || (math.Abs(toPred[i]-longPred[i]) > 1e-12) != (kind == "cmpm") {
				t.Errorf("%s, row %d: lengths of target change %v to %v and %v to %v", kind, i, toTarget[i], longTarget[i], toPred[i], longPred[i])
			}
		}
	}
}

// Rows that are left out might as well not be there.
func TestAlignLeft(t *testing.T) {
	const n, d = 6, 4
	x, y := embeddings(5, n*d), embeddings(6, n*d)
	labels := []float64{1, 1, 0, 2, 2, 1}
	left := []bool{false, true, false, true, false, false}
	var lessX, lessY, lessLabels []float64
	for i, out := range left {
		if !out {
			lessX, lessY, lessLabels = append(lessX, x[i*d:][:d]...), append(lessY, y[i*d:][:d]...), append(lessLabels, labels[i])
		}
	}
	for _, kind := range alignKinds {
		all, _, _ := alignLosses(newAlign(kind), d, x, y, labels, left)
		few, _, _ := alignLosses(newAlign(kind), d, lessX, lessY, lessLabels, nil)
		for i, out := range left {
			want := 0.0
			if !out {
				want, few = few[0], few[1:]
			}
			if all[i] != want {
				t.Errorf("%s, row %d: got %v, want %v", kind, i, all[i], want)
			}
		}
	}
}

// A batch of one row has no rivals: its loss is 0 but for ε.
func TestAlignAlone(t *testing.T) {
	for _, kind := range alignKinds {
		total, _, _ := alignLosses(newAlign(kind), 2, []float64{1, 2}, []float64{-3, 1}, nil, nil)
		if math.Abs(total[0]) > 3e-8 {
			t.Errorf("%s: got %v", kind, total[0])
		}
	}
}
