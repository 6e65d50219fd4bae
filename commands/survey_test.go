package commands

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"lossctl/loss"
)

// TestSurvey has the focal numbers of the survey of libraries that the
// conventions were made from (its Appendix A, golden inputs A and C), at the
// digits that it prints. They were printed by float32 runs of the libraries.
func TestSurvey(t *testing.T) {
	const (
		ids     = "--pred a_logits.npy --target a_ids.npy "
		hot     = "--pred a_logits.npy --target a_onehot.npy "
		goldenC = "--pred c_logits.npy --target c_ids.npy "
		labels  = "--pred c_logits.npy --target c_multihot.npy "
	)
	for _, c := range []struct {
		name, args string
		want       float64
	}{
		{"seed softmax focal alpha=1 gamma=2 mean", ids + "--convention seed --alpha 1", 1.64163888},
		{"seed softmax focal alpha=.25", ids + "--convention seed", 0.41040972},
		{"AdeelH softmax focal gamma2", ids, 1.64163888},
		{"monai Focal use_softmax mean", ids + "--convention monai --activation softmax", 0.54721302},
		{"monai Focal use_softmax sum", ids + "--convention monai --activation softmax --reduction sum", 3.28327775},
		{"monai Focal use_softmax alpha=.25", ids + "--convention monai --activation softmax --alpha 0.25", 0.29102597},
		{"monai Focal sigmoid mean", ids + "--convention monai", 0.53021020},
		{"monai Focal sigmoid alpha=.25", ids + "--convention monai --alpha 0.25", 0.29291999},
		{"kornia focal alpha=None mean", ids + "--convention kornia --alpha none", 0.54721385},
		{"kornia focal alpha=.25 mean", ids + "--convention kornia --alpha 0.25", 0.29102626},
		{"kornia focal alpha=None sum", ids + "--convention kornia --alpha none --reduction sum", 19.69969940},
		{"kornia binary focal onehot alpha=.25 mean", hot + "--convention kornia", 0.29291999},
		{"smp.FocalLoss multiclass", ids + "--convention smp", 0.53021020},
		{"smp.FocalLoss multiclass alpha=.25", ids + "--convention smp --alpha 0.25", 0.29291996},
		{"smp.FocalLoss normalized", ids + "--convention smp --normalized", 0.12831347},
		{"smp.FocalLoss reduced_threshold=.5", ids + "--convention smp --reduced-threshold 0.5", 0.86180502},
		{"torchvision sigmoid_focal onehot default mean", hot + "--convention torchvision", 0.29291996},
		{"torchvision with ids", ids + "--convention torchvision", 0.29291996},
		{"torchvision alpha=-1 mean", hot + "--convention torchvision --alpha none", 0.53021020},
		{"torchvision default sum", hot + "--convention torchvision --reduction sum", 10.54511833},
		{"CE mean", ids + "--gamma 0", 1.98437691},
		{"kornia NaN? all ignored focal mean", "--pred a_logits.npy --target a_ids_all_ignored.npy --convention kornia", 0},
		{"smp Focal all ignored", "--pred a_logits.npy --target a_ids_all_ignored.npy --convention smp", math.NaN()},
		{"ASL multilabel SUM", labels + "--convention asl", 0.26499393592344055},
		{"ASLSingleLabel mean over batch", goldenC + "--convention asl-single", 0.2219591287781906},
		{"poly-1 sigmoid focal eps1 mean", labels + "--alpha none --poly 1", 0.06241050362586975},
		{"CB sigmoid focal g2 (÷ sum labels)", goldenC + "--activation sigmoid --alpha none --class-counts 100,10,1 --cb-beta 0.999 --reduction positives", 0.02147318422794342},
		{"softmax focal g2 alpha-per-class", goldenC + "--alpha 0.2,0.3,0.5 --reduction sum", 0.0022185505367815495 + 0.0030629124958068132},
		{"softmax focal + label smoothing .1", goldenC + "--label-smoothing 0.1 --reduction sum", 0.1495887041091919 + 0.1559351533651352},
		{"Keras CategoricalFocal a.25 g2 (sum over samples)", "--pred keras_probs.npy --target keras_ids.npy --convention keras --reduction sum", 0.00026340128914456557 + 0.6759120942206192},
		{"SMP from_logits=False multiclass", "--pred keras_probs.npy --target keras_ids.npy --convention smp --pred-as probs", 0.51655539},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := lossctl(t, "../testdata/focal", "", append([]string{"focal", "-q", "-f", "value"}, strings.Fields(c.args)...)...)
			got, err := strconv.ParseFloat(strings.TrimSpace(out), 64)
			if code != 0 || err != nil {
				t.Fatalf("exit %d, %q, %s", code, out, errs)
			}
			if !near(got, c.want, 1e-6) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestSurveyElements has the survey's numbers of single elements and of the
// class-balanced weights.
func TestSurveyElements(t *testing.T) {
	file := t.TempDir() + "/elements.npy"
	args := "focal -q --pred c_logits.npy --target c_multihot.npy --alpha none --reduction none -o " + file
	if code, _, errs := lossctl(t, "../testdata/focal", "", strings.Fields(args)...); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	want := []float64{0.001803564839065075, 0.022658051922917366, 0.06757348030805588, 0.10039328038692474, 0.014106872491538525, 0.0018035629764199257}
	for i, got := range readArray(t, file) {
		if math.Abs(got-want[i]) > 2e-6*want[i] { // printed by a float32 run
			t.Errorf("element %d: got %v, want %v", i, got, want[i])
		}
	}
	l := loss.Focal()
	for name, text := range map[string]string{"class-counts": "100,10,1", "cb-beta": "0.999", "activation": "sigmoid"} {
		if err := l.Param(name).Value.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	for c, want := range []float64{0.028362996876239777, 0.27125564217567444, 2.700381278991699} {
		// At logit 0 the loss is ln 2/4 times the weight of the target's class.
		got := balancedAt(t, l, c) / (math.Ln2 / 4)
		if math.Abs(got-want) > 1e-6*want {
			t.Errorf("weight of class %d: got %v, want %v", c, got, want)
		}
	}
}

// balancedAt is the loss of one element of class c at logit 0.
func balancedAt(t *testing.T, l *loss.Loss, c int) float64 {
	t.Helper()
	if err := l.Param("alpha").Value.Set("none"); err != nil {
		t.Fatal(err)
	}
	f, err := l.Frame(&loss.Request{
		Inputs:    map[string]*loss.Array{"pred": {Name: "p", Shape: []int{1, 3}, Dtype: "float64"}, "target": {Name: "t", Shape: []int{1}, Dtype: "int64"}},
		Reduction: l.Reduction("mean"),
	})
	if err != nil {
		t.Fatal(err)
	}
	out := loss.Out{Terms: make([][]float64, len(l.Terms)), Class: make([]int32, 3)}
	out.Terms[0] = make([]float64, 3)
	id := float64(c)
	l.Eval(&out, &loss.Block{Frame: f, N: 3, In: [][]float64{make([]float64, 3), {id, id, id}}, Class: []int32{0, 1, 2}})
	return out.Terms[0][c]
}
