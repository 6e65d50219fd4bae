package vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// reference computes the log-softmax of one distribution, and its logarithm of
// the sum of exponentials, as the comments define them, number by number.
func reference(x []float64, rows bool) (soft []float64, lse float64) {
	m := math.Inf(-1)
	for _, v := range x {
		if v > m {
			m = v
		}
	}
	if math.IsInf(m, 0) {
		m = 0
	}
	m += 0
	s := 0.0
	if rows {
		s = inLanes(len(x), func(l float64, i int) float64 { return l + exp(x[i]-m) })
	} else {
		for _, v := range x {
			s += exp(v - m)
		}
	}
	for _, v := range x {
		soft = append(soft, v-m-log(s))
	}
	return soft, m + log(s)
}

func TestSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 255, 256, 257, 600} {
		for _, k := range []int{1, 2, 3, 4, 7, 8, 9, 16, 17, 31, 32, 33, 64, 67} {
			for _, x := range [][]float64{normal(n * k), mixed(r, n*k)} {
				planes, rows := make([]float64, n), make([]float64, n)
				LogSumExpPlanes(planes, x)
				LogSumExpRows(rows, x)
				softPlanes, softRows := make([]float64, n*k), make([]float64, n*k)
				LogSoftmaxPlanes(softPlanes, x, n)
				LogSoftmaxRows(softRows, x, k)
				for i := range n {
					var one []float64
					for at := i; at < n*k; at += n {
						one = append(one, x[at])
					}
					soft, lse := reference(one, false)
					if !same(planes[i], lse) {
						t.Fatalf("planes %d of %d × %d: %g, want %g", i, k, n, planes[i], lse)
					}
					for j, v := range soft {
						if !same(softPlanes[j*n+i], v) {
							t.Fatalf("planes %d of %d × %d, %d: %g, want %g", i, k, n, j, softPlanes[j*n+i], v)
						}
					}
					soft, lse = reference(x[i*k:(i+1)*k], true)
					if !same(rows[i], lse) {
						t.Fatalf("rows %d of %d × %d: %g, want %g", i, n, k, rows[i], lse)
					}
					for j, v := range soft {
						if !same(softRows[i*k+j], v) {
							t.Fatalf("rows %d of %d × %d, %d: %g, want %g", i, n, k, j, softRows[i*k+j], v)
						}
					}
				}
				// In place.
				y := append([]float64{}, x...)
				LogSoftmaxPlanes(y, y, n)
				z := append([]float64{}, x...)
				LogSoftmaxRows(z, z, k)
				for i := range y {
					if !same(y[i], softPlanes[i]) || !same(z[i], softRows[i]) {
						t.Fatalf("%d × %d: not the same in place", n, k)
					}
				}
				copy(y, x)
				LogSumExpPlanes(y[:n], y)
				copy(z, x)
				LogSumExpRows(z[:n], z)
				for i := range n {
					if !same(y[i], planes[i]) || !same(z[i], rows[i]) {
						t.Fatalf("%d × %d: sums not the same in place", n, k)
					}
				}
			}
		}
	}
}

func TestLogSumExpAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	worst := 0.0 // as a part of the bound
	for range 300 {
		k := 1 + r.IntN(100)
		x := make([]float64, k)
		spread := math.Ldexp(1, r.IntN(12)-4)
		for i := range x {
			x[i] = spread * r.NormFloat64()
		}
		sum := bigNew()
		for _, v := range x {
			sum.Add(sum, bigExp(bigOf(v)))
		}
		want := bigLog(sum)
		w, _ := want.Float64()
		bound := (math.Nextafter(math.Abs(w), inf)-math.Abs(w))/2 + (float64(k)/2+3)*0x1p-52
		for _, f := range []func(dst, x []float64){LogSumExpPlanes, LogSumExpRows} {
			got := make([]float64, 1)
			f(got, x)
			d, _ := new(big.Float).Sub(bigOf(got[0]), want).Float64()
			worst = max(worst, math.Abs(d)/bound)
		}
	}
	t.Logf("%.3f of the bound", worst)
	if worst > 1 {
		t.Error("beyond the bound")
	}
}

func TestLogSumExpLimits(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{nil, -inf},
		{[]float64{-inf}, -inf},
		{[]float64{-inf, -inf, -inf}, -inf},
		{[]float64{-inf, 3}, 3},
		{[]float64{inf, 3}, inf},
		{[]float64{inf, -inf}, inf},
		{[]float64{inf, inf}, inf},
		{[]float64{nan, 3}, nan},
		{[]float64{3, nan}, nan},
		{[]float64{nan, inf}, nan},
		{[]float64{nan, -inf}, nan},
		{[]float64{nan}, nan},
		{[]float64{math.MaxFloat64, 0}, math.MaxFloat64},
		{[]float64{-math.MaxFloat64, -math.MaxFloat64}, -math.MaxFloat64},
		{[]float64{negZero}, 0},
		{[]float64{1000, 1000}, 1000 + math.Ln2},
		{[]float64{-1000, -1000}, -1000 + math.Ln2},
	} {
		for _, f := range []func(dst, x []float64){LogSumExpPlanes, LogSumExpRows} {
			got := []float64{7}
			f(got, c.x)
			if !same(got[0], c.want) {
				t.Errorf("%g: %g, want %g", c.x, got[0], c.want)
			}
		}
	}
}

func TestSoftmaxPlanes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 3, 8, 255, 256, 257, 600} {
		for _, k := range []int{1, 2, 3, 8, 17} {
			for _, x := range [][]float64{normal(n * k), mixed(r, n*k)} {
				got := make([]float64, n*k)
				SoftmaxPlanes(got, x, n)
				for i := range n {
					m, s := math.Inf(-1), 0.0
					for at := i; at < n*k; at += n {
						if x[at] > m {
							m = x[at]
						}
					}
					m = shift(m)
					for at := i; at < n*k; at += n {
						s += exp(x[at] - m)
					}
					for at := i; at < n*k; at += n {
						if want := exp(x[at]-m) * (1 / s); !same(got[at], want) || got[at] > 1 {
							t.Fatalf("%d of %d × %d: %g, want %g", at, k, n, got[at], want)
						}
					}
				}
				SoftmaxPlanes(x, x, n)
				for i := range x {
					if !same(x[i], got[i]) {
						t.Fatalf("%d × %d: not the same in place", n, k)
					}
				}
			}
		}
	}
	dst := []float64{7, 7, 7, 7, 7, 7}
	SoftmaxPlanes(dst, []float64{-inf, inf, -inf, 0, 2, -inf}, 3)
	if want := []float64{0, nan, nan, 1, 0, nan}; !slices.EqualFunc(dst, want, same) {
		t.Errorf("got %g, want %g", dst, want)
	}
}
