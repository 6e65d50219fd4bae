package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// microPackages are the packages of which benchmarks run in memory.
var microPackages = []string{"./internal/vec", "./internal/sum", "./loss/..."}

// A microResult is one line of go test -bench.
type microResult struct {
	pkg, name string
	nsOp      float64
	gbs       float64 // 0: no bytes
	nsEach    string  // the benchmark's own unit, "0.41 ns/number"
	allocs    string
}

// micros are all lines, and the packages that failed.
type micros struct {
	lines  []microResult
	failed []string
}

// micro runs the benchmarks of the packages, one after the other.
func micro(ctx context.Context, each time.Duration) (*micros, error) {
	m := &micros{}
	for _, pkg := range microPackages {
		fmt.Fprintln(os.Stderr, "go test -bench . ", pkg)
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchtime", each.String(), pkg)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		m.parse(string(out))
		if err != nil {
			m.failed = append(m.failed, pkg)
			fmt.Fprintf(os.Stderr, "%s: %v\n%s", pkg, err, errs.String())
		}
	}
	return m, nil
}

// parse reads what go test prints: a name, a count, and pairs of a number and
// its unit.
func (m *micros) parse(text string) {
	pkg, procs := "", ""
	if n := runtime.GOMAXPROCS(0); n > 1 {
		procs = fmt.Sprintf("-%d", n)
	}
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		if len(w) == 2 && w[0] == "pkg:" {
			pkg = w[1]
		}
		if len(w) < 4 || !strings.HasPrefix(w[0], "Benchmark") {
			continue
		}
		r := microResult{pkg: pkg, name: strings.TrimPrefix(strings.TrimSuffix(w[0], procs), "Benchmark")}
		for i := 2; i+1 < len(w); i += 2 {
			x, err := strconv.ParseFloat(w[i], 64)
			if err != nil {
				break
			}
			switch unit := w[i+1]; {
			case unit == "ns/op":
				r.nsOp = x
			case unit == "MB/s":
				r.gbs = x / 1e3
			case unit == "allocs/op":
				r.allocs = w[i]
			case strings.HasPrefix(unit, "ns/"):
				r.nsEach = w[i] + " " + unit
			}
		}
		m.lines = append(m.lines, r)
	}
}
