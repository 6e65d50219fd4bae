package loss_test

// Settings of kl tokens.
func tokensVariants() []variant {
	tokens, vocabulary, rows := [][]int{{4, 5}, {4, 5}}, [][]int{{3, 4, 6}, {3, 4, 6}}, [][]int{{2, 3, 70}, {2, 3, 70}}
	beside := func(shapes [][]int, labels, lengths bool) [][]int {
		list := [][]int{shapes[0], shapes[1], nil, nil}
		if labels {
			list[2] = shapes[0][:2]
		}
		if lengths {
			list[3] = shapes[0][:1]
		}
		return list
	}
	list := []variant{
		{name: "sampled", shapes: tokens},
		{name: "sampled as log-probabilities", shapes: tokens, predAs: "logprobs"},
		{name: "sampled beta", set: "beta=0.04", shapes: tokens, mask: []int{4, 5}, weight: []int{4}},
		{name: "sampled labels", shapes: beside(tokens, true, false), ignore: []int{1}},
		{name: "sampled lengths", shapes: beside(tokens, false, true), reduction: "seq-mean-token-mean"},
		{name: "sampled lengths and labels", shapes: beside(tokens, true, true), ignore: []int{0, 2}, reduction: "grpo"},
		{name: "clipped", set: "clip-log-ratio=0.5 clip-value=0.1", shapes: tokens},
		{name: "clipped ratio, k1", set: "estimator=k1 clip-log-ratio=0.5", shapes: tokens},
		{name: "clipped value, k2", set: "estimator=k2 clip-value=0.3", shapes: tokens},
		{name: "vocabulary", shapes: vocabulary},
		{name: "vocabulary labels and lengths", shapes: beside(vocabulary, true, true), ignore: []int{3}, reduction: "seq-mean-token-sum"},
		{name: "vocabulary lengths, no batch", shapes: beside(vocabulary, false, true), reduction: "dr-grpo"},
		{name: "vocabulary on axis 1", shapes: vocabulary, classAxis: 1, mask: []int{3, 6}},
		{name: "vocabulary beta and temperature", set: "beta=0.1 temperature=2", shapes: vocabulary, weight: []int{3, 4}},
		{name: "vocabulary gjs", set: "divergence=gjs gjs-beta=0.1", shapes: vocabulary},
		{name: "vocabulary probabilities", shapes: vocabulary, predAs: "probs", set: "renormalize=true"},
		{name: "vocabulary log-probabilities", shapes: vocabulary, predAs: "logprobs", set: "sum-tolerance=none divergence=reverse"},
		{name: "rows", shapes: rows, reduction: "grpo"},
		{name: "of torch", convention: "torch", shapes: vocabulary},
		{name: "of trl-gkd", convention: "trl-gkd", shapes: vocabulary, mask: []int{3, 4}},
	}
	for _, e := range []string{"k1", "abs", "k2", "k3"} {
		list = append(list, variant{name: e, set: "estimator=" + e, shapes: tokens, signed: e == "k1"})
	}
	for _, d := range []string{"forward", "reverse", "js", "jeffreys"} {
		list = append(list, variant{name: d, set: "divergence=" + d, shapes: vocabulary})
	}
	for _, r := range []string{"token-mean", "token-sum", "seq-mean-token-sum", "seq-mean-token-sum-norm", "seq-mean-token-mean", "grpo", "dr-grpo", "dapo", "batchmean", "sum", "none"} {
		list = append(list, variant{name: "aggregated by " + r, shapes: beside(tokens, false, true), reduction: r, set: "max-length=9"})
	}
	for _, c := range []string{"trl", "trl-ppo", "verl", "openrlhf"} {
		list = append(list, variant{name: "of " + c, convention: c, shapes: tokens, mask: []int{4, 5}, signed: c == "trl-ppo"})
	}
	return list
}

var tokensLayouts = []variant{
	{name: "sampled", shapes: [][]int{{300, 70}, {300, 70}}, mask: []int{300, 70}, reduction: "seq-mean-token-mean"},
	{name: "sampled long", shapes: [][]int{{3, 9001}, {3, 9001}, {3, 9001}, {3}}, reduction: "grpo", ignore: []int{2}},
	{name: "vocabulary", shapes: [][]int{{5, 30, 80}, {5, 30, 80}, nil, {5}}, reduction: "seq-mean-token-mean"},
	{name: "vocabulary of many", shapes: [][]int{{2, 3, 33000}, {2, 3, 33000}}, weight: []int{2}},
	{name: "vocabulary of few, long", shapes: [][]int{{2, 9000, 4}, {2, 9000, 4}}, mask: []int{2, 9000}, reduction: "seq-mean-token-mean"},
	{name: "vocabulary on axis 1", shapes: [][]int{{3, 40, 500}, {3, 40, 500}}, classAxis: 1, mask: []int{3, 500}, set: "divergence=js"},
}
