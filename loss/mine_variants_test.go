package loss_test

import (
	"math/rand/v2"
	"strings"

	"lossctl/loss"
)

func mineVariants() []variant {
	rows := [][]int{{13, 3}, {13}}
	against := [][]int{{12, 3}, {12}, {12, 3}, {12}}
	var list []variant
	for _, m := range []string{"batch-hard", "batch-all", "hard", "semi-hard", "batch-semi-hard", "easy-positive"} {
		set := func(more string) string { return strings.TrimSpace("mining=" + m + " " + more) }
		list = append(list,
			variant{name: m, set: set(""), shapes: rows},
			variant{name: m + " soft", set: set("margin=soft"), shapes: rows, weight: []int{13}},
			variant{name: m + " sql2, anchor", set: set("distance=sql2 margin=0.3"), shapes: rows, reduction: "anchor", weight: []int{13}},
			variant{name: m + " l1, mask", set: set("distance=l1"), shapes: rows, mask: []int{13}},
			variant{name: m + " lp, normalize", set: set("distance=lp p=3 normalize=true"), shapes: rows},
			variant{name: m + " cosine", set: set("distance=cosine margin=0.5"), shapes: rows, reduction: "active", mask: []int{13}},
			variant{name: m + " batches", set: set("batch-size=5"), shapes: rows, weight: []int{13}},
			variant{name: m + " reference", set: set(""), shapes: against},
		)
	}
	list = append(list,
		variant{name: "sum", shapes: rows, reduction: "sum"},
		variant{name: "none", shapes: rows, reduction: "none"},
		variant{name: "all", set: "mining=all", shapes: rows},
		variant{name: "reference of unit vectors", set: "normalize=true", shapes: against, mask: []int{12}},
		variant{name: "reference, l1", set: "distance=l1", shapes: against},
		variant{name: "one number", shapes: [][]int{{7, 1}, {7}}},
		variant{name: "sbert, all", convention: "sbert", set: "mining=batch-all", shapes: rows},
		variant{name: "sbert, l1", convention: "sbert", set: "distance=l1", shapes: rows},
		variant{name: "pml, semi-hard", convention: "pml", set: "mining=semi-hard", shapes: rows},
	)
	for _, c := range []string{"pml", "sbert", "tfa", "facenet", "hermans"} {
		list = append(list, variant{name: "of " + c, convention: c, shapes: rows})
	}
	for i, v := range list {
		if strings.Contains(v.set, "normalize") || strings.Contains(v.set, "cosine") || v.convention == "pml" {
			list[i].fill = someDirection
		}
	}
	return list
}

func mineLayouts() []variant {
	return []variant{
		{name: "batch-hard", shapes: [][]int{{1500, 20}, {1500}}, mask: []int{1500}},
		{name: "batch-hard, l1 in batches", set: "distance=l1 batch-size=101", shapes: [][]int{{1500, 20}, {1500}}, weight: []int{1500}},
		{name: "easy-positive, cosine", set: "mining=easy-positive distance=cosine", shapes: [][]int{{1200, 33}, {1200}}, fill: someDirection},
		{name: "batch-all in batches", set: "mining=batch-all batch-size=64", shapes: [][]int{{1000, 5}, {1000}}},
		{name: "semi-hard", set: "mining=semi-hard distance=sql2", shapes: [][]int{{400, 7}, {400}}},
		{name: "batch-semi-hard, reference", set: "mining=batch-semi-hard batch-size=100", shapes: [][]int{{300, 7}, {300}, {300, 7}, {300}}},
	}
}

// around fills embeddings with vectors of about one length.
func around(input int, f *loss.Frame, x []float64) {
	rng := rand.New(rand.NewPCG(1, 3))
	for i := range x {
		if f.Views[input].Role == loss.Real {
			x[i] = rng.NormFloat64()
		}
	}
}
