package loss

import "math"

// value is d_loss or g_loss. That of one sample is the mean of its parts.
func (g *gan) value(r *Reduction, all *Totals, byClass []Totals) float64 {
	if all.Samples == 1 && !g.hollow {
		return all.Terms[ganLoss] / over(r, all.Count)
	}
	return g.combine(all, byClass, func(t *Totals) float64 { return g.lossOf(g.side, r, t) })
}

// combine is the mean or the sum of a number over the scales.
func (g *gan) combine(all *Totals, byClass []Totals, of func(t *Totals) float64) float64 {
	if byClass == nil {
		return of(all)
	}
	v := 0.0
	for s := range byClass {
		v += of(&byClass[s]) * g.share(byClass)
	}
	return v
}

// share is the weight of a scale.
func (g *gan) share(byClass []Totals) float64 {
	if g.scales == "sum" || byClass == nil {
		return 1
	}
	return 1 / float64(len(byClass))
}

// lossOf is the loss of a side, of one scale.
func (g *gan) lossOf(side string, r *Reduction, t *Totals) float64 {
	v := 0.0
	for input := range 2 {
		if k := g.term(side, input); k >= 0 {
			v += t.Terms[k] / over(r, g.count(t, input))
		}
	}
	return v * g.factor(side) / g.unit()
}

// term is the part of the loss of a side by an input; −1: there is none.
func (g *gan) term(side string, input int) int {
	switch d := side == "discriminator"; {
	case d && (input == realInput || g.relativistic != "paired"):
		return ganDReal + input
	case !d && (input == fakeInput || g.relativistic == "average"):
		return ganGReal + input
	}
	return -1
}

// count is the number of scores of an input.
func (g *gan) count(t *Totals, input int) int {
	switch {
	case g.relativistic == "paired":
		return t.Count
	case input == realInput:
		return int(t.Terms[ganReals])
	}
	return t.Count - int(t.Terms[ganReals])
}

// over is the denominator of the sum over n scores; without any there is no
// value.
func over(r *Reduction, n int) float64 {
	switch {
	case n == 0:
		return math.NaN()
	case r.Name == "sum":
		return 1
	}
	return float64(n)
}

// mean is a sum over the scores of an input that are looked at, divided by
// their number. Pairs of weight 0 are not.
func (g *gan) mean(t *Totals, term, input int) float64 {
	n := g.count(t, input)
	if g.relativistic == "paired" {
		n = int(t.Terms[ganReals])
	}
	return t.Terms[term] / over(&Mean, n)
}

// learn takes the means that scores are compared with.
func (g *gan) learn(all *Totals, byClass []Totals) {
	if g.relativistic != "average" {
		return
	}
	if byClass == nil {
		byClass = []Totals{*all}
	}
	g.means = make([][2]float64, len(byClass))
	for s := range byClass {
		for input := range 2 {
			g.means[s][input] = g.mean(&byClass[s], ganScoreReal+input, input)
		}
	}
}

func (g *gan) slope(dst [][]float64, r *Reduction, all *Totals, byClass []Totals) {
	if byClass == nil {
		byClass = []Totals{*all}
	}
	for s := range byClass {
		t := &byClass[s]
		share := g.factor(g.side) / g.unit()
		if len(byClass) > 1 {
			share *= g.share(byClass)
		}
		for input := range 2 {
			k := g.term(g.side, input)
			if k < 0 {
				continue
			}
			dst[s][k] = share / over(r, g.count(t, input))
			if g.relativistic == "average" { // the mean of the other input is subtracted
				other := fakeInput - input
				dst[s][ganScoreReal+other] = -share * t.Terms[ganSlopeReal+input] / over(r, g.count(t, input)) / float64(g.count(t, other)) / small
			}
		}
	}
}

// components are the numbers that training scripts log.
func (g *gan) components(r *Reduction, all *Totals, byClass []Totals) []Component {
	loss := func(side string) float64 {
		return g.combine(all, byClass, func(t *Totals) float64 { return g.lossOf(side, r, t) })
	}
	part := func(input int) float64 {
		return g.combine(all, byClass, func(t *Totals) float64 {
			return t.Terms[ganDReal+input] / over(r, g.count(t, input)) * g.factor("discriminator") / g.unit()
		})
	}
	judged := 1.0
	if g.form() != crossEntropy {
		judged = small
	}
	real, fake := g.mean(all, ganScoreReal, realInput), g.mean(all, ganScoreFake, fakeInput)
	above, below := g.mean(all, ganAboveReal, realInput), g.mean(all, ganBelowReal, realInput)
	right := above
	if g.relativistic != "paired" {
		right = g.mean(all, ganRightFake, fakeInput)
	}
	list := []Component{
		{"d_loss", loss("discriminator")},
		{"g_loss", loss("generator")},
		{"d_real", g.mean(all, ganJudgedReal, realInput) / judged},
		{"d_fake", g.mean(all, ganJudgedFake, fakeInput) / judged},
		{"d_real_accuracy", above},
		{"d_fake_accuracy", right},
		{"mean_real", real / small},
		{"mean_fake", fake / small},
		{"wasserstein", (real - fake) / small},
		{"sign_real", above - below},
	}
	if g.relativistic != "paired" {
		list = append(list, Component{"d_loss_real", part(realInput)}, Component{"d_loss_fake", part(fakeInput)})
	}
	return list
}
