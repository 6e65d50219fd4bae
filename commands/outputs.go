package commands

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"lossctl/io/array"
	"lossctl/io/report"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// outputs are the places that results go to.
type outputs struct {
	sinks     []sink
	table     bool // standard output shows the warnings itself
	rows      bool // the sinks take the rows as they come
	stats     bool // some sink, or a gate, shows statistics
	gated     bool // gates are checked even if nobody reads
	more      bool // something asks for more than the value
	elements  *array.Writer
	gradient  *array.Writer
	pairs     *array.Writer
	spans     *report.Spans
	maps      *maps
	gradInput int
	row       report.Sample
}

// A sink is a result being written; stdout is the one whose reader may go.
type sink struct {
	report.Sink
	stdout bool
}

// openOutputs opens every output, before the long run.
func (r *run) openOutputs() (*outputs, error) {
	out := &outputs{rows: r.o.wantsRows() && r.o.top == 0, stats: r.o.needsStats(), gated: len(r.o.above)+len(r.o.below) > 0}
	seen := map[string]string{}
	err := r.openSinks(out, seen)
	if err == nil {
		err = r.openGradient(out, seen)
	}
	if err == nil && r.o.pairsOut != "" {
		if err = r.mayWrite("pairs-out", r.o.pairsOut, seen); err == nil {
			out.pairs, err = array.Create(r.o.pairsOut, "int64", []int{-1, len(r.o.loss.Found)})
		}
	}
	if err == nil && r.o.align != "" {
		if err = r.mayWrite("align", r.o.align, seen); err == nil {
			out.spans, err = report.OpenSpans(r.o.align, formatOf(r.o.align), r.s.out)
		}
	}
	if err == nil {
		err = r.openMaps(out, seen)
	}
	if err != nil {
		out.abort()
		return nil, err
	}
	return out, nil
}

func (r *run) openSinks(out *outputs, seen map[string]string) error {
	for _, d := range r.o.destinations() {
		if d.file != "-" {
			if err := r.mayWrite("output", d.file, seen); err != nil {
				return err
			}
			if d.format == "npy" && r.job.Reduction.Elements {
				w, err := array.Create(d.file, "float64", r.elementShape())
				if err != nil {
					return err
				}
				out.elements = w
				continue
			}
		}
		if err := r.openSink(out, d.file, d.format); err != nil {
			return err
		}
	}
	if r.job.Reduction.Elements && out.elements == nil {
		return usagef("--reduction: got none without an array to write, want -o FILE.npy")
	}
	return nil
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
	out.sinks = append(out.sinks, sink{s, dest == "-"})
	out.more = out.more || format != "value"
	out.table = out.table || dest == "-" && format == "table"
	out.stats = out.stats || slices.Contains([]string{"table", "json", "md"}, format)
	return nil
}

func (r *run) openGradient(out *outputs, seen map[string]string) error {
	o := r.o
	if o.gradOut == "" && !o.checkGrad {
		return nil
	}
	if !o.set["grad-of"] { // the first that is given
		k := slices.IndexFunc(o.loss.Inputs, func(in loss.Input) bool { return in.Grad && len(*o.inputs[in.Name]) > 0 })
		if k >= 0 {
			o.gradOf = o.loss.Inputs[k].Name
		}
	}
	out.gradInput = slices.IndexFunc(o.loss.Inputs, func(in loss.Input) bool { return in.Name == o.gradOf && in.Grad })
	if o.loss.Grad == nil || out.gradInput < 0 {
		return usagef("--grad-of: got %s, by which %s has no gradient", o.gradOf, o.loss.Name)
	}
	if o.checkGrad && o.loss.Learns != nil && o.loss.Learns() {
		return usagef("--check-grad: got a loss that depends on the means of all samples, want another for this check")
	}
	if o.loss.NoGrad != nil && o.loss.NoGrad() != "" {
		return usagef("--grad-out: %s", o.loss.NoGrad())
	}
	if o.gradOut == "" {
		return nil
	}
	if n := len(*o.inputs[o.gradOf]); n != 1 {
		return usagef("--grad-out: got %d files for --%s, want one", n, o.gradOf)
	}
	if err := r.mayWrite("grad-out", o.gradOut, seen); err != nil {
		return err
	}
	a := r.in.arrays[slices.IndexFunc(r.in.arrays, func(a namedArray) bool { return a.flag == o.gradOf })]
	if a.layers > 1 {
		return usagef("--grad-out: got %d layers in %s, want one by name, as %[2]s:NAME", a.layers, a.file)
	}
	dtype := "float32"
	switch picture := o.loss.Inputs[out.gradInput].Picture; {
	case a.dtype == "float64":
		dtype = "float64"
	case picture, slices.Contains([]string{"float32", "float16", "bfloat16"}, a.dtype):
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
	if other, ok := seen[place(file)]; ok {
		return usagef("--%s: %s is also --%s", flag, file, other)
	}
	seen[place(file)] = flag
	st, err := os.Stat(file)
	if err != nil || !st.Mode().IsRegular() {
		return nil
	}
	for _, in := range r.reads() {
		if f, err := os.Stat(in.file); err == nil && os.SameFile(f, st) {
			return usagef("--%s: %s is the input of --%s", flag, file, in.flag)
		}
	}
	return nil
}

// place is the name by which two outputs are compared.
func place(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

// reads lists all files that the run reads.
func (r *run) reads() []struct{ flag, file string } {
	var list []struct{ flag, file string }
	add := func(flag, spec string) {
		for _, f := range array.Files(spec) {
			list = append(list, struct{ flag, file string }{flag, f})
		}
	}
	o := r.o
	for _, in := range o.inputFlags() {
		add(in.flag, in.spec)
	}
	for flag, file := range o.listFiles {
		add(flag, file)
	}
	add("ids", o.ids)
	add("group-by", o.groupBy)
	add("classes-file", o.classesFile)
	add("pairs", o.pairs)
	if p, ok := r.in.parts.(*pairParts); ok {
		for _, pair := range p.pairs {
			add("pred", pair.Pred)
			add("target", pair.Target)
		}
	}
	return list
}

// take returns what hands rows to the sinks.
func (out *outputs) take(r *run) func(*engine.Rows) error {
	return func(rows *engine.Rows) error {
		for i := range rows.Len() {
			r.fillSample(&out.row, rows, i)
			if out.rows {
				if err := out.sample(&out.row); err != nil {
					return err
				}
			}
			if out.maps != nil {
				if err := out.maps.put(&out.row, rows.Maps[i]); err != nil {
					return err
				}
			}
			if out.spans != nil {
				if err := out.align(rows.Spans[i]); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// align writes the spans of the sample of the row.
func (out *outputs) align(spans []loss.Span) error {
	for _, s := range spans {
		err := out.spans.Span(&report.Span{
			Index: out.row.Index, ID: out.row.ID, Label: s.Label, Token: s.Token, Start: s.Start, End: s.End, Score: report.Float(s.Score),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// found takes what Eval finds.
func (out *outputs) found(rows []int64) error {
	x := make([]float64, len(rows))
	for i, v := range rows {
		x[i] = float64(v)
	}
	return out.pairs.Append(x)
}

// sample hands a row to every sink.
func (out *outputs) sample(row *report.Sample) error {
	return out.each(func(s report.Sink) error { return s.Sample(row) })
}

// each does something with every sink. Standard output whose reader is gone
// is left out; what remains goes on.
func (out *outputs) each(do func(report.Sink) error) error {
	for i := 0; i < len(out.sinks); i++ {
		s := out.sinks[i]
		err := do(s)
		if s.stdout && errors.Is(err, syscall.EPIPE) {
			out.sinks = slices.Delete(out.sinks, i, i+1)
			i--
			err = nil
			if len(out.sinks) == 0 && len(out.writers()) == 0 && out.spans == nil && out.maps == nil && !out.gated {
				err = syscall.EPIPE // nobody is left
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (out *outputs) writers() []*array.Writer {
	var list []*array.Writer
	for _, w := range []*array.Writer{out.elements, out.gradient, out.pairs} {
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
	if out.spans != nil {
		out.spans.Abort()
	}
	if out.maps != nil {
		out.maps.abort()
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
	if out.spans != nil {
		if err := out.spans.Close(); err != nil {
			return err
		}
	}
	if out.maps != nil {
		if err := out.maps.close(); err != nil {
			return err
		}
	}
	return out.each(func(s report.Sink) error { return s.Close(doc) })
}
