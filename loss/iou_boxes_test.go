package loss_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"lossctl/internal/vec"
	"lossctl/loss"
)

var boxKinds = []string{"iou", "giou", "diou", "ciou", "eiou", "siou"}

// boxLosses computes the losses and the gradient by the first boxes.
func boxLosses(t *testing.T, pred, target []float64, settings ...string) (losses, grad []float64) {
	t.Helper()
	l := loss.IoUBoxes()
	for i := 0; i < len(settings); i += 2 {
		if err := l.Param(settings[i]).Value.Set(settings[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	n := len(pred) / 4
	shape := []int{n, 4}
	f, err := l.Frame(&loss.Request{Inputs: map[string]*loss.Array{"pred": {Name: "p", Shape: shape}, "target": {Name: "t", Shape: shape}}})
	if err != nil {
		t.Fatal(err)
	}
	l.Prepare(f)
	b := &loss.Block{Frame: f, N: n, In: [][]float64{make([]float64, 4*n), make([]float64, 4*n)}}
	vec.Transpose(b.In[0], pred, n, 4)
	vec.Transpose(b.In[1], target, n, 4)
	out, up := &loss.Out{}, [][]float64{ones(n)}
	for range l.Terms {
		out.Terms = append(out.Terms, make([]float64, n))
	}
	l.Eval(out, b)
	planes, grad := make([]float64, 4*n), make([]float64, 4*n)
	l.Grad([][]float64{planes, nil}, up, b)
	vec.Transpose(grad, planes, 4, n)
	return out.Terms[0], grad
}

// randomBoxes are n boxes of some 30 in a place of 100.
func randomBoxes(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 7))
	x := make([]float64, 4*n)
	for i := range x {
		x[i] = 100 * rng.Float64()
		if i%4 > 1 {
			x[i] = x[i-2] + 1 + 60*rng.Float64()
		}
	}
	return x
}

// It does not matter which box is which.
func TestBoxesSymmetry(t *testing.T) {
	p, q := randomBoxes(1, 200), randomBoxes(2, 200)
	for _, kind := range boxKinds {
		a, _ := boxLosses(t, p, q, "kind", kind)
		b, _ := boxLosses(t, q, p, "kind", kind)
		near(t, kind, a, b, 1e-15)
	}
}

// A box has no loss beside itself, and no gradient.
func TestBoxesOfThemselves(t *testing.T) {
	p := randomBoxes(1, 50)
	for _, kind := range boxKinds {
		losses, grad := boxLosses(t, p, p, "kind", kind, "eps", "0")
		for i, x := range losses {
			if x != 0 {
				t.Fatalf("%s: got %v for box %d, want 0", kind, x, i)
			}
		}
		for i, g := range grad {
			if math.Abs(g) > 1e-17 {
				t.Fatalf("%s: got gradient %v at %d, want 0", kind, g, i)
			}
		}
	}
}

// Without ε, the loss does not know the size of a pixel, however small or
// large, and the gradient is inverse to it.
func TestBoxesScale(t *testing.T) {
	p, q := randomBoxes(1, 100), randomBoxes(2, 100)
	scaled := func(x []float64, e int) []float64 {
		y := make([]float64, len(x))
		for i := range x {
			y[i] = math.Ldexp(x[i], e)
		}
		return y
	}
	for _, kind := range boxKinds {
		want, wantGrad := boxLosses(t, p, q, "kind", kind, "eps", "0")
		for _, e := range []int{-990, -300, 3, 300, 1000} {
			got, grad := boxLosses(t, scaled(p, e), scaled(q, e), "kind", kind, "eps", "0")
			near(t, kind, got, want, 0)
			near(t, kind+" gradient", scaled(grad, e), wantGrad, 0)
		}
	}
}

// Losses lie in their ranges, whose ends are a box and a point far away.
func TestBoxesRange(t *testing.T) {
	most := map[string]float64{"iou": 1, "giou": 2, "diou": 2, "ciou": 3, "eiou": 4, "siou": 3}
	near, far := []float64{0, 0, 1, 1}, []float64{1e9, 1e9, 1e9 + 1, 1e9 + 1}
	for _, kind := range boxKinds {
		losses, _ := boxLosses(t, randomBoxes(1, 2000), randomBoxes(2, 2000), "kind", kind)
		for _, x := range losses {
			if x < 0 || x > most[kind] {
				t.Fatalf("%s: got %v, want 0 to %v", kind, x, most[kind])
			}
		}
	}
	for kind, want := range map[string]float64{"iou": 1, "giou": 2, "diou": 2, "ciou": 2, "eiou": 2, "siou": 2 - math.Exp(-1)} {
		if losses, _ := boxLosses(t, near, far, "kind", kind); math.Abs(losses[0]-want) > 1e-6 {
			t.Errorf("%s of boxes far apart: got %v, want %v", kind, losses[0], want)
		}
	}
}

// The formats are three ways to write one box.
func TestBoxesFormats(t *testing.T) {
	p, q := randomBoxes(1, 100), randomBoxes(2, 100)
	write := func(x []float64, format string) []float64 {
		y := append([]float64(nil), x...)
		for i := range y {
			switch {
			case i%4 > 1:
				y[i] = x[i] - x[i-2]
			case format == "cxcywh":
				y[i] = (x[i] + x[i+2]) / 2
			}
		}
		return y
	}
	for _, kind := range boxKinds {
		want, _ := boxLosses(t, p, q, "kind", kind)
		for _, format := range []string{"xywh", "cxcywh"} {
			got, _ := boxLosses(t, write(p, format), write(q, format), "kind", kind, "box-format", format)
			near(t, kind+" "+format, got, want, 1e-12)
		}
	}
}

// The log and the square are functions of the IoU.
func TestBoxesForms(t *testing.T) {
	p, q := randomBoxes(1, 500), randomBoxes(2, 500)
	linear, _ := boxLosses(t, p, q)
	for i := range linear {
		iou := 1 - linear[i]
		square, _ := boxLosses(t, p[4*i:4*i+4], q[4*i:4*i+4], "form", "square")
		log, _ := boxLosses(t, p[4*i:4*i+4], q[4*i:4*i+4], "form", "log")
		near(t, "square", square, []float64{1 - iou*iou}, 1e-12)
		near(t, "log", log, []float64{-math.Log(iou)}, 1e-9)
	}
}
