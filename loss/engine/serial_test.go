package engine

import (
	"context"
	"fmt"
	"math"
	"testing"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// running is a Serial loss: the running sum r of x over the frames of a
// sample carries from tile to tile, and the sample is the sum of r² over the
// frames, plus the product of its row of targets. Planes are summed.
func running() *loss.Loss {
	var r, total float64
	var kept []float64
	var back float64
	l := &loss.Loss{
		Name:       "running",
		Inputs:     []loss.Input{{Name: "pred", Grad: true}, {Name: "target"}},
		Terms:      []loss.Term{{Name: "loss", Closed: true}},
		Reductions: []loss.Reduction{loss.SumOf},
	}
	product := 1.0
	l.Eval = func(_ *loss.Out, b *loss.Block) {
		k := b.Frame.Views[0].Planes
		if b.At == 0 {
			r, total, kept, product = 0, 0, kept[:0], 1
			for _, x := range b.In[1] {
				product *= x
			}
		}
		for i := range b.N {
			for _, x := range b.In[0][i*k : (i+1)*k] {
				r += x
			}
			total += r * r
			if b.Keep {
				kept = append(kept, r)
			}
		}
	}
	l.Close = func(all *loss.Totals, _ []loss.Totals) { all.Terms[0] = total + product }
	l.Grad = func(grad, up [][]float64, b *loss.Block) {
		k := b.Frame.Views[0].Planes
		if b.At+b.N == len(kept) {
			back = 0
		}
		for i := b.N - 1; i >= 0; i-- {
			back += 2 * kept[b.At+i]
			for p := range k {
				grad[0][i*k+p] = up[0][i] * back
			}
		}
	}
	return l
}

func TestSerial(t *testing.T) {
	const samples, planes, width = 3, 2, 3
	for _, frames := range []int{1, 5, 4096, 10000} {
		for _, minor := range []bool{false, true} {
			n := samples * frames * planes
			x, targets := make([]float64, n), make([]float64, samples*width)
			for i := range x {
				x[i] = math.Sin(float64(i))
			}
			for i := range targets {
				targets[i] = float64(i%4 + 1)
			}
			at := func(s, f, p int) int {
				if minor {
					return (f*samples+s)*planes + p
				}
				return (s*frames+f)*planes + p
			}
			want, grad := 0.0, make([]float64, n)
			for s := range samples {
				r := make([]float64, frames)
				sum := 0.0
				for f := range frames {
					for p := range planes {
						sum += x[at(s, f, p)]
					}
					r[f] = sum
					want += sum * sum
				}
				want += targets[s*width] * targets[s*width+1] * targets[s*width+2]
				back := 0.0
				for f := frames - 1; f >= 0; f-- {
					back += 2 * r[f]
					for p := range planes {
						grad[at(s, f, p)] = back
					}
				}
			}
			for _, j := range []Job{{Threads: 1, BlockBytes: 1 << 20}, {Threads: 3, BlockBytes: 1}, {Threads: 2, BlockBytes: 1 << 30}} {
				what := fmt.Sprintf("%d frames, minor %v, blocks of %d", frames, minor, j.BlockBytes)
				f := &loss.Frame{Samples: samples, Groups: frames, Inner: 1, Classes: 1, Rows: true, Serial: true, Views: []loss.View{
					{Role: loss.Real, Planes: planes, Spread: 1, Minor: minor}, {Role: loss.Label, Planes: width, PerSample: true}, {}, {},
				}}
				l := running()
				j.New, j.Params, j.Reduction, j.NonFinite, j.Twice = running, l, &l.Reductions[0], "error", true
				j.Parts = &parts{list: []*Part{{Frame: f, Sources: []loss.Source{newMemory(t, "x", "float64", []int{n}, x), newMemory(t, "y", "float64", []int{len(targets)}, targets), nil, nil}}}}
				res, err := j.Run(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(res.Value-want) > 1e-12*want {
					t.Errorf("%s: got %v, want %v", what, res.Value, want)
				}
				g := make(numbers, n)
				if err := j.Gradient(context.Background(), res, 0, g); err != nil {
					t.Fatal(err)
				}
				for i := range g {
					if math.Abs(g[i]-grad[i]) > 1e-9*(1+math.Abs(grad[i])) {
						t.Fatalf("%s: gradient %d: got %v, want %v", what, i, g[i], grad[i])
					}
				}
				if off, n, err := j.CheckGradient(context.Background(), res, 0); err != nil || n == 0 || off > 1e-5 {
					t.Errorf("%s: gradient off by %v at %d numbers, %v", what, off, n, err)
				}
			}
		}
	}
}

// nearest is a loss in batches against a whole other array: the sum over the
// batch of the products of all pairs, and of an array at an offset.
func nearest() *loss.Loss {
	return &loss.Loss{
		Name:   "nearest",
		Inputs: []loss.Input{{Name: "pred", Grad: true}, {Name: "second"}, {Name: "reference"}},
		Terms:  []loss.Term{{Name: "loss"}}, Reductions: []loss.Reduction{loss.SumOf},
		Eval: func(out *loss.Out, b *loss.Block) {
			b.Each(b.N, func(worker, i int) {
				if worker < 0 || worker >= b.Workers {
					panic("worker")
				}
				sum := 0.0
				for _, y := range b.In[2] {
					sum += b.In[0][i]*y + b.In[1][i]
				}
				out.Terms[0][i] = sum
			})
		},
		Grad: func(grad, up [][]float64, b *loss.Block) {
			sum := 0.0
			for _, y := range b.In[2] {
				sum += y
			}
			for i := range b.N {
				if grad[0] != nil {
					grad[0][i] = up[0][i] * sum
				}
				if grad[1] != nil {
					grad[1][i] = up[0][i] * float64(len(b.In[2]))
				}
			}
		},
	}
}

func TestWholeAndOffset(t *testing.T) {
	const n = 700
	both, ref := count(2*n), []float64{1, 2, 4}
	l := nearest()
	for _, batch := range []int{n, 64} {
		f := &loss.Frame{Samples: n, Groups: 1, Inner: 1, Classes: 1, Batch: batch, Views: []loss.View{
			{Role: loss.Real, Planes: 1, Spread: 1}, {Role: loss.Real, Planes: 1, Spread: 1, Of: "pred", Offset: n}, {Role: loss.Real, Planes: 1, Whole: true}, {}, {},
		}}
		source := newMemory(t, "x", "float64", []int{2, n}, both)
		source.sequential = true
		j := &Job{
			New: nearest, Params: l, Reduction: &l.Reductions[0], NonFinite: "error", Threads: 3, BlockBytes: 64,
			Parts: &parts{list: []*Part{{Frame: f, Sources: []loss.Source{source, nil, newMemory(t, "r", "float64", []int{3}, ref), nil, nil}}}},
		}
		want := 0.0
		for i := range n {
			want += 7*both[i] + 3*both[n+i]
		}
		r, err := j.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if r.Value != want || source.spools != 1 {
			t.Errorf("batches of %d: got %v, want %v; spooled %d times", batch, r.Value, want, source.spools)
		}
		g := make(numbers, 2*n)
		if err := j.Gradient(context.Background(), r, 0, g); err != nil {
			t.Fatal(err)
		}
		if g[0] != 7 || g[n-1] != 7 || g[n] != 3 || g[2*n-1] != 3 {
			t.Errorf("gradient %v %v %v %v, want 7 7 3 3", g[0], g[n-1], g[n], g[2*n-1])
		}
	}
	bad := newMemory(t, "r", "float64", []int{3}, []float64{1, math.NaN(), 2})
	f := &loss.Frame{Samples: n, Groups: 1, Inner: 1, Classes: 1, Batch: n, Views: []loss.View{
		{Role: loss.Real, Planes: 1, Spread: 1}, {Role: loss.Real, Planes: 1, Spread: 1, Of: "pred", Offset: n}, {Role: loss.Real, Planes: 1, Whole: true}, {}, {},
	}}
	j := &Job{
		New: nearest, Params: l, Reduction: &l.Reductions[0], NonFinite: "error", Threads: 1, BlockBytes: 64,
		Parts: &parts{list: []*Part{{Frame: f, Sources: []loss.Source{newMemory(t, "x", "float64", []int{2, n}, both), nil, bad, nil, nil}}}},
	}
	if _, err := j.Run(context.Background()); err == nil || err.Error() != "r: got nan at [1], want a finite number; --non-finite propagate goes on" {
		t.Errorf("got %v", err)
	}
}

// share is a ratio of class sums: Σ x·w ÷ Σ x of every class, closed over a
// pool of samples, the mean of it over classes and pools.
func share() *loss.Loss {
	closing := func(all *loss.Totals, byClass []loss.Totals) {
		if byClass == nil {
			all.Terms[0], all.Terms[1] = all.Terms[2]/all.Terms[3], 1
			return
		}
		all.Terms[0], all.Terms[1] = 0, 0
		for _, c := range byClass {
			c.Terms[0], c.Terms[1] = c.Terms[2]/c.Terms[3], 1
			all.Terms[0] += c.Terms[0]
			all.Terms[1]++
		}
	}
	position := func(b *loss.Block, i int) (w float64, ok bool) {
		return float64(i%3 + 1), b.Left == nil || !b.Left[i]
	}
	return &loss.Loss{
		Name: "share", Inputs: []loss.Input{{Name: "pred", Grad: true}},
		Terms:      []loss.Term{{Name: "loss", Closed: true}, {Name: "cells", Closed: true}, {Name: "top", Summed: true}, {Name: "all", Summed: true}},
		Reductions: []loss.Reduction{{Name: "mean", Den: func(t *loss.Totals) float64 { return t.Terms[1] }}},
		Eval:       func(*loss.Out, *loss.Block) {},
		Grad:       func(_, _ [][]float64, _ *loss.Block) {},
		Sums: func(byClass []loss.Totals, b *loss.Block, lo, hi int) {
			for c := range byClass {
				x := b.In[0][c*b.N:]
				top, all := 0.0, 0.0
				for i := lo; i < hi; i++ {
					if _, ok := position(b, i); ok {
						top += x[i] * float64((b.At+i-lo)%3+1)
						all += x[i]
					}
				}
				byClass[c].Terms[2], byClass[c].Terms[3] = top, all
			}
		},
		SumsGrad: func(grad, up [][]float64, b *loss.Block, lo, hi int) {
			for c := range up {
				for i := lo; i < hi; i++ {
					if _, ok := position(b, i); ok {
						grad[0][c*b.N+i] = up[c][2]*float64((b.At+i-lo)%3+1) + up[c][3]
					}
				}
			}
		},
		Close: closing,
		CloseSlope: func(dst, up [][]float64, all *loss.Totals, byClass []loss.Totals) {
			list := byClass
			if list == nil {
				list = []loss.Totals{*all}
			}
			for c, t := range list {
				dst[c][2] += up[0][0] / t.Terms[3]
				dst[c][3] -= up[0][0] * t.Terms[2] / (t.Terms[3] * t.Terms[3])
			}
		},
	}
}

func TestSumsAndPools(t *testing.T) {
	const samples = 5
	for _, size := range []int{1, 6, 30000} {
		for _, classes := range []int{1, 3} {
			for _, pool := range []int{0, 2, samples, math.MaxInt} {
				n := samples * classes * size
				x, mask := make([]float64, n), repeat(samples*size, 1)
				for i := range x {
					x[i] = 1.5 + math.Sin(float64(i))
				}
				mask[size-1] = 0
				if size == 1 {
					mask[0] = 1
				}
				per := max(min(pool, samples), 1)
				value := func(x []float64) float64 {
					total, cells := 0.0, 0.0
					for s := 0; s < samples; s += per {
						for c := range classes {
							top, all := 0.0, 0.0
							for k := s; k < min(s+per, samples); k++ {
								for i := range size {
									if v := x[(k*classes+c)*size+i]; mask[k*size+i] != 0 {
										top += v * float64(i%3+1)
										all += v
									}
								}
							}
							total += top / all
							cells++
						}
					}
					return total / cells
				}
				want := value(x)
				for _, j := range []Job{{Threads: 1, BlockBytes: 1 << 20}, {Threads: 3, BlockBytes: 1}} {
					what := fmt.Sprintf("%d positions, %d classes, pools of %d, blocks of %d", size, classes, pool, j.BlockBytes)
					f := &loss.Frame{Samples: samples, Groups: 1, Inner: size, Classes: classes, Pool: pool, Views: []loss.View{{Role: loss.Real, Planes: classes, Spread: 1}, {Role: loss.Mask, Planes: 1, Spread: 1}, {}}}
					l := share()
					j.New, j.Params, j.Reduction, j.NonFinite, j.Twice = share, l, &l.Reductions[0], "error", true
					if classes > 1 {
						j.Classes = classes
					}
					j.Parts = &parts{list: []*Part{{Frame: f, Sources: []loss.Source{newMemory(t, "x", "float64", []int{n}, x), newMemory(t, "m", "float64", []int{len(mask)}, mask), nil}}}}
					res, err := j.Run(context.Background())
					if err != nil {
						t.Fatal(err)
					}
					if math.Abs(res.Value-want) > 1e-12 {
						t.Errorf("%s: got %v, want %v", what, res.Value, want)
					}
					g := make(numbers, n)
					if err := j.Gradient(context.Background(), res, 0, g); err != nil {
						t.Fatal(err)
					}
					for i := 0; i < n; i += n/50 + 1 {
						y := append([]float64{}, x...)
						y[i] += 1e-4
						above := value(y)
						y[i] -= 2e-4
						if d := (above - value(y)) / 2e-4; math.Abs(d-g[i]) > 1e-6*math.Abs(d)+1e-11 {
							t.Fatalf("%s: gradient %d: got %v, want %v", what, i, g[i], d)
						}
					}
				}
			}
		}
	}
}

// A sample says whether the mask leaves out all of it, what it has to say as
// text, where its labels lie, and what is wrong with it as a whole.
func TestSerialRows(t *testing.T) {
	declare := func() *loss.Loss {
		seen, masked := 0, true
		l := &loss.Loss{
			Name: "rows", Inputs: []loss.Input{{Name: "pred"}}, Terms: []loss.Term{{Name: "loss", Closed: true}, {Name: "samples", Closed: true, Plain: true}},
			Reductions: []loss.Reduction{loss.SumOf}, Texts: []string{"text"},
			Count: func(t *loss.Totals) float64 { return t.Terms[1] },
		}
		l.Eval = func(out *loss.Out, b *loss.Block) {
			if b.At == 0 {
				seen, masked = 0, true
			}
			masked = masked && b.Masked
			if b.Trace {
				seen += b.N
			}
			if b.Sample == 1 && b.At == 0 {
				out.Warn(0, -1, 0, "odd")
			}
		}
		l.Close = func(all *loss.Totals, _ []loss.Totals) {
			all.Terms[0], all.Terms[1] = 1, 1
			if masked {
				all.Terms[0], all.Terms[1] = 0, 0
			}
		}
		l.Text = func(dst []string) { dst[0] = fmt.Sprint(seen) }
		l.Spans = func() []loss.Span { return []loss.Span{{Label: seen}} }
		return l
	}
	for _, block := range []int{1, 1 << 20} {
		l := declare()
		const samples, frames = 4, 5000
		mask, weight := repeated(samples*frames, 1), []float64{2, math.NaN(), 1, 1}
		vec.Fill(mask[frames:2*frames], 0.0)
		f := &loss.Frame{Samples: samples, Groups: frames, Inner: 1, Classes: 1, Serial: true, Views: []loss.View{
			{Role: loss.Real, Planes: 1, Spread: 1}, {Role: loss.Mask, Planes: 1, Spread: 1}, {Role: loss.Weight, PerSample: true},
		}}
		var texts []string
		var labels []int
		j := &Job{
			New: declare, Params: l, Reduction: &l.Reductions[0], NonFinite: "error", Threads: 2, BlockBytes: block, Trace: true, Columns: true,
			Parts: &parts{list: []*Part{{Frame: f, Sources: []loss.Source{
				newMemory(t, "x", "float64", []int{samples, frames}, repeated(samples*frames, 0)), newMemory(t, "mask", "float64", []int{samples, frames}, mask), newMemory(t, "w", "float64", []int{samples}, weight),
			}}}},
			Ordered: func(r *Rows) error {
				for i := range r.Len() {
					texts, labels = append(texts, r.TextsOf(i)...), append(labels, r.Spans[i][0].Label)
				}
				return nil
			},
		}
		res, err := j.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if res.Value != 4 || res.Empty != 1 || fmt.Sprint(texts) != "[5000 5000 5000 5000]" || fmt.Sprint(labels) != "[5000 5000 5000 5000]" {
			t.Errorf("blocks of %d: value %v, %d empty, texts %v, labels %v", block, res.Value, res.Empty, texts, labels)
		}
		if want := []string{"x: odd at [1 0]"}; fmt.Sprint(res.Warnings) != fmt.Sprint(want) {
			t.Errorf("warnings %q, want %q", res.Warnings, want)
		}
	}
}

func repeated(n int, v float64) []float64 {
	x := make([]float64, n)
	vec.Fill(x, v)
	return x
}
