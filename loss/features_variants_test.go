package loss_test

import (
	"strings"

	"lossctl/loss"
)

// Settings of perceptual features.
func featuresVariants() []variant {
	maps, rows := [][]int{{3, 4, 3, 2}, {3, 4, 3, 2}}, [][]int{{4, 5}, {4, 5}}
	weighed := append(maps[:2:2], []int{4})
	parts := []loss.Part{{Name: "a", Shape: []int{2, 3, 2}}, {Name: "b", Shape: []int{3, 4}}, {Name: "c", Shape: []int{5}}}
	layers := [][]int{{3, 29}, {3, 29}}
	list := []variant{
		{name: "content", shapes: maps},
		{name: "content l1", set: "content-norm=l1", shapes: rows, weight: []int{4}},
		{name: "content fro", set: "content-norm=fro", shapes: maps, mask: []int{3}},
		{name: "content of gatys, and style", convention: "gatys", set: "kind=content,style", shapes: maps, reduction: "sum"},
		{name: "style", set: "kind=style", shapes: maps},
		{name: "style hw l1", set: "kind=style gram=hw style-norm=l1", shapes: maps},
		{name: "style fro", set: "kind=style gram=none style-norm=fro", shapes: rows},
		{name: "style of gatys", convention: "gatys", set: "kind=style", shapes: maps, reduction: "batchmean"},
		{name: "lpips", set: "kind=lpips", shapes: maps},
		{name: "lpips, weights of the channels", set: "kind=lpips", shapes: weighed},
		{name: "lpips, torchmetrics", convention: "torchmetrics", shapes: rows, reduction: "none"},
		{name: "matching", set: "kind=feature-matching", shapes: maps},
		{name: "layers", shapes: layers, parts: parts},
		{name: "layers with weights, all kinds", set: "kind=style,content,feature-matching,lpips layers=b=0.5,a=2,c=0", shapes: layers, parts: parts},
		{name: "matching layers", set: "kind=feature-matching layers=c,a=3", shapes: layers, parts: parts},
	}
	for _, c := range strings.Fields("piq basicsr mmagic pix2pixhd johnson lpips") {
		list = append(list, variant{name: c, convention: c, shapes: layers, parts: parts})
	}
	return list
}

var featuresLayouts = []variant{
	{name: "many small maps", set: "kind=content,style,lpips", shapes: [][]int{{301, 5, 3}, {301, 5, 3}}, weight: []int{301}},
	{name: "large maps", set: "kind=style,lpips", shapes: [][]int{{2, 70, 40, 9}, {2, 70, 40, 9}}},
	{name: "one sample", set: "kind=style", shapes: [][]int{{1, 130, 300}, {1, 130, 300}}},
}
