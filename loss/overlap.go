package loss

import (
	"fmt"
	"math"
	"slices"
)

// An overlap compares two masks class by class: what dice and iou share. For
// every class of a sample, a batch or the data set it sums
//
//	I = Σ p·t   P = Σ p   T = Σ t
//
// over the pixels, p being the predicted and t the true mask, and makes a
// score of the sums.
type overlap struct {
	name  string // dice or iou
	kind  string
	scope string
	batch int

	activation        string
	binary            bool
	average           string
	excludeBackground bool
	only              []float64 // classes that count
	onlyWord          string
	classWeight       []float64
	classWeightWord   string
	smooth            float64 // NaN: not given
	smoothNr          float64
	smoothDr          float64
	squared           bool
	log               bool
	hard              bool
	threshold         float64
	empty, absent     string
	fpWeight          float64
	fnWeight          float64
	gamma             float64
	volumeWeight      string
	withCE, withFocal float64
	focalGamma        float64

	// what only conventions set
	halves     bool    // smoothing stands beside I, not 2I
	floor      float64 // denominators are at least that
	logFloor   float64 // scores are at least that before a logarithm
	minimum    bool    // I = Σ min(p, t)
	negative   bool    // the loss is −score
	sumPower   bool    // γ acts on the mean of the classes
	scaled     float64 // I stands twice in the Jaccard of monai: numerator 2I, denominator twice
	oneHotEps  float64 // what the other classes of a target have
	rawIDs     bool    // the Lovász weights count the id of a pixel, not the pixel
	focalSides bool    // the focal part is the sigmoid's

	// what the shapes say
	maps     bool // both inputs hold ids
	classes  int
	included []bool
	memory   [8][]float64
	lovasz   lovasz
}

// Terms of an overlap. Those of a cell, a class in what closes together, are
// closed.
const (
	cellLoss = iota
	cellCount
	cellWeight
	cellDice
	cellIoU
	cellEmpty
	groupMean  // of what closes together, the mean of its cells
	groupCount // whether it has one
	overlapBoth
	overlapPred
	overlapTrue
	overlapSize
	overlapPred2
	overlapTrue2
	overlapLovasz
	overlapCE
	overlapFocal
)

func (o *overlap) terms() []Term {
	squared := func(*Reduction) bool { return o.squared }
	return []Term{
		{Name: "loss", Closed: true},
		{Name: "cells", Closed: true, Plain: true},
		{Name: "weight", Closed: true},
		{Name: "dice", Closed: true},
		{Name: "iou", Closed: true},
		{Name: "empty", Closed: true, Plain: true},
		{Name: "group-mean", Closed: true},
		{Name: "groups", Closed: true, Plain: true},
		{Name: "intersection", Summed: true},
		{Name: "predicted", Summed: true},
		{Name: "true", Summed: true},
		{Name: "size", Summed: true},
		{Name: "predicted-squares", Summed: true, When: squared},
		{Name: "true-squares", Summed: true, When: squared},
		{Name: "lovasz", Closed: true, When: func(*Reduction) bool { return o.kind == "lovasz" }},
		{Name: "ce", When: func(*Reduction) bool { return o.withCE != 0 }},
		{Name: "focal", When: func(*Reduction) bool { return o.withFocal != 0 }},
	}
}

// params are those that dice and iou share, behind their own.
func (o *overlap) params(own ...Param) []Param {
	inf := math.Inf(1)
	return append(own, []Param{
		{Name: "activation", Main: true, Value: Choice(&o.activation, "auto", "softmax", "sigmoid"), Doc: "of logits; auto: softmax where target holds class ids, sigmoid where the shapes agree"},
		{Name: "scope", Main: true, Value: Choice(&o.scope, "sample", "batch", "dataset"), Doc: "what is summed before the ratio"},
		{Name: "batch-size", Value: Int(&o.batch, 0), Doc: "samples of a batch, for --scope batch; 0: all"},
		{Name: "average", Main: true, Value: Choice(&o.average, "macro", "micro", "weighted", "none"), Doc: "of the classes: macro their mean, micro sums them before the ratio, weighted by their true size; none: as macro, the rows say each"},
		{Name: "exclude-background", Value: Bool(&o.excludeBackground), Doc: "leave out class 0"},
		{Name: "classes", Value: Floats(&o.only, &o.onlyWord, 0, inf, "all"), Doc: "the classes that count, all others left out"},
		{Name: "class-weight", Value: Floats(&o.classWeight, &o.classWeightWord, 0, inf, "none"), Doc: "one factor a class; the mean still divides by the count, --reduction weighted by the sum"},
		{Name: "smooth", Main: true, Value: OptionalFloat(&o.smooth, 0, inf), Doc: "added to numerator and denominator; none: --smooth-nr and --smooth-dr"},
		{Name: "smooth-nr", Value: Float(&o.smoothNr, 0, inf), Doc: "nr, added to the numerator"},
		{Name: "smooth-dr", Value: Float(&o.smoothDr, 0, inf), Doc: "dr, added to the denominator"},
		{Name: "squared", Value: Bool(&o.squared), Doc: "P = Σ p², T = Σ t²"},
		{Name: "log", Value: Bool(&o.log), Doc: "the loss is −log of the score"},
		{Name: "hard", Value: Bool(&o.hard), Doc: "decide first: the class of the largest score, or --threshold where each class is by itself"},
		{Name: "threshold", Value: Float(&o.threshold, 0, 1), Doc: "probability from which a pixel is in the mask, for --hard"},
		{Name: "empty", Main: true, Value: Choice(&o.empty, "skip", "perfect", "worst", "nan"), Doc: "a class that neither has: left out, loss 0, loss 1, nan"},
		{Name: "absent", Value: Choice(&o.absent, "auto", "count", "skip", "zero"), Doc: "a class that the target has not: counted, left out, loss 0; auto: counted, but left out by the Lovász loss"},
		{Name: "binary", Value: Bool(&o.binary), Doc: "the shapes agree and have no class axis: one mask"},
		{Name: "floor", Hidden: true, Value: Float(&o.floor, 0, 1)},
		{Name: "log-floor", Hidden: true, Value: Float(&o.logFloor, 0, 1)},
		{Name: "minimum", Hidden: true, Value: Bool(&o.minimum)},
	}...)
}

func newOverlap(name, kind string) *overlap {
	return &overlap{
		name: name, kind: kind, scope: "sample", activation: "auto", average: "macro", onlyWord: "all", classWeightWord: "none",
		smooth: math.NaN(), threshold: 0.5, empty: "skip", absent: "auto", fpWeight: 0.5, fnWeight: 0.5, gamma: 0.75, volumeWeight: "square", focalGamma: 2, scaled: 1,
	}
}

// declare makes the loss of an overlap.
func (o *overlap) declare(l *Loss) *Loss {
	l.Reads = []string{"pred-as", "class-axis", "ignore-index"}
	l.Inputs = []Input{
		{Name: "pred", Shape: "N C * or N *", Doc: "scores of the classes, or a map of labels: logits unless --pred-as says otherwise or the type is a whole number", Grad: true},
		{Name: "target", Shape: "N * or as pred", Doc: "class ids, or masks in [0, 1] of the shape of pred"},
	}
	l.Terms = o.terms()
	l.Reductions = []Reduction{
		{Name: "mean", Doc: "÷ cells: classes × what closes together (samples, batches), without those left out", Den: func(t *Totals) float64 { return t.Terms[cellCount] }},
		SumOf,
		{Name: "nested", Doc: "mean of the means of the samples (batches), so that one with few cells counts as much as one with many", Term: groupMean, Den: func(t *Totals) float64 { return t.Terms[groupCount] }},
		{Name: "weighted", Doc: "÷ sum of the class weights of the cells", Den: func(t *Totals) float64 { return t.Terms[cellWeight] }},
	}
	l.Count = func(t *Totals) float64 { return t.Terms[cellCount] }
	l.Frame = o.frame
	l.Prepare = o.prepare
	l.Eval = o.eval
	l.Sums = o.sums
	l.Close = o.close
	l.Grad = o.positionGrad
	l.SumsGrad = o.sumsGrad
	l.CloseSlope = o.closeSlope
	l.Valued = func() bool { return o.withCE != 0 || o.withFocal != 0 || o.power() }
	l.Value = o.value
	l.Slope = o.slope
	l.NoGrad = o.noGrad
	l.Components = o.components
	l.Columns = []string{"dice", "iou", "tp", "fp", "fn", "tn"}
	l.Row = overlapRow
	l.ClassColumns = []string{"dice", "iou", "tp", "fp", "fn", "tn", "predicted", "true"}
	l.ClassRow = func(dst []float64, t *Totals) {
		overlapRow(dst, t)
		dst[6], dst[7] = t.Terms[overlapPred], t.Terms[overlapTrue]
	}
	return l
}

// overlapRow are the scores and the soft counts of a sample or a class.
func overlapRow(dst []float64, t *Totals) {
	both, pred, truth := t.Terms[overlapBoth], t.Terms[overlapPred], t.Terms[overlapTrue]
	dst[0], dst[1] = t.Terms[cellDice]/t.Terms[cellCount], t.Terms[cellIoU]/t.Terms[cellCount]
	dst[2], dst[3], dst[4], dst[5] = both, pred-both, truth-both, t.Terms[overlapSize]-pred-truth+both
}

func (o *overlap) components(_ *Reduction, all *Totals, _ []Totals) []Component {
	n := all.Terms[cellCount]
	list := []Component{{"dice", all.Terms[cellDice] / n}, {"iou", all.Terms[cellIoU] / n}}
	if o.withCE != 0 {
		list = append(list, Component{o.name + "_loss", all.Terms[cellLoss] / n}, Component{"ce", all.Terms[overlapCE] / o.elements(all)})
	}
	if o.withFocal != 0 {
		list = append(list, Component{"focal", all.Terms[overlapFocal] / o.elements(all)})
	}
	return list
}

// elements is what the cross-entropy and the focal part divide by: pixels of
// a softmax, pixels × classes of sigmoids.
func (o *overlap) elements(t *Totals) float64 {
	if o.activation == "sigmoid" {
		return float64(t.Count * o.classes)
	}
	return float64(t.Count)
}

// focalElements is the same for the focal part.
func (o *overlap) focalElements(t *Totals) float64 {
	if o.focalSides {
		return float64(t.Count * o.classes)
	}
	return o.elements(t)
}

// value is the sum of the overlap's loss and what --with-ce and --with-focal
// add.
func (o *overlap) value(r *Reduction, all *Totals, _ []Totals) float64 {
	v := all.Terms[r.Term] / r.Den(all)
	if o.power() {
		v = math.Pow(v, o.gamma)
	}
	if all.OfClass {
		return v
	}
	if o.withCE != 0 {
		v += o.withCE * all.Terms[overlapCE] / o.elements(all)
	}
	if o.withFocal != 0 {
		v += o.withFocal * all.Terms[overlapFocal] / o.focalElements(all)
	}
	return v
}

func (o *overlap) slope(dst [][]float64, r *Reduction, all *Totals, _ []Totals) {
	dst[0][r.Term] = 1 / r.Den(all)
	if o.power() {
		dst[0][r.Term] *= o.gamma * math.Pow(all.Terms[r.Term]/r.Den(all), o.gamma-1)
	}
	if o.withCE != 0 {
		dst[0][overlapCE] = o.withCE / o.elements(all)
	}
	if o.withFocal != 0 {
		dst[0][overlapFocal] = o.withFocal / o.focalElements(all)
	}
}

// power reports whether γ acts on the mean of the classes.
func (o *overlap) power() bool { return o.kind == "focal-tversky" && o.sumPower }

func (o *overlap) noGrad() string {
	switch {
	case o.hard:
		return "--hard decides, which has no gradient"
	case o.maps:
		return "labels have no gradient"
	}
	return ""
}

// prepare finds which classes count.
func (o *overlap) prepare(f *Frame) {
	o.classes = f.Classes
	o.maps = f.Views[0].Role == Index || f.Views[0].Role == Soft
	o.included = o.included[:0]
	for c := range f.Classes {
		in := len(o.only) == 0 || slices.Contains(o.only, float64(c))
		o.included = append(o.included, in && !(o.excludeBackground && c == 0 && f.Classes > 1))
	}
}

// check finds lists that do not fit the classes.
func (o *overlap) check(classes int, name string) error {
	if n := len(o.classWeight); n > 1 && n != classes {
		return fmt.Errorf("--class-weight: got %d numbers, want 1 or %d, one for each class of %s", n, classes, name)
	}
	for _, c := range o.only {
		if c != math.Trunc(c) || int(c) >= classes {
			return fmt.Errorf("--classes: got %v, want class ids 0…%d of %s", c, classes-1, name)
		}
	}
	if o.excludeBackground && classes == 1 {
		return fmt.Errorf("--exclude-background: got one class in %s, want several", name)
	}
	if o.batch > 0 && o.scope != "batch" {
		return fmt.Errorf("--batch-size: got --scope %s, want batch", o.scope)
	}
	return nil
}

// scratch returns n numbers of the loss's own memory.
func (o *overlap) scratch(i, n int) []float64 {
	if cap(o.memory[i]) < n {
		o.memory[i] = make([]float64, n)
	}
	return o.memory[i][:n]
}
