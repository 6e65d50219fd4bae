package engine

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lossctl/loss"
)

// drawLength favours lengths about what tiles hold.
func drawLength(t *rapid.T, name string) int {
	return rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(1, 200), rapid.SampledFrom([]int{
		tileRows - 1, tileRows, tileRows + 1, 2*tileRows + 1, 64, 65, 468, 1000,
	})).Draw(t, name)
}

// drawFrame draws a frame of at most most numbers.
func drawFrame(t *rapid.T, most int) *loss.Frame {
	samples, groups, inner := rapid.IntRange(1, 40).Draw(t, "samples"), drawLength(t, "groups"), drawLength(t, "inner")
	classes := rapid.SampledFrom([]int{1, 1, 2, 3, 10, 64, 65, 100, 40000}).Draw(t, "classes")
	for samples*groups*inner*classes > most {
		switch m := max(samples, groups, inner, classes); m {
		case classes:
			classes = (classes + 1) / 2
		case samples:
			samples = (samples + 1) / 2
		case groups:
			groups = (groups + 1) / 2
		default:
			inner = (inner + 1) / 2
		}
	}
	return probeFrame(samples, groups, inner, classes, classes > 64)
}

func drawBlock(t *rapid.T) int {
	return rapid.OneOf(rapid.IntRange(1, 100), rapid.IntRange(1, 1<<20), rapid.Just(1<<40)).Draw(t, "block bytes")
}

func planOf(f *loss.Frame, block int) *plan {
	return newPlan(f, block, float64(8*f.Views[0].Planes))
}

func tilesOf(p *plan) (blocks, tiles []span) {
	for b := range p.blocks() {
		blocks = append(blocks, b)
		tiles = slices.AppendSeq(tiles, p.tiles(b))
	}
	return blocks, tiles
}

// Tiles cover every position once and in order, are bounded, and follow from
// the shape alone; blocks are whole tiles, and whole samples or part of one.
func TestPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFrame(t, 1<<22)
		p := planOf(f, drawBlock(t))
		blocks, tiles := tilesOf(p)
		if _, want := tilesOf(planOf(f, 1)); !slices.Equal(tiles, want) {
			t.Fatalf("tiles depend on the block size: %v and %v", tiles, want)
		}
		next := 0 // number of the first position not seen
		for _, s := range tiles {
			if s.len() < 1 || s.len() > p.tile || s.len()*f.Views[0].Planes > max(tileValues, f.Views[0].Planes) {
				t.Fatalf("tile %v of %d positions, want at most %d", s, s.len(), p.tile)
			}
			if s.g1 > s.g0+1 && (s.b0 != 0 || s.b1 != f.Inner) {
				t.Fatalf("tile %v is parts of several groups", s)
			}
			if first := s.g0*f.Inner + s.b0; first != next {
				t.Fatalf("tile %v starts at %d, want %d", s, first, next)
			}
			if next += s.len(); next != (s.g1-1)*f.Inner+s.b1 {
				t.Fatalf("tile %v has a gap", s)
			}
			size := f.Positions()
			if from, to := s.g0/f.Groups, (s.g1-1)/f.Groups; from != to && !p.whole() {
				t.Fatalf("tile %v is of samples %d to %d of %d positions", s, from, to, size)
			}
			if p.whole() && (s.g0%f.Groups != 0 || s.g1%f.Groups != 0) {
				t.Fatalf("tile %v cuts a sample of %d positions", s, size)
			}
		}
		if next != f.Samples*f.Positions() {
			t.Fatalf("tiles end at %d, want %d", next, f.Samples*f.Positions())
		}
		at := 0
		for _, b := range blocks {
			if at >= len(tiles) || b.g0 != tiles[at].g0 || b.b0 != tiles[at].b0 {
				t.Fatalf("block %v does not start with a tile", b)
			}
			n := b.len()
			for n > 0 {
				n -= tiles[at].len()
				at++
			}
			if n != 0 {
				t.Fatalf("block %v ends in a tile", b)
			}
			wholeSamples := b.g0%f.Groups == 0 && b.g1%f.Groups == 0 && b.b0 == 0 && b.b1 == f.Inner
			if !wholeSamples && (!p.splits() || b.g0/f.Groups != (b.g1-1)/f.Groups) {
				t.Fatalf("block %v is neither samples nor part of one", b)
			}
			if limit := max(p.block, p.tile, f.Positions()); !p.splits() && b.len() > 2*limit || p.splits() && b.len() > max(p.block, p.tile) {
				t.Fatalf("block %v has %d positions, of a plan with blocks of %d and tiles of %d", b, b.len(), p.block, p.tile)
			}
			if want := b.g1%f.Groups == 0 && b.b1 == f.Inner; p.ends(b) != want {
				t.Fatalf("ends(%v) is %v", b, !want)
			}
		}
		if at != len(tiles) {
			t.Fatal("blocks end early")
		}
	})
}

// Without positions there are no tiles, and nothing to read.
func TestPlanEmpty(t *testing.T) {
	for _, f := range []*loss.Frame{probeFrame(0, 1, 1, 3, false), probeFrame(5, 0, 3, 3, false), probeFrame(5, 3, 0, 3, false), probeFrame(0, 9000, 9000, 1, false)} {
		blocks, tiles := tilesOf(planOf(f, 100))
		if len(tiles) > 0 || slices.ContainsFunc(blocks, func(b span) bool { return b.len() > 0 }) {
			t.Errorf("%v: got %v, %v", f.Shape, blocks, tiles)
		}
	}
}

// naive is the number that Frame says is plane k of position i of group g.
func naive(f *loss.Frame, v loss.View, g, i, k int) int {
	if v.PerSample {
		return g / f.Groups
	}
	return (g/v.Spread*v.Planes+k)*f.Inner + i
}

// drawView draws a view of f: any planes, rows or not, shared by groups, one a
// sample.
func drawView(t *rapid.T, f *loss.Frame) *view {
	v := &view{View: f.Views[0], f: f, rows: f.Rows && f.Views[0].Planes > 1}
	switch rapid.IntRange(0, 3).Draw(t, "kind of view") {
	case 0:
		v.View = loss.View{Role: loss.Weight, PerSample: true}
		v.rows = false
	case 1:
		var divisors []int
		for d := 1; d <= f.Groups && d < 10; d++ {
			if f.Groups%d == 0 {
				divisors = append(divisors, d)
			}
		}
		v.View = loss.View{Role: loss.Weight, Planes: 1, Spread: rapid.SampledFrom(divisors).Draw(t, "spread")}
		v.rows = false
	case 2:
		v.rows = v.Planes > 1 && rapid.Bool().Draw(t, "rows")
	}
	return v
}

// Decode yields what the frame says, wherever it is stored, and arrange is its
// inverse.
func TestView(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawFrame(rt, 1<<15)
		v := drawView(rt, f)
		dtype := rapid.SampledFrom([]string{"float64", "float32"}).Draw(rt, "dtype")
		n := viewLen(f, v.View)
		src := newMemory(t, "a", dtype, []int{n}, count(n))
		v.src = src
		p := planOf(f, drawBlock(rt))
		planes := max(v.Planes, 1)
		dst, tmp := make([]float64, p.tile*planes), make([]float64, p.tile*planes)
		var buf loss.Buffer
		written := repeat(n, math.NaN())
		for b := range p.blocks() {
			if err := v.fetch(&buf, b); err != nil {
				rt.Fatal(err)
			}
			block := make([]float64, b.len()*planes)
			for s := range p.tiles(b) {
				m := s.len()
				v.decode(dst[:m*planes], &buf, b, s, tmp)
				j := 0
				for g := s.g0; g < s.g1; g++ {
					for i := s.b0; i < s.b1; i++ {
						for k := range planes {
							at := k*m + j
							if v.rows {
								at = j*planes + k
							}
							want := naive(f, v.View, g, i, k)
							if dst[at] != float64(want) {
								rt.Fatalf("block %v, tile %v: plane %d of position %d is element %v, want %d", b, s, k, j, dst[at], want)
							}
							if e := v.element(s, j, k); e != want {
								rt.Fatalf("tile %v: element of plane %d of position %d is %d, want %d", s, k, j, e, want)
							}
							if pi, pk := v.place(at, m); pi != j || pk != k {
								rt.Fatalf("number %d of a tile of %d is position %d, plane %d, want %d, %d", at, m, pi, pk, j, k)
							}
						}
						j++
					}
				}
				if !v.PerSample && v.Spread == 1 {
					v.arrange(block, dst[:m*planes], b, s, tmp)
				}
			}
			if v.PerSample || v.Spread > 1 {
				continue
			}
			at := 0
			v.extents(b, func(lo, hi int) error {
				copy(written[lo:hi], block[at:])
				at += hi - lo
				return nil
			})
		}
		if !v.PerSample && v.Spread == 1 {
			if want := count(n); !slices.Equal(written, want) {
				rt.Fatal("arrange is not the inverse of decode")
			}
			if src.fetched != n {
				rt.Fatalf("fetched %d elements, want each of %d once", src.fetched, n)
			}
		}
	})
}

// What each position is, is told to Eval in the same way whatever the blocks.
func TestEvalSeesTheFrame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawFrame(rt, 1<<13)
		if rapid.Bool().Draw(rt, "weights") {
			f.Views[WeightView(2)] = loss.View{Role: loss.Weight, Planes: 1, Spread: 1}
			if rapid.Bool().Draw(rt, "a sample") {
				f.Views[WeightView(2)] = loss.View{Role: loss.Weight, PerSample: true}
			}
		}
		if rapid.Bool().Draw(rt, "mask") {
			f.Views[MaskView(2)] = loss.View{Role: loss.Mask, Planes: 1, Spread: 1}
		}
		j, list := probeJob(t, f)
		j.Threads, j.BlockBytes = rapid.IntRange(1, 4).Draw(rt, "threads"), drawBlock(rt)
		j.MaskInvert = rapid.Bool().Draw(rt, "invert")
		elements := numbers(repeat(f.Samples*f.Positions(), math.NaN()))
		j.Elements = elements
		res, err := j.Run(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		grads := []numbers{repeat(viewLen(f, f.Views[0]), math.NaN()), repeat(viewLen(f, f.Views[1]), math.NaN())}
		for k := range grads {
			if err := j.Gradient(t.Context(), res, k, grads[k]); err != nil {
				rt.Fatal(err)
			}
		}
		var in [4][]float64
		for k, m := range list {
			if m != nil {
				in[k] = m.values()
			}
		}
		total, kept := 0.0, 0
		for g := range f.Samples * f.Groups {
			for i := range f.Inner {
				get := func(k, plane int, absent float64) float64 {
					if in[k] == nil {
						return absent
					}
					return in[k][naive(f, f.Views[k], g, i, plane)]
				}
				counts := in[2] == nil || (get(2, 0, 1) != 0) != j.MaskInvert
				up := 0.0
				if counts {
					up = get(3, 0, 1)
					kept++
				}
				v, tg := 0.0, get(1, 0, 0)
				for k := range f.Classes {
					v += float64(k+1) * get(0, k, 0)
					if got, want := grads[0][naive(f, f.Views[0], g, i, k)], up*float64(k+1)*tg; got != want {
						rt.Fatalf("gradient of plane %d of position %d of group %d is %v, want %v", k, i, g, got, want)
					}
				}
				if got, want := grads[1][naive(f, f.Views[1], g, i, 0)], up*v; got != want {
					rt.Fatalf("gradient of the target at position %d of group %d is %v, want %v", i, g, got, want)
				}
				if got, want := elements[g*f.Inner+i], up*v*tg; got != want {
					rt.Fatalf("element %d of group %d is %v, want %v", i, g, got, want)
				}
				total += up * v * tg
			}
		}
		if res.Value != total || res.All.Count != kept || res.All.Positions != f.Samples*f.Positions() || res.All.Samples != f.Samples {
			rt.Fatalf("got %v, %+v, want %v of %d", res.Value, res.All, total, kept)
		}
		if in[2] != nil && res.Masked != f.Samples*f.Positions()-kept {
			rt.Fatalf("%d masked, want %d", res.Masked, f.Samples*f.Positions()-kept)
		}
	})
}

// The class of a position of a cyclic frame is its group modulo the classes.
func TestCyclic(t *testing.T) {
	for _, inner := range []int{1, 7, tileRows + 3} {
		f := probeFrame(3, 6, inner, 1, false)
		f.Cyclic, f.Classes = true, 3
		j, _ := probeJob(t, f)
		j.Classes, j.BlockBytes = 3, 100
		res, err := j.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for c, by := range res.ByClass {
			if by.Count != 3*2*inner {
				t.Errorf("inner %d: class %d has %d positions, want %d", inner, c, by.Count, 6*inner)
			}
		}
	}
}

func ExampleFault() {
	f := &Fault{Input: "p.npy", at: 7, shape: []int{2, 5}, value: math.NaN(), want: "a number", number: 3}
	fmt.Println(f)
	// Output: p.npy: got nan at [1 2], want a number (3 such values in all)
}
