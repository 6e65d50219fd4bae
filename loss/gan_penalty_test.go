package loss_test

import (
	"context"
	"math"
	"testing"

	"lossctl/loss"
)

// R1 is the gradient penalty for the norm 0, and the one-sided penalty is the
// two-sided one where every norm is large.
func TestPenalties(t *testing.T) {
	value := func(set string, scale float64) float64 {
		tr := newTrial(t, loss.GANPenalty, variant{set: set, shapes: [][]int{{5, 3, 4}}})
		return tr.with(func(_ int, _ loss.View, m *memory) {
			for i, x := range m.values() {
				m.set(i, scale*x)
			}
		}).value(t)
	}
	for _, c := range []struct {
		a, b  string
		scale float64
	}{
		{"kind=r1 gamma=6", "target-norm=0 lambda=3", 1},
		{"kind=r1", "kind=r2", 1},
		{"kind=gp", "kind=gp-one-sided", 10},
		{"kind=r1 gamma=2", "kind=r1 gamma=2 norm=sample", 1},
	} {
		a, b := value(c.a, c.scale), value(c.b, c.scale)
		if math.Abs(a-b) > 1e-15*b {
			t.Errorf("%s: %v, %s: %v", c.a, a, c.b, b)
		}
	}
	if got := value("kind=gp-one-sided", 1e-3); got != 0 {
		t.Errorf("one-sided penalty of small norms is %v", got)
	}
	if a, b := value("norm=channel kind=r1", 1), value("kind=r1", 1)/4; math.Abs(a-b) > 1e-15*b {
		t.Errorf("r1 by channel: %v, a fourth of that by sample: %v", a, b)
	}
}

// The gradient of a norm of 0 is 0.
func TestPenaltyOfZero(t *testing.T) {
	tr := newTrial(t, loss.GANPenalty, variant{shapes: [][]int{{2, 3}}}).with(func(_ int, _ loss.View, m *memory) {
		for i := range m.values() {
			m.set(i, 0)
		}
	})
	res, err := tr.job(whole).Run(context.Background())
	if err != nil || res.Value != 10 {
		t.Fatalf("got %v, %v, want 10", res.Value, err)
	}
	g := make(numbers, 6)
	if err := tr.job(whole).Gradient(context.Background(), res, 0, g); err != nil {
		t.Fatal(err)
	}
	for i, x := range g {
		if x != 0 {
			t.Errorf("gradient %d is %v", i, x)
		}
	}
}
