package engine

import (
	"fmt"
	"iter"

	"lossctl/loss"
)

// A span is some positions of a frame: the groups [g0, g1), counted over all
// samples, and of each the positions [b0, b1). Part of a group is always of
// one group alone.
type span struct{ g0, g1, b0, b1 int }

func (s span) len() int { return (s.g1 - s.g0) * (s.b1 - s.b0) }

// A plan cuts a frame in blocks, which are read at once, and blocks in
// tiles, which are computed at once. Tiles follow from the shape alone, as
// their sums are rounded; blocks are whole tiles of any number.
type plan struct {
	f     *loss.Frame
	tile  int // most positions of a tile
	block int // positions of a block, about
	// a sample that is more than a block is read at once all the same
	atOnce bool
}

// A tile holds at most tileValues numbers of its widest input, so that it
// stays in the processor's second cache, and at most tileRows positions.
const (
	tileValues = 1 << 15
	tileRows   = 1 << 12
)

func newPlan(f *loss.Frame, blockBytes int, bytesAt float64) *plan {
	width := 1
	for _, v := range f.Views {
		width = max(width, v.Planes)
	}
	p := &plan{f: f, tile: min(max(tileValues/width, 1), tileRows)}
	if f.Batch > 0 {
		p.tile = max(min(f.Batch, f.Samples)*f.Positions(), 1)
	}
	p.block = max(int(float64(blockBytes)/bytesAt), 1)
	return p
}

// fits refuses batches, and samples that are kept, that the memory does not
// hold.
func (j *Job) fits(p *plan) error {
	if p.f.Batch == 0 && p.f.Kept == 0 || j.MaxMemory == 0 {
		return nil
	}
	batch := max(p.f.Batch, 1)
	workers := min(max(j.Threads, 1), (p.f.Samples+batch-1)/batch)
	need := p.f.Kept * p.f.Positions() * workers
	for _, v := range p.f.Views {
		if v.Role != loss.Absent {
			need += 2 * 8 * p.tile * max(v.Planes, 1) * workers // decoded and stored
		}
	}
	if int64(need) > j.MaxMemory {
		if p.f.Batch == 0 {
			return &InputError{fmt.Sprintf("--max-memory: got %d MiB, want %d for samples of %d positions that are kept", j.MaxMemory>>20, need>>20, p.f.Positions())}
		}
		if j.Params.Param("batch-size") == nil {
			return &InputError{fmt.Sprintf("--max-memory: got %d MiB, want %d for the %d samples that are looked at together", j.MaxMemory>>20, need>>20, min(p.f.Batch, p.f.Samples))}
		}
		return &InputError{fmt.Sprintf("--batch-size: a batch of %d samples needs %d MiB, want at most %d (--max-memory)", min(p.f.Batch, p.f.Samples), need>>20, j.MaxMemory>>20)}
	}
	return nil
}

// whole reports whether a sample is never cut by tiles.
func (p *plan) whole() bool { return p.f.Positions() <= p.tile }

// splits reports whether a block may be part of a sample.
func (p *plan) splits() bool { return !p.f.Serial && !p.whole() && p.f.Positions() > p.block }

// tilewise reports whether a sample is more than a block, and yet goes to one
// goroutine, which reads it by tiles.
func (p *plan) tilewise() bool {
	return p.f.Serial && !p.atOnce && p.f.Positions() > max(p.block, p.tile)
}

// parts reports whether a block may be part of a group.
func (p *plan) parts() bool { return p.splits() && p.f.Inner > p.tile }

// blocks yields the blocks in order. A block is some samples, or part of one.
func (p *plan) blocks() iter.Seq[span] {
	f := p.f
	return func(yield func(span) bool) {
		size := f.Positions()
		if size == 0 { // nothing to read, but samples
			yield(span{})
			return
		}
		if !p.splits() {
			step := max(p.block/size, 1)
			if p.whole() { // blocks are whole tiles
				per := p.tile / size
				step = (step + per - 1) / per * per
			}
			for s := 0; s < f.Samples; s += step {
				e := min(s+step, f.Samples)
				if !yield(span{s * f.Groups, e * f.Groups, 0, f.Inner}) {
					return
				}
			}
			return
		}
		for s := range f.Samples {
			for sp := range p.within(span{s * f.Groups, (s + 1) * f.Groups, 0, f.Inner}, max(p.block/p.tile, 1)) {
				if !yield(sp) {
					return
				}
			}
		}
	}
}

// tiles yields the tiles of a block in order.
func (p *plan) tiles(b span) iter.Seq[span] {
	f := p.f
	return func(yield func(span) bool) {
		if b.len() == 0 {
			return
		}
		if p.whole() {
			step := p.tile / f.Positions() * f.Groups
			if f.Serial {
				step = f.Groups
			}
			for g := b.g0; g < b.g1; g += step {
				if !yield(span{g, min(g+step, b.g1), 0, f.Inner}) {
					return
				}
			}
			return
		}
		for g := b.g0; g < b.g1; {
			end := min((g/f.Groups+1)*f.Groups, b.g1) // of the sample
			for sp := range p.within(span{g, end, b.b0, b.b1}, 1) {
				if !yield(sp) {
					return
				}
			}
			g = end
		}
	}
}

// within cuts part of a sample in runs of n tiles.
func (p *plan) within(b span, n int) iter.Seq[span] {
	return func(yield func(span) bool) {
		if p.f.Inner <= p.tile {
			step := p.tile / p.f.Inner * n
			for g := b.g0; g < b.g1; g += step {
				if !yield(span{g, min(g+step, b.g1), 0, p.f.Inner}) {
					return
				}
			}
			return
		}
		step := p.tile * n
		for g := b.g0; g < b.g1; g++ {
			for i := b.b0; i < b.b1; i += step {
				if !yield(span{g, g + 1, i, min(i+step, b.b1)}) {
					return
				}
			}
		}
	}
}

// ends reports whether a block is the last part of its sample.
func (p *plan) ends(b span) bool { return b.g1%p.f.Groups == 0 && b.b1 == p.f.Inner }
