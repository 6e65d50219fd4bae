package loss

import (
	"fmt"
	"math"
)

// align holds the parameters of the alignment of two modalities, and a
// batch.
type align struct {
	kind      string
	scale     float64 // NaN: that of the kind
	eps       float64
	labelNorm string
	combine   string // "auto": that of the kind
	batchSize int    // 0: the whole file

	batch alignBatch
}

// Terms of kl align.
const (
	alignLoss = iota
	alignPredToTarget
	alignTargetToPred
)

// KLAlign compares how similar the embeddings of two modalities are with how
// similar they should be.
func KLAlign() *Loss {
	a := &align{kind: "cmpm", scale: math.NaN(), eps: 1e-8, labelNorm: "sum", combine: "auto"}
	inf := math.Inf(1)
	return &Loss{
		Name:    "kl align",
		Summary: "alignment of two modalities: KL between their similarities and their matches",
		Formula: "KL(P‖match) or KL(match‖P) in both directions, P = softmax(scale·similarity)",
		Details: alignDetails,
		Source:  "Zhang and Lu 2018, CMPM (ECCV); Jiang and Ye 2023, SDM of IRRA (arXiv 2303.12501); Wang et al. 2021, ActionCLIP (arXiv 2109.08472); Radford et al. 2021, CLIP (arXiv 2103.00020)",
		Inputs: []Input{
			{Name: "pred", Shape: "N D", Doc: "embeddings of one modality", Grad: true},
			{Name: "target", Shape: "N D", Doc: "embeddings of the other, row by row the partners of pred", Grad: true},
			{Name: "labels", Shape: "N", Doc: "ids: rows of the same id match; without labels a row matches its partner alone", Optional: true, Names: true},
		},
		Reads: []string{"ignore-index"},
		Params: []Param{
			{Name: "kind", Main: true, Value: Choice(&a.kind, "cmpm", "sdm", "actionclip", "clip-soft"), Doc: "which similarities and which targets; see above"},
			{Name: "scale", Main: true, Value: AutoFloat(&a.scale, math.SmallestNonzeroFloat64, inf), Doc: "factor of the similarities, 1/temperature; auto: 1 for cmpm, 50 for sdm, 100 for actionclip and clip-soft"},
			{Name: "eps", Value: Float(&a.eps, 0, 1), Doc: "ε of log(match + ε), cmpm and sdm"},
			{Name: "label-norm", Value: Choice(&a.labelNorm, "sum", "l2"), Doc: "the matches of a row, cmpm and sdm, sum to 1, or have length 1 as in some ports"},
			{Name: "combine", Value: Choice(&a.combine, "auto", "sum", "mean"), Doc: "the two directions; auto: as the authors do, sum for cmpm and sdm, mean for actionclip and clip-soft"},
			{Name: "batch-size", Value: Int(&a.batchSize, 0), Doc: "rows that see each other; 0: the whole file"},
		},
		Terms: []Term{{Name: "loss"}, {Name: "pred-to-target"}, {Name: "target-to-pred"}},
		Reductions: []Reduction{
			Mean, SumOf, BatchMean, None,
		},
		Conventions: alignConventions,
		Frame:       a.frame,
		Eval:        a.eval,
		Grad:        a.grad,
		Components: func(r *Reduction, all *Totals, _ []Totals) []Component {
			den := r.Den(all)
			return []Component{
				{"pred_to_target", all.Terms[alignPredToTarget] / den},
				{"target_to_pred", all.Terms[alignTargetToPred] / den},
			}
		},
	}
}

const alignDetails = `A position is a row i; its loss is that of row i of pred among all rows of target, and of
row i of target among all rows of pred: P_ij = softmax_j(scale·s_ij).

cmpm        s = x_i·y_j/‖y_j‖, so only the other side has unit length; KL(P‖match + ε)
sdm         s = cosine; KL(P‖match + ε)
actionclip  s = cosine; KL(softmax(10·m)‖P), m_ij 1 where i and j match, else 0
clip-soft   s = cosine; KL(match‖P); without labels this is the loss of CLIP

match_ij is 1 over the number of rows that match i, and 0 for the others. cmpm and sdm divide
by it, so that ε decides what a wrong match costs: −log ε, 18.4.
The whole file is one batch unless --batch-size says so, as the loss of a row depends on the
others: losses of different batch sizes do not compare. The mean divides by the rows. Rows
that a mask, --ignore-index or a weight of 0 leaves out are not rivals of the others either. A
row of zeros has no direction and is refused.`

// alignConventions are the codes that people compare with.
var alignConventions = []Convention{
	{
		Name: "cmpm",
		Doc:  "the PyTorch ports of compute_cmpm_loss: the matches of a row have length 1 instead of the sum 1 of the paper; the sum of both directions",
		Set:  []Setting{{"kind", "cmpm"}, {"scale", "1"}, {"label-norm", "l2"}, {"combine", "sum"}},
	},
	{
		Name: "irra",
		Doc:  "compute_sdm of IRRA: temperature 0.02; the sum of both directions",
		Set:  []Setting{{"kind", "sdm"}, {"scale", "50"}, {"combine", "sum"}},
	},
	{
		Name: "actionclip",
		Doc:  "KLLoss of ActionCLIP: the mean over all elements times the rows, which is the mean over the rows; the mean of both directions; its scale is learnt, --scale says where it stands",
		Set:  []Setting{{"kind", "actionclip"}, {"combine", "mean"}},
	},
}

// frame lines up the rows of both modalities.
func (a *align) frame(r *Request) (*Frame, error) {
	pred, target := r.Inputs["pred"], r.Inputs["target"]
	if r.NoBatch {
		return nil, fmt.Errorf("%s: got one sample (--no-batch, --pairs), want rows on axis 0 that are compared with each other", pred.Name)
	}
	if len(pred.Shape) != 2 || pred.Shape[1] == 0 {
		return nil, fmt.Errorf("%s: shape %v, want N D: rows of embeddings", pred.Name, pred.Shape)
	}
	n, d := pred.Shape[0], pred.Shape[1]
	if len(target.Shape) != 2 || target.Shape[0] != n || target.Shape[1] != d {
		return nil, r.Mismatch("target", "pred", "")
	}
	a.resolve()
	f := &Frame{
		Samples: n, Groups: 1, Inner: 1, Classes: 1, Shape: []int{n}, Rows: true, Unit: "pair",
		Layout: count(n, "pair") + fmt.Sprintf(" × %d", d),
		Views:  []View{{Role: Real, Planes: d, Spread: 1}, {Role: Real, Planes: d, Spread: 1}, {}},
		Batch:  max(n, 1),
	}
	if a.batchSize > 0 {
		f.Batch = min(a.batchSize, f.Batch)
	}
	if labels, ok := r.Inputs["labels"]; ok {
		if len(labels.Shape) != 1 || labels.Shape[0] != n {
			return nil, fmt.Errorf("%s: shape %v, want [%d]", labels.Name, labels.Shape, n)
		}
		f.Views[2] = View{Role: Label, Planes: 1, Spread: 1}
	}
	return f, nil
}

// resolve puts what is in force in place of auto.
func (a *align) resolve() {
	if math.IsNaN(a.scale) {
		a.scale = map[string]float64{"cmpm": 1, "sdm": 50, "actionclip": 100, "clip-soft": 100}[a.kind]
	}
	if a.combine == "auto" {
		a.combine = "sum"
		if !a.towards() {
			a.combine = "mean"
		}
	}
}

// towards reports whether the divergence is KL(P‖match), else KL(match‖P).
func (a *align) towards() bool { return a.kind == "cmpm" || a.kind == "sdm" }

// half is the factor of each direction.
func (a *align) half() float64 {
	if a.combine == "mean" {
		return 0.5
	}
	return 1
}

func (a *align) eval(out *Out, b *Block) {
	t := &a.batch
	for _, term := range out.Terms {
		clear(term)
	}
	if !t.load(out, b) {
		return
	}
	a.compare(b)
	toTarget, toPred := out.Terms[alignPredToTarget], out.Terms[alignTargetToPred]
	for i, at := range t.order {
		toTarget[at], toPred[at] = t.sides[0].kl[i], t.sides[1].kl[i]
		out.Terms[alignLoss][at] = a.half() * (toTarget[at] + toPred[at])
	}
}
