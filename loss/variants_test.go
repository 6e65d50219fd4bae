package loss_test

// variants are the settings that the laws hold for, of small arrays, and
// layouts are the ways that arrays may lie, large enough for many tiles and
// for samples of several. A new loss needs both.
var variants = map[string][]variant{
	"ctc":                 ctcVariants(),
	"dice":                diceVariants(),
	"focal":               focalVariants(),
	"gan":                 ganVariants(),
	"gan penalty":         penaltyVariants(),
	"iou":                 iouVariants(),
	"iou boxes":           iouBoxesVariants(),
	"kl":                  klVariants(),
	"kl align":            alignVariants(),
	"kl distill":          distillVariants(),
	"kl gaussian":         gaussianVariants(),
	"kl policy":           policyVariants(),
	"kl tokens":           tokensVariants(),
	"perceptual":          perceptualVariants(),
	"perceptual features": featuresVariants(),
	"triplet":             tripletVariants(),
	"triplet mine":        mineVariants(),
}

var layouts = map[string][]variant{"ctc": ctcLayouts, "dice": diceLayouts(), "gan": ganLayouts, "gan penalty": penaltyLayouts, "iou": iouLayouts(), "iou boxes": iouBoxesLayouts, "kl": klLayouts, "kl align": alignLayouts, "kl distill": distillLayouts, "kl gaussian": gaussianLayouts, "kl policy": policyLayouts, "kl tokens": tokensLayouts, "perceptual": perceptualLayouts, "perceptual features": featuresLayouts, "triplet": tripletLayouts(), "triplet mine": mineLayouts(), "focal": {
	{name: "softmax samples", shapes: [][]int{{9001, 5}, {9001}}},
	{name: "softmax planes", shapes: [][]int{{31, 3, 20, 30}, {31, 20, 30}}},
	{name: "softmax long planes", shapes: [][]int{{2, 3, 101, 67}, {2, 101, 67}}},
	{name: "softmax class axis in the middle", shapes: [][]int{{4, 50, 3, 70}, {4, 50, 70}}, weight: []int{4, 50, 70}},
	{name: "softmax class axis last, long", shapes: [][]int{{3, 5000, 4}, {3, 5000}}, mask: []int{3, 5000}, weight: []int{3}},
	{name: "softmax rows", shapes: [][]int{{999, 70}, {999}}, ignore: []int{3}},
	{name: "softmax rows of planes", shapes: [][]int{{3, 70, 300}, {3, 300}}, mask: []int{3}},
	{name: "softmax long rows of planes", shapes: [][]int{{2, 70, 600}, {2, 600}}},
	{name: "softmax long rows", shapes: [][]int{{2, 500, 70}, {2, 500}}, weight: []int{2, 500}},
	{name: "softmax vocabulary", shapes: [][]int{{2, 2, 33000}, {2, 2}}},
	{name: "soft targets", set: "activation=softmax", shapes: [][]int{{2, 5, 4500}, {2, 5, 4500}}},
	{name: "soft rows", set: "activation=softmax", shapes: [][]int{{999, 66}, {999, 66}}, mask: []int{999}},
	{name: "sigmoid scores", shapes: [][]int{{20011}, {20011}}, weight: []int{20011}},
	{name: "sigmoid rows", shapes: [][]int{{5003, 3}, {5003, 3}}, mask: []int{5003}},
	{name: "sigmoid planes", set: "alpha=0.1,0.2,0.3", shapes: [][]int{{7, 3, 40, 50}, {7, 3, 40, 50}}, mask: []int{7, 40, 50}},
	{name: "sigmoid long planes", set: "class-weight=1,2,3", shapes: [][]int{{2, 3, 9001}, {2, 3, 9001}}, mask: []int{2, 9001}, weight: []int{2}},
	{name: "one-vs-rest", set: "activation=sigmoid", shapes: [][]int{{4001, 6}, {4001}}, ignore: []int{2}},
	{name: "one-vs-rest planes", set: "activation=sigmoid", shapes: [][]int{{2, 3, 5000}, {2, 5000}}, mask: []int{2, 5000}},
	{name: "one-vs-rest class axis in the middle", set: "activation=sigmoid background-id=0", shapes: [][]int{{3, 4, 4, 600}, {3, 4, 600}}, classAxis: 2},
	{name: "normalized by class", convention: "smp", set: "normalized=true", shapes: [][]int{{3, 4, 3000}, {3, 3000}}},
}}

func focalVariants() []variant {
	planes, ids := [][]int{{3, 4, 2, 3}, {3, 2, 3}}, [][]int{{6, 4}, {6}}
	rows := [][]int{{3, 70}, {3}}
	labels := [][]int{{5, 3}, {5, 3}}
	pixels := [][]int{{2, 3, 2, 2}, {2, 3, 2, 2}}
	list := []variant{
		{name: "defaults", shapes: planes},
		{name: "cross-entropy", set: "gamma=0", shapes: planes},
		{name: "gamma half", set: "gamma=0.5", shapes: ids},
		{name: "gamma 3.7", set: "gamma=3.7", shapes: ids},
		{name: "alpha", set: "alpha=0.3", shapes: planes},
		{name: "alpha list", set: "alpha=0.1,0.5,2,1", shapes: planes},
		{name: "class weights", set: "class-weight=0.1,0.5,2,0", shapes: planes},
		{name: "class weights, weighted", set: "class-weight=0.1,0.5,2,1", shapes: planes, reduction: "weighted", weight: []int{3, 2, 3}},
		{name: "class counts", set: "class-counts=10,500,3,70", shapes: ids},
		{name: "smoothing", set: "label-smoothing=0.1", shapes: planes},
		{name: "poly", set: "poly=1.5", shapes: planes},
		{name: "poly negative", set: "poly=-0.5", shapes: ids},
		{name: "eps", set: "eps=0.01", shapes: planes},
		{name: "reduced threshold", set: "reduced-threshold=0.3", shapes: planes},
		{name: "normalized", set: "normalized=true", shapes: planes},
		{name: "normalized, smoothing", set: "normalized=true label-smoothing=0.2", shapes: ids, weight: []int{6}},
		{name: "asymmetric", set: "gamma-pos=0.5 gamma-neg=3", shapes: planes},
		{name: "asymmetric smoothing", set: "gamma-pos=1 gamma-neg=4 label-smoothing=0.1", shapes: ids},
		{name: "asymmetric poly eps", set: "gamma-pos=1 gamma-neg=4 label-smoothing=0.1 poly=1 eps=0.1", shapes: ids},
		{name: "soft targets", set: "activation=softmax", shapes: labels},
		{name: "soft targets, planes", set: "activation=softmax class-weight=1,2,3 label-smoothing=0.1", shapes: pixels},
		{name: "sum", shapes: planes, reduction: "sum", weight: []int{3}},
		{name: "batchmean", shapes: planes, reduction: "batchmean", mask: []int{3, 2, 3}},
		{name: "none", shapes: planes, reduction: "none", mask: []int{3}},
		{name: "positives", shapes: planes, reduction: "positives"},
		{name: "class mean", shapes: planes, reduction: "class-mean"},
		{name: "ignore", shapes: planes, ignore: []int{1, 2}},
		{name: "rows", shapes: rows},
		{name: "rows smoothing poly", set: "label-smoothing=0.1 poly=1", shapes: rows},
		{name: "rows soft", set: "activation=softmax", shapes: [][]int{{2, 66}, {2, 66}}},
		{name: "rows of planes", set: "normalized=true", shapes: [][]int{{2, 66, 2}, {2, 2}}},
		{name: "class axis last", shapes: [][]int{{2, 3, 4}, {2, 3}}},
		{name: "class axis given", shapes: [][]int{{2, 3, 3, 3}, {2, 3, 3}}, classAxis: 2},
		{name: "probabilities", shapes: planes, predAs: "probs"},
		{name: "probabilities smoothing eps", set: "label-smoothing=0.1 eps=0.01 poly=1", shapes: ids, predAs: "probs"},
		{name: "probabilities rows", shapes: rows, predAs: "probs"},
		{name: "log-probabilities", shapes: planes, predAs: "logprobs"},
		{name: "log-probabilities smoothing", set: "label-smoothing=0.1", shapes: rows, predAs: "logprobs"},

		{name: "sigmoid", shapes: pixels},
		{name: "sigmoid scores", shapes: [][]int{{7}, {7}}},
		{name: "sigmoid gamma half", set: "gamma=0.5", shapes: labels},
		{name: "sigmoid gamma near 0", set: "gamma=0.01", shapes: labels},
		{name: "softmax gamma near 0", set: "gamma=0.01", shapes: ids},
		{name: "sigmoid cross-entropy", set: "gamma=0 alpha=none", shapes: labels},
		{name: "sigmoid alpha list", set: "alpha=0.1,0.5,0.9", shapes: pixels},
		{name: "sigmoid alpha at the ends", set: "alpha=0,1,0.5", shapes: pixels},
		{name: "sigmoid class weights", set: "class-weight=0,0.5,2", shapes: pixels, reduction: "weighted"},
		{name: "sigmoid class counts", set: "class-counts=5,100,9", shapes: labels},
		{name: "sigmoid smoothing", set: "label-smoothing=0.2", shapes: labels},
		{name: "sigmoid poly", set: "poly=1", shapes: labels},
		{name: "sigmoid pos-weight", set: "pos-weight=3", shapes: labels},
		{name: "sigmoid pos-weight list", set: "pos-weight=3,1,0", shapes: labels},
		{name: "sigmoid eps", set: "eps=0.01", shapes: labels},
		{name: "sigmoid reduced threshold", set: "reduced-threshold=0.4", shapes: labels},
		{name: "sigmoid normalized", set: "normalized=true", shapes: labels, weight: []int{5}},
		{name: "sigmoid normalized poly", set: "normalized=true poly=1 alpha=0.1,0.2,0.3", shapes: pixels},
		{name: "sigmoid positives", shapes: labels, reduction: "positives"},
		{name: "sigmoid sides", set: "soft-target=sides", shapes: labels},
		{name: "sigmoid sides poly normalized", set: "soft-target=sides poly=1 normalized=true pos-weight=2", shapes: labels},
		{name: "sigmoid logit", set: "soft-target=logit", shapes: labels},
		{name: "sigmoid logit normalized", set: "soft-target=logit normalized=true", shapes: labels},
		{name: "sigmoid entropy", set: "soft-target=entropy", shapes: labels},
		{name: "sigmoid entropy smoothing", set: "soft-target=entropy label-smoothing=0.1 normalized=true", shapes: labels},
		{name: "sigmoid asymmetric", set: "gamma-pos=1 gamma-neg=4", shapes: labels},
		{name: "sigmoid clip", set: "gamma-pos=1 gamma-neg=4 clip=0.05", shapes: labels},
		{name: "sigmoid clip alone, poly, eps", set: "clip=0.1 poly=1 eps=0.01", shapes: labels},
		{name: "sigmoid asymmetric normalized", set: "gamma-pos=0.5 gamma-neg=3 clip=0.05 normalized=true", shapes: labels},
		{name: "sigmoid probabilities", shapes: labels, predAs: "probs"},
		{name: "sigmoid probabilities eps", set: "eps=0.01 poly=1", shapes: labels, predAs: "probs"},
		{name: "sigmoid probabilities logit", set: "soft-target=logit", shapes: labels, predAs: "probs"},
		{name: "sigmoid probabilities entropy", set: "soft-target=entropy", shapes: labels, predAs: "probs"},
		{name: "sigmoid probabilities clip", set: "clip=0.1 gamma-neg=2", shapes: labels, predAs: "probs"},
		{name: "sigmoid log-probabilities", shapes: labels, predAs: "logprobs", mask: []int{5, 3}},
		{name: "sigmoid log-probabilities sides", set: "soft-target=sides gamma-neg=1", shapes: labels, predAs: "logprobs"},
		{name: "one-vs-rest", set: "activation=sigmoid", shapes: planes},
		{name: "one-vs-rest background first", set: "activation=sigmoid background-id=0", shapes: planes},
		{name: "one-vs-rest background last", set: "activation=sigmoid background-id=4", shapes: ids, reduction: "positives"},
		{name: "one-vs-rest class counts", set: "activation=sigmoid background-id=2 class-counts=3,4,500,1", shapes: ids, reduction: "weighted"},
		{name: "one-vs-rest smoothing", set: "activation=sigmoid label-smoothing=0.1 gamma-neg=3", shapes: ids, ignore: []int{1}},
		{name: "one-vs-rest normalized", convention: "smp", set: "normalized=true", shapes: planes, weight: []int{3}},
		{name: "one-vs-rest normalized, some classes absent", convention: "smp", set: "normalized=true", shapes: planes, mask: []int{3, 4, 2, 3}},
		{name: "normalized twice, binary", convention: "smp", set: "normalized=true", shapes: [][]int{{7}, {7}}},
	}
	for _, c := range []string{"seed", "monai", "kornia", "kornia-0.9", "keras", "asl-single"} {
		list = append(list, variant{name: "softmax of " + c, convention: c, set: "activation=softmax", shapes: planes})
	}
	for _, c := range []string{"torchvision", "optax", "monai", "kornia", "kornia-0.9", "smp", "keras", "asl"} {
		list = append(list, variant{name: "sigmoid of " + c, convention: c, shapes: pixels})
	}
	for _, c := range []string{"smp", "mmdet"} {
		list = append(list, variant{name: "one-vs-rest of " + c, convention: c, shapes: ids})
	}
	return append(list,
		variant{name: "monai, list of alpha", convention: "monai", set: "alpha=0.1,0.5,2", shapes: pixels, reduction: "sum"},
		variant{name: "keras, logits", convention: "keras", predAs: "logits", shapes: planes},
		variant{name: "smp, probabilities", convention: "smp", predAs: "probs", shapes: ids},
	)
}
