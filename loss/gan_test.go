package loss_test

import (
	"math"
	"testing"

	"lossctl/loss"
)

// gan is the trial of scores.
func gan(t *testing.T, set, reduction string, real, fake []float64) *trial {
	t.Helper()
	tr := newTrial(t, loss.GAN, variant{set: set, reduction: reduction, shapes: [][]int{{len(real)}, {len(fake)}}})
	return tr.with(func(k int, _ loss.View, m *memory) {
		for i, x := range [][]float64{real, fake}[k] {
			m.set(i, x)
		}
	})
}

func ganValue(t *testing.T, set string, real, fake []float64) float64 {
	t.Helper()
	return gan(t, set, "mean", real, fake).value(t)
}

var (
	reals = []float64{2.25, -0.5, 0.8, 3, -7}
	fakes = []float64{-1, 0.3, 1.5}
)

func TestGANOfNothingLearned(t *testing.T) {
	zero := []float64{0, 0, 0}
	for set, want := range map[string]float64{
		"kind=vanilla": 2 * math.Ln2, "kind=softplus side=generator": math.Ln2, "kind=saturating side=generator": -math.Ln2,
		"kind=lsgan": 1, "kind=lsgan side=generator": 1, "kind=wgan": 0, "kind=hinge": 2, "kind=hinge side=generator": 0, "kind=l1": 1,
		"relativistic=average": math.Ln2,
	} {
		if got := ganValue(t, set, zero, zero[:2]); math.Abs(got-want) > 1e-15 {
			t.Errorf("%s: got %v, want %v", set, got, want)
		}
	}
}

// Names of one formula give the same bits.
func TestGANSynonyms(t *testing.T) {
	for _, names := range [][2]string{
		{"kind=vanilla", "kind=nonsaturating"},
		{"kind=vanilla", "kind=softplus"},
		{"kind=vanilla side=generator", "kind=softplus side=generator"},
		{"kind=vanilla", "kind=saturating"},
		{"kind=wgan side=generator", "kind=hinge side=generator"},
	} {
		a, b := ganValue(t, names[0], reals, fakes), ganValue(t, names[1], reals, fakes)
		if a != b {
			t.Errorf("%v: got %v and %v", names, a, b)
		}
	}
}

// With one score a side the mean of the other is the other: the average is
// the pair, and half of the sum of two equal parts is the part.
func TestGANAverageOfOneIsPaired(t *testing.T) {
	for _, kind := range []string{"vanilla", "softplus", "lsgan", "wgan", "hinge", "l1"} {
		for _, side := range []string{"discriminator", "generator"} {
			set := "kind=" + kind + " side=" + side + " relativistic="
			a, b := ganValue(t, set+"average", reals[:1], fakes[:1]), ganValue(t, set+"paired", reals[:1], fakes[:1])
			if math.Abs(a-b) > 1e-15*math.Abs(b) {
				t.Errorf("%s %s: average %v, paired %v", kind, side, a, b)
			}
		}
	}
}

// Exchanging the sides exchanges the losses.
func TestGANSidesExchange(t *testing.T) {
	for _, kind := range []string{"vanilla", "softplus", "lsgan", "wgan", "hinge", "l1"} {
		d, g := ganValue(t, "relativistic=average kind="+kind, reals, fakes), ganValue(t, "relativistic=average side=generator kind="+kind, fakes, reals)
		if d != g {
			t.Errorf("%s: d_loss %v, g_loss of the exchanged %v", kind, d, g)
		}
	}
}

// Relativistic losses know differences alone: nothing changes with a number
// added to all scores, and the gradients of all sum to 0.
func TestGANRelativisticIsRelative(t *testing.T) {
	moved := func(x []float64) (y []float64) {
		for _, v := range x {
			y = append(y, v+8)
		}
		return y
	}
	for _, set := range []string{"relativistic=average", "relativistic=average kind=lsgan side=generator", "relativistic=average kind=hinge"} {
		a, b := ganValue(t, set, reals, fakes), ganValue(t, set, moved(reals), moved(fakes))
		if math.Abs(a-b) > 1e-14*a {
			t.Errorf("%s: got %v, moved %v", set, a, b)
		}
		tr := gan(t, set, "mean", reals, fakes)
		o, sum := tr.run(t, whole), 0.0
		for _, name := range []string{"gradient 0", "gradient 1"} {
			for _, x := range o[name] {
				sum += x
			}
		}
		if math.Abs(sum) > 1e-15 {
			t.Errorf("%s: gradients sum to %v", set, sum)
		}
	}
}

// Cross-entropy is linear in its label.
func TestGANLabelSmoothing(t *testing.T) {
	one, zero, some := ganValue(t, "", reals, fakes), ganValue(t, "real-label=0", reals, fakes), ganValue(t, "real-label=0.9", reals, fakes)
	if want := 0.9*one + 0.1*zero; math.Abs(some-want) > 1e-15*want {
		t.Errorf("got %v, want %v", some, want)
	}
	a, b := ganValue(t, "side=generator", reals, fakes), ganValue(t, "side=generator real-label=0.9", reals, fakes)
	if a != b {
		t.Errorf("the label acts on g_loss: %v, %v", a, b)
	}
}

// The components agree with one another, by any kind.
func TestGANComponents(t *testing.T) {
	for _, v := range ganVariants() {
		tr := newTrial(t, loss.GAN, v)
		o := tr.run(t, whole)
		c := func(name string) float64 { return o["component "+name][0] }
		name := "d_loss"
		if tr.loss.Param("side").Value.String() == "generator" {
			name = "g_loss"
		}
		if got, want := c(name), o["value"][0]; math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("%s: %s %v, value %v", v.name, name, got, want)
		}
		if got, want := c("wasserstein"), c("mean_real")-c("mean_fake"); math.Abs(got-want) > 1e-14 {
			t.Errorf("%s: wasserstein %v, difference of the means %v", v.name, got, want)
		}
		if tr.streams != nil && math.Abs(c("d_loss_real")+c("d_loss_fake")-c("d_loss")) > 1e-14*math.Abs(c("d_loss")) {
			t.Errorf("%s: parts %v and %v of %v", v.name, c("d_loss_real"), c("d_loss_fake"), c("d_loss"))
		}
	}
}

// Scores whose sums leave float64 have means and differences all the same.
func TestGANSumsBeyondFloat64(t *testing.T) {
	x := []float64{1.5e308, 1.5e308, 1.5e308}
	for _, set := range []string{"kind=wgan", "kind=wgan relativistic=average", "kind=wgan relativistic=paired"} {
		tr := gan(t, set, "mean", x, x)
		o := tr.run(t, whole)
		if got := o["value"][0]; got != 0 {
			t.Errorf("%s: got %v, want 0", set, got)
		}
		if got := o["component mean_real"][0]; got != 1.5e308 {
			t.Errorf("%s: mean_real %v", set, got)
		}
	}
}

// A side without scores has no loss, the sum over nothing neither.
func TestGANOneSideEmpty(t *testing.T) {
	for _, reduction := range []string{"mean", "sum"} {
		if got := gan(t, "", reduction, reals[:1], nil).value(t); !math.IsNaN(got) {
			t.Errorf("%s: got %v, want NaN", reduction, got)
		}
	}
}
