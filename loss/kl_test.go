package loss_test

import (
	"fmt"
	"math"
	"testing"

	"lossctl/loss"
)

// klOf makes a trial with given numbers; nil leaves what the trial has.
func klOf(t *testing.T, declare func() *loss.Loss, v variant, arrays ...[]float64) *trial {
	t.Helper()
	tr := newTrial(t, declare, v)
	for k, x := range arrays {
		if x != nil {
			tr.data[k] = newMemory(tr.data[k].name, "float64", tr.data[k].shape, x)
		}
	}
	return tr
}

// softmaxRows returns the probabilities of rows and their logarithms.
func softmaxRows(x []float64, classes int) (p, lp []float64) {
	for i := 0; i < len(x); i += classes {
		lp = append(lp, logSoftmax(x[i:i+classes])...)
	}
	for _, v := range lp {
		p = append(p, math.Exp(v))
	}
	return p, lp
}

// The definition, in rows and in planes, and its gradient (q − p)/n.
func TestKL(t *testing.T) {
	for _, classes := range []int{2, 5, 64, 65, 300, 2500} {
		n := 7
		x, y := normal(n*classes, 1), normal(n*classes, 2)
		q, lq := softmaxRows(x, classes)
		p, lp := softmaxRows(y, classes)
		want, grad := make([]float64, n), make([]float64, n*classes)
		for j := range p {
			want[j/classes] += p[j] * (lp[j] - lq[j])
			grad[j] = (q[j] - p[j]) / float64(n)
		}
		got := klOf(t, loss.KL, variant{shapes: both(n, classes)}, x, y).run(t, whole)
		near(t, fmt.Sprint(classes, " classes"), got["elements"], want, 1e-13)
		near(t, fmt.Sprint(classes, " classes: gradient"), got["gradient 0"], grad, 1e-13)
	}
}

// What is the same by another name.
func TestKLSynonyms(t *testing.T) {
	n, classes := 11, 6
	x, y := normal(n*classes, 1), normal(n*classes, 2)
	of := func(v variant, arrays ...[]float64) outcome {
		v.shapes = both(n, classes)
		return klOf(t, loss.KL, v, arrays...).run(t, whole)
	}
	q, lq := softmaxRows(x, classes)
	p, lp := softmaxRows(y, classes)
	moved := make([]float64, len(x))
	for j, v := range x {
		moved[j] = v + 1024
	}
	forward := of(variant{}, x, y)
	reverse := of(variant{set: "divergence=reverse"}, x, y)
	js := of(variant{set: "divergence=js"}, x, y)
	for _, e := range []struct {
		name      string
		got, want outcome
		gradient  string // of got that is gradient 0 of want
	}{
		{"a shift", of(variant{}, moved, y), forward, "gradient 0"},
		{"probabilities", of(variant{predAs: "probs"}, q, p), forward, ""},
		{"log-probabilities", of(variant{predAs: "logprobs"}, lq, lp), forward, ""},
		{"one of each", of(variant{predAs: "logprobs", targetAs: "probs"}, lq, p), forward, ""},
		{"swapped", of(variant{set: "divergence=reverse"}, y, x), forward, "gradient 1"},
		{"gjs 0", of(variant{set: "divergence=gjs beta=0"}, x, y), forward, "gradient 0"},
		{"gjs 1", of(variant{set: "divergence=gjs beta=1"}, x, y), reverse, "gradient 0"},
		{"gjs ½", of(variant{set: "divergence=gjs"}, x, y), js, "gradient 0"},
		{"js is symmetric", of(variant{set: "divergence=js"}, y, x), js, "gradient 1"},
		{"gjs the other way", of(variant{set: "divergence=gjs beta=0.3"}, x, y), of(variant{set: "divergence=gjs beta=0.7"}, y, x), ""},
		{"renormalized", of(variant{predAs: "probs", set: "renormalize=true"}, q, p), forward, ""},
		{"clipped at nothing that is there", of(variant{convention: "keras", set: "prob-clip=1e-300"}, x, y), forward, "gradient 0"},
	} {
		near(t, e.name, e.got["elements"], e.want["elements"], 1e-12)
		if e.gradient != "" {
			near(t, e.name+": gradient", e.got[e.gradient], e.want["gradient 0"], 1e-12)
		}
	}
	sum := of(variant{set: "divergence=jeffreys"}, x, y)
	for i, v := range sum["elements"] {
		if want := forward["elements"][i] + reverse["elements"][i]; math.Abs(v-want) > 1e-14*want {
			t.Errorf("jeffreys %d: got %v, want %v", i, v, want)
		}
		if b := of(variant{set: "divergence=js unit=bits"}, x, y)["elements"][i]; b < 0 || b > 1 {
			t.Errorf("js in bits %d: got %v, want it in [0, 1]", i, b)
		}
	}
	hot := of(variant{set: "temperature=1e6"}, x, y)
	if v := hot["value"][0]; math.Abs(v) > 1e-10 {
		t.Errorf("at a temperature of 1e6: got %v, want about 0", v)
	}
}

// gjs tends to 0 as β does, and is KL at 0 exactly; over β it tends to KL.
func TestKLDiscontinuity(t *testing.T) {
	x, y := normal(20, 1), normal(20, 2)
	of := func(set string) float64 {
		return klOf(t, loss.KL, variant{set: set, shapes: both(4, 5)}, x, y).value(t)
	}
	forward, reverse := of("divergence=forward"), of("divergence=reverse")
	for beta, tolerance := range map[float64]float64{1e-3: 0.3, 1e-5: 0.03, 1e-7: 3e-4} {
		low := of(fmt.Sprintf("divergence=gjs beta=%v", beta))
		high := of(fmt.Sprintf("divergence=gjs beta=%v", 1-beta))
		if math.Abs(low/beta/forward-1) > tolerance || math.Abs(high/beta/reverse-1) > tolerance {
			t.Errorf("β %v: got %v and %v over β, want about %v and %v", beta, low/beta, high/beta, forward, reverse)
		}
	}
}

// What the mean divides by.
func TestKLReductions(t *testing.T) {
	shapes := both(3, 4, 5)
	of := func(v variant) float64 { v.shapes = shapes; return newTrial(t, loss.KL, v).value(t) }
	sum := of(variant{reduction: "sum"})
	for _, e := range []struct {
		name string
		got  float64
		by   float64
	}{
		{"mean", of(variant{}), 12},
		{"batchmean", of(variant{reduction: "batchmean"}), 3},
		{"torch", of(variant{convention: "torch"}), 60},
		{"bits", of(variant{set: "unit=bits"}), 12 * math.Ln2},
	} {
		near(t, e.name, []float64{e.got}, []float64{sum / e.by}, 1e-14)
	}
}
