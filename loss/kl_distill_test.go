package loss_test

import (
	"fmt"
	"math"
	"testing"

	"lossctl/loss"
)

// kd is the elements of kl distill with all the weight on kd.
func kd(t *testing.T, set string, shapes [][]int, arrays ...[]float64) []float64 {
	t.Helper()
	v := variant{set: "kd-weight=1 ce-weight=0 " + set, shapes: shapes}
	return klOf(t, loss.KLDistill, v, arrays...).run(t, whole)["elements"]
}

// KL = TCKD + (1 − p_y)·NCKD (Zhao et al. 2022, equation 7).
func TestDistillDecoupled(t *testing.T) {
	for _, classes := range []int{2, 5, 70} {
		n := 9
		x, y, id := normal(n*classes, 1), normal(n*classes, 2), ids(n, classes)
		shapes := triple([]int{n}, n, classes)
		for _, temperature := range []float64{1, 4} {
			at := fmt.Sprintf(" no-t2=true temperature=%v", temperature)
			whole := kd(t, "kind=kd"+at, shapes, x, y, id)
			target := kd(t, "kind=dkd dkd-beta=0"+at, shapes, x, y, id)
			others := kd(t, "kind=dkd dkd-alpha=0 dkd-beta=1"+at, shapes, x, y, id)
			sum := make([]float64, n)
			for i := range sum {
				row := make([]float64, classes)
				for c := range row {
					row[c] = y[i*classes+c] / temperature
				}
				sum[i] = target[i] - math.Expm1(logSoftmax(row)[int(id[i])])*others[i]
			}
			near(t, fmt.Sprintf("%d classes%s", classes, at), sum, whole, 1e-12)
		}
	}
}

// What is the same by another name.
func TestDistillSynonyms(t *testing.T) {
	n, classes := 8, 6
	x, y := normal(n*classes, 1), normal(n*classes, 2)
	shapes := both(n, classes)
	times := func(f float64, x []float64) []float64 {
		r := make([]float64, len(x))
		for i, v := range x {
			r[i] = f * v
		}
		return r
	}
	plain := klOf(t, loss.KL, variant{set: "temperature=4", shapes: shapes}, x, y).run(t, whole)["elements"]
	near(t, "T²", kd(t, "", shapes, x, y), times(16, plain), 1e-14)
	near(t, "no T²", kd(t, "no-t2=true", shapes, x, y), plain, 1e-14)
	near(t, "gkd at 0", kd(t, "kind=gkd gkd-beta=0", shapes, x, y), times(16, plain), 1e-14)
	std := kd(t, "kind=logit-std", shapes, x, y)
	wide := make([]float64, len(x))
	for j, v := range x {
		wide[j] = 1000*v + 7*float64(j/classes)
	}
	near(t, "standardised, at another scale", kd(t, "kind=logit-std", shapes, wide, y), std, 1e-10)
	near(t, "dist of equals", kd(t, "kind=dist", shapes, x, x), make([]float64, n), 0)

	// All classes in another order are the top K of a whole teacher.
	id, shuffled := make([]float64, n*classes), make([]float64, n*classes)
	_, lp := softmaxRows(y, classes)
	for i := range n {
		for k := range classes {
			c := (k*5 + i) % classes
			id[i*classes+k], shuffled[i*classes+k] = float64(c), lp[i*classes+c]
		}
	}
	v := variant{set: "tail=renormalize", targetAs: "logprobs", shapes: [][]int{{n, classes}, {n, classes}, nil, {n, classes}}}
	near(t, "all on top", klOf(t, loss.KLDistill, v, x, shuffled, nil, id).run(t, whole)["elements"], times(16, plain), 1e-12)
}

// The loss is what its components say.
func TestDistillComponents(t *testing.T) {
	for _, kind := range []string{"kd", "dkd", "gkd", "logit-std", "dist"} {
		for _, reduction := range []string{"mean", "sum", "batchmean"} {
			v := variant{set: "kd-weight=0.3 ce-weight=2 dkd-beta=3 dist-gamma=0.5 kind=" + kind, shapes: triple([]int{6}, 6, 5), reduction: reduction}
			o := newTrial(t, loss.KLDistill, v).run(t, whole)
			c := func(name string) float64 { return o["component "+name][0] }
			near(t, kind+" "+reduction, []float64{0.3*c("kd") + 2*c("ce")}, o["value"], 1e-13)
			switch kind {
			case "dkd":
				near(t, kind, []float64{c("tckd") + 3*c("nckd")}, []float64{c("kd")}, 1e-13)
			case "dist":
				near(t, kind, []float64{c("inter") + 0.5*c("intra")}, []float64{c("kd")}, 1e-13)
			}
		}
	}
}
