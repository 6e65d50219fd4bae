package vec

// KLRows sets dst[i] to the Kullback-Leibler divergence of softmax(s·x) from
// softmax(s·y) over row i of x and y, of len(x)/len(dst) numbers each: with
// t = s·(x − max x) and u = s·(y − max y),
//
//	Σ eᵗ·(t − u) / Σ eᵗ + log Σ eᵘ − log Σ eᵗ,
//
// 0 exactly where the rows are equal. Where it is NaN or infinite the caller has
// to look again: at −Inf, and at numbers whose distance is not finite.
func KLRows(dst, x, y []float64, s float64) {
	if len(dst) == 0 {
		return
	}
	k := len(x) / len(dst)
	y = y[:len(x)]
	for i := range dst {
		dst[i] = klRow(x[i*k:(i+1)*k], y[i*k:(i+1)*k], s)
	}
}

func klRow(x, y []float64, s float64) float64 {
	var t, u [1024]float64 // both stay in the first cache
	mx, my := shift(maximum(x)), shift(maximum(y))
	st, su, d := 0.0, 0.0, 0.0
	for len(x) > 0 {
		n := min(len(x), len(t))
		t, u := t[:n], u[:n]
		subScale(t, x[:n], mx, s)
		subScale(u, y[:n], my, s)
		su += SumExp(u, 0)
		Sub(u, t, u)
		Exp(t, t)
		st += Sum(t)
		d += Dot(t, u)
		x, y = x[n:], y[n:]
	}
	return d/st + (log(su) - log(st))
}

// KLPlanes is KLRows over the planes of x and y, each of len(dst) numbers.
func KLPlanes(dst, x, y []float64, s float64) {
	n := len(dst)
	y = y[:len(x)]
	var mx, my, st, su, t, u, zero piece
	for i0 := 0; i0 < n; i0 += len(mx) {
		w := min(n-i0, len(mx))
		d, mx, my, st, su, t, u := dst[i0:i0+w], mx[:w], my[:w], st[:w], su[:w], t[:w], u[:w]
		shifts(mx, x[i0:], n)
		finite := shifts(my, y[i0:], n) && s > 0
		clear(d)
		clear(st)
		clear(su)
		for at := i0; at < len(x); at += n {
			Sub(t, x[at:at+w], mx)
			Sub(u, y[at:at+w], my)
			if s != 1 {
				Scale(t, s, t)
				Scale(u, s, u)
			}
			addExp(su, u, zero[:w], finite)
			Sub(u, t, u)
			Exp(t, t)
			Add(st, st, t)
			Mul(u, u, t)
			Add(d, d, u)
		}
		Log(t, st)
		Log(u, su)
		Sub(u, u, t)
		for i, v := range st {
			d[i] = d[i]/v + u[i]
		}
	}
}
