package loss_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"lossctl/loss"
)

// tripletRun runs triplet on given arrays.
func tripletRun(t *testing.T, set string, data ...[]float64) outcome {
	t.Helper()
	n := len(data[0]) / 4
	tr := newTrial(t, loss.Triplet, variant{set: set, shapes: [][]int{{n, 4}, {n, 4}, {n, 4}}})
	for k, x := range data {
		for i, v := range x {
			tr.data[k].set(i, v)
		}
	}
	return tr.run(t, whole)
}

// The value is what the definition says of numbers that are worked out by hand.
func TestTripletByHand(t *testing.T) {
	a, p, n := []float64{0, 0, 0, 0}, []float64{1, 1, 1, 1}, []float64{0, 3, 0, 4}
	pn := math.Sqrt(1 + 4 + 1 + 9)
	for _, c := range []struct {
		set  string
		want float64
	}{
		{"margin=4", 2 - 5 + 4},
		{"margin=4 swap=true", 2 - pn + 4},
		{"margin=1", 0},
		{"margin=22 distance=sql2", 4 - 25 + 22},
		{"margin=4 distance=l1", 4 - 7 + 4},
		{"margin=4 distance=lp p=3", math.Cbrt(4) - math.Cbrt(27+64) + 4},
		{"margin=soft", math.Log1p(math.Exp(-3))},
		{"margin=4 eps=1", 0 - math.Sqrt(1+4+1+9) + 4}, // δ = a − p + 1 is 0, that of n is (1, −2, 1, −3)
		{"margin=4 eps=5 eps-where=root", 3 - math.Sqrt(30) + 4},
	} {
		near(t, c.set, tripletRun(t, c.set, a, p, n)["value"], []float64{c.want}, 1e-15)
	}
}

// Distances are those of the directions under cosine, and of twice the square
// of unit vectors.
func TestTripletCosine(t *testing.T) {
	x := func(scale float64, v ...float64) []float64 {
		for i := range v {
			v[i] *= scale
		}
		return v
	}
	plain := tripletRun(t, "distance=cosine margin=1", x(1, 1, 2, 3, 4), x(1, 2, 1, 0, 1), x(1, -1, 1, 1, -1))["value"]
	long := tripletRun(t, "distance=cosine margin=1", x(1e200, 1, 2, 3, 4), x(1e-200, 2, 1, 0, 1), x(1e160, -1, 1, 1, -1))["value"]
	near(t, "long vectors", long, plain, 1e-15)
	square := tripletRun(t, "distance=sql2 normalize=true margin=2", x(1, 1, 2, 3, 4), x(1, 2, 1, 0, 1), x(1, -1, 1, 1, -1))["value"]
	near(t, "half the square", []float64{square[0] / 2}, plain, 1e-15)
	dot := func(a, b []float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] + a[3]*b[3] }
	a, p, n := []float64{1, 2, 3, 4}, []float64{2, 1, 0, 1}, []float64{-1, 1, 1, -1}
	cos := func(a, b []float64) float64 { return dot(a, b) / math.Sqrt(dot(a, a)*dot(b, b)) }
	near(t, "1 − cos", plain, []float64{cos(a, n) - cos(a, p) + 1}, 1e-14)
}

// The largest difference, by hand; the gradient is shared where two are largest.
func TestTripletLargestDifference(t *testing.T) {
	got := tripletRun(t, "distance=lp p=inf", []float64{0, 0, 0, 0}, []float64{1, -3, 2, 0}, []float64{2, 2, 1, 0})
	near(t, "3 − 2 + 1", got["value"], []float64{2}, 0)
	for k, want := range [][]float64{{0.5, 1.5, 0, 0}, {0, -1, 0, 0}, {-0.5, -0.5, 0, 0}} {
		name := fmt.Sprint("gradient ", k)
		near(t, name, got[name], want, 0)
	}
}

// Scaled by a power of two, everything is, though squares overflow or vanish.
func TestTripletScale(t *testing.T) {
	for _, d := range []string{"l2", "l1", "lp", "lp p=inf"} {
		set := "margin=0 p=3 swap=true distance=" + d
		data := [][]float64{{1, 2, 3, 4, 0, 0, 0, 0}, {0, 1, 7, -1, 1, 1, 1, 1}, {1, 2.5, 3, 5, 1, 1, 0.5, -1}}
		want := tripletRun(t, set, data...)
		for _, shift := range []int{-1060, -600, 600, 1015} {
			scaled := make([][]float64, 3)
			for k, x := range data {
				for _, v := range x {
					scaled[k] = append(scaled[k], math.Ldexp(v, shift))
				}
			}
			got := tripletRun(t, set, scaled...)
			w := []float64{math.Ldexp(want["value"][0], shift)}
			tolerance := 1e-15
			if shift == -1060 {
				tolerance = 1e-3 // few bits are left
			}
			near(t, fmt.Sprintf("%s times 2^%d", d, shift), got["value"], w, tolerance)
			for k := range 3 {
				name := fmt.Sprint("gradient ", k)
				near(t, d+" "+name, got[name], want[name], max(tolerance, 1e-14))
			}
		}
	}
}

// One array of all three is the same as three arrays, to the last bit.
func TestTripletStacked(t *testing.T) {
	const n, width = 7, 4
	for _, set := range []string{"", "swap=true distance=cosine"} {
		tr := newTrial(t, loss.Triplet, variant{set: set, shapes: [][]int{{n, width}, {n, width}, {n, width}}})
		want := tr.run(t, whole)
		var all []float64
		for k := range 3 {
			all = append(all, tr.data[k].values()...)
		}
		one := newTrial(t, loss.Triplet, variant{set: set, shapes: [][]int{nil, nil, nil, {3, n, width}}})
		one.data[3] = newMemory("triplets", "float64", []int{3, n, width}, all)
		for _, s := range []split{whole, {3, 1}} {
			got := one.run(t, s)
			var gradients []float64
			for k := range 3 {
				gradients = append(gradients, want[fmt.Sprint("gradient ", k)]...)
			}
			for _, name := range []string{"value", "row values", "elements"} {
				if !slices.Equal(got[name], want[name]) {
					t.Errorf("%q: %s: got %v, want %v", set, name, got[name], want[name])
				}
			}
			if !slices.Equal(got["gradient 3"], gradients) {
				t.Errorf("%q: gradient: got %v, want %v", set, got["gradient 3"], gradients)
			}
		}
	}
}
