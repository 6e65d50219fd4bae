package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lossctl/loss"
)

// Names of the contenders beside the variants of lossctl.
const (
	byValue = "value"
	byCat   = "cat"
	byTorch = "torch"
	byGrad  = "gradient"
	gradOf  = "torch gradient"
	byONNX  = "onnxruntime"
)

// A result is what the rounds of one case gave.
type result struct {
	loss   string
	c      *benchCase
	scale  float64
	bytes  int64 // of the files
	series map[string]series
	order  []string // of the contenders
	torch  string   // version, threads, chunk
	differ string   // by how much torch's value differs
	unlike []string // variants whose value has other bits
}

// runCases measures the cases of every loss; missing are losses without.
func runCases(ctx context.Context, o *options, program string, py python) (results []*result, missing []string, err error) {
	for _, name := range loss.Names() {
		f := families[name]
		if len(f.cases) == 0 {
			missing = append(missing, name)
		}
		for i := range f.cases {
			c := &f.cases[i]
			if !o.only.MatchString(name + " " + c.name) {
				continue
			}
			r, err := runCase(ctx, o, program, py, name, c)
			if err != nil {
				return nil, nil, fmt.Errorf("%s %s: %w", name, c.name, err)
			}
			results = append(results, r)
			r.print(os.Stdout)
		}
	}
	return results, missing, nil
}

// place makes the inputs of some flags and puts their paths in.
func place(ctx context.Context, o *options, flags []string) (args, files []string, err error) {
	for _, a := range flags {
		name, isInput := strings.CutPrefix(a, "@")
		if !isInput {
			args = append(args, a)
			continue
		}
		name, column, hasColumn := strings.Cut(name, ":")
		path, err := ensure(ctx, o, name)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Contains(files, path) {
			files = append(files, path)
		}
		if hasColumn {
			path += ":" + column
		}
		args = append(args, path)
	}
	return args, files, nil
}

// runCase runs one case: lossctl, cat, torch and the variants in turn.
func runCase(ctx context.Context, o *options, program string, py python, name string, c *benchCase) (r *result, err error) {
	args, files, err := place(ctx, o, c.args)
	if err != nil {
		return nil, err
	}
	r = &result{loss: name, c: c, scale: o.scale}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return nil, err
		}
		r.bytes += info.Size()
	}
	args = append(strings.Fields(name), args...)
	grad := filepath.Join(o.dir, "gradient.npy")
	defer os.Remove(grad)

	var list, writers []contender
	lossctl := func(as string, env []string, more ...string) contender {
		return contender{as, func(ctx context.Context) (sample, error) {
			return child(ctx, env, program, slices.Concat(args, more)...)
		}}
	}
	threads := strconv.Itoa(o.threads)
	list = append(list, lossctl(byValue, nil, "-f", "value", "--threads", threads))
	list = append(list, contender{byCat, func(ctx context.Context) (sample, error) { return reading(ctx, files) }})
	var t *torch
	if c.torch != "" && py.version != "" {
		if t, err = py.start(ctx, c.torch, files, o.threads); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, t.stop()) }()
		r.torch = t.about
		list = append(list, contender{byTorch, func(context.Context) (sample, error) { return t.run("value") }})
	}
	if c.onnx && py.onnx {
		session, err := py.start(ctx, "onnx_"+c.torch, files, o.threads)
		if err != nil {
			return nil, err
		}
		defer func() { session.stop() }()
		r.torch += "; " + session.about
		list = append(list, contender{byONNX, func(context.Context) (sample, error) { return session.run("value") }})
	}
	if c.full {
		list = append(list, lossctl("table", nil, "-f", "table", "--threads", threads))
		list = append(list, lossctl("1 thread", nil, "-f", "value", "--threads", "1"))
		for _, level := range levels() {
			list = append(list, lossctl(level, []string{"LOSSCTL_VEC=" + level}, "-f", "value", "--threads", threads))
		}
		if hasGrad(name) {
			writers = append(writers, lossctl(byGrad, nil, "-f", "value", "--threads", threads, "--grad-out", grad))
			if t != nil {
				writers = append(writers, contender{gradOf, func(context.Context) (sample, error) { return t.run("grad " + grad) }})
			}
		}
	}
	fmt.Fprintf(os.Stderr, "%s %s: %d rounds\n", name, c.name, o.rounds)
	if _, err := rounds(ctx, 1, list[:2]); err != nil { // into the page cache
		return nil, err
	}
	if r.series, err = rounds(ctx, o.rounds, list); err != nil {
		return nil, err
	}
	written, err := rounds(ctx, o.rounds, writers) // apart: what they write is still on its way to the disk after them
	if err != nil {
		return nil, err
	}
	maps.Copy(r.series, written)
	for _, l := range slices.Concat(list, writers) {
		r.order = append(r.order, l.name)
	}
	r.compareValues()
	return r, nil
}

// pictures is how many go through the network a second.
func (r *result) pictures(s series) float64 {
	return math.Round(float64(r.c.pictures/2)*r.scale) * 2 / s.wall().median
}

func hasGrad(name string) bool { return loss.Find(name)().Grad != nil }

// compareValues notes how torch's value differs, and which variant of ours
// has not the same bits.
func (r *result) compareValues() {
	want := r.series[byValue][0].out
	for _, name := range r.order {
		switch name {
		case byCat, "table", gradOf, byONNX:
			continue
		case byTorch:
			a, errA := strconv.ParseFloat(want, 64)
			b, errB := strconv.ParseFloat(r.series[name][0].out, 64)
			if errA == nil && errB == nil {
				r.differ = fmt.Sprintf("%.0e", max(a-b, b-a)/max(a, -a))
			}
			continue
		}
		if slices.ContainsFunc(r.series[name], func(s sample) bool { return s.out != want }) {
			r.unlike = append(r.unlike, name)
		}
	}
}
