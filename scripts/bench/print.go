package main

import (
	"fmt"
	"io"
)

// print says what a case gave as soon as it has.
func (r *result) print(w io.Writer) {
	value, cat := r.series[byValue], r.series[byCat]
	fmt.Fprintf(w, "\n%s %s, %.0f MB, value %s\n", r.loss, r.c.name, float64(r.bytes)/1e6, value[0].out)
	for _, name := range r.order {
		s := r.series[name]
		fmt.Fprintf(w, "  %-14s %-24s s  %6s GB/s  cpu %6s s  %6s MiB", name, s.wall(), digits(r.rate(s)), digits(s.cpu().median), digits(s.rss()))
		if name != byCat {
			fmt.Fprintf(w, "  ÷ cat %s", s.over(cat))
		}
		if name != byCat && name != byValue {
			fmt.Fprintf(w, "  ÷ value %s", s.over(value))
		}
		if r.c.pictures > 0 && name != byCat {
			fmt.Fprintf(w, "  %s pictures/s", digits(r.pictures(s)))
		}
		fmt.Fprintln(w)
	}
	if r.differ != "" {
		fmt.Fprintf(w, "  torch differs by %s\n", r.differ)
	}
	if len(r.unlike) > 0 {
		fmt.Fprintf(w, "  NOT THE SAME BITS: %v\n", r.unlike)
	}
	for _, v := range r.verdicts() {
		fmt.Fprintf(w, "  %s: %s, wanted %g, aim %g: %s\n", v.number, v.spread, v.least, v.aim, v)
	}
}

// rate is bytes of the files a second, in GB.
func (r *result) rate(s series) float64 { return float64(r.bytes) / 1e9 / s.wall().median }
