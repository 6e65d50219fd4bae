package loss_test

var penaltyLayouts = []variant{
	{name: "samples", shapes: [][]int{{5003, 64}}},
	{name: "pictures", set: "kind=r1", shapes: [][]int{{7, 3, 40, 50}}, weight: []int{7}},
	{name: "long pictures", shapes: [][]int{{2, 3, 101, 67}}, mask: []int{2, 3, 101, 67}},
	{name: "channels", set: "norm=channel", shapes: [][]int{{5, 3, 60, 70}}, weight: []int{5}},
	{name: "long channels", set: "norm=channel kind=gp-one-sided", shapes: [][]int{{2, 3, 101, 67}}, mask: []int{2, 101, 67}},
	{name: "many channels", set: "norm=channel", shapes: [][]int{{2, 70, 300}}},
	{name: "rows of channels", set: "norm=channel", shapes: [][]int{{999, 70}}},
	{name: "outputs", set: "kind=drift", shapes: [][]int{{20011}}},
}

func penaltyVariants() (list []variant) {
	shape := [][]int{{4, 3, 2, 2}}
	for _, kind := range []string{"gp", "gp-one-sided", "r1", "r2"} {
		for _, norm := range []string{"sample", "channel"} {
			list = append(list, variant{name: kind + " " + norm, set: "kind=" + kind + " norm=" + norm, shapes: shape})
		}
	}
	return append(list,
		variant{name: "drift", set: "kind=drift lambda=0.5", shapes: [][]int{{5, 2}}},
		variant{name: "drift scores", set: "kind=drift", shapes: [][]int{{7}}, weight: []int{7}},
		variant{name: "numbers", shapes: [][]int{{6}}},
		variant{name: "target norm", set: "target-norm=3 lambda=2", shapes: shape},
		variant{name: "target norm one-sided", set: "kind=gp-one-sided target-norm=2.5", shapes: shape},
		variant{name: "gamma", set: "kind=r2 gamma=0.1", shapes: shape},
		variant{name: "eps", set: "eps=0.1", shapes: shape},
		variant{name: "eps channel", set: "eps=0.1 norm=channel", shapes: shape, mask: []int{4, 2, 2}},
		variant{name: "masked", shapes: shape, mask: []int{4, 3, 2, 2}},
		variant{name: "weights of samples", shapes: shape, weight: []int{4}},
		variant{name: "weights of samples one-sided", set: "kind=gp-one-sided", shapes: shape, weight: []int{4}, mask: []int{4}},
		variant{name: "weights of positions", set: "norm=channel", shapes: shape, weight: []int{4, 2, 2}},
		variant{name: "many channels", set: "norm=channel eps=0.01", shapes: [][]int{{4, 70}}},
		variant{name: "sum", shapes: shape, reduction: "sum"},
		variant{name: "sum channel", set: "norm=channel", shapes: shape, reduction: "sum"},
		variant{name: "of cyclegan", convention: "cyclegan", shapes: shape},
		variant{name: "of basicsr", convention: "basicsr", shapes: shape},
		variant{name: "of mmagic", convention: "mmagic", set: "kind=r1", shapes: shape},
		variant{name: "drift of mmagic", convention: "mmagic", set: "kind=drift", shapes: shape},
		variant{name: "of stylegan2", convention: "stylegan2", shapes: shape},
		variant{name: "of r3gan", convention: "r3gan", shapes: shape},
	)
}
