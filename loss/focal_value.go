package loss

func (f *focal) reductions() []Reduction {
	fixed := func(name, doc string, den func(t *Totals) float64) Reduction {
		return Reduction{Name: name, Doc: doc, Den: den, Hidden: true}
	}
	return []Reduction{
		Mean, SumOf, BatchMean, None,
		{Name: "weighted", Doc: "÷ sum of the class and sample weights", Den: func(t *Totals) float64 { return t.Terms[focalWeight] }},
		{Name: "positives", Doc: "÷ targets that are not background (sigmoid: sum of the labels), at least 1", Den: func(t *Totals) float64 { return max(t.Terms[focalPositives], 1) }},
		// What libraries divide by, reached by --convention.
		fixed("class-mean", "÷ count × classes of the softmax", func(t *Totals) float64 { return float64(t.Count * f.width) }),
		fixed("all-class-mean", "÷ all positions, excluded ones too, × classes of the softmax", func(t *Totals) float64 { return float64(t.Positions * f.width) }),
		fixed("weighted-class-mean", "÷ count × mean class weight", func(t *Totals) float64 {
			mean := 1.0
			if n := len(f.weights); n > 0 {
				mean = 0
				for _, w := range f.weights {
					mean += w / float64(n)
				}
			}
			return float64(t.Count) * mean
		}),
		fixed("last-axis-sum", "÷ length of the last axis (binary)", func(*Totals) float64 { return float64(f.last) }),
		fixed("class-sum", "÷ classes of one-vs-rest", func(t *Totals) float64 { return float64(f.rivals) }),
		fixed("spatial-sum", "÷ positions of a class in a sample; the mean where there is one", func(t *Totals) float64 {
			if f.spatial == 1 {
				return float64(t.Count * f.width)
			}
			return float64(f.spatial)
		}),
	}
}

// value is the value of --normalized: the loss over the sum of the
// modulators.
func (f *focal) value(r *Reduction, all *Totals, byClass []Totals) float64 {
	if byClass == nil {
		return all.Terms[focalLoss] / f.norm(all) / f.after(r, all)
	}
	v, n := 0.0, 0
	for c := range byClass {
		t := &byClass[c]
		if t.Count > 0 {
			v += t.Terms[focalLoss] / f.norm(t) / f.after(r, t)
			n++
		}
	}
	return v / float64(n)
}

// norm is the sum of the modulators; where it is normalised twice, as smp
// does, it is at least 1e-6.
func (f *focal) norm(t *Totals) float64 {
	if f.normalizeTwice {
		return max(t.Terms[focalModulator], 1e-6)
	}
	return t.Terms[focalModulator]
}

// after is the denominator behind the norm: normalising takes the place of
// the mean, but where smp takes the mean too.
func (f *focal) after(r *Reduction, t *Totals) float64 {
	if f.normalizeTwice && r.Name == "weighted-class-mean" {
		return float64(t.Count)
	}
	return 1
}

func (f *focal) slope(dst [][]float64, r *Reduction, all *Totals, byClass []Totals) {
	one := func(dst []float64, t *Totals, n int) {
		den := f.norm(t) * f.after(r, t) * float64(n)
		dst[focalLoss] = 1 / den
		if !f.normalizeTwice || t.Terms[focalModulator] > 1e-6 {
			dst[focalModulator] = -t.Terms[focalLoss] / den / f.norm(t)
		}
	}
	if byClass == nil {
		one(dst[0], all, 1)
		return
	}
	n := 0
	for c := range byClass {
		if byClass[c].Count > 0 {
			n++
		}
	}
	for c := range byClass {
		if byClass[c].Count > 0 {
			one(dst[c], &byClass[c], n)
		}
	}
}
