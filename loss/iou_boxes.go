package loss

import (
	"fmt"
	"slices"
)

// iouBoxes holds the parameters of the losses of box overlap and the scratch
// memory of its kernels.
type iouBoxes struct {
	kind       string
	format     string
	form       string
	eps        float64
	floor      float64
	degenerate string
	mmdet      bool // what only its convention sets

	added     boxKind
	run       boxRuns
	q         boxPair // of the position
	d         boxSlope
	exponents [4 * boxRun]float64 // of siou
}

// Terms of the losses of box overlap.
const (
	boxLoss   = iota
	boxIoU    // without ε
	boxHit    // whether that is at least ½
	boxWeight // 1, for the means of these
)

// IoUBoxes are the losses of pairs of boxes.
func IoUBoxes() *Loss {
	f := &iouBoxes{kind: "iou", format: "xyxy", form: "auto", eps: 1e-7, degenerate: "allow"}
	weighted := func(t *Totals) float64 { return t.Terms[boxWeight] }
	return &Loss{
		Name:    "iou boxes",
		Summary: "overlap of boxes: IoU, GIoU, DIoU, CIoU, EIoU and SIoU loss",
		Formula: "1 − I/(U+ε)",
		Details: iouBoxesDetails,
		Source:  "Yu et al. 2016, UnitBox (arXiv 1608.01471); Rezatofighi et al. 2019, GIoU (1902.09630); Zheng et al. 2020, DIoU and CIoU (1911.08287); Zhang et al. 2021, EIoU (2101.08158); Gevorgyan 2022, SIoU (2205.12740)",
		Inputs: []Input{
			{Name: "pred", Shape: "N 4 or N M 4", Doc: "predicted boxes, four numbers each", Grad: true},
			{Name: "target", Shape: "as pred", Doc: "the box that each of pred belongs to", Grad: true},
		},
		Params: []Param{
			{Name: "kind", Main: true, Value: Choice(&f.kind, "iou", "giou", "diou", "ciou", "eiou", "siou"), Doc: "what is added to 1 − IoU"},
			{Name: "box-format", Main: true, Value: Choice(&f.format, "xyxy", "xywh", "cxcywh"), Doc: "two corners; a corner and the sides; the centre and the sides"},
			{Name: "form", Main: true, Value: Choice(&f.form, "auto", "linear", "log", "square"), Doc: "1 − IoU, −log IoU or 1 − IoU², the last two with kind iou only; auto: linear"},
			{Name: "eps", Main: true, Value: Float(&f.eps, 0, 1), Doc: "ε, added to the areas and squared lengths that divide"},
			{Name: "iou-floor", Value: Float(&f.floor, 0, 1), Doc: "the IoU is at least this (kind iou); without it the log of no overlap is inf"},
			{Name: "degenerate", Value: Choice(&f.degenerate, "allow", "error"), Doc: "boxes of width or height 0: allowed, with IoU 0 and a warning, or an error"},
			{Name: "mmdet", Value: Bool(&f.mmdet), Hidden: true},
		},
		Terms: []Term{{Name: "loss"}, {Name: "iou"}, {Name: "iou50"}, {Name: "weight"}},
		Reductions: []Reduction{
			Mean, SumOf, BatchMean, None,
			{Name: "weighted", Doc: "÷ sum of the sample weights", Den: weighted},
		},
		Conventions: iouBoxesConventions,
		Frame:       f.frame,
		Prepare:     func(*Frame) { f.added = boxKinds[f.kind] },
		Eval:        f.eval,
		Grad:        f.grad,
		Held:        f.held,
		Components: func(_ *Reduction, all *Totals, _ []Totals) []Component {
			return []Component{{"iou", all.Terms[boxIoU] / weighted(all)}, {"iou50", all.Terms[boxHit] / weighted(all)}}
		},
		Columns: []string{"iou"},
		Row:     func(dst []float64, all *Totals) { dst[0] = all.Terms[boxIoU] / weighted(all) },
	}
}

const iouBoxesDetails = `Box i of pred is compared with box i of target. I is the area of their intersection, U that of
their union, c_w and c_h are the sides of the smallest box around both, ρ is the distance of
their centres (d_x, d_y), and w, h, w_t, h_t are their sides. The kinds add to 1 − I/(U+ε):

  giou  (C − U)/(C + ε), C = c_w·c_h
  diou  ρ²/(c_w² + c_h² + ε)
  ciou  diou + α·v, v = 4/π²·(atan(w_t/h_t) − atan(w/h))², α = v/(1 − IoU + v + ε),
        which is taken for a constant by the gradient
  eiou  diou + (w − w_t)²/(c_w² + ε) + (h − h_t)²/(c_h² + ε): Efficient IoU
  siou  (Δ + Ω)/2, Δ = 2 − exp(−γ·(d_x/c_w)²) − exp(−γ·(d_y/c_h)²), γ = 2 − 2·|d_x·d_y|/ρ²,
        Ω = (1 − exp(−|w − w_t|/max(w, w_t)))⁴ + (1 − exp(−|h − h_t|/max(h, h_t)))⁴

Corners are those of areas: a box from 1 to 3 is 2 wide. The components iou and iou50 are the mean
IoU, without ε and weighted by --sample-weight, and the fraction of boxes whose IoU is at least ½.
ε 1e-7 is that of torchvision. It does not show in pixels; beside normalised boxes of area 1e-4 it
is a thousandth, and --eps 0 is exact.

Inverted boxes are an error. A box without area has IoU 0, with itself too, and is warned about
unless --degenerate error refuses it; quotients 0/0 of such boxes are 0. Where coordinates are
equal, both boxes get half of the gradient. Numbers of any finite size are exact.`

var iouBoxesConventions = []Convention{
	{
		Name: "torchvision",
		Doc:  "generalized_, distance_ and complete_box_iou_loss: the default; CIoU of a box without height is NaN there; its own default reduction is none, here it is mean",
		Set:  []Setting{{"eps", "1e-7"}},
	},
	{
		Name: "mmdet",
		Doc:  "IoULoss, GIoULoss, DIoULoss and CIoULoss of 3.x: ε 1e-6; iou is −log unless --form says otherwise, of at least 1e-6, and its quotients, as those of giou, divide by max(area, ε); α of ciou counts only where IoU > 0.5; its SIoU (another sign of γ) and EIoU (Extended IoU) are other formulas and not reproduced",
		Set:  []Setting{{"eps", "1e-6"}, {"iou-floor", "1e-6"}, {"mmdet", "true"}},
	},
	{
		Name: "detr",
		Doc:  "1 − generalized_box_iou of centres and sides: no ε",
		Set:  []Setting{{"kind", "giou"}, {"box-format", "cxcywh"}, {"eps", "0"}},
	},
	{
		Name: "ultralytics",
		Doc:  "1 − bbox_iou(CIoU=True) of YOLOv5 to v11, before it is weighted by class scores; heights are 1e-7 larger there, which is not reproduced",
		Set:  []Setting{{"kind", "ciou"}, {"eps", "1e-7"}},
	},
}

// frame lines up two lists of boxes of one shape, whose last axis is the box.
func (f *iouBoxes) frame(r *Request) (*Frame, error) {
	if err := f.settle(); err != nil {
		return nil, err
	}
	shape := r.FullShape("pred")
	for _, name := range []string{"pred", "target"} {
		if s := r.FullShape(name); len(s) < 2 || s[len(s)-1] != 4 {
			return nil, fmt.Errorf("%s: shape %v, want [N 4] or [N M 4], the four numbers of a box on the last axis", r.Inputs[name].Name, r.Inputs[name].Shape)
		}
	}
	if !slices.Equal(shape, r.FullShape("target")) {
		return nil, r.Mismatch("target", "pred", "")
	}
	boxes := shape[:len(shape)-1]
	layout := count(boxes[0], "box")
	if len(boxes) > 1 {
		layout = Describe(boxes[0], 1, boxes[1:], "boxes")
	}
	view := View{Role: Real, Planes: 4, Spread: 1}
	return &Frame{
		Samples: boxes[0], Groups: Volume(boxes[1:]), Inner: 1, Classes: 1, Shape: boxes,
		Views: []View{view, view}, Unit: "box", Layout: layout,
	}, nil
}

// settle decides what auto is, and finds parameters that do not go together.
func (f *iouBoxes) settle() error {
	if f.mmdet && (f.kind == "eiou" || f.kind == "siou") {
		return fmt.Errorf("--kind: got %s with --convention mmdet, whose %[1]s is another formula, want iou|giou|diou|ciou", f.kind)
	}
	if f.form == "auto" {
		f.form = "linear"
		if f.mmdet && f.kind == "iou" {
			f.form = "log"
		}
	}
	if f.kind == "iou" {
		return nil
	}
	if f.form != "linear" {
		return fmt.Errorf("--form: got %s with --kind %s, want linear: only IoU lies in [0, 1]", f.form, f.kind)
	}
	if f.mmdet {
		f.floor = 0
	}
	if f.floor > 0 {
		return fmt.Errorf("--iou-floor: got %v with --kind %s, want --kind iou", f.floor, f.kind)
	}
	return nil
}

// held is the weight of ciou, which the paper and all libraries hold constant.
func (f *iouBoxes) held() string {
	if f.kind == "ciou" {
		return "α of ciou"
	}
	return ""
}
