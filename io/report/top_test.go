package report

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTop(t *testing.T) {
	top := NewTop(4)
	row := Sample{Classes: []Float{0}}
	for i, x := range []float64{1, math.NaN(), 3, math.Inf(1), 3, -1, 3} {
		row.Index, row.Loss, row.Classes[0] = i, Float(x), Float(i) // one row, reused
		top.Add(&row)
	}
	var got []int
	for _, s := range top.Samples() {
		got = append(got, s.Index)
		if s.Classes[0] != Float(s.Index) {
			t.Errorf("sample %d was not copied", s.Index)
		}
	}
	if d := cmp.Diff([]int{1, 3, 2, 4}, got); d != "" {
		t.Error(d)
	}
	empty := NewTop(0)
	empty.Add(&row)
	if len(empty.Samples()) != 0 {
		t.Error("none are to be kept")
	}
	low := NewTop(1) // a score: the smallest is the worst
	for i, x := range []float64{0.9, 0.1, 0.5} {
		low.AddKey(-x, &Sample{Index: i})
	}
	if got := low.Samples(); got[0].Index != 1 {
		t.Error(got)
	}
}

func TestTopDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loss := rapid.SampledFrom([]Float{0, 1, 2, nan, inf, -inf})
		var rows []Sample
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			rows = append(rows, Sample{Index: rapid.IntRange(0, 5).Draw(t, "index"), Loss: loss.Draw(t, "loss"), ID: rapid.StringN(0, 1, 1).Draw(t, "id")})
		}
		k := rapid.IntRange(0, 8).Draw(t, "k")
		want := NewTop(k)
		for i := range rows {
			want.Add(&rows[i])
		}
		parts := []*Top{NewTop(k), NewTop(k), NewTop(k)}
		for _, r := range rapid.Permutation(rows).Draw(t, "order") {
			parts[rapid.IntRange(0, 2).Draw(t, "part")].Add(&r)
		}
		parts[2].Merge(parts[0])
		parts[2].Merge(parts[1])
		text := func(top *Top) (text []string) {
			for _, s := range top.Samples() {
				text = append(text, string(s.append(nil)))
			}
			return text
		}
		if d := cmp.Diff(text(want), text(parts[2])); d != "" {
			t.Fatal(d)
		}
		sorted := slices.Clone(rows)
		slices.SortStableFunc(sorted, func(a, b Sample) int { return compareKeys(float64(b.Loss), float64(a.Loss)) })
		for i, s := range want.Samples() {
			if compareKeys(float64(s.Loss), float64(sorted[i].Loss)) != 0 {
				t.Fatalf("rank %d is %v, want %v", i, s.Loss, sorted[i].Loss)
			}
		}
	})
}
