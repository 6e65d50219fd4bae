package main

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// A contender is what runs once a round.
type contender struct {
	name string
	run  func(ctx context.Context) (sample, error)
}

// A series holds the samples of one contender, a round each.
type series []sample

// A spread is the middle and the ends of some numbers.
type spread struct{ median, min, max float64 }

// rounds runs the contenders in turn, A B C A B C …, so that a machine that
// becomes slower does so for all of them.
func rounds(ctx context.Context, n int, contenders []contender) (map[string]series, error) {
	all := map[string]series{}
	defer progress("")
	for i := range n {
		for _, c := range contenders {
			progress("round %d of %d: %s", i+1, n, c.name)
			time.Sleep(30 * time.Millisecond) // threads of the last one go to sleep
			s, err := c.run(ctx)
			if err != nil {
				return nil, err
			}
			all[c.name] = append(all[c.name], s)
		}
	}
	return all, nil
}

func spreadOf(x []float64) spread {
	x = slices.Clone(x)
	slices.Sort(x)
	k := len(x) / 2
	s := spread{x[k], x[0], x[len(x)-1]}
	if len(x)%2 == 0 {
		s.median = (x[k-1] + x[k]) / 2
	}
	return s
}

// over is the ratio of the times of two series, round by round.
func (s series) over(to series) spread {
	x := make([]float64, len(s))
	for i := range s {
		x[i] = s[i].wall.Seconds() / to[i].wall.Seconds()
	}
	return spreadOf(x)
}

// of is the spread of a number of each sample.
func (s series) of(f func(sample) float64) spread {
	x := make([]float64, len(s))
	for i := range s {
		x[i] = f(s[i])
	}
	return spreadOf(x)
}

func (s series) wall() spread { return s.of(func(s sample) float64 { return s.wall.Seconds() }) }
func (s series) cpu() spread  { return s.of(func(s sample) float64 { return s.cpu.Seconds() }) }

// rss is the greatest peak of all runs, in MiB.
func (s series) rss() float64 {
	return float64(slices.MaxFunc(s, func(a, b sample) int { return cmp.Compare(a.rss, b.rss) }).rss) / (1 << 20)
}
