package loss

import "math"

// Dice is the Dice loss of masks and its relatives.
func Dice() *Loss {
	o := newOverlap("dice", "dice")
	inf := math.Inf(1)
	return o.declare(&Loss{
		Name:    "dice",
		Summary: "one minus the Dice coefficient of masks, its relatives and sums with cross-entropy",
		Formula: "1 − (2·Σ p·t + nr) / (Σ p + Σ t + dr)",
		Details: diceDetails + overlapDetails,
		Source:  "Milletari et al. 2016, V-Net (arXiv 1606.04797); Sudre et al. 2017 (1707.03237); Salehi et al. 2017, Tversky (1706.05721); Abraham & Khan 2018, focal Tversky (1810.07842); Jadon 2020, log-cosh (2006.14822)",
		Params: o.params(
			Param{Name: "kind", Main: true, Value: Choice(&o.kind, "dice", "generalized", "tversky", "focal-tversky", "log-cosh"), Doc: "the loss"},
			Param{Name: "fp-weight", Value: Float(&o.fpWeight, 0, inf), Doc: "weight of Σ p·(1−t) in the Tversky index"},
			Param{Name: "fn-weight", Value: Float(&o.fnWeight, 0, inf), Doc: "weight of Σ (1−p)·t in the Tversky index"},
			Param{Name: "gamma", Value: Float(&o.gamma, 0, inf), Doc: "exponent γ of the focal Tversky loss (1 − TI)^γ"},
			Param{Name: "volume-weight", Value: Choice(&o.volumeWeight, "square", "simple", "uniform"), Doc: "of a class in the generalized loss: 1/T², 1/T, 1"},
			Param{Name: "with-ce", Value: Float(&o.withCE, 0, inf), Doc: "W: adds W times the cross-entropy, mean over pixels (sigmoid: over pixels and classes)"},
			Param{Name: "with-focal", Value: Float(&o.withFocal, 0, inf), Doc: "W: adds W times the focal loss, mean as of --with-ce"},
			Param{Name: "focal-gamma", Value: Float(&o.focalGamma, 0, inf), Doc: "γ of --with-focal"},
			Param{Name: "half-smooth", Hidden: true, Value: Bool(&o.halves)},
			Param{Name: "negative", Hidden: true, Value: Bool(&o.negative)},
			Param{Name: "one-hot-eps", Hidden: true, Value: Float(&o.oneHotEps, 0, 1)},
			Param{Name: "sum-power", Hidden: true, Value: Bool(&o.sumPower)},
			Param{Name: "focal-sides", Hidden: true, Value: Bool(&o.focalSides)},
		),
		Conventions: diceConventions,
	})
}

const diceDetails = `The score of a class is (2I + nr) / (P + T + dr), I = Σ p·t, P = Σ p, T = Σ t over the
pixels of a sample (--scope batch, dataset: of all samples of it), and the loss 1 − score.
generalized: one ratio over all classes, each weighed with 1/T². tversky: the score is
(I + nr) / (I + fp·Σ p(1−t) + fn·Σ (1−p)t + dr). focal-tversky: (1 − score)^γ.
log-cosh: log cosh of the Dice loss.
`

var diceConventions = []Convention{
	{Name: "smp", Doc: "segmentation-models-pytorch: sums over the whole batch, a class that the target has not is loss 0 and stays in the mean, I = Σ min(p, t), denominator at least 1e-7", Set: []Setting{{"scope", "batch"}, {"absent", "zero"}, {"half-smooth", "true"}, {"minimum", "true"}, {"floor", "1e-7"}, {"log-floor", "1e-7"}, {"sum-power", "true"}, {"gamma", "1"}}},
	{Name: "monai", Doc: "MONAI DiceLoss: a ratio a sample and class, nr = dr = 1e-5, so that an empty class scores 1", Set: []Setting{{"smooth", "1e-5"}, {"focal-sides", "true"}}},
	{Name: "monai-batch", Doc: "MONAI with batch=True: sums over the whole batch, nr = dr = 1e-5", Set: []Setting{{"scope", "batch"}, {"smooth", "1e-5"}, {"focal-sides", "true"}}},
	{Name: "kornia", Doc: "kornia dice_loss: classes are summed before the ratio, dr = 1e-8; its macro average is --average macro --absent skip --reduction nested", Set: []Setting{{"average", "micro"}, {"smooth-dr", "1e-8"}}},
	{Name: "kornia-0.8", Doc: "kornia up to 0.8: as kornia, and the other classes of a target are 1e-6 instead of 0", Set: []Setting{{"average", "micro"}, {"smooth-dr", "1e-8"}, {"one-hot-eps", "1e-6"}}},
	{Name: "nnunet", Doc: "nnU-Net SoftDiceLoss: the loss is −score, smooth 1, denominator at least 1e-8; a ratio a sample and class", Set: []Setting{{"negative", "true"}, {"smooth", "1"}, {"floor", "1e-8"}}},
	{Name: "nnunet-trainer", Doc: "nnU-Net as its trainer has it: over the batch, without background, smooth 1e-5", Set: []Setting{{"negative", "true"}, {"smooth", "1e-5"}, {"floor", "1e-8"}, {"scope", "batch"}, {"exclude-background", "true"}}},
	{Name: "mmseg", Doc: "mmsegmentation 0.x DiceLoss: squares in the denominator, smooth 1", Set: []Setting{{"squared", "true"}, {"smooth", "1"}}},
	{Name: "mmdet", Doc: "mmdetection DiceLoss: squares in the denominator, 1e-3 added to each of them", Set: []Setting{{"squared", "true"}, {"smooth-dr", "2e-3"}}},
	{Name: "torchmetrics", Doc: "torchmetrics DiceScore: the score of decided labels is components.dice; a class that neither has is left out", Set: []Setting{{"hard", "true"}}},
	{Name: "optax", Doc: "optax dice_loss: smooth 1 beside I, not 2I", Set: []Setting{{"half-smooth", "true"}, {"smooth", "1"}}},
	{Name: "abraham", Doc: "focal-tversky-unet: all pixels of all samples in one ratio, 0.7 on false negatives, smooth 1, γ 0.75", Set: []Setting{{"kind", "focal-tversky"}, {"scope", "dataset"}, {"fp-weight", "0.3"}, {"fn-weight", "0.7"}, {"smooth", "1"}, {"gamma", "0.75"}}},
}
