package commands

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"lossctl/io/report"
)

// A gate compares one number of the result with a limit.
type gate struct {
	flag  string
	name  string // "": what --show names
	limit float64
}

type gates []gate

// gates parses --fail-above and --fail-below.
func (o *options) gates() (gates, error) {
	var list gates
	for _, g := range []struct {
		flag  string
		texts []string
	}{{"fail-above", o.above}, {"fail-below", o.below}} {
		for _, t := range g.texts {
			name, number, named := strings.Cut(t, "=")
			if !named {
				name, number = "", t
			}
			x, err := strconv.ParseFloat(number, 64)
			if err != nil || math.IsNaN(x) || named && name == "" {
				return nil, usagef("--%s: got %q, want X or NAME=X", g.flag, t)
			}
			list = append(list, gate{g.flag, name, x})
		}
	}
	return list, nil
}

// ofResult is the number that --show names of the result; with --top it may
// be of the rows alone.
func (o *options) ofResult() string {
	if o.top > 0 && slices.Contains(o.loss.Columns, o.show) {
		return ""
	}
	return o.show
}

// asksMore reports whether --show or a gate names another number than the
// value.
func (o *options) asksMore() bool {
	list, err := o.gates()
	value := func(name string) bool { return name == "" || name == "loss" || name == "value" }
	return err != nil || !value(o.show) || slices.ContainsFunc(list, func(g gate) bool { return !value(g.name) })
}

// known finds names that the result will not have, before the long run.
func (list gates) known(r *report.Result, show string) error {
	if show != "" {
		if _, ok := r.Number(show); !ok {
			return usagef("--show: got %q, want one of %s", show, namesOf(r))
		}
	}
	for _, g := range list {
		if _, ok := r.Number(g.name); !ok {
			return usagef("--%s: got %q, want one of %s", g.flag, g.name, namesOf(r))
		}
	}
	return nil
}

// namesOf lists the numbers of a result, not every class of many.
func namesOf(r *report.Result) string {
	names := r.Names()
	if n := len(r.PerClass); n > 10 {
		names = slices.DeleteFunc(names, func(s string) bool { return strings.HasPrefix(s, "class.") })
		names = append(names, fmt.Sprintf("class.0 … class.%d", n-1))
	}
	return strings.Join(names, ", ")
}

// check returns the first gate that failed.
func (list gates) check(r *report.Result, show string) error {
	for _, g := range list {
		name := g.name
		if name == "" {
			name = show
		}
		x, _ := r.Number(name)
		v := float64(x)
		if math.IsNaN(v) || g.flag == "fail-above" && v > g.limit || g.flag == "fail-below" && v < g.limit {
			if name == "" {
				name = "loss"
			}
			return gateError{fmt.Errorf("--%s: %s is %s, the limit is %s", g.flag, name, x, report.Float(g.limit))}
		}
	}
	return nil
}

// needsStats reports whether a gate or --show may name a statistic.
func (o *options) needsStats() bool {
	return o.show != "" || strings.Contains(strings.Join(append(o.above, o.below...), " "), "=")
}
