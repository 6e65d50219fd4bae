package loss

import "math"

// IoU is the Jaccard loss of masks and its Lovász extension.
func IoU() *Loss {
	o := newOverlap("iou", "jaccard")
	inf := math.Inf(1)
	return o.declare(&Loss{
		Name:    "iou",
		Summary: "one minus the intersection over union of masks, and its Lovász extension",
		Formula: "1 − (Σ p·t + nr) / (Σ p + Σ t − Σ p·t + dr)",
		Details: iouDetails + overlapDetails,
		Source:  "Rahman & Wang 2016, Optimizing Intersection-Over-Union in Deep Neural Networks; Berman et al. 2018, The Lovász-Softmax loss (arXiv 1705.08790)",
		Params: o.params(
			Param{Name: "kind", Main: true, Value: Choice(&o.kind, "jaccard", "lovasz"), Doc: "the loss"},
			Param{Name: "raw-ids", Hidden: true, Value: Bool(&o.rawIDs)},
			Param{Name: "numerator", Hidden: true, Value: Float(&o.scaled, 0, inf)},
		),
		Conventions: iouConventions,
	})
}

const iouDetails = `The score of a class is (I + nr) / (P + T − I + dr), I = Σ p·t, P = Σ p, T = Σ t over the
pixels of a sample (--scope batch, dataset: of all samples of it), and the loss 1 − score.
lovasz: the Lovász extension of the Jaccard loss, of softmax probabilities over the classes
that the target has, or the hinge of the logits of one class; pixels are sorted together
within a sample, or with --scope batch all of them.
`

// overlapDetails is what explain says of dice and of iou.
const overlapDetails = `Dice and IoU of the masks stand in components and in every row whatever the loss is: soft
counts, tp = Σ p·t, fp = Σ p(1−t), fn = Σ (1−p)t, tn the rest; --hard decides first.
A cell is a class of what closes together. --average macro is the mean of the cells that
count, micro one cell of all classes. A class that neither mask has falls under --empty (with
soft masks: where the denominator is 0), one that only the target lacks under --absent.
Ignored and masked pixels are in no sum. Maps of labels on both sides (whole numbers) are
compared class by class; maps of 0 and 1, or 0 and 255, are one mask.`

var iouConventions = []Convention{
	{Name: "smp", Doc: "segmentation-models-pytorch JaccardLoss: sums over the whole batch, a class that the target has not is loss 0 and stays in the mean, I = Σ min(p, t), denominator at least 1e-7", Set: []Setting{{"scope", "batch"}, {"absent", "zero"}, {"minimum", "true"}, {"floor", "1e-7"}, {"log-floor", "1e-7"}}},
	{Name: "monai", Doc: "MONAI DiceLoss(jaccard=True): 1 − (2I + 1e-5) / (2(P + T − I) + 1e-5), a ratio a sample and class", Set: []Setting{{"numerator", "2"}, {"smooth", "1e-5"}}},
	{Name: "kornia", Doc: "kornia lovasz_softmax_loss: the Lovász loss of every sample and class, those that the target has not too", Set: []Setting{{"kind", "lovasz"}, {"absent", "count"}}},
	{Name: "kornia-0.8", Doc: "kornia up to 0.8: the same, but the weights of the errors count the class id of a pixel where they should count the pixel", Set: []Setting{{"kind", "lovasz"}, {"absent", "count"}, {"raw-ids", "true"}}},
	{Name: "torchmetrics", Doc: "torchmetrics MeanIoU: the score of decided labels is components.iou; a class that neither has is left out", Set: []Setting{{"hard", "true"}}},
}
