package loss_test

import (
	"math"
	"math/rand/v2"

	"lossctl/loss"
)

// triple are the shapes of pred, target and labels.
func triple(labels []int, shape ...int) [][]int { return [][]int{shape, shape, labels} }

// top are the shapes of pred, target, labels and target-indices.
func top(labels []int, k int, shape ...int) [][]int {
	few := append(append([]int{}, shape[:len(shape)-1]...), k)
	return [][]int{shape, few, labels, few}
}

// finiteLogits puts other numbers in place of what is impossible.
func finiteLogits(input int, f *loss.Frame, x []float64) {
	for i, v := range x {
		if math.IsInf(v, -1) || v == 0 && f.Views[input].Role == loss.Prob {
			x[i] = -3
			if v == 0 {
				x[i] = 0.3
			}
		}
	}
}

// spreadLogits is finiteLogits with rows that have a standard deviation, whose
// inverse is finite.
func spreadLogits(input int, f *loss.Frame, x []float64) {
	finiteLogits(input, f, x)
	if input > 1 {
		return
	}
	for j, v := range x {
		if math.Abs(v) < 1e-3 {
			x[j] = 0.01 * float64(j%7+1)
		}
	}
	classes := f.Views[0].Planes
	for g := range len(x) / max(classes*f.Inner, 1) {
		for b := range f.Inner {
			first, same := &x[g*classes*f.Inner+b], true
			for c := range classes {
				same = same && x[(g*classes+c)*f.Inner+b] == *first
			}
			if same {
				*first /= 2
			}
		}
	}
}

// topOf fills target with log-probabilities that leave some of the rest, and
// target-indices with classes, each once.
func topOf(logs bool) func(int, *loss.Frame, []float64) {
	return func(input int, f *loss.Frame, x []float64) {
		if input == 0 || input == 2 {
			return
		}
		planes, classes := f.Views[1].Planes, f.Views[0].Planes
		for g := range len(x) / max(planes*f.Inner, 1) {
			for b := range f.Inner {
				order := rand.New(rand.NewPCG(uint64(g), uint64(b))).Perm(classes)
				for k := range planes {
					at := &x[(g*planes+k)*f.Inner+b]
					switch {
					case input == 3:
						*at = float64(order[k])
					case input == 1 && logs:
						*at = math.Log(0.9/float64(planes)) - 0.1*math.Abs(math.Mod(*at, 7))
						if math.IsInf(*at, 0) || math.IsNaN(*at) {
							*at = -5
						}
					}
				}
			}
		}
	}
}

func distillVariants() []variant {
	plain, labeled := both(5, 4), triple([]int{5}, 5, 4)
	rows, planes := triple([]int{3}, 3, 70), triple([]int{2, 2, 3}, 2, 4, 2, 3)
	list := []variant{
		{name: "defaults", shapes: plain},
		{name: "labels", shapes: labeled},
		{name: "labels, planes", shapes: planes, weight: []int{2, 2, 3}},
		{name: "labels, rows", shapes: rows},
		{name: "tokens", shapes: triple([]int{2, 3}, 2, 3, 4), mask: []int{2, 3}},
		{name: "temperature", set: "temperature=1.5 no-t2=true", shapes: labeled},
		{name: "low temperature", set: "temperature=0.5", shapes: plain},
		{name: "weights", set: "ce-weight=2 kd-weight=0.3", shapes: labeled, reduction: "sum"},
		{name: "cross-entropy alone", set: "kd-weight=0 ce-weight=1", shapes: labeled, reduction: "batchmean"},
		{name: "kd alone", set: "kd-weight=1 ce-weight=0", shapes: labeled, weight: []int{5}},
		{name: "none", shapes: labeled, reduction: "none", mask: []int{5}},
		{name: "probabilities", predAs: "probs", shapes: labeled},
		{name: "log-probabilities", predAs: "logprobs", shapes: rows},
		{name: "probabilities of the teacher", targetAs: "probs", set: "temperature=1", shapes: labeled},
		{name: "valid", shapes: plain, reduction: "valid"},
		{name: "valid labels", shapes: labeled, reduction: "valid"},
		{name: "elements", shapes: labeled, reduction: "elements"},
	}
	for _, kind := range []string{"dkd", "gkd", "logit-std", "dist"} {
		v := func(name, set string, shapes [][]int) variant {
			v := variant{name: kind + name, set: "kind=" + kind + " " + set, shapes: shapes, fill: finiteLogits}
			if kind == "logit-std" {
				v.fill = spreadLogits
			}
			return v
		}
		list = append(list,
			v("", "", labeled),
			v(" rows", "temperature=2", rows),
			v(" planes", "no-t2=true", planes),
			v(" at a low temperature", "temperature=0.5", labeled),
		)
		p := v(" of probabilities", "temperature=2", labeled)
		p.predAs = "probs"
		w := v(" weighted", "kd-weight=2", labeled)
		w.weight, w.reduction = []int{5}, "sum"
		list = append(list, p, w)
	}
	for _, v := range []variant{
		{name: "dkd of two classes", set: "kind=dkd dkd-alpha=0.5 dkd-beta=2", shapes: triple([]int{4}, 4, 2)},
		{name: "dkd without others", set: "kind=dkd dkd-beta=0", shapes: labeled},
		{name: "gkd 0", set: "kind=gkd gkd-beta=0", shapes: plain},
		{name: "gkd 0.1", set: "kind=gkd gkd-beta=0.1", shapes: plain},
		{name: "gkd 1", set: "kind=gkd gkd-beta=1", shapes: plain},
		{name: "logit-std with epsilon", convention: "mdistiller", set: "kind=logit-std std-eps=0.1", shapes: plain, fill: spreadLogits},
		{name: "dist of batches", set: "kind=dist batch-size=2", shapes: triple([]int{6}, 6, 4)},
		{name: "dist weights", set: "kind=dist dist-beta=2 dist-gamma=0.5", shapes: both(6, 3), mask: []int{6}},
		{name: "dist across samples", set: "kind=dist dist-beta=0", shapes: both(6, 3)},
		{name: "dist across classes", set: "kind=dist dist-gamma=0", shapes: both(6, 3)},
	} {
		if v.fill == nil {
			v.fill = finiteLogits
		}
		list = append(list, v)
	}
	list = append(list,
		variant{name: "top", targetAs: "logprobs", shapes: top(nil, 2, 5, 4), fill: topOf(true)},
		variant{name: "top of labels", targetAs: "logprobs", set: "kind=gkd", shapes: top([]int{5}, 3, 5, 6), fill: topOf(true)},
		variant{name: "top of rows", targetAs: "logprobs", set: "temperature=1", shapes: top(nil, 3, 3, 70), fill: topOf(true)},
		variant{name: "top, renormalized", targetAs: "logits", set: "tail=renormalize", shapes: top(nil, 3, 5, 6), fill: topOf(false)},
		variant{name: "top, renormalized rows", targetAs: "logprobs", set: "tail=renormalize kind=gkd temperature=1", shapes: top([]int{3}, 66, 3, 70), fill: topOf(true)},
		variant{name: "top of probabilities", predAs: "probs", targetAs: "logprobs", shapes: top(nil, 2, 5, 4), fill: topOf(true)},
		variant{name: "top of planes", targetAs: "logprobs", shapes: [][]int{{2, 4, 3}, {2, 2, 3}, nil, {2, 2, 3}}, classAxis: 1, fill: topOf(true)},
	)
	for _, c := range []string{"repdistiller", "mdistiller", "torchdistill", "deit", "mmdet", "trl", "sentence-transformers"} {
		list = append(list,
			variant{name: c, convention: c, shapes: plain},
			variant{name: c + " with labels", convention: c, shapes: labeled},
		)
	}
	return list
}

var distillLayouts = []variant{
	{name: "samples", shapes: triple([]int{9001}, 9001, 5)},
	{name: "tokens", set: "kind=gkd", shapes: triple([]int{3, 3000}, 3, 3000, 4), mask: []int{3, 3000}},
	{name: "long planes", set: "kind=dkd", shapes: triple([]int{2, 101, 67}, 2, 3, 101, 67)},
	{name: "rows", set: "kind=dkd", shapes: triple([]int{999}, 999, 70), weight: []int{999}},
	{name: "vocabulary", shapes: triple([]int{2, 2}, 2, 2, 33000)},
	{name: "rows of planes", set: "kind=logit-std", shapes: triple([]int{3, 300}, 3, 70, 300), fill: finiteLogits},
	{name: "batch", set: "kind=dist", shapes: triple([]int{999}, 999, 70), mask: []int{999}},
	{name: "batches of tokens", set: "kind=dist batch-size=4", shapes: triple([]int{9, 40}, 9, 40, 7)},
	{name: "top", targetAs: "logprobs", shapes: top([]int{999}, 5, 999, 70), fill: topOf(true)},
	{name: "top of a vocabulary", targetAs: "logprobs", set: "temperature=1", shapes: top(nil, 20, 2, 3, 33000), fill: topOf(true)},
}
