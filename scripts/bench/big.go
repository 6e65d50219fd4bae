package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"lossctl/loss"
)

// A bigRun is one run on sparse files that are larger than most memories.
type bigRun struct {
	loss  string
	bytes int64
	sample
}

// bigs runs each loss that has sparse inputs once.
func bigs(ctx context.Context, o *options, program string) ([]bigRun, error) {
	var list []bigRun
	for _, name := range loss.Names() {
		f := families[name]
		if len(f.big) == 0 {
			continue
		}
		args, files, err := place(ctx, o, f.big)
		if err != nil {
			return nil, err
		}
		b := bigRun{loss: name}
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				return nil, err
			}
			b.bytes += info.Size()
		}
		fmt.Fprintf(os.Stderr, "%s: sparse files of %.0f GB\n", name, float64(b.bytes)/1e9)
		args = append(append(strings.Fields(name), args...), "-f", "value", "--threads", fmt.Sprint(o.threads))
		if b.sample, err = child(ctx, nil, program, args...); err != nil {
			return nil, err
		}
		fmt.Printf("%s of %.0f GB: %.1f s, %.0f MiB\n", name, float64(b.bytes)/1e9, b.wall.Seconds(), float64(b.rss)/(1<<20))
		list = append(list, b)
	}
	return list, nil
}
