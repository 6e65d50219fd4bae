package loss

import "math"

// A score is (nI·I + nr) ÷ (dI·I + dP·P + dT·T + dr).
type score struct{ nI, nr, dI, dP, dT, dr float64 }

// score is that of the kind and the parameters.
func (o *overlap) score() score {
	s := score{nr: o.smoothNr, dr: o.smoothDr}
	switch {
	case o.kind == "jaccard" || o.kind == "lovasz":
		k := o.scaled
		s.nI, s.dI, s.dP, s.dT = k, -k, k, k
	case o.kind == "tversky" || o.kind == "focal-tversky":
		s.nI, s.dI, s.dP, s.dT = 1, 1-o.fpWeight-o.fnWeight, o.fpWeight, o.fnWeight
	default:
		s.nI, s.dP, s.dT = 2, 1, 1
		if o.halves {
			s.nr, s.dr = 2*s.nr, 2*s.dr
		}
	}
	return s
}

// A cell has the sums of a class in what closes together.
type cell struct{ both, pred, truth float64 }

// cell returns the sums that the score is made of: of squares where these
// are asked for.
func (o *overlap) cell(t *Totals) cell {
	c := cell{t.Terms[overlapBoth], t.Terms[overlapPred], t.Terms[overlapTrue]}
	if o.squared {
		c.pred, c.truth = t.Terms[overlapPred2], t.Terms[overlapTrue2]
	}
	return c
}

func (c *cell) add(o cell, w float64) {
	c.both += w * o.both
	c.pred += w * o.pred
	c.truth += w * o.truth
}

// of returns the score of a cell and its derivative by I and P.
func (s score) of(c cell, floor float64) (v, byBoth, byPred float64) {
	num, den := s.nI*c.both+s.nr, s.dI*c.both+s.dP*c.pred+s.dT*c.truth+s.dr
	if den < floor {
		return num / floor, s.nI / floor, 0
	}
	v = num / den
	if den < 0x1p-1000 { // the slope is more than float64 holds
		return v, 0, 0
	}
	return v, (s.nI - v*s.dI) / den, -v * s.dP / den
}

// shape turns a score into a loss, and gives its derivative.
func (o *overlap) shape(v float64) (loss, slope float64) {
	switch {
	case o.log:
		if v <= o.logFloor {
			return -math.Log(o.logFloor), 0
		}
		return -math.Log(v), -1 / v
	case o.negative:
		return -v, -1
	}
	miss := 1 - v
	switch {
	case o.kind == "focal-tversky" && !o.sumPower:
		if miss <= 0 { // the root at 0 has no finite slope
			return 0, 0
		}
		return math.Pow(miss, o.gamma), -o.gamma * math.Pow(miss, o.gamma-1)
	case o.kind == "log-cosh":
		return math.Log(math.Cosh(miss)), -math.Tanh(miss)
	}
	return miss, -1
}

// what becomes of a cell
const (
	cellCounts = iota
	cellLeft   // out of the mean
	cellIs     // a fixed loss
)

// policy says what becomes of a cell, and its loss where that is fixed: of a
// class that neither mask has, and of one that the target has not.
func (o *overlap) policy(c cell) (what int, loss float64, empty bool) {
	s := o.score()
	switch {
	case c.truth == 0 && c.pred == 0 && (o.hard || s.dr == 0 && o.floor == 0):
		switch o.empty {
		case "skip":
			return cellLeft, 0, true
		case "perfect":
			return cellIs, 0, true
		case "worst":
			return cellIs, 1, true
		}
		return cellIs, math.NaN(), true
	case c.truth == 0 && (o.absent == "skip" || o.absent == "auto" && o.kind == "lovasz" && o.classes > 1):
		return cellLeft, 0, false
	case c.truth == 0 && o.absent == "zero":
		return cellIs, 0, false
	}
	return cellCounts, 0, false
}

// close computes the cells of what closes together.
func (o *overlap) close(all *Totals, byClass []Totals) {
	list := byClass
	if list == nil {
		list = []Totals{*all}
	}
	if o.kind == "lovasz" {
		o.closeLovasz(list)
	}
	for k := cellLoss; k <= cellEmpty; k++ {
		all.Terms[k] = 0
	}
	truth := 0.0
	for c := range list {
		if o.included[c] {
			truth += list[c].Terms[overlapTrue]
		}
	}
	for c := range list {
		o.closeClass(&list[c], c, truth)
		if byClass == nil || !o.included[c] {
			continue
		}
		for k := cellLoss; k <= cellEmpty; k++ {
			all.Terms[k] += list[c].Terms[k]
		}
	}
	if o.joint() {
		o.closeJoint(all, list)
	}
	all.Terms[groupMean], all.Terms[groupCount] = 0, 0
	if n := all.Terms[cellCount]; n > 0 {
		all.Terms[groupMean], all.Terms[groupCount] = all.Terms[cellLoss]/n, 1
	}
}

// joint reports whether the classes make one cell.
func (o *overlap) joint() bool { return o.average == "micro" || o.kind == "generalized" }

// closeClass computes the cell of a class.
func (o *overlap) closeClass(t *Totals, class int, truth float64) {
	x := t.Terms
	for k := cellLoss; k <= groupCount; k++ {
		x[k] = 0
	}
	what, loss, empty := o.policy(o.cell(t))
	if empty {
		x[cellEmpty] = 1
	}
	if what == cellLeft || !o.included[class] {
		return
	}
	if what == cellCounts {
		loss = o.cellLoss(t)
	}
	share := 1.0
	if o.average == "weighted" {
		if share = x[overlapTrue] / truth; truth == 0 {
			return
		}
	}
	w := share
	if len(o.classWeight) > 0 {
		w *= at(o.classWeight, class)
	}
	x[cellLoss], x[cellCount], x[cellWeight] = w*loss, share, w
	both, sum := x[overlapBoth], x[overlapPred]+x[overlapTrue]
	dice, iou := 2*both/sum, both/(sum-both)
	if sum == 0 { // nothing is missing, as the policy has it
		dice, iou = 1-loss, 1-loss
	}
	x[cellDice], x[cellIoU] = share*dice, share*iou
	if share > 0 {
		x[groupMean], x[groupCount] = w*loss/share, 1
	}
}

// cellLoss is the loss of a cell that counts.
func (o *overlap) cellLoss(t *Totals) float64 {
	if o.kind == "lovasz" {
		return t.Terms[overlapLovasz]
	}
	v, _, _ := o.score().of(o.cell(t), o.floor)
	loss, _ := o.shape(v)
	return loss
}

// sum is the cell of all classes together, with the weight of each.
func (o *overlap) sum(list []Totals) (total cell, weights []float64) {
	weights = make([]float64, len(list))
	o.volumeWeights(weights, list)
	for c := range list {
		if o.included[c] {
			total.add(o.cell(&list[c]), weights[c])
		}
	}
	return total, weights
}

// volumeWeights are 1 ÷ T², 1 ÷ T or 1 of the generalised Dice loss (Sudre et
// al. 2017); a class without a true pixel has the largest of the others.
func (o *overlap) volumeWeights(w []float64, list []Totals) {
	most := 0.0
	for c := range list {
		v := list[c].Terms[overlapTrue]
		switch {
		case o.kind != "generalized" || o.volumeWeight == "uniform":
			w[c] = 1
		case o.volumeWeight == "square":
			w[c] = 1 / (v * v)
		default:
			w[c] = 1 / v
		}
		if !math.IsInf(w[c], 1) && o.included[c] {
			most = max(most, w[c])
		}
	}
	for c := range w {
		if math.IsInf(w[c], 1) {
			w[c] = most
		}
	}
}

// closeJoint makes one cell of all classes.
func (o *overlap) closeJoint(all *Totals, list []Totals) {
	total, _ := o.sum(list)
	x := all.Terms
	what, loss, _ := o.policy(total)
	for k := cellLoss; k < cellEmpty; k++ {
		x[k] = 0
	}
	if what == cellLeft {
		return
	}
	if what == cellCounts {
		v, _, _ := o.score().of(total, o.floor)
		loss, _ = o.shape(v)
	}
	x[cellLoss], x[cellCount], x[cellWeight] = loss, 1, 1
	both, sum := 0.0, 0.0
	for c := range list {
		if o.included[c] {
			t := list[c].Terms
			both += t[overlapBoth]
			sum += t[overlapPred] + t[overlapTrue]
		}
	}
	x[cellDice], x[cellIoU] = 2*both/sum, both/(sum-both)
	if sum == 0 {
		x[cellDice], x[cellIoU] = 1-loss, 1-loss
	}
}

// closeSlope is the derivative of the losses of the cells by I and P of every
// class.
func (o *overlap) closeSlope(dst, up [][]float64, all *Totals, byClass []Totals) {
	list := byClass
	if list == nil {
		list = []Totals{*all}
	}
	s, pred := o.score(), overlapPred
	if o.squared {
		pred = overlapPred2
	}
	by := up[0][cellLoss]
	if n := all.Terms[cellCount]; n > 0 {
		by += up[0][groupMean] / n
	}
	if o.joint() {
		total, weights := o.sum(list)
		if what, _, _ := o.policy(total); what != cellCounts {
			return
		}
		v, both, p := s.of(total, o.floor)
		_, slope := o.shape(v)
		for c := range list {
			if o.included[c] {
				dst[c][overlapBoth] += by * slope * both * weights[c]
				dst[c][pred] += by * slope * p * weights[c]
			}
		}
		return
	}
	for c := range list {
		if what, _, _ := o.policy(o.cell(&list[c])); what != cellCounts || !o.included[c] {
			continue
		}
		w := list[c].Terms[cellWeight]
		if o.kind == "lovasz" {
			dst[c][overlapLovasz] += by * w
			continue
		}
		v, both, p := s.of(o.cell(&list[c]), o.floor)
		_, slope := o.shape(v)
		dst[c][overlapBoth] += by * w * slope * both
		dst[c][pred] += by * w * slope * p
	}
}
