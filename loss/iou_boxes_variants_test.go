package loss_test

import (
	"math"

	"lossctl/loss"
)

var iouBoxesLayouts = []variant{
	{name: "boxes", shapes: [][]int{{9001, 4}, {9001, 4}}, fill: cornersInOrder},
	{name: "samples of boxes", set: "kind=ciou", shapes: [][]int{{41, 150, 4}, {41, 150, 4}}, mask: []int{41, 150}, weight: []int{41}, fill: cornersInOrder},
	{name: "long samples", set: "kind=siou", shapes: [][]int{{2, 7001, 4}, {2, 7001, 4}}, mask: []int{2, 7001}, fill: cornersInOrder},
	{name: "weighted", set: "kind=giou box-format=cxcywh", shapes: [][]int{{5003, 4}, {5003, 4}}, weight: []int{5003}, reduction: "weighted", fill: sidesAbove0},
}

func iouBoxesVariants() []variant {
	few, samples := [][]int{{9, 4}, {9, 4}}, [][]int{{3, 4, 4}, {3, 4, 4}}
	list := []variant{
		{name: "square", set: "form=square", shapes: few, fill: cornersInOrder},
		{name: "log", set: "form=log", shapes: few, fill: crossing},
		{name: "log, apart", set: "form=log", shapes: samples, fill: cornersInOrder, noGrad: true},
		{name: "log with a floor", set: "form=log iou-floor=0.2", shapes: few, fill: cornersInOrder},
		{name: "floor", set: "iou-floor=0.2", shapes: few, fill: cornersInOrder},
		{name: "square with a floor", set: "form=square iou-floor=0.2", shapes: few, fill: cornersInOrder},
		{name: "sum", set: "kind=giou", shapes: samples, reduction: "sum", weight: []int{3}, fill: cornersInOrder},
		{name: "batchmean", set: "kind=giou", shapes: samples, reduction: "batchmean", mask: []int{3, 4}, fill: cornersInOrder},
		{name: "none", set: "kind=giou", shapes: samples, reduction: "none", mask: []int{3}, fill: cornersInOrder},
		{name: "weighted", set: "kind=giou", shapes: samples, reduction: "weighted", weight: []int{3, 4}, fill: cornersInOrder},
		{name: "five axes", set: "kind=diou", shapes: [][]int{{2, 2, 3, 2, 4}, {2, 2, 3, 2, 4}}, fill: cornersInOrder},
		{name: "equal boxes", shapes: few, noGrad: true, fill: ofBoxes(func(x []float64) {
			for i := range x {
				x[i] = float64(i%4/2*3 + i/4)
			}
		})},
		{name: "degenerate refused", set: "degenerate=error", shapes: few, fill: sidesOf1},
	}
	for _, kind := range []string{"iou", "giou", "diou", "ciou", "eiou", "siou"} {
		add := func(name, set string, fill func(int, *loss.Frame, []float64)) {
			list = append(list, variant{name: kind + " " + name, set: "kind=" + kind + " " + set, shapes: few, fill: fill})
		}
		add("of corners", "", cornersInOrder)
		add("of a corner and sides", "box-format=xywh", sidesAbove0)
		add("of a centre and sides", "box-format=cxcywh", sidesAbove0)
		add("without epsilon", "eps=0", cornersInOrder)
		add("with a large epsilon", "eps=0.1", cornersInOrder)
		add("of whole numbers", "", wholeCorners)
		list[len(list)-1].noGrad = true
	}
	for _, kind := range []string{"iou", "giou", "diou", "ciou"} {
		list = append(list, variant{name: "mmdet " + kind, convention: "mmdet", set: "kind=" + kind, shapes: few, fill: cornersInOrder})
		list = append(list, variant{name: "mmdet " + kind + " of tiny boxes", convention: "mmdet", set: "kind=" + kind + " eps=1", shapes: few, fill: cornersInOrder})
	}
	for _, c := range []string{"torchvision", "detr", "ultralytics"} {
		v := variant{name: c, convention: c, shapes: few, fill: cornersInOrder}
		if c == "detr" {
			v.fill = sidesAbove0
		}
		list = append(list, v)
	}
	return list
}

// ofBoxes leaves masks and weights alone.
func ofBoxes(fill func(x []float64)) func(int, *loss.Frame, []float64) {
	return func(input int, _ *loss.Frame, x []float64) {
		if input < 2 {
			fill(x)
		}
	}
}

// cornersInOrder makes rows of numbers into corners.
var cornersInOrder = ofBoxes(inOrder)

func inOrder(x []float64) {
	for i := 0; i < len(x); i += 4 {
		for k := i; k < i+2; k++ {
			x[k], x[k+2] = min(x[k], x[k+2]), max(x[k], x[k+2])
		}
	}
}

// crossing makes boxes that have some of [0, 1] in common.
var crossing = ofBoxes(func(x []float64) {
	for i := range x {
		x[i] = -math.Abs(x[i])
		if i%4 > 1 {
			x[i] = 1 - x[i]
		}
	}
})

// sidesAbove0 makes the last two numbers of rows into sides.
var sidesAbove0 = ofBoxes(func(x []float64) {
	for i := range x {
		if i%4 > 1 {
			x[i] = math.Abs(x[i])
		}
	}
})

// sidesOf1 makes boxes of sides 1 by 2, which are not lost beside their place.
var sidesOf1 = ofBoxes(func(x []float64) {
	for i := range x {
		x[i] = math.Mod(x[i], 64)
		if i%4 > 1 {
			x[i] = x[i-2] + float64(i%4-1)
		}
	}
})

// wholeCorners makes boxes of which many coordinates are equal.
var wholeCorners = ofBoxes(func(x []float64) {
	for i := range x {
		x[i] = math.Round(x[i])
	}
	inOrder(x)
})

// pixelBoxes makes boxes of some 100 pixels, of which most overlap.
var pixelBoxes = ofBoxes(func(x []float64) {
	for i, v := range x {
		x[i] = float64(100+i/4*37%400) + math.Mod(20*v, 50)
		if i%4 > 1 {
			x[i] += 150
		}
	}
})
