package engine

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// root is a loss whose samples are the root of their sum of squares, by class
// where classes are kept: the squares close with the sample.
func root() *loss.Loss {
	closing := func(t *loss.Totals) { t.Terms[1] = math.Sqrt(t.Terms[0]) }
	return &loss.Loss{
		Name:       "root",
		Inputs:     []loss.Input{{Name: "pred", Grad: true}},
		Terms:      []loss.Term{{Name: "square"}, {Name: "root", Closed: true}, {Name: "most", Largest: true}},
		Reductions: []loss.Reduction{{Name: "mean", Term: 1, Den: func(t *loss.Totals) float64 { return float64(t.Full) }}},
		Count:      func(t *loss.Totals) float64 { return float64(t.Full) },
		Columns:    []string{"most"},
		Row:        func(dst []float64, t *loss.Totals) { dst[0] = t.Terms[2] },
		Eval: func(out *loss.Out, b *loss.Block) {
			for i, x := range b.In[0] {
				out.Terms[0][i], out.Terms[2][i] = x*x, x
			}
		},
		Grad: func(grad, up [][]float64, b *loss.Block) {
			for i, x := range b.In[0] {
				grad[0][i] = up[0][i] * 2 * x
			}
		},
		Close: func(all *loss.Totals, byClass []loss.Totals) {
			closing(all)
			if byClass != nil {
				all.Terms[1] = 0
			}
			for c := range byClass {
				closing(&byClass[c])
				all.Terms[1] += byClass[c].Terms[1]
			}
		},
		CloseSlope: func(dst, up [][]float64, all *loss.Totals, byClass []loss.Totals) {
			if byClass == nil {
				dst[0][0] += up[0][1] / (2 * all.Terms[1])
			}
			for c, t := range byClass {
				dst[c][0] += up[0][1] / (2 * t.Terms[1])
			}
		},
	}
}

func rootJob(t *testing.T, f *loss.Frame, x []float64, s Job) *Job {
	f.Views = []loss.View{{Role: loss.Real, Planes: 1, Spread: 1}, {}, {}}
	l := root()
	s.New, s.Params, s.Reduction, s.NonFinite = root, l, &l.Reductions[0], "error"
	s.Parts = &parts{list: []*Part{{Frame: f, Sources: []loss.Source{newMemory(t, "x", "float64", []int{len(x)}, x), nil, nil}}}}
	s.Twice = true
	return &s
}

// A sample closes once, whether it is a tile, a block or many.
func TestClosed(t *testing.T) {
	for _, size := range []int{1, 7, 5000, 70001} {
		for _, classes := range []int{0, 3} {
			const samples = 3
			groups := 1
			if classes > 0 {
				groups = classes
			}
			n := samples * groups * size
			x := make([]float64, n)
			want := 0.0
			roots := make([]float64, samples*groups)
			for i := range x {
				x[i] = math.Sin(float64(i)) + 1.5
				roots[i/size] += x[i] * x[i]
			}
			for k := range roots {
				roots[k] = math.Sqrt(roots[k])
				want += roots[k] / samples
			}
			for _, s := range []Job{{Threads: 1, BlockBytes: 1 << 20}, {Threads: 3, BlockBytes: 1}, {Threads: 2, BlockBytes: 1 << 30}} {
				f := &loss.Frame{Samples: samples, Groups: groups, Inner: size, Classes: max(classes, 1), Cyclic: classes > 0, Shape: []int{samples, groups, size}}
				s.Classes = classes
				j := rootJob(t, f, x, s)
				j.Columns = true
				var rows, most []float64
				j.Ordered = func(r *Rows) error {
					for i := range r.Len() {
						if r.CountOf(i) != 1 {
							t.Errorf("row %d counts %v, want 1", r.First+i, r.CountOf(i))
						}
						most = append(most, r.Columns(i)...)
					}
					rows = append(rows, r.Value...)
					return nil
				}
				r, err := j.Run(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("%d positions, %d classes, blocks of %d", size, classes, s.BlockBytes)
				if math.Abs(r.Value-want) > 1e-12*want {
					t.Errorf("%s: got %v, want %v", what, r.Value, want)
				}
				if len(rows) != samples || r.All.Terms[2] != max(most[0], most[1], most[2]) || r.All.Terms[2] < 2.4 && n > 1000 {
					t.Errorf("%s: %d rows, largest %v of %v", what, len(rows), r.All.Terms[2], most)
				}
				g := make(numbers, n)
				if err := j.Gradient(context.Background(), r, 0, g); err != nil {
					t.Fatal(err)
				}
				for i := range g {
					if w := x[i] / roots[i/size] / samples; math.Abs(g[i]-w) > 1e-14 {
						t.Fatalf("%s: gradient %d: got %v, want %v", what, i, g[i], w)
					}
				}
			}
		}
	}
}

// apart is a loss of two inputs that do not line up, centred by the means of
// both: the sum of (x − mean of the other)², which is read twice.
func apart() *loss.Loss {
	means := []float64{0, 0}
	l := &loss.Loss{
		Name:   "apart",
		Inputs: []loss.Input{{Name: "left"}, {Name: "right"}},
		Terms: []loss.Term{
			{Name: "loss"},
			{Name: "left", Input: "left", Lesson: true},
			{Name: "lefts", Input: "left", Plain: true, Lesson: true},
			{Name: "right", Input: "right", Lesson: true},
			{Name: "rights", Input: "right", Plain: true, Lesson: true},
			{Name: "slope", OfSlope: true},
		},
		Reductions: []loss.Reduction{loss.SumOf},
		Streams:    func() bool { return true },
		Learns:     func() bool { return true },
		Learn: func(all *loss.Totals, _ []loss.Totals) {
			means[0], means[1] = all.Terms[1]/all.Terms[2], all.Terms[3]/all.Terms[4]
		},
	}
	l.Eval = func(out *loss.Out, b *loss.Block) {
		k := 0
		if b.In[0] == nil {
			k = 1
		}
		if out.Terms[3-2*k] != nil || out.Terms[1+2*k] == nil {
			panic("terms of another stream")
		}
		if out.Terms[5] != nil {
			panic("nobody wants a gradient")
		}
		if first := out.Terms[0] == nil; first != (means[0] == 0) {
			panic("the first reading is of the lesson alone, the second of the loss")
		}
		for i, x := range b.In[k] {
			d := x - means[1-k]
			if out.Terms[0] != nil {
				out.Terms[0][i] = d * d
			}
			out.Terms[1+2*k][i], out.Terms[2+2*k][i] = x, 1
		}
	}
	return l
}

func TestStreams(t *testing.T) {
	left, right := []float64{1, 2, 6}, []float64{10, 20}
	want := 0.0
	for _, x := range left {
		want += (x - 15) * (x - 15)
	}
	for _, x := range right {
		want += (x - 3) * (x - 3)
	}
	part := func(k int, name string, x []float64) *Part {
		f := &loss.Frame{Samples: len(x), Groups: 1, Inner: 1, Classes: 1, Shape: []int{len(x)}, Views: make([]loss.View, 4)}
		f.Views[k] = loss.View{Role: loss.Real, Planes: 1, Spread: 1}
		p := &Part{Frame: f, Sources: make([]loss.Source, 4), Stream: name}
		p.Sources[k] = newMemory(t, name, "float64", []int{len(x)}, x)
		return p
	}
	l := apart()
	j := &Job{
		New: apart, Params: l, Reduction: &l.Reductions[0], NonFinite: "error", Threads: 2, BlockBytes: 8,
		Parts: &parts{list: []*Part{part(0, "left", left), part(1, "right", right)}},
	}
	var rows []string
	j.Ordered = func(r *Rows) error {
		for i, v := range r.Value {
			rows = append(rows, fmt.Sprint(r.Part.Stream, r.First+i, v))
		}
		return nil
	}
	r, err := j.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if r.Value != want {
		t.Errorf("got %v, want %v", r.Value, want)
	}
	if got, want := strings.Join(rows, " "), "left0 196 left1 169 left2 81 right0 49 right1 289"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
}

// together is a loss whose terms are the number of samples that Eval sees
// and that are not left out.
func together() *loss.Loss {
	return &loss.Loss{
		Name: "together", Inputs: []loss.Input{{Name: "pred"}}, Terms: []loss.Term{{Name: "loss"}}, Reductions: []loss.Reduction{loss.SumOf},
		Eval: func(out *loss.Out, b *loss.Block) {
			n := b.N
			for i := range b.Left {
				if b.Left[i] {
					n--
				}
			}
			vec.Fill(out.Terms[0], float64(n))
		},
	}
}

func TestBatches(t *testing.T) {
	const samples = 10001
	l := together()
	mask := repeat(samples, 1)
	mask[7], mask[9000] = 0, 0
	job := func(batch int) *Job {
		f := &loss.Frame{Samples: samples, Groups: 1, Inner: 1, Classes: 1, Batch: batch, Shape: []int{samples}, Views: []loss.View{{Role: loss.Real, Planes: 1, Spread: 1}, {Role: loss.Mask, Planes: 1, Spread: 1}, {}}}
		return &Job{
			New: together, Params: l, Reduction: &l.Reductions[0], NonFinite: "error", Threads: 3, BlockBytes: 100,
			Parts: &parts{list: []*Part{{Frame: f, Sources: []loss.Source{newMemory(t, "x", "float64", []int{samples}, repeat(samples, 1)), newMemory(t, "m", "float64", []int{samples}, mask), nil}}}},
		}
	}
	for batch, want := range map[int]float64{samples: 9999 * 9999, 1000000: 9999 * 9999, 5000: 4999*4999*2 + 1, 1: 9999} {
		j := job(batch)
		r, err := j.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if r.Value != want {
			t.Errorf("batches of %d: got %v, want %v", batch, r.Value, want)
		}
	}
	j := job(samples)
	j.MaxMemory = 1 << 10
	if _, err := j.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "--max-memory") {
		t.Errorf("got %v, want a word about --max-memory", err)
	}
}

// finder speaks of every number above 2, and fails at 9.
func finder() *loss.Loss {
	return &loss.Loss{
		Name: "finder", Inputs: []loss.Input{{Name: "pred"}, {Name: "lengths"}}, Terms: []loss.Term{{Name: "loss"}}, Reductions: []loss.Reduction{loss.Mean},
		Eval: func(out *loss.Out, b *loss.Block) {
			for i, x := range b.In[0] {
				out.Terms[0][i] = x
				if x > 2 {
					out.Warn(0, i, 0, "large")
				}
				if x == 9 {
					out.Fail(0, i, 0, "a nine", "less")
				}
			}
		},
	}
}

func TestFindings(t *testing.T) {
	run := func(x, lengths []float64) (*Result, error) {
		l := finder()
		f := &loss.Frame{Samples: len(lengths), Groups: 2, Inner: len(x) / len(lengths) / 2, Classes: 1, Views: []loss.View{{Role: loss.Real, Planes: 1, Spread: 1}, {Role: loss.Length, PerSample: true}, {}, {}}}
		shape := []int{f.Samples, 2, f.Inner}
		j := &Job{
			New: finder, Params: l, Reduction: &l.Reductions[0], NonFinite: "error", Threads: 2, BlockBytes: 16,
			Parts: &parts{list: []*Part{{Frame: f, Sources: []loss.Source{newMemory(t, "x", "float64", shape, x), newMemory(t, "n", "float64", []int{f.Samples}, lengths), nil, nil}}}},
		}
		return j.Run(context.Background())
	}
	r, err := run([]float64{0, 1, 3, 1, 4, 9, 9, 9}, []float64{4, 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := "x: large at [0 1 0] (2 such values in all)"; len(r.Warnings) != 1 || r.Warnings[0] != want {
		t.Errorf("got %q, want %q", r.Warnings, want)
	}
	if r.All.Count != 5 || r.Masked != 3 || r.Value != 9.0/5 {
		t.Errorf("got %v of %d, %d masked, want 1.8 of 5, 3 masked", r.Value, r.All.Count, r.Masked)
	}
	_, err = run([]float64{0, 1, 3, 1, 4, 9, 9, 9}, []float64{4, 4})
	if want := "x: got a nine at [1 0 1], want less (3 such values in all)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = run([]float64{0, 1, 3, 1, 4, 9, 9, 9}, []float64{4, 4.5})
	if want := "n: got 4.5 at [1], want a length of 0 to 4"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
