package loss_test

import (
	"math"
	"strings"

	"lossctl/loss"
)

// ctcTargets fills the inputs of ctc with targets of 0 to all columns, padded,
// with repeats, and lengths of these.
func ctcTargets(input int, f *loss.Frame, x []float64) {
	planes := f.Views[1].Planes
	classes := f.Views[0].Planes
	for i := range x {
		n, u := i/planes, i%planes
		switch {
		case input == 1 && u < (n*7+1)%(planes+1):
			x[i] = float64(1 + (n+u/2*3)%(classes-1)) // pairs of equal labels
		case input == 1:
			x[i] = -1
		case input == 2: // as many frames as any target needs
			x[i] = float64(f.Positions() - i%2)
		case input == 3:
			x[i] = float64((i*7 + 1) % (planes + 1))
		}
	}
}

// ctcLast is ctcTargets where the blank is the last class.
func ctcLast(input int, f *loss.Frame, x []float64) {
	ctcTargets(input, f, x)
	for i := range x {
		if input == 1 && x[i] > 0 {
			x[i]--
		}
	}
}

// ctcShort is ctcTargets with lengths that leave some without an alignment.
func ctcShort(input int, f *loss.Frame, x []float64) {
	ctcTargets(input, f, x)
	for i := range x {
		if input == 2 {
			x[i] = float64(i * 5 % (f.Positions() + 1))
		}
	}
}

// ctcLong has lengths that leave frames beyond.
func ctcLong(input int, f *loss.Frame, x []float64) {
	ctcTargets(input, f, x)
	for i := range x {
		if input == 2 {
			x[i] = math.Round(float64(f.Positions()) * float64(i%4+1) / 4)
		}
	}
}

func ctcVariants() []variant {
	ntc := [][]int{{4, 7, 4}, {4, 3}}
	lengths := [][]int{{6, 8, 4}, {6, 3}, {6}, {6}}
	wide := [][]int{{3, 5, 40}, {3, 2}}
	list := []variant{
		{name: "defaults", shapes: ntc},
		{name: "lengths", shapes: lengths},
		{name: "one utterance", shapes: [][]int{{1, 9, 5}, {1, 4}}},
		{name: "one label", shapes: [][]int{{3, 4, 3}, {3, 1}, {3}, {3}}},
		{name: "many classes", shapes: wide},
		{name: "blank last", set: "blank=last", shapes: ntc},
		{name: "pad", set: "target-pad=-1", shapes: ntc},
		{name: "infeasible zero", set: "infeasible=zero", shapes: lengths, reduction: "target-length"},
		{name: "infeasible skip", set: "infeasible=skip", shapes: lengths},
		{name: "infeasible skip, frame", set: "infeasible=skip", shapes: lengths, reduction: "frame", weight: []int{6}},
		{name: "smoothing", set: "label-smoothing=0.3", shapes: ntc},
		{name: "smoothing alone", set: "label-smoothing=1", shapes: ntc},
		{name: "focal", set: "gamma=2 alpha=0.25", shapes: ntc},
		{name: "focal below 1, smoothing", set: "gamma=0.5 label-smoothing=0.1", shapes: ntc, reduction: "target-length"},
		{name: "sum, weights", shapes: ntc, reduction: "sum", weight: []int{4}},
		{name: "batchmean", set: "infeasible=skip", shapes: lengths, reduction: "batchmean"},
		{name: "none, masked frames", shapes: ntc, reduction: "none", mask: []int{4, 7}},
		{name: "masked utterances", shapes: ntc, mask: []int{4}},
		{name: "target length, masked frames", set: "infeasible=zero label-smoothing=0.2", shapes: lengths, reduction: "target-length", mask: []int{6, 8}},
		{name: "probabilities", shapes: ntc, predAs: "probs"},
		{name: "probabilities, smoothing", set: "label-smoothing=0.3 infeasible=zero", shapes: lengths, predAs: "probs"},
		{name: "log-probabilities", shapes: ntc, predAs: "logprobs"},
		{name: "log-probabilities, smoothing", set: "label-smoothing=0.3", shapes: wide, predAs: "logprobs"},
		{name: "torch's gradient", set: "gradient=torch", shapes: ntc, predAs: "logprobs", noGrad: true},
		{name: "greedy", set: "decode=greedy", shapes: ntc},
		{name: "beam", set: "decode=beam beam-width=3", shapes: lengths},
		{name: "beam of probabilities", set: "decode=beam", shapes: ntc, predAs: "probs"},
		{name: "beam, alphabet", set: `decode=beam alphabet=["_","a","b","|"]`, shapes: ntc, mask: []int{4, 7}},
	}
	for i := range list {
		switch {
		case list[i].name == "blank last":
			list[i].fill = ctcLast
		case strings.Contains(list[i].set, "infeasible"):
			list[i].fill = ctcShort
		default:
			list[i].fill = ctcTargets
		}
	}
	for _, c := range []string{"torch", "warp-ctc", "tf", "keras", "espnet", "hf", "k2"} {
		list = append(list, variant{name: "of " + c, convention: c, shapes: lengths, fill: ctcPadded})
	}
	return append(list,
		variant{name: "of optax", convention: "optax", shapes: [][]int{{6, 8, 4}, {6, 3}, {6}}, fill: ctcTargets},
		variant{name: "mean of torch", convention: "torch", set: "infeasible=skip", shapes: lengths, predAs: "logprobs", reduction: "mean", noGrad: true, fill: ctcTargets},
	)
}

// ctcPadded is ctcTargets with the blank as padding.
func ctcPadded(input int, f *loss.Frame, x []float64) {
	ctcTargets(input, f, x)
	for i := range x {
		if input == 1 {
			x[i] = max(x[i], 0)
		}
	}
}

// Tiles hold 32768 numbers: these have utterances of several tiles, and
// blocks of several utterances.
var ctcLayouts = []variant{
	{name: "tnc", shapes: [][]int{{60, 37, 9}, {37, 6}, {37}}, fill: ctcLong},
	{name: "ntc", shapes: [][]int{{37, 60, 9}, {37, 6}, {37}}, fill: ctcLong, weight: []int{37}},
	{name: "ntc, long", shapes: [][]int{{3, 9001, 5}, {3, 40}, {3}, {3}}, fill: ctcLong, mask: []int{3, 9001}},
	{name: "tnc, long", shapes: [][]int{{5000, 2, 9}, {2, 70}}, fill: ctcLong, set: "label-smoothing=0.1"},
	{name: "tnc, many classes", shapes: [][]int{{40, 5, 1500}, {5, 9}}, fill: ctcLong, set: "decode=greedy"},
	{name: "ntc, many classes", shapes: [][]int{{5, 40, 1500}, {5, 9}, {5}}, fill: ctcLong, set: "decode=beam beam-width=4", reduction: "target-length"},
	{name: "tc", shapes: [][]int{{4000, 12}, {90}}, fill: ctcLong},
}
