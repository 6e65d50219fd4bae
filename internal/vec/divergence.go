package vec

// KLRows sets dst[i] to the Kullback-Leibler divergence of softmax(s·x) from
// softmax(s·y), s > 0, over row i of x and y, of len(x)/len(dst) numbers each: with
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

// klRow adds up segments in the order of reductions, and these in turn.
func klRow(x, y []float64, s float64) float64 {
	const segment = 1024
	a, b := shift(maximum(x)), shift(maximum(y))
	st, su, d := 0.0, 0.0, 0.0
	for len(x) > 0 {
		n := min(len(x), segment)
		var lt, lu, ld lanes
		for i := klSumsVec(x[:n], y[:n], a, b, s, &lt, &lu, &ld); i < n; i++ {
			l := i & 7
			t, u := mul(x[i]-a, s), mul(y[i]-b, s)
			e := exp(t)
			lt[l] += e
			lu[l] += exp(u)
			ld[l] = fma(e, t-u, ld[l])
		}
		st += lt.sum()
		su += lu.sum()
		d += ld.sum()
		x, y = x[n:], y[n:]
	}
	return d/st + (log(su) - log(st))
}

// KLNormal sets dst to the Kullback-Leibler divergence of normal distributions of
// mean x and log-variance v from the standard one, ½·(eᵛ − 1 − v + x²). dst may be
// x or v.
func KLNormal(dst, x, v []float64) {
	dst, v = dst[:len(x)], v[:len(x)]
	if klNormalVec(dst, x, v) {
		return
	}
	for i, x := range x {
		dst[i] = 0.5 * (expm1(v[i]) - v[i] + mul(x, x))
	}
}

// KLPlanes is KLRows over the planes of x and y, each of len(dst) numbers.
func KLPlanes(dst, x, y []float64, s float64) {
	n := len(dst)
	y = y[:len(x)]
	var a, b, st, su piece
	for i0 := 0; i0 < n; i0 += len(a) {
		w := min(n-i0, len(a))
		d, a, b, st, su := dst[i0:i0+w], a[:w], b[:w], st[:w], su[:w]
		shifts(a, x[i0:], n)
		finite := shifts(b, y[i0:], n)
		clear(d)
		clear(st)
		clear(su)
		for at := i0; at < len(x); at += n {
			klPlane(st, su, d, x[at:at+w], y[at:at+w], a, b, s, finite)
		}
		for i, v := range st {
			d[i] /= v
		}
		Log(st, st)
		Log(su, su)
		Sub(su, su, st)
		Add(d, d, su)
	}
}

// klPlane adds a plane to the sums of eᵗ, eᵘ and eᵗ·(t − u); below is that of
// addExp.
func klPlane(st, su, d, x, y, a, b []float64, s float64, below bool) {
	if below && klPlaneVec(st, su, d, x, y, a, b, s) {
		return
	}
	for i, v := range x {
		t, u := mul(v-a[i], s), mul(y[i]-b[i], s)
		e := exp(t)
		st[i] += e
		su[i] += exp(u)
		d[i] += mul(t-u, e)
	}
}
