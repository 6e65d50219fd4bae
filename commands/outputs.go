package commands

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lossctl/io/array"
	"lossctl/io/report"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// outputs are the places that results go to.
type outputs struct {
	sinks     []report.Sink
	table     bool // standard output shows the warnings itself
	rows      bool // the sinks take the rows as they come
	stats     bool // some sink, or a gate, shows statistics
	elements  *array.Writer
	gradient  *array.Writer
	gradInput int
	row       report.Sample
}

// openOutputs opens every output, before the long run.
func (r *run) openOutputs() (*outputs, error) {
	out := &outputs{rows: r.o.wantsRows() && r.o.top == 0, stats: r.o.needsStats()}
	seen := map[string]string{}
	err := r.openSinks(out, seen)
	if err == nil {
		err = r.openGradient(out, seen)
	}
	if err != nil {
		out.abort()
		return nil, err
	}
	return out, nil
}

func (r *run) openSinks(out *outputs, seen map[string]string) error {
	o := r.o
	format := o.format
	if format == "" {
		format = "table"
	}
	for _, file := range o.outputs {
		if err := r.mayWrite("output", file, seen); err != nil {
			return err
		}
		f, ok := report.FormatOf(file)
		if !ok {
			f = format
		}
		if f == "npy" && r.job.Reduction.Elements {
			w, err := array.Create(file, "float64", r.elementShape())
			if err != nil {
				return err
			}
			out.elements = w
			continue
		}
		if err := r.openSink(out, file, f); err != nil {
			return err
		}
	}
	if r.job.Reduction.Elements && out.elements == nil {
		return usagef("--reduction: got none without an array to write, want -o FILE.npy")
	}
	if len(o.outputs) > 0 && o.format == "" {
		return nil
	}
	out.table = format == "table"
	return r.openSink(out, "-", format)
}

func (r *run) openSink(out *outputs, dest, format string) error {
	o := r.o
	s, err := report.Open(dest, format, report.Options{
		Stdout: r.s.out, Show: o.show, PerSample: o.perSample || o.top > 0, Top: o.top, Samples: r.in.samples,
		ClassNames: r.in.classes, Pretty: terminal(r.s.out), Color: terminal(r.s.out) && os.Getenv("NO_COLOR") == "",
	})
	if err != nil {
		return err
	}
	out.sinks = append(out.sinks, s)
	out.stats = out.stats || slices.Contains([]string{"table", "json", "md"}, format)
	return nil
}

func (r *run) openGradient(out *outputs, seen map[string]string) error {
	o := r.o
	if o.gradOut == "" && !o.checkGrad {
		return nil
	}
	out.gradInput = slices.IndexFunc(o.loss.Inputs, func(in loss.Input) bool { return in.Name == o.gradOf && in.Grad })
	if o.loss.Grad == nil || out.gradInput < 0 {
		return usagef("--grad-of: got %s, by which %s has no gradient", o.gradOf, o.loss.Name)
	}
	if o.gradOut == "" {
		return nil
	}
	if err := r.mayWrite("grad-out", o.gradOut, seen); err != nil {
		return err
	}
	a := r.in.arrays[slices.IndexFunc(r.in.arrays, func(a namedArray) bool { return a.flag == o.gradOf })]
	dtype := "float32"
	switch a.dtype {
	case "float64":
		dtype = "float64"
	case "float32", "float16", "bfloat16":
	default:
		return usagef("--grad-out: %s holds %s, want a floating-point type", a.file, a.dtype)
	}
	w, err := array.Create(o.gradOut, dtype, a.shape)
	out.gradient = w
	return err
}

// elementShape is the shape of --reduction none, without the sample axis
// that --no-batch adds.
func (r *run) elementShape() []int {
	if r.o.reading.NoBatch {
		return r.in.frame.Shape[1:]
	}
	return r.in.frame.Shape
}

// mayWrite refuses an output that is an input, or another output.
func (r *run) mayWrite(flag, file string, seen map[string]string) error {
	if file == "" || file == "-" {
		return usagef("--%s: got %q, want the name of a file", flag, file)
	}
	if other, ok := seen[file]; ok {
		return usagef("--%s: %s is also --%s", flag, file, other)
	}
	seen[file] = flag
	st, err := os.Stat(file)
	if err != nil || !st.Mode().IsRegular() {
		return nil
	}
	for _, in := range r.o.inputFlags() {
		for _, name := range filesOf(in.spec) {
			if f, err := os.Stat(name); err == nil && os.SameFile(f, st) {
				return usagef("--%s: %s is the input of --%s", flag, file, in.flag)
			}
		}
	}
	return nil
}

// filesOf are the files that a spec may name.
func filesOf(spec string) []string {
	list := []string{spec}
	if k := strings.LastIndexByte(spec, ':'); k > 0 {
		list = append(list, spec[:k])
	}
	for _, s := range list {
		if names, err := filepath.Glob(s); err == nil {
			list = append(list, names...)
		}
	}
	return list
}

// take returns what hands rows to the sinks.
func (out *outputs) take(ids []string) func(*engine.Rows) error {
	return func(rows *engine.Rows) error {
		for i := range rows.Len() {
			fillSample(&out.row, rows, i, ids)
			if err := out.sample(&out.row); err != nil {
				return err
			}
		}
		return nil
	}
}

func (out *outputs) sample(row *report.Sample) error {
	for _, s := range out.sinks {
		if err := s.Sample(row); err != nil {
			return err
		}
	}
	return nil
}

func (out *outputs) writers() []*array.Writer {
	var list []*array.Writer
	for _, w := range []*array.Writer{out.elements, out.gradient} {
		if w != nil {
			list = append(list, w)
		}
	}
	return list
}

func (out *outputs) abort() {
	for _, s := range out.sinks {
		s.Abort()
	}
	for _, w := range out.writers() {
		w.Abort()
	}
}

// close writes the worst rows and the summary, and makes the files appear.
func (out *outputs) close(doc *report.Result, res *engine.Result) error {
	if c, ok := res.Collector.(*collector); ok && c.top != nil {
		for _, row := range c.top.Samples() {
			if err := out.sample(&row); err != nil {
				return err
			}
		}
	}
	for _, w := range out.writers() {
		if err := w.Commit(); err != nil {
			return err
		}
	}
	for _, s := range out.sinks {
		if err := s.Close(doc); err != nil {
			return err
		}
	}
	return nil
}
