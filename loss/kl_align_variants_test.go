package loss_test

import "lossctl/loss"

// Settings of kl align. A row of zeros, which has no direction, is refused,
// so that no row has one.
func alignVariants() []variant {
	shapes, labelled := [][]int{{7, 5}, {7, 5}}, [][]int{{7, 5}, {7, 5}, {7}}
	var list []variant
	add := func(v variant) {
		v.fill = direct
		list = append(list, v)
	}
	for _, kind := range []string{"cmpm", "sdm", "actionclip", "clip-soft"} {
		add(variant{name: kind, set: "kind=" + kind, shapes: labelled})
		add(variant{name: kind + " scaled", set: "scale=3 kind=" + kind, shapes: labelled, weight: []int{7}})
		add(variant{name: kind + " of pairs", set: "scale=2 kind=" + kind, shapes: shapes, mask: []int{7}})
	}
	add(variant{name: "l2", set: "label-norm=l2", shapes: labelled})
	add(variant{name: "sdm l2 eps", set: "kind=sdm label-norm=l2 eps=0.1 scale=4", shapes: labelled})
	add(variant{name: "combined by mean", set: "combine=mean", shapes: labelled, reduction: "sum"})
	add(variant{name: "combined by sum", set: "kind=clip-soft combine=sum scale=4", shapes: labelled, ignore: []int{2}})
	add(variant{name: "batches", set: "batch-size=3", shapes: labelled, reduction: "batchmean"})
	add(variant{name: "batches of one", set: "batch-size=1 kind=sdm", shapes: shapes, reduction: "none"})
	for _, c := range []string{"cmpm", "irra", "actionclip"} {
		add(variant{name: "of " + c, convention: c, set: "scale=2", shapes: labelled})
	}
	return list
}

var alignLayouts = []variant{
	{name: "a batch", shapes: [][]int{{301, 6}, {301, 6}, {301}}, set: "kind=sdm scale=10", mask: []int{301}, fill: direct},
	{name: "batches", shapes: [][]int{{500, 9}, {500, 9}, {500}}, set: "batch-size=64", weight: []int{500}, fill: direct},
	{name: "a batch of several tiles", shapes: [][]int{{1700, 3}, {1700, 3}}, set: "kind=clip-soft scale=5", fill: direct},
}

// direct gives rows of zeros a direction.
func direct(input int, f *loss.Frame, x []float64) {
	if input > 1 || f == nil {
		return
	}
	d := f.Views[0].Planes
	for ; len(x) > 0; x = x[d:] {
		zeros := true
		for _, v := range x[:d] {
			zeros = zeros && v == 0
		}
		if zeros {
			x[0] = 1
		}
	}
}
