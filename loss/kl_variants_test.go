package loss_test

func both(shape ...int) [][]int { return [][]int{shape, shape} }

func klVariants() []variant {
	planes, rows := both(5, 4), both(3, 70)
	probs := func(v variant) variant { v.predAs, v.set = "probs", v.set+" sum-tolerance=none"; return v }
	logs := func(v variant) variant { v.predAs, v.set = "logprobs", v.set+" sum-tolerance=none"; return v }
	list := []variant{
		{name: "defaults", shapes: planes},
		{name: "temperature", set: "temperature=4", shapes: planes},
		{name: "low temperature", set: "temperature=0.5", shapes: planes},
		{name: "bits", set: "unit=bits", shapes: planes, weight: []int{5}},
		{name: "reverse bits", set: "unit=bits divergence=reverse", shapes: planes, reduction: "sum"},
		{name: "rows", shapes: rows},
		{name: "rows at a temperature", set: "temperature=4 divergence=reverse", shapes: rows},
		{name: "tokens", shapes: both(3, 2, 4), mask: []int{3, 2}, reduction: "batchmean"},
		{name: "class axis", shapes: both(2, 3, 2, 2), classAxis: 1, reduction: "none", weight: []int{2, 2, 2}},
		{name: "rows of planes", shapes: both(2, 66, 2), classAxis: 1},
		{name: "sum", shapes: planes, reduction: "sum", mask: []int{5}},
		{name: "elements", shapes: planes, reduction: "elements"},
		probs(variant{name: "probabilities", shapes: planes}),
		probs(variant{name: "probabilities at a temperature", set: "temperature=2", shapes: planes}),
		probs(variant{name: "probabilities at a low temperature", set: "temperature=0.5", shapes: planes}),
		probs(variant{name: "renormalized", set: "renormalize=true", shapes: planes}),
		probs(variant{name: "rows of probabilities", set: "divergence=jeffreys", shapes: rows}),
		probs(variant{name: "probabilities and logits", targetAs: "logits", shapes: planes}),
		logs(variant{name: "log-probabilities", shapes: planes}),
		logs(variant{name: "log-probabilities and probabilities", targetAs: "probs", shapes: planes}),
		logs(variant{name: "renormalized log-probabilities", set: "renormalize=true divergence=gjs", shapes: planes}),
		{name: "checked probabilities", shapes: planes, predAs: "probs", set: "temperature=1 sum-tolerance=1e300"},
	}
	for _, kind := range []string{"reverse", "jeffreys", "js", "gjs"} {
		set := "divergence=" + kind
		list = append(list,
			variant{name: kind, set: set, shapes: planes},
			variant{name: kind + " rows", set: set + " temperature=3", shapes: rows},
			probs(variant{name: kind + " of probabilities", set: set, shapes: planes}),
			logs(variant{name: kind + " of log-probabilities", set: set, shapes: planes}),
		)
	}
	for _, beta := range []string{"0", "0.1", "0.9", "1"} {
		list = append(list, variant{name: "gjs " + beta, set: "divergence=gjs beta=" + beta, shapes: planes})
	}
	for _, c := range []string{"torch", "torchmetrics", "optax", "keras"} {
		list = append(list,
			variant{name: c, convention: c, shapes: planes},
			variant{name: c + " of probabilities", convention: c, predAs: "probs", shapes: planes},
			variant{name: c + " of log-probabilities", convention: c, set: "sum-tolerance=none", predAs: "logprobs", targetAs: "probs", shapes: planes},
		)
	}
	return append(list,
		variant{name: "keras at a temperature", convention: "keras", set: "temperature=0.5", shapes: planes},
		variant{name: "keras, clipped", convention: "keras", set: "prob-clip=0.2", shapes: planes},
		variant{name: "keras, clipped probabilities", convention: "keras", set: "prob-clip=0.2 divergence=jeffreys", predAs: "probs", shapes: planes},
		variant{name: "keras, clipped probabilities at a temperature", convention: "keras", set: "prob-clip=0.2 temperature=2 divergence=reverse", predAs: "probs", shapes: planes},
	)
}

var klLayouts = []variant{
	{name: "samples", shapes: both(9001, 5)},
	{name: "tokens", shapes: both(3, 3000, 7), mask: []int{3, 3000}, weight: []int{3}},
	{name: "planes", set: "divergence=js", shapes: both(7, 3, 20, 30), classAxis: 1},
	{name: "long planes", shapes: both(2, 3, 101, 67), classAxis: 1, weight: []int{2, 101, 67}},
	{name: "class axis in the middle", set: "divergence=reverse", shapes: both(4, 50, 3, 70), classAxis: 2},
	{name: "rows", set: "temperature=4", shapes: both(999, 70), mask: []int{999}},
	{name: "rows of planes", set: "divergence=jeffreys", shapes: both(3, 70, 300), classAxis: 1},
	{name: "long rows", shapes: both(2, 500, 70), weight: []int{2, 500}},
	{name: "vocabulary", shapes: both(2, 2, 33000)},
	{name: "vocabulary, reverse", set: "divergence=gjs", shapes: both(3, 40000)},
	{name: "probabilities", shapes: both(2000, 70), predAs: "probs"},
}
