package loss_test

import (
	"fmt"
	"math"

	"lossctl/loss"
)

// ganLayouts have sides of other lengths, over many tiles.
var ganLayouts = []variant{
	{name: "scores", shapes: [][]int{{20011}, {9001}}},
	{name: "patches", shapes: [][]int{{33, 1, 30, 30}, {7, 1, 30, 30}}},
	{name: "long patches", set: "kind=lsgan", shapes: [][]int{{2, 1, 101, 101}, {3, 1, 70, 60}}},
	{name: "average", set: "relativistic=average", shapes: [][]int{{5003}, {3, 3000}}},
	{name: "average generator", set: "relativistic=average side=generator kind=lsgan", shapes: [][]int{{2, 5003}, {3000}}},
	{name: "paired", set: "relativistic=paired", shapes: [][]int{{9001}, {9001}}, weight: []int{9001}},
	{name: "paired patches", set: "relativistic=paired kind=wgan", shapes: [][]int{{3, 70, 60}, {3, 70, 60}}, mask: []int{3, 70, 60}},
}

var ganBenchmarks = []variant{
	{name: "vanilla 1e6 + 1e6", shapes: [][]int{{1000000}, {1000000}}},
	{name: "paired 1e6", set: "relativistic=paired", shapes: [][]int{{1000000}, {1000000}}},
}

func ganVariants() (list []variant) {
	apart, together := [][]int{{5, 2}, {4}}, [][]int{{4, 3}, {4, 3}}
	for _, kind := range []string{"vanilla", "nonsaturating", "saturating", "softplus", "lsgan", "wgan", "hinge", "l1"} {
		for _, side := range []string{"discriminator", "generator"} {
			for _, relativistic := range []string{"none", "average", "paired"} {
				if kind == "saturating" && relativistic != "none" {
					continue
				}
				v := variant{
					fill:   finite(1),
					name:   fmt.Sprint(kind, " ", relativistic, " ", side),
					set:    fmt.Sprintf("kind=%s side=%s relativistic=%s", kind, side, relativistic),
					shapes: apart,
				}
				if relativistic == "paired" {
					v.shapes = together
				}
				list = append(list, v)
			}
		}
	}
	for _, c := range []struct{ name, set string }{
		{"vanilla labels", "real-label=0.9 fake-label=0.1"},
		{"vanilla labels average", "real-label=0.9 fake-label=0.1 relativistic=average"},
		{"lsgan labels", "kind=lsgan real-label=1 fake-label=-1"},
		{"lsgan labels average generator", "kind=lsgan real-label=0.9 fake-label=0.2 relativistic=average side=generator"},
	} {
		list = append(list, variant{name: c.name, set: c.set, shapes: apart, fill: finite(1)})
	}
	list = append(list,
		variant{name: "vanilla real scores finite", shapes: apart, fill: finite(0)},
		variant{name: "vanilla real scores finite, generator", set: "side=generator", shapes: apart, fill: finite(0)},
		variant{name: "sum", shapes: apart, reduction: "sum", fill: finite(1)},
		variant{name: "sum average", set: "relativistic=average", shapes: apart, reduction: "sum"},
		variant{name: "sum average generator", set: "relativistic=average side=generator kind=wgan", shapes: apart, reduction: "sum"},
		variant{name: "paired labels", set: "relativistic=paired real-label=0.9", shapes: together},
		variant{name: "paired lsgan labels", set: "relativistic=paired kind=lsgan real-label=0.9 fake-label=0.1", shapes: together},
		variant{name: "paired masked", set: "relativistic=paired", shapes: together, mask: []int{4, 3}, weight: []int{4}},
		variant{name: "paired sum", set: "relativistic=paired side=generator", shapes: together, weight: []int{4, 3}, reduction: "sum"},
	)
	for _, c := range []struct{ convention, set string }{
		{"cyclegan", "kind=lsgan"},
		{"cyclegan", "real-label=0.9 side=generator"},
		{"pix2pixhd", ""},
		{"basicsr", "kind=lsgan relativistic=average side=generator real-label=0.9"},
		{"mmagic", "kind=l1 real-label=0.8 side=generator"},
		{"mimicry", "side=generator"},
		{"monai", "kind=hinge"},
		{"monai", "kind=hinge side=generator"},
		{"monai", "kind=lsgan"},
		{"monai", "kind=lsgan relativistic=average"},
		{"taming", "side=generator"},
		{"taming", "kind=hinge"},
		{"stylegan2", ""},
	} {
		list = append(list, variant{name: c.convention + " " + c.set, convention: c.convention, set: c.set, shapes: apart, fill: finite(1)})
	}
	return append(list,
		variant{name: "r3gan", convention: "r3gan", shapes: together},
		variant{name: "r3gan generator", convention: "r3gan", set: "side=generator", shapes: together},
		variant{name: "monai paired", convention: "monai", set: "kind=hinge relativistic=paired", shapes: together},
	)
}

// finite takes the −inf out of an input, as the difference of two means that
// are −inf is not a number.
func finite(input int) func(int, *loss.Frame, []float64) {
	return func(k int, _ *loss.Frame, x []float64) {
		for i, v := range x {
			if k == input && math.IsInf(v, 0) {
				x[i] = -3
			}
		}
	}
}
