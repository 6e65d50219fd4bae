package engine

import (
	"lossctl/internal/vec"
	"lossctl/loss"
)

// A view reads one input over the positions of a frame.
type view struct {
	loss.View
	src  loss.Source
	f    *loss.Frame
	rows bool // K numbers of a position side by side
	// picture masks may be stored as 0 and 255
	picture bool
}

// extents calls do for every range of elements of the block, in order.
// Decoded, they follow each other.
func (v *view) extents(b span, do func(lo, hi int) error) error {
	at := func(lo, hi int) error { return do(v.Offset+lo, v.Offset+hi) }
	in, p := v.f.Inner, v.Planes
	switch {
	case v.Whole:
		return at(0, v.whole())
	case v.PerSample:
		first, end := v.samples(b)
		return at(first*max(p, 1), end*max(p, 1))
	case v.Minor:
		return v.minorExtents(b, at)
	case b.b0 == 0 && b.b1 == in:
		return at(b.g0/v.Spread*p*in, ((b.g1-1)/v.Spread+1)*p*in)
	}
	for k := range p {
		base := (b.g0/v.Spread*p + k) * in
		if err := at(base+b.b0, base+b.b1); err != nil {
			return err
		}
	}
	return nil
}

// samples are those that a span touches.
func (v *view) samples(b span) (first, end int) {
	return b.g0 / v.f.Groups, (b.g1-1)/v.f.Groups + 1
}

// whole is how many numbers an input has that is read whole.
func (v *view) whole() int { return loss.Volume(v.src.Shape()) - v.Offset }

// shared reports whether the numbers are not those of single positions.
func (v *view) shared() bool { return v.Whole || v.PerSample && v.Planes > 1 }

// jumps reports whether the ranges of the blocks do not follow each other.
func (v *view) jumps(p *plan) bool {
	switch {
	case v.Of != "" || v.Whole || v.Minor || p.tilewise():
		return true
	}
	return p.splits() && (v.PerSample || v.Spread > 1) || p.parts() && v.Planes > 1
}

func (v *view) fetch(buf *loss.Buffer, b span) error {
	buf.Reset()
	if b.len() == 0 {
		return nil
	}
	return v.extents(b, func(lo, hi int) error { return v.src.Fetch(buf, lo, hi) })
}

// at returns the place, in the decoded block b, of plane k of group g at b0.
func (v *view) at(b span, g, k, b0 int) int {
	if v.Minor {
		return v.minorAt(b, g) + k
	}
	return ((g/v.Spread-b.g0/v.Spread)*v.Planes+k)*(b.b1-b.b0) + b0 - b.b0
}

// element returns the place in the file of plane k of position i of a tile.
func (v *view) element(t span, i, k int) int {
	width := t.b1 - t.b0
	g, b := t.g0+i/width, t.b0+i%width
	switch {
	case v.Whole:
		return v.Offset + k
	case v.PerSample:
		return v.Offset + g/v.f.Groups*max(v.Planes, 1) + k
	case v.Minor:
		return v.Offset + v.minor(g) + k
	}
	return v.Offset + (g/v.Spread*v.Planes+k)*v.f.Inner + b
}

// runs calls do for every run of adjacent elements of tile t in block b: its
// place in the decoded block, its place in a tile of planes, its length.
func (v *view) runs(b, t span, do func(src, dst, n int)) {
	n, width := t.len(), t.b1-t.b0
	if v.Planes == 1 && v.Spread == 1 && !v.Minor {
		do(v.at(b, t.g0, 0, t.b0), 0, n)
		return
	}
	for g := t.g0; g < t.g1; g++ {
		for k := range v.Planes {
			do(v.at(b, g, k, t.b0), k*n+(g-t.g0)*width, width)
		}
	}
}

// numbers is how many numbers of the input a tile has.
func (v *view) numbers(t span) int {
	switch {
	case v.Whole:
		return v.whole()
	case v.shared():
		first, end := v.samples(t)
		return (end - first) * v.Planes
	}
	return t.len() * max(v.Planes, 1)
}

// most is how many numbers of the input a tile has at most.
func (v *view) most(p *plan) int {
	switch {
	case v.Whole:
		return v.whole()
	case v.shared():
		return max(p.tile/max(v.f.Positions(), 1), 1) * v.Planes
	}
	return p.tile * max(v.Planes, 1)
}

// decode reads tile t of block b into dst: one number a position, or Planes
// numbers in planes or rows.
func (v *view) decode(dst []float64, buf *loss.Buffer, b, t span, tmp []float64) {
	n, p := t.len(), v.Planes
	switch {
	case v.Whole:
		v.src.Decode(dst, buf, 0)
	case v.shared():
		first, end := v.samples(t)
		from, _ := v.samples(b)
		v.src.Decode(dst[:(end-first)*p], buf, (first-from)*p)
	case v.PerSample:
		width := t.b1 - t.b0
		for g := t.g0; g < t.g1; g++ {
			v.src.Decode(tmp[:1], buf, g/v.f.Groups-b.g0/v.f.Groups)
			fill(dst[(g-t.g0)*width:][:width], tmp[0])
		}
	case v.Spread > 1 && v.f.Inner == 1: // a number for Spread positions
		first, last := t.g0/v.Spread, (t.g1-1)/v.Spread
		v.src.Decode(tmp[:last-first+1], buf, v.at(b, t.g0, 0, 0))
		for q, at := first, 0; q <= last; q++ {
			end := min((q+1)*v.Spread, t.g1) - t.g0
			fill(dst[at:end], tmp[q-first])
			at = end
		}
	case p > 1 && v.f.Inner == 1: // stored as rows
		to := dst
		if !v.rows {
			to = tmp
		}
		v.rowsOf(b, t, func(src, at, n int) { v.src.Decode(to[at:at+n], buf, src) })
		if !v.rows {
			vec.Transpose(dst, tmp[:n*p], n, p)
		}
	case p > 1 && v.rows:
		v.planes(tmp, buf, b, t)
		vec.Transpose(dst, tmp[:n*p], p, n)
	default:
		v.planes(dst, buf, b, t)
	}
}

// rowsOf calls do for every run of adjacent rows of tile t in block b: its
// place in the decoded block, its place in the tile, its length.
func (v *view) rowsOf(b, t span, do func(src, dst, n int)) {
	p := v.Planes
	if !v.Minor {
		do(v.at(b, t.g0, 0, 0), 0, t.len()*p)
		return
	}
	for g := t.g0; g < t.g1; g++ {
		do(v.at(b, g, 0, 0), (g-t.g0)*p, p)
	}
}

func (v *view) planes(dst []float64, buf *loss.Buffer, b, t span) {
	v.runs(b, t, func(src, at, n int) { v.src.Decode(dst[at:at+n], buf, src) })
}

// arrange writes tile t of a gradient into the elements of block b, the
// other way round than decode.
func (v *view) arrange(block, tile []float64, b, t span, tmp []float64) {
	n, p := t.len(), v.Planes
	if p > 1 && v.rows != (v.f.Inner == 1) {
		if v.rows {
			vec.Transpose(tmp, tile[:n*p], n, p)
		} else {
			vec.Transpose(tmp, tile[:n*p], p, n)
		}
		tile = tmp
	}
	if p > 1 && v.f.Inner == 1 {
		v.rowsOf(b, t, func(at, from, n int) { copy(block[at:at+n], tile[from:from+n]) })
		return
	}
	v.runs(b, t, func(at, from, n int) { copy(block[at:at+n], tile[from:from+n]) })
}

func fill[T any](x []T, v T) {
	if len(x) == 0 {
		return
	}
	x[0] = v
	for n := 1; n < len(x); n *= 2 { // copies are as wide as registers
		copy(x[n:], x[:n])
	}
}
