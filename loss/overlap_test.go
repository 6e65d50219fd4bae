package loss_test

import (
	"math"
	"strings"
	"testing"

	"lossctl/loss"
)

// On hard masks dice = 2·iou/(1+iou), of every sample and class.
func TestDiceOfIoU(t *testing.T) {
	v := variant{set: "hard=true", shapes: [][]int{{40, 3, 5, 6}, {40, 5, 6}}}
	dice := newTrial(t, loss.Dice, v).run(t, whole)["row classes"]
	iou := newTrial(t, loss.IoU, v).run(t, whole)["row classes"]
	seen := 0
	for i, l := range iou {
		if math.IsNaN(l) != math.IsNaN(dice[i]) {
			t.Fatalf("cell %d: dice loss %v, iou loss %v", i, dice[i], l)
		}
		if math.IsNaN(l) {
			continue
		}
		seen++
		x := 1 - l
		if want := 1 - 2*x/(1+x); math.Abs(dice[i]-want) > 1e-15 {
			t.Errorf("cell %d: dice loss %v, want %v of iou loss %v", i, dice[i], want, l)
		}
	}
	if seen < 100 {
		t.Errorf("%d cells, want more", seen)
	}
}

// The Lovász extension of decided masks is the Jaccard loss itself.
func TestLovaszOfHardMasks(t *testing.T) {
	shapes := [][]int{{6, 4, 5, 6}, {6, 5, 6}}
	lovasz := newTrial(t, loss.IoU, variant{set: "hard=true kind=lovasz", shapes: shapes}).run(t, whole)["row classes"]
	jaccard := newTrial(t, loss.IoU, variant{set: "hard=true absent=skip", shapes: shapes}).run(t, whole)["row classes"]
	near(t, "lovasz", lovasz, jaccard, 1e-14)
}

// Pixels of weight 1 that are in the mask or not are sorted without their
// index, to the values of those that are not. That one is in part in a mask
// may turn out late.
func TestLovaszOfPlainPixels(t *testing.T) {
	late := false
	rounded := func(_ int, v loss.View, m *memory) {
		for i, x := range m.values() {
			switch v.Role {
			case loss.Soft:
				if x = math.Round(x); late && i%5000 == 4999 {
					x = 0.25
				}
			case loss.Weight:
				x = 1
			case loss.Logit: // some are equal
				x = math.Round(8*x) / 8
			default:
				x = math.Round(x)
			}
			m.set(i, x)
		}
	}
	for _, v := range []variant{
		{name: "softmax", shapes: [][]int{{3, 4, 90, 60}, {3, 90, 60}}},
		{name: "softmax, ignored", shapes: [][]int{{3, 4, 40, 30}, {3, 40, 30}}, ignore: []int{1}},
		{name: "softmax of masks, late", set: " activation=softmax", shapes: [][]int{{3, 2, 90, 60}, {3, 2, 90, 60}}},
		{name: "hinge of masks", shapes: [][]int{{3, 5000}, {3, 5000}}},
		{name: "hinge of masks, late", shapes: [][]int{{3, 5000}, {3, 5000}}},
		{name: "hinge of ids", set: " activation=sigmoid", shapes: [][]int{{3, 4, 40, 30}, {3, 40, 30}}},
		{name: "few pixels", shapes: [][]int{{3, 2, 5}, {3, 5}}},
	} {
		t.Run(v.name, func(t *testing.T) {
			late = strings.HasSuffix(v.name, "late")
			v.set = "kind=lovasz" + v.set
			got := newTrial(t, loss.IoU, v).with(rounded).run(t, whole)["row values"]
			v.weight = v.shapes[1]
			if len(v.weight) == 4 { // it has the classes
				v.weight = append([]int{v.weight[0]}, v.weight[2:]...)
			}
			near(t, "rows", got, newTrial(t, loss.IoU, v).with(rounded).run(t, whole)["row values"], 1e-14)
		})
	}
}
