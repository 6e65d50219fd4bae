package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lossctl/internal/sum"
	"lossctl/loss"
)

var splits = []struct{ threads, block int }{{1, 1 << 30}, {1, 1}, {2, 1}, {3, 5000}, {8, 100000}, {0, 0}}

// frames are samples of one tile, several samples a tile, and samples of many
// tiles, cut between groups and within.
var frames = map[string]func() *loss.Frame{
	"one position":      func() *loss.Frame { return probeFrame(10007, 1, 1, 1, false) },
	"rows":              func() *loss.Frame { return probeFrame(601, 1, 1, 70, true) },
	"some positions":    func() *loss.Frame { return probeFrame(1001, 3, 7, 2, false) },
	"one tile":          func() *loss.Frame { return probeFrame(5, 1, tileRows, 1, false) },
	"one more":          func() *loss.Frame { return probeFrame(5, 1, tileRows+1, 1, false) },
	"many groups":       func() *loss.Frame { return probeFrame(2, 5000, 1, 3, false) },
	"groups of many":    func() *loss.Frame { return probeFrame(2, 2, 5000, 3, false) },
	"one sample":        func() *loss.Frame { return probeFrame(1, 1, 20000, 2, false) },
	"rows from planes":  func() *loss.Frame { return probeFrame(2, 1, 600, 70, true) },
	"wider than a tile": func() *loss.Frame { return probeFrame(1, 1, 2, tileValues+1, true) },
}

func eachFrame(t *testing.T, do func(t *testing.T, f *loss.Frame)) {
	for name, f := range frames {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) { do(t, f()) })
	}
}

// The first illegal number and how many there are do not depend on the split.
func TestFaults(t *testing.T) {
	eachFrame(t, func(t *testing.T, f *loss.Frame) {
		n := viewLen(f, f.Views[0])
		rng := rand.New(rand.NewPCG(1, 2))
		bad := map[int]bool{}
		for range 20 {
			bad[n/3+rng.IntN(n-n/3)] = true
		}
		first := slices.Min(slices.Collect(maps.Keys(bad)))
		want := fmt.Sprintf("input0: got nan at [%d], want a number or -inf; --non-finite skip|propagate goes on (%d such values in all)", first, len(bad))
		for _, s := range splits {
			j, list := probeJob(t, f)
			for i := range bad {
				list[0].set(i, math.NaN())
			}
			list[1].set(0, math.Inf(1)) // of a later input
			j.Threads, j.BlockBytes = s.threads, s.block
			_, err := j.Run(t.Context())
			if fault := (*Fault)(nil); !errors.As(err, &fault) || err.Error() != want {
				t.Errorf("%v: got %v, want %v", s, err, want)
			}
		}
	})
}

// A number that several positions share is one wrong number.
func TestFaultOfSharedNumber(t *testing.T) {
	f := probeFrame(4, 6, 5, 1, false)
	f.Views[1] = loss.View{Role: loss.Index, Planes: 1, Spread: 3, Classes: 3}
	j, list := probeJob(t, f)
	list[1].set(7, 3)
	_, err := j.Run(t.Context())
	if err == nil || err.Error() != "input1: got 3 at [7], want a class id 0…2" {
		t.Errorf("shared by groups: %v", err)
	}
	f = probeFrame(4, 6, 5, 1, false)
	f.Views[WeightView(2)] = loss.View{Role: loss.Weight, PerSample: true}
	j, list = probeJob(t, f)
	list[3].set(2, -1)
	_, err = j.Run(t.Context())
	if err == nil || err.Error() != "input3: got -1 at [2], want a finite weight of at least 0" {
		t.Errorf("one a sample: %v", err)
	}
}

// Every role has its illegal numbers.
func TestRoles(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		role       loss.Role
		legal, not []float64
	}{
		{loss.Logit, []float64{0, -1e308, 1e308, -inf}, []float64{nan, inf}},
		{loss.Prob, []float64{0, 1, 0.5}, []float64{nan, inf, -inf, -1e-300, 1.0000000000000002}},
		{loss.LogProb, []float64{0, -1, -inf}, []float64{nan, inf, 5e-324}},
		{loss.Index, []float64{0, 2, 9}, []float64{nan, inf, -inf, -1, 3, 0.5, 1e300}},
		{loss.Soft, []float64{0, 1, 0.5}, []float64{nan, inf, -inf, 255, -1}},
		{loss.Weight, []float64{0, 1e300}, []float64{nan, inf, -inf, -1}},
	} {
		run := func(v float64, nonFinite string) (*Result, error) {
			f := probeFrame(9, 1, 3, 1, false)
			f.Views[1] = loss.View{Role: c.role, Planes: 1, Spread: 1, Classes: 3, Extra: []int{9}}
			j, list := probeJob(t, f)
			j.NonFinite = nonFinite
			for i := range 27 {
				list[1].set(i, 0)
			}
			list[1].set(13, v)
			return j.Run(t.Context())
		}
		for _, v := range c.legal {
			if _, err := run(v, "error"); err != nil {
				t.Errorf("role %d: %v: %v", c.role, v, err)
			}
		}
		for _, v := range c.not {
			if _, err := run(v, "error"); err == nil || !strings.Contains(err.Error(), "at [13], want") {
				t.Errorf("role %d: %v: got %v", c.role, v, err)
			}
			res, err := run(v, "skip")
			if !math.IsNaN(v) || c.role == loss.Weight {
				continue
			}
			if err != nil || res.NonFinite != 1 || res.All.Count != 26 {
				t.Errorf("role %d: %v skipped: %v %v", c.role, v, res, err)
			}
		}
	}
}

// A mask that is NaN says nothing.
func TestMaskOfNaN(t *testing.T) {
	f := probeFrame(9, 1, 3, 1, false)
	f.Views[MaskView(2)] = loss.View{Role: loss.Mask, Planes: 1, Spread: 1}
	for _, invert := range []bool{false, true} {
		j, list := probeJob(t, f)
		j.MaskInvert = invert
		list[2].set(13, math.NaN())
		if res, err := j.Run(t.Context()); err == nil {
			t.Errorf("inverted %v: got %v, want an error", invert, res.Value)
		}
	}
}

// 255 is 1 in a picture, unless there is a 1 where it counts.
func TestPictures(t *testing.T) {
	run := func(mask bool, x ...float64) (*Result, error) {
		f := probeFrame(2, 1, 3, 2, false)
		f.Views[0] = loss.View{Role: loss.Logit, Planes: 1, Spread: 1}
		f.Views[1] = loss.View{Role: loss.Soft, Planes: 1, Spread: 1}
		if mask {
			f.Views[2] = loss.View{Role: loss.Mask, Planes: 1, Spread: 1}
		}
		j, list := probeJob(t, f)
		list[1] = newMemory(t, "m.png", "uint8", []int{2, 3}, x)
		j.Parts.(*parts).list[0].Sources[1] = list[1]
		for i := range 6 {
			list[0].set(i, 1)
			if mask {
				list[2].set(i, float64(i%2))
			}
		}
		return j.Run(t.Context())
	}
	if res, err := run(false, 0, 255, 0, 255, 255, 0); err != nil || res.Value != 3 || len(res.Warnings) != 1 {
		t.Errorf("0 and 255: %+v %v", res, err)
	}
	if res, err := run(false, 0, 1, 0, 1, 1, 0); err != nil || res.Value != 3 || len(res.Warnings) != 0 {
		t.Errorf("0 and 1: %+v %v", res, err)
	}
	if _, err := run(false, 0, 1, 0, 255, 255, 0); err == nil {
		t.Error("1 and 255: no error")
	}
	if _, err := run(false, 0, 2, 0, 255, 255, 0); err == nil {
		t.Error("2: no error")
	}
	if res, err := run(true, 1, 255, 1, 255, 9, 0); err != nil || res.Value != 2 {
		t.Errorf("1 where the mask is 0: %+v %v", res, err)
	}
}

// The same where a position has several labels, which the mask leaves out.
func TestPicturesOfPlanes(t *testing.T) {
	f := probeFrame(1, 1, 2, 2, false)
	f.Views[0], f.Views[1] = f.Views[1], loss.View{Role: loss.Soft, Planes: 2, Spread: 1}
	f.Views[2] = loss.View{Role: loss.Mask, Planes: 1, Spread: 1}
	j, list := probeJob(t, f)
	j.Parts.(*parts).list[0].Sources[1] = newMemory(t, "m.png", "uint8", []int{4}, []float64{1, 255, 0, 255})
	list[2].set(0, 1)
	list[2].set(1, 0)
	if _, err := j.Run(t.Context()); err != nil {
		t.Error(err)
	}
}

// settle waits until goroutines that are about to end have ended.
func settle(t *testing.T, before int) {
	t.Helper()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, had %d before", runtime.NumGoroutine(), before)
}

func TestCancel(t *testing.T) {
	eachFrame(t, func(t *testing.T, f *loss.Frame) {
		for _, threads := range []int{1, 4} {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancelCause(t.Context())
			why := errors.New("enough")
			j, list := probeJob(t, f)
			j.Threads, j.BlockBytes = threads, 1
			var fetches atomic.Int64
			list[0].fetch = func(lo, hi int) error {
				if fetches.Add(1) == 2 {
					cancel(why)
				}
				return nil
			}
			res, err := j.Run(ctx)
			if fetches.Load() > 1 && (err == nil || res != nil || !errors.Is(err, why)) {
				t.Errorf("%d goroutines: got %v, %v", threads, res, err)
			}
			planes := int64(f.Classes) // of a block that was already being read
			if n := fetches.Load(); n > int64(threads+2)*planes+2 {
				t.Errorf("%d goroutines: %d fetches after it was cancelled", threads, n)
			}
			cancel(nil)
			settle(t, before)
			p := j.Parts.(*parts)
			if n := p.done[p.list[0]]; n != 1 {
				t.Errorf("part was given back %d times, want 1", n)
			}
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j, list := probeJob(t, probeFrame(9, 1, 1, 1, false))
	if _, err := j.Run(ctx); !errors.Is(err, context.Canceled) || list[0].fetched > 0 {
		t.Errorf("cancelled before: got %v after %d elements", err, list[0].fetched)
	}
}

// The error of a source ends the job and is its error; of several the first
// that happens.
func TestFetchError(t *testing.T) {
	eachFrame(t, func(t *testing.T, f *loss.Frame) {
		for _, sequential := range []bool{false, true} {
			for _, threads := range []int{1, 3} {
				before := runtime.NumGoroutine()
				j, list := probeJob(t, f)
				j.Threads, j.BlockBytes = threads, 1
				broken := errors.New("disk on fire")
				list[1].sequential = sequential
				var failed atomic.Int64
				list[1].fetch = func(lo, hi int) error {
					if hi > len(list[1].raw)/16 {
						failed.Add(1)
						return broken
					}
					return nil
				}
				if res, err := j.Run(t.Context()); !errors.Is(err, broken) || res != nil {
					t.Errorf("got %v, %v", res, err)
				}
				if n := failed.Load(); n > int64(threads) {
					t.Errorf("read on after the error: %d errors in %d goroutines", n, threads)
				}
				settle(t, before)
			}
		}
	})
}

type failing struct{}

func (failing) WriteAt([]float64, int) error { return errors.New("no space") }

func TestWriteErrors(t *testing.T) {
	j, _ := probeJob(t, probeFrame(999, 1, 3, 1, false))
	j.BlockBytes = 100
	res, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Gradient(t.Context(), res, 0, failing{}); err == nil || err.Error() != "no space" {
		t.Errorf("gradient: %v", err)
	}
	j.Parts.Rewind()
	j.Elements = failing{}
	if _, err := j.Run(t.Context()); err == nil || err.Error() != "no space" {
		t.Errorf("elements: %v", err)
	}
	j.Parts.Rewind()
	j.Elements = nil
	j.Ordered = func(*Rows) error { return errors.New("pipe closed") }
	if _, err := j.Run(t.Context()); err == nil || err.Error() != "pipe closed" {
		t.Errorf("rows: %v", err)
	}
}

// Rows come in order, each sample once, with what belongs to it; collectors
// see the same rows.
func TestOrdered(t *testing.T) {
	eachFrame(t, func(t *testing.T, f *loss.Frame) {
		var want Rows
		for _, s := range splits {
			j, list := probeJob(t, f)
			j.Threads, j.BlockBytes = s.threads, s.block
			for _, m := range list[:2] {
				m.fetch = func(lo, hi int) error {
					if lo%7 == 3 {
						runtime.Gosched()
					}
					return nil
				}
			}
			var got Rows
			j.Ordered = func(r *Rows) error {
				if r.First != len(got.Value) {
					t.Errorf("%v: rows of sample %d after %d", s, r.First, len(got.Value))
				}
				if r.Len() == 0 || r.Len() != len(r.Count) || r.Len() != len(r.Terms[0]) || r.ClassRow(0) != nil {
					t.Errorf("%v: %d rows with %d counts, %d terms", s, r.Len(), len(r.Count), len(r.Terms[0]))
				}
				got.Value = append(got.Value, r.Value...)
				got.Count = append(got.Count, r.Count...)
				return nil
			}
			j.Collect = func() Collector { return &rowSum{} }
			res, err := j.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Value) != f.Samples {
				t.Fatalf("%v: %d rows, want %d", s, len(got.Value), f.Samples)
			}
			if want.Value == nil {
				want = got
			}
			if !slices.Equal(got.Value, want.Value) || !slices.Equal(got.Count, want.Count) {
				t.Errorf("%v: rows differ", s)
			}
			var all sum.Sum
			all.AddSlice(got.Value)
			c := res.Collector.(*rowSum)
			if c.rows != f.Samples || c.sum != all {
				t.Errorf("%v: collectors saw %d rows of sum %v, want %d of %v", s, c.rows, c.sum.Value(), f.Samples, all.Value())
			}
		}
	})
}

type rowSum struct {
	rows int
	sum  sum.Sum
}

func (c *rowSum) Rows(r *Rows) {
	c.rows += r.Len()
	c.sum.AddSlice(r.Value)
}

func (c *rowSum) Merge(o Collector) {
	c.rows += o.(*rowSum).rows
	c.sum.Merge(&o.(*rowSum).sum)
}

// Every element is written, once.
func TestElements(t *testing.T) {
	eachFrame(t, func(t *testing.T, f *loss.Frame) {
		for _, s := range splits {
			j, _ := probeJob(t, f)
			j.Threads, j.BlockBytes = s.threads, s.block
			w := make(writes, f.Samples*f.Positions())
			j.Elements = w
			res, err := j.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for i := range w {
				if n := w[i].Load(); n != 1 {
					t.Fatalf("%v: element %d is written %d times", s, i, n)
				}
			}
			g := make(writes, viewLen(f, f.Views[0]))
			if err := j.Gradient(t.Context(), res, 0, g); err != nil {
				t.Fatal(err)
			}
			for i := range g {
				if n := g[i].Load(); n != 1 {
					t.Fatalf("%v: gradient %d is written %d times", s, i, n)
				}
			}
		}
	})
}

type writes []atomic.Int32

func (w writes) WriteAt(x []float64, at int) error {
	for i := range x {
		w[at+i].Add(1)
	}
	return nil
}

// A sequential source is read in order by one goroutine at a time, and spooled
// where a block is not a run of it, or it is read twice.
func TestSequential(t *testing.T) {
	for name, c := range map[string]struct {
		frame *loss.Frame
		block int
		twice bool
		spool [2]int // of pred and target
	}{
		"samples":                      {probeFrame(999, 1, 1, 3, false), 100, false, [2]int{0, 0}},
		"some samples a block":         {probeFrame(99, 3, 500, 3, false), 1, false, [2]int{0, 0}},
		"long samples, large blocks":   {probeFrame(9, 3, 5000, 3, false), 1 << 30, false, [2]int{0, 0}},
		"long samples, small blocks":   {probeFrame(3, 1, 9000, 3, false), 1000, false, [2]int{1, 0}},
		"long samples of rows":         {probeFrame(3, 9000, 1, 3, false), 1000, false, [2]int{0, 0}},
		"long samples of one plane":    {probeFrame(3, 1, 9000, 1, false), 1000, false, [2]int{0, 0}},
		"long samples of short planes": {probeFrame(2, 900, 20, 3, false), 1000, false, [2]int{0, 0}},
		"twice":                        {probeFrame(999, 1, 1, 3, false), 100, true, [2]int{1, 1}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			j, _ := probeJob(t, c.frame)
			want, err := j.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, threads := range []int{1, 4} {
				j, list := probeJob(t, c.frame)
				j.BlockBytes, j.Twice, j.Threads = c.block, c.twice, threads
				list[0].sequential, list[1].sequential = true, true
				res, err := j.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if c.twice {
					if err := j.Gradient(t.Context(), res, 0, make(numbers, viewLen(c.frame, c.frame.Views[0]))); err != nil {
						t.Fatal(err)
					}
				}
				if res.Value != want.Value {
					t.Errorf("got %v, want %v", res.Value, want.Value)
				}
				if got := [2]int{list[0].spools, list[1].spools}; got != c.spool {
					t.Errorf("spooled %v times, want %v", got, c.spool)
				}
			}
		})
	}
}

// A sequential target that groups share, and one weight a sample, are read
// right whatever the blocks.
func TestSequentialShared(t *testing.T) {
	for _, inner := range []int{1, 10, 3000} {
		f := probeFrame(5, 6, inner, 1, false)
		f.Views[1].Spread = 3
		f.Views[WeightView(2)] = loss.View{Role: loss.Weight, PerSample: true}
		for _, block := range []int{1, 1000, 1 << 30} {
			j, _ := probeJob(t, f)
			want, err := j.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			j, list := probeJob(t, f)
			j.BlockBytes = block
			for _, k := range []int{0, 1, 3} {
				list[k].sequential = true
			}
			if res, err := j.Run(t.Context()); err != nil || res.Value != want.Value {
				t.Errorf("inner %d, blocks of %d: got %v %v, want %v", inner, block, res, err, want.Value)
			}
		}
	}
}

// No more blocks are alive than goroutines plus two, and no part of a large
// file is read far ahead.
func TestBoundedBuffers(t *testing.T) {
	for _, threads := range []int{1, 2, 5} {
		j, list := probeJob(t, probeFrame(100000, 1, 1, 1, false))
		j.Threads, j.BlockBytes = threads, 5000
		j.Ordered = func(*Rows) error { return nil }
		if _, err := j.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, m := range list[:2] {
			if n := len(m.buffers); n > threads+2 {
				t.Errorf("%d goroutines: %d buffers", threads, n)
			}
		}
	}
	// The first block is slow: the others wait for it.
	j, list := probeJob(t, probeFrame(100000, 1, 1, 1, false))
	j.Threads, j.BlockBytes = 4, 5000
	var ahead atomic.Int64
	release := make(chan bool)
	list[0].fetch = func(lo, hi int) error {
		if lo == 0 {
			<-release
			return nil
		}
		if ahead.Add(1) == 5 {
			time.AfterFunc(20*time.Millisecond, func() { close(release) })
		}
		select {
		case <-release:
		default:
			if n := ahead.Load(); n > 5 {
				t.Errorf("%d blocks are read before the first", n)
			}
		}
		return nil
	}
	if _, err := j.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestEmptyArrays(t *testing.T) {
	for _, f := range []*loss.Frame{probeFrame(0, 1, 1, 3, false), probeFrame(0, 3, 9000, 1, false), probeFrame(4, 3, 0, 2, false), probeFrame(4, 0, 3, 2, false)} {
		j, _ := probeJob(t, f)
		rows := 0
		j.Ordered = func(r *Rows) error { rows += r.Len(); return nil }
		res, err := j.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if res.Value != 0 || res.All.Count != 0 || len(res.Warnings) != 1 {
			t.Errorf("%v: got %+v", f.Shape, res)
		}
		if res.All.Samples != f.Samples || rows != f.Samples || res.Empty != f.Samples {
			t.Errorf("%v: got %d samples, %d rows, %d of them empty, want %d", f.Shape, res.All.Samples, rows, res.Empty, f.Samples)
		}
		if err := j.Gradient(t.Context(), res, 0, make(numbers, 0)); err != nil {
			t.Error(err)
		}
	}
}

// Parts of other shapes follow each other; each is given back once, after its
// blocks, and no more are open than blocks.
func TestPartsInOrder(t *testing.T) {
	var list []*Part
	want, samples := 0.0, 0
	for i := range 50 {
		f := probeFrame(1+i%3, 1, 1+i*137%(tileRows+100), 2, false)
		j, _ := probeJob(t, f)
		res, err := j.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want += res.Value
		samples += f.Samples
		list = append(list, j.Parts.(*parts).list[0])
	}
	for _, s := range splits {
		before := runtime.NumGoroutine()
		j, _ := probeJob(t, probeFrame(1, 1, 1, 2, false))
		p := &parts{list: list}
		j.Parts, j.Threads, j.BlockBytes = p, s.threads, s.block
		next := 0
		j.Ordered = func(r *Rows) error {
			if r.First != next {
				t.Errorf("%v: row %d, want %d", s, r.First, next)
			}
			next += r.Len()
			return nil
		}
		res, err := j.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if res.Value != want || res.All.Samples != samples || next != samples {
			t.Errorf("%v: got %v of %d samples, want %v of %d", s, res.Value, res.All.Samples, want, samples)
		}
		for i, part := range list {
			if p.done[part] != 1 {
				t.Errorf("%v: part %d is given back %d times", s, i, p.done[part])
			}
		}
		settle(t, before)
	}
}

type brokenParts struct{ parts }

func (p *brokenParts) Next() (*Part, error) {
	if p.next == len(p.list) {
		return nil, errors.New("cannot open")
	}
	return p.parts.Next()
}

func TestPartError(t *testing.T) {
	j, _ := probeJob(t, probeFrame(3, 1, 1, 1, false))
	p := &brokenParts{parts: parts{list: j.Parts.(*parts).list}}
	j.Parts = p
	if _, err := j.Run(t.Context()); err == nil || err.Error() != "cannot open" {
		t.Errorf("got %v", err)
	}
	if n := p.done[p.list[0]]; n != 1 {
		t.Errorf("part before the error is given back %d times", n)
	}
	// A part that cannot be read is given back too.
	j, list := probeJob(t, probeFrame(3, 1, 9000, 3, false))
	j.BlockBytes = 1
	j.Parts.(*parts).list[0].Sources[0] = &unspoolable{list[0]}
	if _, err := j.Run(t.Context()); err == nil || err.Error() != "no space to spool" {
		t.Errorf("got %v", err)
	}
	q := j.Parts.(*parts)
	if n := q.done[q.list[0]]; n != 1 {
		t.Errorf("part that cannot be spooled is given back %d times", n)
	}
}

type unspoolable struct{ *memory }

func (unspoolable) Sequential() bool { return true }
func (unspoolable) Spool() error     { return errors.New("no space to spool") }

// Progress adds up to all positions.
func TestProgress(t *testing.T) {
	eachFrame(t, func(t *testing.T, f *loss.Frame) {
		j, _ := probeJob(t, f)
		j.Threads, j.BlockBytes = 3, 1
		var n atomic.Int64
		j.Progress = func(k int) { n.Add(int64(k)) }
		if _, err := j.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := f.Samples * f.Positions(); n.Load() != int64(want) {
			t.Errorf("got %d, want %d", n.Load(), want)
		}
	})
}

// CheckGradient finds a gradient that is right, and one that is wrong.
func TestCheckGradient(t *testing.T) {
	eachFrame(t, func(t *testing.T, f *loss.Frame) {
		for _, wrong := range []bool{false, true} {
			j, _ := probeJob(t, f)
			j.New = func() *loss.Loss {
				l := probe()
				if right := l.Grad; wrong {
					l.Grad = func(grad, up [][]float64, b *loss.Block) {
						right(grad, up, b)
						for i := range grad[0] {
							grad[0][i] *= 1.5
						}
					}
				}
				return l
			}
			res, err := j.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			off, n, err := j.CheckGradient(t.Context(), res, 0)
			if err != nil || n == 0 || (off > 1e-6) != wrong {
				t.Errorf("wrong %v: off by %v at %d numbers, %v", wrong, off, n, err)
			}
		}
	})
}

// Classes that a position has none of are left out of the class totals.
func TestNoClass(t *testing.T) {
	f := probeFrame(10, 1, 6, 3, false)
	j, _ := probeJob(t, f)
	j.Classes = 3
	j.New = func() *loss.Loss {
		l := probe()
		eval := l.Eval
		l.Eval = func(out *loss.Out, b *loss.Block) {
			eval(out, b)
			for i := range b.N {
				if i%2 == 1 {
					out.Class[i] = -1
				}
			}
		}
		return l
	}
	res, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range res.ByClass {
		n += c.Count
	}
	if n != 30 || res.All.Count != 60 {
		t.Errorf("%d of %d positions have a class, want 30 of 60", n, res.All.Count)
	}
}
