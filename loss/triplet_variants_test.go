package loss_test

import (
	"strings"

	"lossctl/loss"
)

func tripletVariants() []variant {
	rows, tokens := [][]int{{7, 5}, {7, 5}, {7, 5}}, [][]int{{3, 4, 5}, {3, 4, 5}, {3, 4, 5}}
	list := []variant{
		{name: "defaults", shapes: rows},
		{name: "one number", shapes: [][]int{{6, 1}, {6, 1}, {6, 1}}},
		{name: "tokens", shapes: tokens, mask: []int{3, 4}, weight: []int{3}},
		{name: "soft", set: "margin=soft", shapes: rows, weight: []int{7}},
		{name: "margin", set: "margin=-0.3", shapes: rows},
		{name: "swap", set: "swap=true margin=3", shapes: rows},
		{name: "normalize", set: "normalize=true", shapes: rows},
		{name: "normalize swap soft", set: "normalize=true swap=true margin=soft", shapes: tokens},
		{name: "eps", set: "eps=0.1 margin=2", shapes: rows},
		{name: "eps under the root", set: "eps=0.1 eps-where=root", shapes: rows},
		{name: "sum", shapes: tokens, reduction: "sum", weight: []int{3, 4}},
		{name: "batchmean", shapes: tokens, reduction: "batchmean", mask: []int{3}},
		{name: "none", shapes: rows, reduction: "none"},
		{name: "active", set: "margin=0.1", shapes: rows, reduction: "active", mask: []int{7}},
	}
	for _, d := range []string{"sql2", "l1", "lp", "cosine"} {
		list = append(list,
			variant{name: d, set: "p=3 distance=" + d, shapes: rows},
			variant{name: d + " swap eps", set: "p=1.5 swap=true eps=0.1 distance=" + d, shapes: rows},
			variant{name: d + " under the root, normalize, soft", set: "p=4 normalize=true margin=soft eps=0.1 eps-where=root distance=" + d, shapes: rows},
		)
	}
	list = append(list,
		variant{name: "largest difference", set: "p=inf distance=lp", shapes: rows},
		variant{name: "largest difference, swap, eps, normalize", set: "p=inf distance=lp swap=true eps=0.1 normalize=true", shapes: rows},
	)
	for _, c := range []string{"torch", "optax", "pml", "sbert", "sbert-2025", "facenet", "hermans"} {
		list = append(list, variant{name: "of " + c, convention: c, shapes: rows})
	}
	for i, v := range list {
		if strings.Contains(v.set, "normalize") || strings.Contains(v.set, "cosine") || v.convention == "pml" {
			list[i].fill = someDirection
		}
	}
	return list
}

// someDirection leaves no embedding without one.
func someDirection(input int, f *loss.Frame, x []float64) {
	if v := f.Views[input]; v.Role == loss.Real {
		for i := 0; i < len(x); i += v.Planes {
			x[i] += 0.5
		}
	}
}

func tripletLayouts() []variant {
	same := func(shape ...int) [][]int { return [][]int{shape, shape, shape} }
	return []variant{
		{name: "rows", shapes: same(5003, 7)},
		{name: "rows, swap", set: "swap=true distance=l1", shapes: same(3001, 40), mask: []int{3001}},
		{name: "unit vectors", set: "normalize=true", shapes: same(2003, 33), weight: []int{2003}, fill: someDirection},
		{name: "tokens", set: "distance=cosine margin=soft", shapes: same(3, 2500, 9), mask: []int{3, 2500}, weight: []int{3}, fill: someDirection},
		{name: "long tokens", set: "distance=sql2", shapes: same(2, 5000, 11), weight: []int{2, 5000}},
		{name: "wide", set: "eps=1e-6", shapes: same(5, 70001)},
	}
}
