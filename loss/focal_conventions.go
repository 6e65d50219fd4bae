package loss

// focalConventions are the libraries whose numbers focal reproduces. What
// they divide by differs most; see docs/conventions.md.
var focalConventions = []Convention{
	{
		Name: "seed",
		Doc:  "this project's founding text: −α·(1−p_t)^γ·log(p_t + 1e-8) on the softmax, so p_t = 1 gives −1e-8·0 and p_t = 0 at most 18.42·α",
		Set:  []Setting{{"activation", "softmax"}, {"alpha", "0.25"}, {"gamma", "2"}, {"eps", "1e-8"}},
	},
	{
		Name: "torchvision",
		Doc:  "sigmoid_focal_loss: sigmoid per element, α 0.25; its own default reduction is none, here it is mean",
		Set:  []Setting{{"activation", "sigmoid"}, {"alpha", "0.25"}, {"gamma", "2"}},
	},
	{
		Name: "optax",
		Doc:  "sigmoid_focal_loss: sigmoid per element, no α unless given",
		Set:  []Setting{{"activation", "sigmoid"}, {"alpha", "none"}, {"gamma", "2"}},
	},
	{
		Name:       "monai",
		Doc:        "FocalLoss: sigmoid unless --activation softmax, which divides the mean by the classes too and gives class 0 the weight 1−α; a list of α leaves the negatives of the sigmoid alone; sum is the mean over the spatial axes, summed over the rest; the ignore_index of MONAI 1.6, which divides otherwise, is not reproduced",
		Set:        []Setting{{"activation", "sigmoid"}, {"alpha", "none"}, {"gamma", "2"}, {"alpha-background", "true"}, {"alpha-positives", "true"}, {"soft-target", "logit"}},
		Reductions: map[string]string{"mean": "class-mean", "sum": "spatial-sum"},
	},
	{
		Name:       "kornia",
		Doc:        "focal_loss and binary_focal_loss_with_logits up to 0.8: one-hot targets with 1e-6 in place of 0, class 0 gets 1−α, the mean divides by the classes too and counts ignored positions; labels between 0 and 1 have two sides",
		Set:        []Setting{{"alpha-background", "true"}, {"one-hot-eps", "1e-6"}, {"gamma", "2"}, {"soft-target", "sides"}},
		Reductions: map[string]string{"mean": "all-class-mean"},
	},
	{
		Name:       "kornia-0.9",
		Doc:        "kornia from 0.9 on: as kornia, with one-hot targets that are exact",
		Set:        []Setting{{"alpha-background", "true"}, {"gamma", "2"}, {"soft-target", "sides"}},
		Reductions: map[string]string{"mean": "all-class-mean"},
	},
	{
		Name:       "smp",
		Doc:        "FocalLoss: multiclass is one-vs-rest sigmoid, no α unless given, class weights are divided by their mean, sum divides by the classes, p_t is exp(−cross-entropy), probabilities of one-vs-rest go through the sigmoid as log p; --normalized divides by the sum of the modulators of a class and then takes the mean as well",
		Set:        []Setting{{"activation", "sigmoid"}, {"alpha", "none"}, {"gamma", "2"}, {"normalize-twice", "true"}, {"soft-target", "entropy"}, {"log-as-logit", "true"}},
		Reductions: map[string]string{"mean": "weighted-class-mean", "sum": "class-sum"},
	},
	{
		Name:       "keras",
		Doc:        "CategoricalFocalCrossentropy and BinaryFocalCrossentropy: takes probabilities unless --pred-as logits, divides rows by their sum, clips to [1e-7, 1−1e-7]; α 0.25 categorical, none binary (apply_class_balancing is off); sum adds the means over the last axis",
		Reductions: map[string]string{"sum": "last-axis-sum"},
		Set:        []Setting{{"pred-as", "probs"}, {"gamma", "2"}, {"alpha-sigmoid", "none"}, {"alpha-softmax", "0.25"}, {"prob-clip", "1e-7"}, {"renormalize", "true"}},
	},
	{
		Name: "mmdet",
		Doc:  "sigmoid_focal_loss with ids: one-vs-rest, id C is background, divided by the number of positives",
		Set:  []Setting{{"activation", "sigmoid"}, {"alpha", "0.25"}, {"gamma", "2"}, {"background-last", "true"}, {"reduction", "positives"}},
	},
	{
		Name: "asl",
		Doc:  "AsymmetricLoss for labels of the shape of pred: γ₊ 1, γ₋ 4, margin 0.05, summed",
		Set:  []Setting{{"activation", "sigmoid"}, {"alpha", "none"}, {"gamma-pos", "1"}, {"gamma-neg", "4"}, {"clip", "0.05"}, {"log-floor", "1e-8"}, {"reduction", "sum"}},
	},
	{
		Name: "asl-single",
		Doc:  "ASLSingleLabel for class ids: softmax, γ₊ 0, γ₋ 4, label smoothing 0.1, mean over samples",
		Set:  []Setting{{"activation", "softmax"}, {"alpha", "none"}, {"gamma-pos", "0"}, {"gamma-neg", "4"}, {"label-smoothing", "0.1"}},
	},
}
