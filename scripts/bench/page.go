package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// A page is docs/performance.md.
type page struct {
	options   *options
	machine   machine
	date      time.Time
	program   program
	torch     string
	startups  []startup
	results   []*result
	missing   []string // losses without cases
	bigs      []bigRun
	micro     *micros
	loadAfter string
}

// write replaces the file, but for the notes.
func (p *page) write(file string) error {
	notes, err := notesOf(file)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Performance\n\nWritten by `make bench` on %s, but for the notes. Ratios are taken run by run within one session, in turn (A B A B …);\n"+
		"numbers are median (least–greatest) of %d rounds, on files in the page cache, whole processes, %d threads where nothing else is said.\n\n",
		p.date.Format("2006-01-02"), p.options.rounds, p.options.threads)
	if p.options.scale != 1 {
		fmt.Fprintf(&b, "**The inputs were %g of their full size**, though the names of the cases tell the full one; the start of the process weighs more than it should.\n\n", p.options.scale)
	}
	if p.busy() {
		fmt.Fprint(&b, "**The machine was busy with other work**, see its load below. Ratios hold better than seconds.\n\n")
	}
	p.setup(&b)
	p.bars(&b)
	b.WriteString(notes)
	p.files(&b)
	p.variants(&b)
	p.rest(&b)
	p.inMemory(&b)
	return os.WriteFile(file, append(bytes.TrimRight(b.Bytes(), "\n"), '\n'), 0o644)
}

// busy reports whether somebody else was at work: a load of 1 before, or more
// than our threads after.
func (p *page) busy() bool {
	before, err := strconv.ParseFloat(p.machine.load, 64)
	after, err2 := strconv.ParseFloat(p.loadAfter, 64)
	return err == nil && before >= 1 || err2 == nil && after > float64(p.options.threads)+0.5
}

func (p *page) setup(w io.Writer) {
	avx2, avx512 := features()
	set := "plain Go"
	switch {
	case avx512:
		set = "AVX-512"
	case avx2:
		set = "AVX2, no AVX-512"
	}
	torch := p.torch
	if torch == "" {
		torch = "not found, so nothing is compared with it"
	}
	g := grid{left: 2, header: []string{"", ""}}
	g.add("processor", fmt.Sprintf("%s, %d cores, %s", p.machine.cpu, p.machine.cores, set))
	g.add("memory", p.machine.memory)
	g.add("system", p.machine.system)
	g.add("load average", fmt.Sprintf("%s before, %s after", p.machine.load, p.loadAfter))
	g.add("lossctl", fmt.Sprintf("%s, %s, built by %s", p.program.version, p.program.revision, p.program.goVersion))
	g.add("torch", torch)
	g.add("least peak of memory that can be seen", field("/proc/self/status", "VmHWM"))
	g.write(w)
}

// bars says what was met and what was not.
func (p *page) bars(w io.Writer) {
	fmt.Fprint(w, "## Bars\n\nWhat the project set itself: ratios to `cat` and memory at most, ratios to torch at least.\n")
	if avx2, avx512 := features(); avx2 && !avx512 {
		fmt.Fprintf(w, "This processor has no AVX-512: the bar beside `cat` is %g times as high.\n", avx2Factor)
	}
	fmt.Fprintln(w)
	g := grid{left: 2, header: []string{"case", "what", "measured", "bar", "aim", ""}}
	add := func(v verdict) {
		measured := v.spread.String()
		if v.min == v.max {
			measured = digits(v.median)
		}
		g.add(v.what, v.number, measured, fmt.Sprint(v.least), fmt.Sprint(v.aim), v.String())
	}
	for _, r := range p.results {
		for _, v := range r.verdicts() {
			add(v)
		}
	}
	for _, b := range p.bigs {
		add(b.verdict())
	}
	for _, s := range p.startups {
		add(s.verdict())
	}
	g.write(w)
	if len(p.missing) > 0 {
		fmt.Fprintf(w, "Not measured, because `scripts/bench/cases.go` has no case: %s.\n\n", strings.Join(p.missing, ", "))
	}
}
