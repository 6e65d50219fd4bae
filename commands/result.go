package commands

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lossctl/io/report"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// result makes the document of a run.
func (r *run) result(res *engine.Result) *report.Result {
	o, f := r.o, r.in.frame
	doc := &report.Result{
		Loss: o.loss.Name, Value: report.Float(res.Value), Reduction: o.reduction,
		Count: report.Count(r.job.CountOf(&res.All)), Unit: f.Unit, Samples: res.All.Samples,
		Skipped: report.Skipped{Ignored: int64(res.Ignored + res.Masked), Empty: int64(res.Empty), Nonfinite: int64(res.NonFinite)},
		Layout:  f.Layout, Params: r.params(), Minor: map[string]bool{}, Convention: o.convention, Formula: o.loss.Formula,
		Version: Version, Warnings: append(append([]string{}, f.Warnings...), res.Warnings...),
	}
	for i := range o.loss.Params {
		if p := &o.loss.Params[i]; !p.Main && !o.changed(p) {
			doc.Minor[p.Name] = true
		}
	}
	for _, a := range r.in.arrays {
		doc.Inputs = append(doc.Inputs, report.Input{Name: a.flag, File: a.file, Shape: a.shape, Dtype: a.dtype})
	}
	doc.Components = r.components(res)
	if c, ok := res.Collector.(*collector); ok {
		if res.All.Samples > 1 {
			doc.Stats = c.stats.Stats()
		}
		doc.PerGroup = c.perGroup()
	}
	for c := range res.ByClass {
		t := &res.ByClass[c]
		row := report.Class{Class: c, Loss: report.Float(r.job.ValueOf(t)), Count: report.Count(r.job.CountOf(t))}
		if c < len(r.in.classes) {
			row.Name = r.in.classes[c]
		}
		if n := len(o.loss.ClassColumns); n > 0 {
			x := make([]float64, n)
			o.loss.ClassRow(x, t)
			for k, name := range o.loss.ClassColumns {
				row.Extra = append(row.Extra, report.Component{Name: name, Value: report.Float(x[k])})
			}
		}
		doc.PerClass = append(doc.PerClass, row)
	}
	for k, t := range o.loss.Terms {
		switch t.Name { // terms that count what is left out
		case "infeasible":
			doc.Skipped.Infeasible = int64(res.All.Terms[k])
			if p := o.loss.Param("infeasible"); p != nil && p.Value.String() == "skip" {
				doc.Skipped.Empty -= doc.Skipped.Infeasible // they are told of as such
			}
		case "empty":
			doc.Skipped.Empty = int64(res.All.Terms[k])
		}
	}
	return doc
}

// skeleton is a result with the names that the result will have, for checks
// before the run.
func (r *run) skeleton() *report.Result {
	doc := &report.Result{Stats: &report.Stats{}}
	for c := range r.job.Classes {
		row := report.Class{Class: c}
		if c < len(r.in.classes) {
			row.Name = r.in.classes[c]
		}
		doc.PerClass = append(doc.PerClass, row)
	}
	for _, g := range r.groupNames {
		doc.PerGroup = append(doc.PerGroup, report.Group{Group: g})
	}
	doc.Components = r.components(r.nothing())
	return doc
}

// nothing is the result of no samples.
func (r *run) nothing() *engine.Result {
	totals := func() loss.Totals { return loss.Totals{Terms: make([]float64, len(r.o.loss.Terms))} }
	res := &engine.Result{All: totals()}
	for range r.job.Classes {
		res.ByClass = append(res.ByClass, totals())
	}
	return res
}

// components are the numbers beside the value.
func (r *run) components(res *engine.Result) report.Components {
	var list report.Components
	for _, c := range r.job.Components(res) {
		list = append(list, report.Component{Name: c.Name, Value: report.Float(c.Value)})
	}
	if red := r.job.Reduction; red.Name != "mean" && red.Name != "sum" && !red.Elements && !r.o.loss.HasValue() {
		list = append(list, report.Component{Name: "denominator", Value: report.Float(red.Den(&res.All))})
	}
	if r.o.checkGrad {
		list = append(list, report.Component{Name: "grad_check", Value: report.Float(r.gradOff)})
	}
	return list
}

// params are the parameters in force, and how the inputs were read where it
// is not the default.
func (r *run) params() report.Fields {
	o := r.o
	var list report.Fields
	for _, p := range o.loss.Params {
		if p.Hidden && !o.changed(&p) {
			continue
		}
		list = append(list, report.Field{Name: p.Name, Value: p.Value.JSON()})
	}
	for _, c := range []struct{ input, given string }{{"pred", o.reading.PredAs}, {"target", o.reading.TargetAs}} {
		if !o.loss.ReadsFlag(c.input + "-as") {
			continue
		}
		if held := r.heldBy(c.input, c.given); held != "" {
			list = append(list, report.Field{Name: c.input + "-as", Value: held})
		}
	}
	if o.loss.Direction != nil {
		list = append(list, report.Field{Name: "direction", Value: o.loss.Direction()})
	}
	if red := r.job.Reduction; red.Name != o.reduction {
		list = append(list, report.Field{Name: "denominator", Value: red.Doc})
	}
	for _, c := range []struct {
		name  string
		value any
	}{
		{"ignore-index", o.reading.IgnoreIndex},
		{"class-axis", o.reading.ClassAxis},
		{"no-batch", o.reading.NoBatch},
		{"mask-invert", o.maskInvert},
		{"non-finite", o.nonFinite},
		{"pred-scale", o.scale},
		{"pred-zero-point", o.zeroPoint},
	} {
		if !o.set[c.name] {
			continue
		}
		if k, ok := c.value.(*int); ok {
			c.value = *k
		}
		list = append(list, report.Field{Name: c.name, Value: c.value})
	}
	return list
}

// heldBy is what an input holds, as the frame understands it; "" where it is
// absent.
func (r *run) heldBy(input, given string) string {
	k := slices.IndexFunc(r.o.loss.Inputs, func(in loss.Input) bool { return in.Name == input })
	switch r.in.frame.Views[k].Role {
	case loss.Logit:
		return "logits"
	case loss.Prob:
		return "probs"
	case loss.LogProb:
		return "logprobs"
	}
	return given
}

// changed reports whether a parameter is not at its default.
func (o *options) changed(p *loss.Param) bool {
	return o.defaults[p.Name] != p.Value.String()
}

// describe prints what --check does: headers, layout, what is in force.
func (r *run) describe() error {
	doc := r.result(r.nothing())
	if r.o.strict && len(doc.Warnings) > 0 {
		return usagef("--strict: %s", strings.Join(doc.Warnings, "; "))
	}
	if !r.o.quiet {
		for _, warning := range doc.Warnings {
			fmt.Fprintf(r.s.err, "lossctl: warning: %s\n", warning)
		}
	}
	if r.o.format == "json" {
		b, err := json.Marshal(report.Fields{
			{Name: "loss", Value: doc.Loss},
			{Name: "layout", Value: doc.Layout},
			{Name: "formula", Value: doc.Formula},
			{Name: "convention", Value: doc.Convention},
			{Name: "reduction", Value: doc.Reduction},
			{Name: "params", Value: doc.Params},
			{Name: "inputs", Value: doc.Inputs},
			{Name: "warnings", Value: doc.Warnings},
		})
		if err == nil {
			_, err = fmt.Fprintf(r.s.out, "%s\n", b)
		}
		return err
	}
	rows := [][2]string{
		{"layout", doc.Layout},
		{"formula", doc.Formula},
		{"convention", doc.Convention},
		{"reduction", doc.Reduction + ": " + r.job.Reduction.Doc},
	}
	for _, in := range doc.Inputs {
		rows = append(rows, [2]string{"--" + in.Name, fmt.Sprintf("%s: %s %v", in.File, in.Dtype, in.Shape)})
	}
	for _, p := range doc.Params {
		rows = append(rows, [2]string{"--" + p.Name, fieldText(p.Value)})
	}
	for _, row := range rows {
		if _, err := fmt.Fprintf(r.s.out, "%-20s %s\n", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

func fieldText(v any) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprint(v)
}
