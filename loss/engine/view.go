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
	in, p := v.f.Inner, v.Planes
	switch {
	case v.PerSample:
		return do(b.g0/v.f.Groups, (b.g1-1)/v.f.Groups+1)
	case b.b0 == 0 && b.b1 == in:
		return do(b.g0/v.Spread*p*in, ((b.g1-1)/v.Spread+1)*p*in)
	}
	for k := range p {
		base := (b.g0/v.Spread*p + k) * in
		if err := do(base+b.b0, base+b.b1); err != nil {
			return err
		}
	}
	return nil
}

// jumps reports whether the ranges of the blocks do not follow each other.
func (v *view) jumps(p *plan) bool {
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
	return ((g/v.Spread-b.g0/v.Spread)*v.Planes+k)*(b.b1-b.b0) + b0 - b.b0
}

// element returns the place in the file of plane k of position i of a tile.
func (v *view) element(t span, i, k int) int {
	width := t.b1 - t.b0
	g, b := t.g0+i/width, t.b0+i%width
	if v.PerSample {
		return g / v.f.Groups
	}
	return (g/v.Spread*v.Planes+k)*v.f.Inner + b
}

// runs calls do for every run of adjacent elements of tile t in block b: its
// place in the decoded block, its place in a tile of planes, its length.
func (v *view) runs(b, t span, do func(src, dst, n int)) {
	n, width := t.len(), t.b1-t.b0
	if v.Planes == 1 && v.Spread == 1 {
		do(v.at(b, t.g0, 0, t.b0), 0, n)
		return
	}
	for g := t.g0; g < t.g1; g++ {
		for k := range v.Planes {
			do(v.at(b, g, k, t.b0), k*n+(g-t.g0)*width, width)
		}
	}
}

// decode reads tile t of block b into dst: one number a position, or Planes
// numbers in planes or rows.
func (v *view) decode(dst []float64, buf *loss.Buffer, b, t span, tmp []float64) {
	n, p := t.len(), v.Planes
	switch {
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
		if v.rows {
			v.src.Decode(dst[:n*p], buf, v.at(b, t.g0, 0, 0))
			return
		}
		v.src.Decode(tmp[:n*p], buf, v.at(b, t.g0, 0, 0))
		vec.Transpose(dst, tmp[:n*p], n, p)
	case p > 1 && v.rows:
		v.planes(tmp, buf, b, t)
		vec.Transpose(dst, tmp[:n*p], p, n)
	default:
		v.planes(dst, buf, b, t)
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
		copy(block[v.at(b, t.g0, 0, 0):], tile[:n*p])
		return
	}
	v.runs(b, t, func(at, from, n int) { copy(block[at:at+n], tile[from:from+n]) })
}

func fill[T any](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}
