package commands

import (
	"fmt"
	"math"
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
			name, number, ok := strings.Cut(t, "=")
			if !ok {
				name, number = "", t
			}
			x, err := strconv.ParseFloat(number, 64)
			if err != nil || math.IsNaN(x) {
				return nil, usagef("--%s: got %q, want X or NAME=X", g.flag, t)
			}
			list = append(list, gate{g.flag, name, x})
		}
	}
	return list, nil
}

// check returns the gate that failed, or an error of a name that the result
// does not have.
func (list gates) check(r *report.Result, show string) (failed, err error) {
	if show != "" {
		if _, ok := r.Number(show); !ok {
			return nil, usagef("--show: got %q, want one of %s", show, strings.Join(r.Names(), ", "))
		}
	}
	for _, g := range list {
		name := g.name
		if name == "" {
			name = show
		}
		x, ok := r.Number(name)
		if !ok {
			return nil, usagef("--%s: got %q, want one of %s", g.flag, name, strings.Join(r.Names(), ", "))
		}
		v := float64(x)
		if failed == nil && (math.IsNaN(v) || g.flag == "fail-above" && v > g.limit || g.flag == "fail-below" && v < g.limit) {
			if name == "" {
				name = "loss"
			}
			failed = gateError{fmt.Errorf("--%s: %s is %s, the limit is %s", g.flag, name, x, report.Float(g.limit))}
		}
	}
	return failed, nil
}

// needsStats reports whether a gate or --show may name a statistic.
func (o *options) needsStats() bool {
	return o.show != "" || strings.Contains(strings.Join(append(o.above, o.below...), " "), "=")
}
