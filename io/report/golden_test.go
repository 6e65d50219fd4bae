package report

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata")

var nan, inf = Float(math.NaN()), Float(math.Inf(1))

// focal is a small result: no classes, no warnings.
func focal() *Result {
	return &Result{
		Loss: "focal", Value: 0.29291996182304, Reduction: "mean", Count: 36, Unit: "element", Samples: 2,
		Layout:     "2 samples × 18 elements",
		Params:     Fields{{"gamma", 2.0}, {"alpha", 0.25}, {"activation", "sigmoid"}},
		Convention: "default", Formula: "−α (1 − p_t)^γ log p_t",
		Inputs:  Inputs{{"pred", "p.npy", []int{2, 3, 2, 3}, "float32"}, {"target", "t.npy", []int{2, 3, 2, 3}, "float32"}},
		Stats:   &Stats{0.0123456789, 0.27, 0.27, 0.29, 0.31, 0.32, false},
		Version: "0.1.0",
	}
}

// dice has everything.
func dice() *Result {
	return &Result{
		Loss: "dice", Value: 0.29291996182304, Reduction: "mean", Count: 72, Unit: "class", Samples: 24,
		Skipped: Skipped{Ignored: 128, Empty: 3},
		Layout:  "24 samples × 3 classes × 64×64",
		Params: Fields{
			{"scope", "sample"},
			{"average", "macro"},
			{"smooth", 0.0},
			{"eps", 1e-8},
			{"activation", "softmax"},
			{"background", true},
			{"class-weight", []float64{1, 2.5, 1}},
			{"layers", []string{"relu2_2", "relu3_3"}},
			{"ignore-index", []int{-100, 255}},
			{"threshold", nil},
		},
		Convention: "default", Formula: "1 − (2I+nr)/(P+T+dr)",
		Inputs:     Inputs{{"pred", "p.npy", []int{24, 3, 64, 64}, "float32"}, {"target", `masks|"a,b".npy`, []int{24, 64, 64}, "uint8"}},
		Components: Components{{"dice", 0.70708003817696}, {"iou", 0.6}, {"frames", 123456}, {"tiny", -1.23456789e-7}, {"undefined", nan}},
		Stats:      &Stats{nan, -0.1, 0.12, 0.2929, 12.5, inf, true},
		PerClass:   []Class{{0, "background", 0.0123456789, 24, Components{{"tp", 21.5}}}, {1, "liver", 0.3, 23, Components{{"tp", 7}}}, {2, "tumour|<b>", nan, 0, Components{{"tp", nan}}}},
		PerGroup:   []Group{{"Zürich", 0.25, 12}, {"東京", 0.33, 12.5}},
		Warnings:   []string{"pred: rows look like probabilities; say --pred-as probs", "target: 3 samples are empty"},
		Version:    "0.1.0",
	}
}

func diceRow(i int) *Sample {
	return &Sample{
		Index: i, ID: fmt.Sprintf(`scan "%d", a|b`, i), Loss: Float(i) / 3, Count: 3,
		Extra:   Fields{{"dice", 1 - Float(i)/3}, {"hard", i == 1}, {"best", "x"}},
		Classes: []Float{0.1, 0.25, nan},
	}
}

var names = []string{"background", "liver", "tumour|<b>"}

func TestGolden(t *testing.T) {
	many := func() *Result { // more classes than a table shows
		r := focal()
		for i := range 100 {
			r.PerClass = append(r.PerClass, Class{i, "", Float((i * 37) % 100), 5, nil})
		}
		return r
	}
	ungrouped := dice()
	ungrouped.PerGroup = nil
	for _, f := range Formats() {
		if f == "npy" {
			continue
		}
		for _, c := range []struct {
			name   string
			opt    Options
			result *Result
			rows   int
		}{
			{"focal", Options{}, focal(), 0},
			{"dice", Options{Show: "iou"}, dice(), 3},
			{"ungrouped", Options{}, ungrouped, 3},
			{"dice-pretty", Options{Pretty: true, Color: true, Digits: 4, Show: "stats.max"}, dice(), 3},
			{"dice-samples", Options{PerSample: true, ClassNames: names, Show: "class.1"}, dice(), 3},
			{"dice-top", Options{PerSample: true, Top: 3, Samples: 24, Pretty: true}, dice(), 3},
			{"no-samples", Options{PerSample: true}, focal(), 0},
			{"classes", Options{Show: "class.7"}, many(), 0},
			{"bare", Options{}, &Result{Value: nan}, 0},
		} {
			t.Run(f+"/"+c.name, func(t *testing.T) {
				got := write(t, f, c.opt, c.result, c.rows, diceRow)
				golden(t, c.name+"."+f, got)
			})
		}
	}
}

// write is what a sink prints.
func write(t *testing.T, format string, opt Options, r *Result, rows int, row func(int) *Sample) []byte {
	t.Helper()
	var b bytes.Buffer
	opt.Stdout = &b
	s, err := Open("-", format, opt)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := s.Sample(row(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(r); err != nil {
		t.Fatal(err)
	}
	s.Abort()
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got), -update if it is meant:\n%s", path, d)
	}
}
