package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// files is the value beside cat and torch.
func (p *page) files(w io.Writer) {
	fmt.Fprint(w, "## Files\n\n`lossctl … -f value`, `cat FILES > /dev/null`, and the same loss in torch: float32 in chunks of the best size, memory retained,\n"+
		"import not counted in its time, but in its memory (`scripts/bench/torch_side.py`). lossctl computes in float64. GB/s are of the bytes of the files, packed where they are packed.\n\n")
	g := grid{left: 1, header: []string{"case", "MB", "lossctl s", "GB/s", "cpu s", "MiB", "cat s", "÷ cat", "torch s", "torch MiB", "torch ÷ lossctl", "torch differs by"}}
	for _, r := range p.results {
		value, cat := r.series[byValue], r.series[byCat]
		row := []string{
			r.loss + ": " + r.c.name, digits(float64(r.bytes) / 1e6), value.wall().String(), digits(r.rate(value)), digits(value.cpu().median), digits(value.rss()),
			cat.wall().String(), value.over(cat).String(),
		}
		if t, ok := r.series[byTorch]; ok {
			row = append(row, t.wall().String(), digits(t.rss()), t.over(value).String(), r.differ)
		} else {
			row = append(row, "", "", "", "")
		}
		g.add(row...)
	}
	g.write(w)
	for _, r := range p.results {
		if r.torch != "" {
			fmt.Fprintf(w, "- %s: %s: %s\n", r.loss, r.c.name, r.torch)
		}
	}
	if p.torch != "" {
		fmt.Fprintln(w)
	}
	p.pictures(w)
}

// pictures is how many go through a network a second.
func (p *page) pictures(w io.Writer) {
	g := grid{left: 1, header: []string{"pictures a second", "lossctl", "torch", "onnxruntime"}}
	for _, r := range p.results {
		if r.c.pictures == 0 {
			continue
		}
		row := []string{r.loss + ": " + r.c.name}
		for _, name := range []string{byValue, byTorch, byONNX} {
			cell := ""
			if s, ok := r.series[name]; ok {
				cell = digits(r.pictures(s))
			}
			row = append(row, cell)
		}
		g.add(row...)
	}
	if len(g.rows) > 0 {
		g.write(w)
	}
}

// variants are other ways to run the same case.
func (p *page) variants(w io.Writer) {
	fmt.Fprint(w, "## Variants\n\nThe default table with its statistics, one thread, lesser instruction sets (`LOSSCTL_VEC`), and the gradient written to a file.\n\n")
	g := grid{left: 2, header: []string{"case", "variant", "s", "cpu s", "MiB", "÷ value", "÷ cat"}}
	var unlike []string
	for _, r := range p.results {
		for _, name := range r.order {
			if name == byValue || name == byCat || name == byTorch {
				continue
			}
			s := r.series[name]
			g.add(r.loss+": "+r.c.name, name, s.wall().String(), digits(s.cpu().median), digits(s.rss()), s.over(r.series[byValue]).String(), s.over(r.series[byCat]).String())
		}
		for _, name := range r.unlike {
			unlike = append(unlike, fmt.Sprintf("**%s: %s: %s gave another value.**", r.loss, r.c.name, name))
		}
	}
	g.write(w)
	switch {
	case len(unlike) > 0:
		fmt.Fprintf(w, "%s\n\n", strings.Join(unlike, "\n"))
	case len(g.rows) > 0:
		fmt.Fprint(w, "All variants gave the same bits.\n\n")
	}
}

// rest is start-up and memory.
func (p *page) rest(w io.Writer) {
	fmt.Fprintf(w, "## Start-up\n\nA small input, from the start of the process; %d runs.\n\n", startupRuns)
	g := grid{left: 1, header: []string{"loss", "first output, ms", "end, ms", "`cat`, ms", "MiB"}}
	for _, s := range p.startups {
		g.add(s.loss, s.first.String(), s.wall.String(), s.cat.String(), digits(s.rss))
	}
	g.write(w)
	if len(p.bigs) == 0 {
		return
	}
	fmt.Fprint(w, "## Larger than memory\n\nSparse files, one run.\n\n")
	g = grid{left: 1, header: []string{"loss", "GB", "s", "GB/s", "MiB"}}
	for _, b := range p.bigs {
		gb := float64(b.bytes) / 1e9
		g.add(b.loss, digits(gb), digits(b.wall.Seconds()), digits(gb/b.wall.Seconds()), digits(float64(b.rss)/(1<<20)))
	}
	g.write(w)
}

// inMemory is what go test -bench printed.
func (p *page) inMemory(w io.Writer) {
	if p.micro == nil {
		return
	}
	fmt.Fprintf(w, "## In memory\n\n`go test -bench . -benchtime %s`; one core unless the name says two. GB/s are of the bytes that the benchmark sets.\n\n", p.options.micro)
	for _, pkg := range p.micro.failed {
		fmt.Fprintf(w, "**%s failed.**\n\n", pkg)
	}
	last := ""
	g := grid{}
	flush := func() {
		if len(g.rows) > 0 {
			fmt.Fprintf(w, "### %s\n\n", filepath.ToSlash(strings.TrimPrefix(last, "lossctl/")))
			g.write(w)
		}
		g = grid{left: 1, header: []string{"benchmark", "ns/op", "GB/s", "each", "allocs/op"}}
	}
	for _, m := range p.micro.lines {
		if m.pkg != last {
			flush()
			last = m.pkg
		}
		gbs := ""
		if m.gbs > 0 {
			gbs = digits(m.gbs)
		}
		g.add(m.name, digits(m.nsOp), gbs, m.nsEach, m.allocs)
	}
	flush()
}
