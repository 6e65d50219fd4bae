package engine

// A minor view has the samples behind the groups: time × sample × class.

// minor is the first element of a group.
func (v *view) minor(g int) int {
	s, t := g/v.f.Groups, g%v.f.Groups
	return (t*v.f.Samples + s) * v.Planes
}

// minorExtents are a range for every group of a sample: of several samples
// side by side, or of part of one.
func (v *view) minorExtents(b span, do func(lo, hi int) error) error {
	first, end := v.samples(b)
	lo, hi := b.g0, b.g1
	if end-first > 1 {
		lo, hi = first*v.f.Groups, (first+1)*v.f.Groups
	}
	for g := lo; g < hi; g++ {
		at := v.minor(g)
		if err := do(at, at+(end-first)*v.Planes); err != nil {
			return err
		}
	}
	return nil
}

// minorAt is the place of a group in the decoded block.
func (v *view) minorAt(b span, g int) int {
	first, end := v.samples(b)
	if end-first == 1 {
		return (g - b.g0) * v.Planes
	}
	s, t := g/v.f.Groups, g%v.f.Groups
	return (t*(end-first) + s - first) * v.Planes
}
