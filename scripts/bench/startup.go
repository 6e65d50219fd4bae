package main

import (
	"context"
	"fmt"
	"os"

	"lossctl/loss"
)

// A startup is the time of a small input, from the start of the process.
type startup struct {
	loss        string
	first, wall spread // milliseconds to the first byte, and to the end
	cat         spread // of the same files
	rss         float64
}

const startupRuns = 20

// startups measures one small input a loss.
func startups(ctx context.Context, o *options, program string) ([]startup, error) {
	var list []startup
	for _, name := range loss.Names() {
		f := families[name]
		if len(f.small) == 0 {
			continue
		}
		args := append(loss.Find(name)().Words(), f.small...)
		var files []string
		for _, a := range f.small {
			if _, err := os.Stat(a); err == nil {
				files = append(files, a)
			}
		}
		all, err := rounds(ctx, startupRuns, []contender{
			{byValue, func(ctx context.Context) (sample, error) { return child(ctx, nil, program, args...) }},
			{byCat, func(ctx context.Context) (sample, error) { return reading(ctx, files) }},
		})
		if err != nil {
			return nil, err
		}
		ms := func(s sample) float64 { return s.wall.Seconds() * 1e3 }
		s := startup{loss: name, wall: all[byValue].of(ms), cat: all[byCat].of(ms), rss: all[byValue].rss()}
		s.first = all[byValue].of(func(s sample) float64 { return s.first.Seconds() * 1e3 })
		fmt.Printf("start-up of %s: %.1f ms to the first output, %.1f to the end (%d runs)\n", name, s.first.median, s.wall.median, startupRuns)
		list = append(list, s)
	}
	return list, nil
}
