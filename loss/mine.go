package loss

import (
	"fmt"
	"math"
)

// mine holds the parameters of triplet mining, and what it knows of a batch.
type mine struct {
	distance
	mining    string
	margin    float64 // NaN: soft
	batchSize int     // 0: the whole file

	everySemiHard bool // conventions: semi-hard is every negative of the band
	everyAnchor   bool // conventions: an anchor without a positive has the distance 0 to it

	referred bool // there is a reference
	width    int
	batch    mineBatch
	picks    []pick
	miner    []miner
	short    shortlist
}

// Inputs and terms of triplet mine.
const (
	mineEmbeddings = iota
	mineLabels
	mineReference
	mineReferenceLabels

	mineLoss       = 0 // of all triplets of an anchor
	mineOfAnchor   = 1 // their mean
	mineTriplets   = 2
	mineActive     = 3
	mineAccurate   = 4
	mineDPositive  = 5
	mineDNegative  = 6
	mineAnchors    = 7 // 1 where there is a triplet
	mineNoPositive = 8
	mineNoNegative = 9
	mineUnmatched  = 10
)

// The minings.
const (
	mineAll          = "all"
	mineBatchAll     = "batch-all"
	mineHard         = "hard"
	mineSemiHard     = "semi-hard"
	mineBatchHard    = "batch-hard"
	mineBatchSemi    = "batch-semi-hard"
	mineEasyPositive = "easy-positive"
)

// mineMost is how many triplets of a batch are looked at, one after another.
const mineMost = 1e11

// Mine is the triplet loss of the triplets that labels make.
func Mine() *Loss {
	m := &mine{distance: newDistance(), mining: mineBatchHard, margin: 1}
	triplets := func(t *Totals) float64 { return t.Terms[mineTriplets] }
	return &Loss{
		Name:    "triplet mine",
		Summary: "triplet loss of embeddings with labels: hardest, semi-hard or all triplets of a batch",
		Formula: "max(0, d(x_i, x_j) − d(x_i, x_k) + m), label i = label j ≠ label k",
		Details: mineDetails,
		Source:  "Schroff et al. 2015, FaceNet (arXiv 1503.03832); Hermans et al. 2017, In Defense of the Triplet Loss (arXiv 1703.07737); Xuan et al. 2020, Improved Embeddings with Easy Positive Triplet Mining (arXiv 1904.04370)",
		Inputs: []Input{
			{Name: "embeddings", Shape: "N D", Doc: "the anchors, and what they are compared with", Grad: true},
			{Name: "labels", Shape: "N", Doc: "what is of one kind; numbers or names, only compared", Names: true},
			{Name: "reference", Shape: "M D", Doc: "what the anchors are compared with instead", Optional: true},
			{Name: "reference-labels", Shape: "M", Doc: "labels of the reference", Optional: true, Names: true},
		},
		Reads: []string{"ignore-index"},
		Params: append([]Param{
			{Name: "mining", Main: true, Value: Choice(&m.mining, mineBatchHard, mineBatchAll, mineAll, mineHard, mineSemiHard, mineBatchSemi, mineEasyPositive), Doc: "which triplets: see above"},
			{Name: "margin", Main: true, Value: FloatOr(&m.margin, math.Inf(-1), math.Inf(1), "soft"), Doc: "m; soft: log(1 + e^(d(i, j) − d(i, k))) without a margin"},
			{Name: "batch-size", Value: OptionalInt(&m.batchSize, 1), Doc: "triplets are made within so many rows, in the order of the file; none: the whole file"},
			{Name: "every-semi-hard", Value: Bool(&m.everySemiHard), Hidden: true},
			{Name: "every-anchor", Value: Bool(&m.everyAnchor), Hidden: true},
		}, m.distance.params()...),
		Terms: []Term{
			{Name: "loss"},
			{Name: "anchor-mean", When: func(r *Reduction) bool { return r.Term == mineOfAnchor }},
			{Name: "triplets", Plain: true},
			{Name: "active", Plain: true},
			{Name: "accurate", Plain: true},
			{Name: "d-positive", Plain: true},
			{Name: "d-negative", Plain: true},
			{Name: "anchors", Plain: true},
			{Name: "no-positive", Plain: true},
			{Name: "no-negative", Plain: true},
			{Name: "unmatched", Plain: true},
		},
		Reductions: []Reduction{
			{Name: "mean", Doc: "÷ triplets", Den: triplets},
			SumOf,
			{Name: "active", Doc: "÷ triplets whose loss is not 0, at least 1", Den: func(t *Totals) float64 { return max(t.Terms[mineActive], 1) }},
			{Name: "anchor", Term: mineOfAnchor, Doc: "the mean over anchors that have a triplet of the mean of their triplets", Den: func(t *Totals) float64 { return t.Terms[mineAnchors] }},
			{Name: "none", Doc: "the sum of every anchor, needs -o FILE.npy; the value shown is the mean", Den: triplets, Elements: true},
			{Name: "sbert-mean", Doc: "÷ triplets; of batch-all ÷ triplets whose loss is not 0, at least 1", Hidden: true, Den: func(t *Totals) float64 {
				if m.mining == mineAll || m.mining == mineBatchAll {
					return max(t.Terms[mineActive], 1)
				}
				return t.Terms[mineTriplets]
			}},
		},
		Conventions: mineConventions,
		Frame:       m.frame,
		Prepare:     func(f *Frame) { m.width = f.Views[mineEmbeddings].Planes },
		Eval:        m.eval,
		Grad:        m.grad,
		Count:       triplets,
		Components:  m.components,
		Undefined:   m.undefined,
		Columns:     []string{"d_positive", "d_negative", "active"},
		Row: func(dst []float64, all *Totals) {
			n := all.Terms[mineTriplets]
			dst[0], dst[1], dst[2] = all.Terms[mineDPositive]/n, all.Terms[mineDNegative]/n, all.Terms[mineActive]
		},
		Found: []string{"anchor", "positive", "negative"},
	}
}

const mineDetails = `Of every row i as the anchor, a positive j is another row of the same label, a negative k one
of another label; d is --distance. --mining says which triplets i, j, k count:

  batch-hard       the farthest positive and the nearest negative of every anchor
  batch-all (all)  every triplet, at most 1e11 in a batch
  hard             every triplet with d(i, k) ≤ d(i, j)
  semi-hard        of every positive pair the nearest negative that is farther than the
                   positive, but by no more than the margin; none: no triplet
  batch-semi-hard  of every positive pair the nearest negative that is farther than the
                   positive, else the farthest negative
  easy-positive    the nearest positive of every anchor, and the nearest negative behind it

Equal distances: the lowest index. Rows that are masked, ignored or of weight 0 are no
anchors, positives or negatives. Anchors without a positive or a negative have no triplet and
are counted: no_positive, no_negative. unmatched, of semi-hard and easy-positive, counts the
positive pairs that find no negative. triplets is what the mean divides by, anchors the rows
that have one; active is the share of the triplets whose loss is not 0, accuracy the share
whose positive is nearer, d_positive and d_negative are mean distances; these do not depend
on --sample-weight.

Distances are computed in tiles, never the whole matrix. Where the hardest are wanted a
float32 product makes a short list, with a bound of its error, and what is on it is computed
in float64: the triplets are the true ones. --pairs-out writes the indices.`

func (m *mine) components(_ *Reduction, all *Totals, _ []Totals) []Component {
	t := all.Terms
	n := t[mineTriplets]
	list := []Component{
		{"triplets", n},
		{"active", t[mineActive] / n},
		{"accuracy", t[mineAccurate] / n},
		{"d_positive", t[mineDPositive] / n},
		{"d_negative", t[mineDNegative] / n},
		{"anchors", t[mineAnchors]},
		{"no_positive", t[mineNoPositive]},
		{"no_negative", t[mineNoNegative]},
	}
	if m.mining == mineSemiHard || m.mining == mineEasyPositive {
		list = append(list, Component{"unmatched", t[mineUnmatched]})
	}
	return list
}

// undefined says why there is no triplet.
func (m *mine) undefined(all *Totals) string {
	t := all.Terms
	if t[mineTriplets] > 0 {
		return ""
	}
	once, alike := "every label occurs once", "all labels are the same"
	switch {
	case m.referred:
		once, alike = "their labels are not in the reference", "the reference has no other label"
	case m.batchSize > 0:
		batch := fmt.Sprintf(" in a batch of %d", m.batchSize)
		once, alike = once+batch, alike+batch
	}
	n, noPositive, noNegative := all.Count, int(t[mineNoPositive]), int(t[mineNoNegative])
	switch {
	case noPositive == n:
		return fmt.Sprintf("there is no triplet, as none of %s has a positive: %s", count(n, "anchor"), once)
	case noNegative == n:
		return fmt.Sprintf("there is no triplet, as none of %s has a negative: %s", count(n, "anchor"), alike)
	case t[mineUnmatched] > 0 || m.banded():
		return fmt.Sprintf("--mining %s finds no triplet: %d of %s without a positive, %d without a negative, and none that fits for the others", m.mining, noPositive, count(n, "anchor"), noNegative)
	}
	return fmt.Sprintf("there is no triplet: %d of %s without a positive, %d without a negative", noPositive, count(n, "anchor"), noNegative)
}
