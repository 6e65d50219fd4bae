package vec

import "math"

// LogSumExpPlanes sets dst[i] to log Σ_k exp(x[k·n+i]), n = len(dst): x is K
// planes of n numbers. The sum is shifted by the maximum and runs over the
// planes in order. −Inf is a probability of 0, K times −Inf gives −Inf, a +Inf
// gives +Inf, a NaN gives NaN. dst may be the first plane.
//
// The error is at most half an ulp of the result plus (K/2 + 3)·2^-52.
func LogSumExpPlanes(dst, x []float64) {
	var m, s piece
	for i0 := 0; i0 < len(dst); i0 += len(m) {
		d := dst[i0:min(i0+len(m), len(dst))]
		m, s := m[:len(d)], s[:len(d)]
		sumPlanes(m, s, x[min(i0, len(x)):], len(dst))
		Log(s, s)
		Add(d, m, s)
	}
}

// LogSumExpRows sets dst[i] to log Σ_k exp(x[i·K+k]), K = len(x)/len(dst): x is
// len(dst) rows of K numbers. It is LogSumExpPlanes otherwise, with the sum over
// a row in the order of reductions. dst may be the head of x.
func LogSumExpRows(dst, x []float64) {
	if len(dst) == 0 {
		return
	}
	k := len(x) / len(dst)
	if 2 <= k && k <= few {
		var t turned
		for n := 0; len(dst) > 0; dst, x = dst[n:], x[n*k:] {
			n = min(len(dst), t.rows(k))
			t.sum(x[:n*k], k)
			Log(t.s[:n], t.s[:n])
			Add(dst[:n], t.m[:n], t.s[:n])
		}
		return
	}
	var m, s piece
	for len(dst) > 0 {
		d := dst[:min(len(dst), len(m))]
		m, s := m[:len(d)], s[:len(d)]
		sumRows(m, s, x, k)
		Log(s, s)
		Add(d, m, s)
		dst, x = dst[len(d):], x[len(d)*k:]
	}
}

// LogSoftmaxPlanes sets dst to the logarithm of the softmax over the planes of
// x, each of n numbers: dst[k·n+i] = x[k·n+i] − m − log Σ_j exp(x[j·n+i] − m)
// where m is the maximum. A −Inf beside finite numbers gives −Inf. Where there
// is a NaN or a +Inf, or nothing but −Inf, there is no softmax: the results are
// NaN or infinite. dst may be x.
func LogSoftmaxPlanes(dst, x []float64, n int) {
	dst = dst[:len(x)]
	var m, s piece
	for i0 := 0; i0 < n; i0 += len(m) {
		w := min(n-i0, len(m))
		m, s := m[:w], s[:w]
		sumPlanes(m, s, x[i0:], n)
		Log(s, s)
		for at := i0; at < len(x); at += n {
			sub2(dst[at:at+w], x[at:at+w], m, s)
		}
	}
}

// SoftmaxPlanes sets dst to the softmax over the planes of x, each of n numbers:
// dst[k·n+i] = exp(x[k·n+i] − m)/Σ_j exp(x[j·n+i] − m), at most 1. The sum is
// that of LogSoftmaxPlanes, and so is where there is none: the results are NaN,
// or 0 beside a +Inf. dst may be x.
func SoftmaxPlanes(dst, x []float64, n int) {
	dst = dst[:len(x)]
	var m, s piece
	for i0 := 0; i0 < n; i0 += len(m) {
		w := min(n-i0, len(m))
		m, s := m[:w], s[:w]
		shifts(m, x[i0:], n)
		clear(s)
		for at := i0; at < len(x); at += n {
			expSum(dst[at:at+w], s, x[at:at+w], m)
		}
		Ratio(s, ones[:w], s)
		for at := i0; at < len(x); at += n {
			Mul(dst[at:at+w], dst[at:at+w], s)
		}
	}
}

// LogSoftmaxRows is LogSoftmaxPlanes over rows of x, each of k numbers.
func LogSoftmaxRows(dst, x []float64, k int) {
	dst = dst[:len(x)]
	if k == 0 {
		return
	}
	if 2 <= k && k <= few {
		var t turned
		for n := 0; len(x) > 0; dst, x = dst[n*k:], x[n*k:] {
			n = min(len(x)/k, t.rows(k))
			t.sum(x[:n*k], k)
			Log(t.s[:n], t.s[:n])
			for at := 0; at < n*k; at += n {
				sub2(t.x[at:at+n], t.x[at:at+n], t.m[:n], t.s[:n])
			}
			Transpose(dst[:n*k], t.x[:n*k], k, n)
		}
		return
	}
	var m, s piece
	for len(x) > 0 {
		n := min(len(x)/k, len(m))
		m, s := m[:n], s[:n]
		sumRows(m, s, x, k)
		Log(s, s)
		for i := range m {
			sub2Scalar(dst[i*k:], x[i*k:(i+1)*k], m[i], s[i])
		}
		dst, x = dst[n*k:], x[n*k:]
	}
}

// A piece of a plane; a few fit in the first cache beside what they are made of.
type piece [256]float64

var ones = func() (x piece) {
	for i := range x {
		x[i] = 1
	}
	return x
}()

// sumPlanes sets m to the shifts and s to the sums over planes of exp(x − m),
// for the first len(m) numbers of each plane; planes begin n numbers apart.
func sumPlanes(m, s, x []float64, n int) {
	finite := shifts(m, x, n)
	clear(s)
	for at := 0; at < len(x); at += n {
		addExp(s, x[at:at+len(m)], m, finite)
	}
}

// shifts sets m to the shifts over planes of x, as sumPlanes does, and tells
// whether all are maxima.
func shifts(m, x []float64, n int) (finite bool) {
	for i := range m {
		m[i] = math.Inf(-1)
	}
	for at := 0; at < len(x); at += n {
		maxWith(m, x[at:at+len(m)])
	}
	return shiftAll(m)
}

// sumRows sets m to the shifts and s to the sums of exp(x − m) of rows of k.
func sumRows(m, s, x []float64, k int) {
	for i := range m {
		row := x[i*k : (i+1)*k]
		m[i] = shift(maximum(row))
		s[i] = SumExp(row, m[i])
	}
}

// Rows of few numbers are turned into planes, a piece at a time; the sums are
// still in the order of reductions.
const few = 32

type turned struct {
	x     [2048]float64 // planes
	lanes [1024]float64 // eight sums of those that share a lane
	m, s  [128]float64
}

// rows returns how many rows of k numbers there is room for.
func (t *turned) rows(k int) int { return min(len(t.m), len(t.x)/k) }

// sum turns rows of k numbers into planes, x, and sets m and s as sumRows does.
func (t *turned) sum(x []float64, k int) {
	n := len(x) / k
	Transpose(t.x[:], x, n, k)
	m, l := t.m[:n], t.lanes[:8*n]
	finite := shifts(m, t.x[:n*k], n)
	clear(l[:min(k, 8)*n])
	for i := range k {
		addExp(l[i%8*n:][:n], t.x[i*n:][:n], m, finite)
	}
	// The order of lanes.sum, without the lanes that stay 0.
	for _, pair := range [...][2]int{{0, 4}, {2, 6}, {1, 5}, {3, 7}, {0, 2}, {1, 3}, {0, 1}} {
		if a, b := pair[0], pair[1]; b < k {
			Add(l[a*n:][:n], l[a*n:][:n], l[b*n:][:n])
		}
	}
	copy(t.s[:n], l)
}

// maxWith sets m to the maximum of m and x, where x is not NaN.
func maxWith(m, x []float64) {
	if maxVec(m, x) {
		return
	}
	for i, v := range x {
		if v > m[i] {
			m[i] = v
		}
	}
}

// addExp adds exp(x − m) to s; below says that x is at most m or NaN, and is m
// for some x, so that those below e^-708 need not be precise.
func addExp(s, x, m []float64, below bool) {
	if below && addExpVec(s, x, m) {
		return
	}
	for i, v := range x {
		s[i] += exp(v - m[i])
	}
}

// expSum sets e to exp(x − m) and adds it to s.
func expSum(e, s, x, m []float64) {
	e, s, m = e[:len(x)], s[:len(x)], m[:len(x)]
	if expSumVec(e, s, x, m) {
		return
	}
	for i, v := range x {
		e[i] = exp(v - m[i])
		s[i] += e[i]
	}
}

// shiftAll sets m to the shifts and tells whether all were finite.
func shiftAll(m []float64) (finite bool) {
	finite = AllFinite(m)
	if shiftVec(m) {
		return finite
	}
	for i, v := range m {
		m[i] = shift(v)
	}
	return finite
}

// shift is what to subtract before exp where the maximum is m: m itself, +0 for
// −0, and +0 for infinities, of which no difference can be taken.
func shift(m float64) float64 {
	if isInf(m) {
		return 0
	}
	return m + 0
}
