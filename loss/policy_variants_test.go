package loss_test

import (
	"math"

	"lossctl/loss"
)

// Inputs of kl policy.
const (
	newPolicy = iota
	oldPolicy
	newMean
	newLogstd
	oldMean
	oldLogstd
	actions
)

// discrete are the shapes of policies over discrete actions, and of the
// actions that were taken.
func discrete(shape []int, taken bool) [][]int {
	list := make([][]int, 7)
	list[newPolicy], list[oldPolicy] = shape, shape
	if taken {
		list[actions] = shape[:len(shape)-1]
	}
	return list
}

// continuous are those of normal policies.
func continuous(shape []int, taken bool) [][]int {
	list := [][]int{nil, nil, shape, shape, shape, shape, nil}
	if taken {
		list[actions] = shape
	}
	return list
}

// possible keeps what the old policy did possible.
func possible(input int, f *loss.Frame, x []float64) {
	switch {
	case input == oldPolicy && f.Views[oldPolicy].Role == loss.Logit:
		for i, v := range x {
			x[i] = max(min(v, 20), -20)
		}
	case input == oldMean, input == oldLogstd, input == actions && f.Views[actions].Role == loss.Real:
		for i, v := range x {
			x[i] = max(min(v, 1), -1)
		}
	case input == oldPolicy && f.Views[oldPolicy].Role == loss.Prob:
		for i, v := range x {
			x[i] = max(v, math.SmallestNonzeroFloat64)
		}
	case input == oldPolicy: // log-probabilities
		for i, v := range x {
			x[i] = max(v, -1e4)
		}
	}
}

func policyVariants() []variant {
	states, rollout := []int{6, 5}, []int{3, 4, 3}
	list := []variant{
		{name: "discrete", shapes: discrete(states, false)},
		{name: "discrete, reverse", set: "divergence=reverse", shapes: discrete(states, false), weight: []int{6}},
		{name: "rollout", set: "target-kl=0.5", shapes: discrete(rollout, false), mask: []int{3, 4}},
		{name: "rows", shapes: discrete([]int{3, 70}, false)},
		{name: "action axis in the middle", shapes: discrete(rollout, false), classAxis: 1},
		{name: "probabilities", set: "sum-tolerance=none target-kl=1", shapes: discrete(states, false), predAs: "probs"},
		{name: "log-probabilities", set: "sum-tolerance=none", shapes: discrete(states, false), predAs: "logprobs"},
		{name: "probabilities by their sum", set: "renormalize=true", shapes: discrete(states, false), predAs: "probs"},
		{name: "sum", shapes: discrete(rollout, false), reduction: "sum"},
		{name: "batchmean", shapes: discrete(rollout, false), reduction: "batchmean", weight: []int{3, 4}},
		{name: "none", shapes: discrete(rollout, false), reduction: "none"},
		{name: "torch", convention: "torch", shapes: continuous(states, false), mask: []int{6}},

		{name: "continuous", shapes: continuous(states, false)},
		{name: "continuous, reverse", set: "divergence=reverse target-kl=0.1", shapes: continuous(rollout, false), weight: []int{3}},
		{name: "continuous, one number", shapes: continuous([]int{7, 1}, false)},
		{name: "continuous rows", shapes: continuous([]int{2, 70}, false)},
		{name: "k3 of rows", set: "estimator=k3", shapes: discrete([]int{2, 66}, true), fill: possible},
		{name: "k3 of probabilities", set: "estimator=k3 sum-tolerance=none", shapes: discrete(states, true), predAs: "probs", fill: possible},
		{name: "k2 of log-probabilities", set: "estimator=k2 sum-tolerance=none", shapes: discrete(states, true), predAs: "logprobs", fill: possible},
		{name: "k2 of probabilities by their sum", set: "estimator=k2 renormalize=true", shapes: discrete(states, true), predAs: "probs", fill: possible},
		{name: "k3, action axis in the middle", set: "estimator=k3", classAxis: 1, shapes: [][]int{{3, 4, 2}, {3, 4, 2}, nil, nil, nil, nil, {3, 2}}, fill: possible},
		{name: "k2 of continuous rows", set: "estimator=k2", shapes: continuous([]int{2, 70}, true), fill: possible},
	}
	for _, c := range []string{"spinningup", "baselines", "cleanrl", "sb3"} {
		list = append(
			list,
			variant{name: c, convention: c, set: "target-kl=0.2", shapes: discrete(states, true), mask: []int{6}, fill: possible},
			variant{name: c + ", continuous", convention: c, shapes: continuous(rollout, true), weight: []int{3, 4}, fill: possible},
		)
	}
	return list
}

var policyLayouts = []variant{
	{name: "discrete", set: "target-kl=0.5", shapes: discrete([]int{9001, 5}, false), weight: []int{9001}},
	{name: "rollout", set: "estimator=k3", shapes: discrete([]int{37, 50, 6}, true), mask: []int{37, 50}, fill: possible},
	{name: "long rollouts", shapes: discrete([]int{2, 9001, 4}, false), mask: []int{2, 9001}},
	{name: "rows", set: "estimator=k1", shapes: discrete([]int{999, 70}, true), fill: possible},
	{name: "continuous", shapes: continuous([]int{2003, 6}, false), mask: []int{2003}},
	{name: "continuous rows", set: "estimator=k3", shapes: continuous([]int{300, 80}, true), weight: []int{300}, fill: possible},
	{name: "long continuous rollouts", set: "divergence=reverse", shapes: continuous([]int{2, 5000, 3}, false)},
}

var policyBenchmarks = []variant{
	{name: "discrete 1e5x10", shapes: discrete([]int{100000, 10}, false)},
	{name: "k3 1e5x10", set: "estimator=k3", shapes: discrete([]int{100000, 10}, true), fill: possible},
	{name: "continuous 1e5x6", shapes: continuous([]int{100000, 6}, false)},
}
