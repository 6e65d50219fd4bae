package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"lossctl/io/report"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// lossCommand is the command of one loss.
func lossCommand(s streams, declare func() *loss.Loss) *cli.Command {
	o := newOptions(declare())
	return &cli.Command{
		Usage:        o.loss.Summary,
		Flags:        cliFlags(o.sections()),
		OnUsageError: usageErrorOf,
		HideHelp:     true,
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if o.help {
				fresh := newOptions(declare()) // with the defaults
				_, err := io.WriteString(s.out, helpText(fresh.loss, fresh.sections()))
				return err
			}
			o.given(c)
			if err := o.checkFlags(); err != nil {
				return err
			}
			if o.allConventions {
				return allConventions(c.Context, s, o, declare)
			}
			return runLoss(c.Context, s, o, declare)
		},
	}
}

// A run is one loss over its inputs.
type run struct {
	o          *options
	s          streams
	in         *inputs
	job        *engine.Job
	groupNames []string
	groupIndex []int32 // of every sample
	gradOff    float64 // how far the gradient is from finite differences
}

func runLoss(ctx context.Context, s streams, o *options, declare func() *loss.Loss) error {
	gates, err := o.gates()
	if err != nil {
		return err
	}
	r, err := newRun(s, o, declare)
	if err != nil {
		return err
	}
	defer r.in.parts.close()
	if err := gates.known(r.skeleton(), o.ofResult()); err != nil {
		return err
	}
	if err := r.checkTop(); err != nil {
		return err
	}
	if o.check {
		return r.describe()
	}
	out, err := r.openOutputs()
	if err != nil {
		return err
	}
	defer out.abort()
	s.leave.set(out.abort)
	defer s.leave.set(nil)
	res, err := r.compute(ctx, out)
	if err != nil {
		return err
	}
	doc := r.result(res)
	if o.strict && len(doc.Warnings) > 0 {
		return usagef("--strict: %s", strings.Join(doc.Warnings, "; "))
	}
	failed := gates.check(doc, o.ofResult())
	if err := out.close(doc, res); err != nil {
		return err
	}
	if !o.quiet && !out.table {
		for _, w := range doc.Warnings {
			fmt.Fprintf(s.err, "lossctl: warning: %s\n", w)
		}
	}
	return failed
}

// checkTop finds a --show that rows do not have.
func (r *run) checkTop() error {
	row := report.Sample{Classes: make([]report.Float, r.job.Classes)}
	for _, name := range r.o.loss.Columns {
		row.Extra = append(row.Extra, report.Field{Name: name, Value: report.Float(0)})
	}
	if _, ok := row.Number(r.o.show); r.o.top > 0 && !ok {
		return usagef("--top: got --show %s, want a number that rows have: %s", r.o.show, strings.Join(append([]string{"loss", "count", "class.N"}, r.o.loss.Columns...), ", "))
	}
	return nil
}

// maxClasses is how many classes get a result of their own: rows of a
// vocabulary are of no use.
const maxClasses = 4096

// newRun opens the inputs and makes the job.
func newRun(s streams, o *options, declare func() *loss.Loss) (*run, error) {
	if err := o.environment(); err != nil {
		return nil, err
	}
	if err := o.applyConvention(); err != nil {
		return nil, err
	}
	if err := o.canCheckGradient(); err != nil {
		return nil, err
	}
	in, err := openInputs(o, s)
	if err != nil {
		return nil, err
	}
	r := &run{o: o, s: s, in: in}
	r.job = &engine.Job{
		New: declare, Params: o.loss, Reduction: o.reductionInForce(), Reading: o.reading, Parts: in.parts,
		MaskInvert: o.maskInvert, NonFinite: o.nonFinite, Diagnose: !o.set["pred-as"],
		Threads: o.threads, BlockBytes: int(o.blockSize), MaxMemory: o.maxMemory,
		Twice: o.gradOut != "" || o.checkGrad,
	}
	if c := in.frame.Classes; c > 1 && (c <= maxClasses || o.loss.Sums != nil || o.loss.ByClass != nil && o.loss.ByClass()) {
		r.job.Classes = c
	}
	// A sample of one position has one class, which says nothing new.
	r.job.ClassRows = r.job.Classes > 0 && o.wantsRows() && (in.frame.Positions() > 1 || strings.HasPrefix(o.show, "class."))
	seen := map[string]int32{}
	for _, g := range in.groups {
		k, ok := seen[g]
		if !ok {
			k = int32(len(r.groupNames))
			seen[g] = k
			r.groupNames = append(r.groupNames, g)
		}
		r.groupIndex = append(r.groupIndex, k)
	}
	return r, nil
}

// compute runs the job and its gradient.
func (r *run) compute(ctx context.Context, out *outputs) (*engine.Result, error) {
	r.job.RowTerms = len(r.groupNames) > 0
	if out.stats || r.o.top > 0 || len(r.groupNames) > 0 {
		r.job.Collect = func() engine.Collector { return r.newCollector() }
	}
	r.job.Trace = out.spans != nil
	r.job.Maps = out.maps != nil
	if out.rows || r.job.Trace || r.job.Maps {
		r.job.Ordered = out.take(r)
	}
	r.job.Columns = r.job.Ordered != nil || r.o.top > 0
	if out.pairs != nil {
		r.job.Pairs = out.found
	}
	if out.elements != nil {
		r.job.Elements = out.elements
	}
	r.job.Brief = !out.more && r.job.Collect == nil && r.job.Ordered == nil && r.job.Elements == nil && !r.o.asksMore()
	stop := r.progress()
	res, err := r.job.Run(ctx)
	if err == nil && out.gradient != nil {
		err = r.job.Gradient(ctx, res, out.gradInput, out.gradient)
	}
	if err == nil && r.o.checkGrad {
		err = r.checkGradient(ctx, res, out.gradInput)
	}
	stop()
	if errors.Is(err, context.Canceled) || ctx.Err() != nil {
		return nil, errInterrupted
	}
	return res, err
}

// terminal reports whether a stream is a terminal.
func terminal(w any) bool {
	if c, ok := w.(*checked); ok {
		w = c.w
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
