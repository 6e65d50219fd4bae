package loss_test

func diceVariants() []variant {
	ids, masks, flat := [][]int{{4, 3, 2, 5}, {4, 2, 5}}, [][]int{{3, 2, 4, 3}, {3, 2, 4, 3}}, [][]int{{4, 7}, {4, 7}}
	list := []variant{
		{name: "defaults", shapes: ids},
		{name: "mask", shapes: flat},
		{name: "volume", set: "binary=true", shapes: [][]int{{2, 3, 2, 4}, {2, 3, 2, 4}}},
		{name: "sigmoid", shapes: masks},
		{name: "sigmoid of ids", set: "activation=sigmoid", shapes: ids},
		{name: "softmax of masks", set: "activation=softmax", shapes: masks},
		{name: "class axis last", shapes: [][]int{{4, 2, 5, 3}, {4, 2, 5}}},
		{name: "batch", set: "scope=batch batch-size=3", shapes: ids},
		{name: "whole batch", set: "scope=batch", shapes: ids, mask: []int{4, 2, 5}},
		{name: "data set", set: "scope=dataset", shapes: masks},
		{name: "micro", set: "average=micro", shapes: ids},
		{name: "micro of the data set", set: "average=micro scope=dataset smooth=1", shapes: ids},
		{name: "weighted", set: "average=weighted", shapes: ids},
		{name: "none", set: "average=none", shapes: ids},
		{name: "without background", set: "exclude-background=true", shapes: ids},
		{name: "some classes", set: "classes=0,2", shapes: ids},
		{name: "class weights", set: "class-weight=1,2,0.5", shapes: ids},
		{name: "class weights, weighted", set: "class-weight=1,2,0.5", shapes: ids, reduction: "weighted"},
		{name: "sum", shapes: ids, reduction: "sum"},
		{name: "nested", set: "absent=skip", shapes: ids, reduction: "nested"},
		{name: "smooth", set: "smooth=1", shapes: ids, weight: []int{4, 2, 5}},
		{name: "smooth apart", set: "smooth-nr=0.5 smooth-dr=2", shapes: masks, weight: []int{3}},
		{name: "squared", set: "squared=true", shapes: ids, weight: []int{4, 2, 5}},
		{name: "squared masks", set: "squared=true", shapes: masks},
		{name: "log", set: "log=true smooth=0.1", shapes: ids},
		{name: "perfect", set: "empty=perfect", shapes: ids, mask: []int{4}},
		{name: "worst", set: "empty=worst", shapes: ids},
		{name: "absent left out", set: "absent=skip", shapes: ids},
		{name: "generalized", set: "kind=generalized", shapes: ids},
		{name: "generalized simple", set: "kind=generalized volume-weight=simple smooth=1e-5", shapes: masks},
		{name: "generalized uniform", set: "kind=generalized volume-weight=uniform scope=dataset", shapes: ids},
		{name: "tversky", set: "kind=tversky fp-weight=0.3 fn-weight=0.7", shapes: ids},
		{name: "focal tversky", set: "kind=focal-tversky fp-weight=0.3 fn-weight=0.7 smooth=1", shapes: masks},
		{name: "log cosh", set: "kind=log-cosh", shapes: ids},
		{name: "with cross-entropy", set: "with-ce=0.5", shapes: ids, mask: []int{4, 2, 5}},
		{name: "with binary cross-entropy", set: "with-ce=0.5", shapes: masks, weight: []int{3}},
		{name: "with focal", set: "with-focal=2", shapes: ids},
		{name: "with focal of sigmoids", set: "with-focal=2 focal-gamma=1.5", shapes: masks},
		{name: "with both, micro", set: "with-ce=1 with-focal=2 average=micro", shapes: ids, ignore: []int{1}},
		{name: "with both of masks", set: "with-ce=1 with-focal=2 activation=softmax", shapes: masks},
		{name: "hard", set: "hard=true", shapes: ids, noGrad: true},
		{name: "hard masks", set: "hard=true threshold=0.3", shapes: masks, noGrad: true},
		{name: "probabilities", predAs: "probs", shapes: ids},
		{name: "probabilities of masks", predAs: "probs", set: "with-ce=1 with-focal=1", shapes: flat},
		{name: "log-probabilities", predAs: "logprobs", set: "with-ce=1 with-focal=1", shapes: ids},
		{name: "log-probabilities of masks", predAs: "logprobs", set: "with-ce=1 with-focal=1", shapes: flat},
	}
	for _, c := range []string{"smp", "monai", "monai-batch", "kornia", "kornia-0.8", "nnunet", "nnunet-trainer", "mmseg", "mmdet", "optax", "abraham"} {
		list = append(list, variant{name: "as " + c, convention: c, shapes: ids})
	}
	return append(list,
		variant{name: "as smp, masks", convention: "smp", shapes: masks},
		variant{name: "as smp, focal tversky", convention: "smp", set: "kind=focal-tversky gamma=0.7 fp-weight=0.3", shapes: ids},
		variant{name: "as monai, with focal", convention: "monai", set: "with-focal=1", shapes: ids},
		variant{name: "as torchmetrics", convention: "torchmetrics", shapes: ids, noGrad: true},
	)
}

func iouVariants() []variant {
	ids, masks, flat := [][]int{{4, 3, 2, 5}, {4, 2, 5}}, [][]int{{3, 2, 4, 3}, {3, 2, 4, 3}}, [][]int{{4, 7}, {4, 7}}
	return []variant{
		{name: "defaults", shapes: ids},
		{name: "mask", shapes: flat, weight: []int{4, 7}},
		{name: "sigmoid", set: "smooth=1", shapes: masks},
		{name: "batch", set: "scope=batch batch-size=3", shapes: ids},
		{name: "micro squared", set: "average=micro squared=true", shapes: ids},
		{name: "log", set: "log=true", shapes: ids},
		{name: "lovasz", set: "kind=lovasz", shapes: ids},
		{name: "lovasz of the batch", set: "kind=lovasz scope=batch", shapes: ids, mask: []int{4, 2, 5}},
		{name: "lovasz hinge", set: "kind=lovasz", shapes: flat},
		{name: "lovasz of sigmoids", set: "kind=lovasz", predAs: "probs", shapes: flat},
		{name: "as smp", convention: "smp", shapes: ids},
		{name: "as monai", convention: "monai", shapes: ids},
		{name: "as kornia", convention: "kornia", shapes: ids},
		{name: "as kornia 0.8", convention: "kornia-0.8", shapes: ids},
		{name: "as torchmetrics", convention: "torchmetrics", shapes: ids, noGrad: true},
	}
}

var overlapLayouts = []variant{
	{name: "planes", shapes: [][]int{{31, 3, 20, 30}, {31, 20, 30}}},
	{name: "long planes", shapes: [][]int{{2, 3, 101, 67}, {2, 101, 67}}, mask: []int{2, 101, 67}},
	{name: "class axis last, long", shapes: [][]int{{2, 70, 101, 3}, {2, 70, 101}}, weight: []int{2}},
	{name: "long masks", shapes: [][]int{{2, 2, 40, 300}, {2, 2, 40, 300}}},
	{name: "volume", set: "binary=true", shapes: [][]int{{1, 30, 40, 50}, {1, 30, 40, 50}}},
	{name: "batches", set: "scope=batch batch-size=4", shapes: [][]int{{31, 3, 20, 30}, {31, 20, 30}}},
	{name: "long batches", set: "scope=batch batch-size=2", shapes: [][]int{{3, 3, 101, 67}, {3, 101, 67}}},
	{name: "all", set: "scope=dataset average=micro", shapes: [][]int{{3, 3, 101, 67}, {3, 101, 67}}, ignore: []int{2}},
}

func diceLayouts() []variant {
	return append(overlapLayouts, variant{name: "with cross-entropy", set: "with-ce=1 with-focal=0.5", shapes: [][]int{{2, 3, 101, 67}, {2, 101, 67}}})
}

func iouLayouts() []variant {
	return append(overlapLayouts,
		variant{name: "lovasz", set: "kind=lovasz", shapes: [][]int{{3, 3, 70, 67}, {3, 70, 67}}},
		variant{name: "lovasz of the data set", set: "kind=lovasz scope=dataset", shapes: [][]int{{30, 3, 20, 30}, {30, 20, 30}}, mask: []int{30, 20, 30}},
		variant{name: "lovasz of weights", set: "kind=lovasz", shapes: [][]int{{2, 9000}, {2, 9000}}, weight: []int{2, 9000}},
		variant{name: "lovasz, class axis last", set: "kind=lovasz", shapes: [][]int{{3, 70, 90, 3}, {3, 70, 90}}, weight: []int{3}},
	)
}
