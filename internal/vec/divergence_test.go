package vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// klReference computes KLRows of one row, or KLPlanes of one position, number
// by number.
func klReference(x, y []float64, s float64, rows bool) float64 {
	largest := func(x []float64) float64 {
		m := math.Inf(-1)
		for _, v := range x {
			if v > m {
				m = v
			}
		}
		return shift(m)
	}
	mx, my := largest(x), largest(y)
	st, su, d := 0.0, 0.0, 0.0
	if !rows {
		for k, v := range x {
			t, u := v-mx, y[k]-my
			if s != 1 {
				t, u = t*s, u*s
			}
			e := exp(t)
			st += e
			su += exp(u)
			d += float64((t - u) * e)
		}
		return d/st + (log(su) - log(st))
	}
	for lo := 0; lo < len(x); lo += 1024 {
		n := min(1024, len(x)-lo)
		t := func(i int) float64 { return (x[lo+i] - mx) * s }
		u := func(i int) float64 { return (y[lo+i] - my) * s }
		st += inLanes(n, func(l float64, i int) float64 { return l + exp(t(i)) })
		su += inLanes(n, func(l float64, i int) float64 { return l + exp(u(i)) })
		d += inLanes(n, func(l float64, i int) float64 { return math.FMA(exp(t(i)), t(i)-u(i), l) })
	}
	return d/st + (log(su) - log(st))
}

func TestKL(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 3, 4, 5, 9, 255, 256, 257, 600} {
		for _, k := range []int{1, 2, 3, 7, 8, 9, 64, 67, 1023, 1024, 1025, 2060} {
			if n*k > 50000 {
				continue
			}
			for i, s := range []float64{1, 0.25, 1, 2} {
				x, y := normal(n*k), normal(n*k + 1)[1:]
				if i > 1 {
					x, y = mixed(r, n*k), mixed(r, n*k)
				}
				rows, planes := make([]float64, n), make([]float64, n)
				KLRows(rows, x, y, s)
				KLPlanes(planes, x, y, s)
				for i := range n {
					var a, b []float64
					for at := i; at < n*k; at += n {
						a, b = append(a, x[at]), append(b, y[at])
					}
					if want := klReference(a, b, s, false); !same(planes[i], want) {
						t.Fatalf("planes %d of %d × %d, s %g: %g, want %g", i, k, n, s, planes[i], want)
					}
					if want := klReference(x[i*k:(i+1)*k], y[i*k:(i+1)*k], s, true); !same(rows[i], want) {
						t.Fatalf("rows %d of %d × %d, s %g: %g, want %g", i, n, k, s, rows[i], want)
					}
				}
				if i < 2 {
					KLRows(rows, x, x, s)
					KLPlanes(planes, x, x, s)
					for i := range n {
						if rows[i] != 0 || planes[i] != 0 {
							t.Fatalf("of equals, %d × %d: %g, %g", n, k, rows[i], planes[i])
						}
					}
				}
			}
		}
	}
}

func TestKLAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	worst := 0.0
	for range 100 {
		k := 2 + r.IntN(60)
		x, y := make([]float64, k), make([]float64, k)
		spread := math.Ldexp(1, r.IntN(10)-4)
		for i := range x {
			x[i], y[i] = spread*r.NormFloat64(), spread*r.NormFloat64()
		}
		sumX, sumY, d, size := bigNew(), bigNew(), bigNew(), 0.0
		for i, v := range x {
			e := bigExp(bigOf(v))
			sumX.Add(sumX, e)
			sumY.Add(sumY, bigExp(bigOf(y[i])))
			d.Add(d, bigNew().Mul(e, bigNew().Sub(bigOf(v), bigOf(y[i]))))
			size = max(size, math.Abs(v), math.Abs(y[i]))
		}
		want := bigNew().Quo(d, sumX)
		want.Add(want, bigLog(sumY))
		want.Sub(want, bigLog(sumX))
		for _, f := range []func(dst, x, y []float64, s float64){KLRows, KLPlanes} {
			got := []float64{0}
			f(got, x, y, 1)
			off, _ := new(big.Float).Sub(bigOf(got[0]), want).Float64()
			worst = max(worst, math.Abs(off)/((float64(k)/2+8)*max(size, 1)*0x1p-52))
		}
	}
	t.Logf("%.3f of the bound", worst)
	if worst > 1 {
		t.Error("beyond the bound")
	}
}

func BenchmarkKL(b *testing.B) {
	x, y := normal(32000), normal(32001)[1:]
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"rows of 1000", func() { KLRows(make([]float64, 32), x, y, 0.25) }},
		{"10 planes", func() { KLPlanes(make([]float64, 3200), x, y, 0.25) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/number")
		})
	}
}

func TestKLNormal(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 70 {
		x, v := mixed(r, n), mixed(r, n)
		want := make([]float64, n)
		for i := range want {
			want[i] = 0.5 * (expm1(v[i]) - v[i] + float64(x[i]*x[i]))
		}
		got := make([]float64, n)
		KLNormal(got, x, v)
		KLNormal(v, x, v) // in place
		for i := range want {
			if !same(got[i], want[i]) || !same(v[i], want[i]) {
				t.Fatalf("%d of %d: %g and %g, want %g", i, n, got[i], v[i], want[i])
			}
		}
	}
}
