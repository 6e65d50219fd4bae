package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// A grid is a table of the page. Columns are numbers, to the right, but for
// the first ones.
type grid struct {
	left   int // columns of text
	header []string
	rows   [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// write is nothing where there are no rows.
func (g *grid) write(w io.Writer) {
	if len(g.rows) == 0 {
		return
	}
	line := func(cells []string) {
		for _, c := range cells {
			fmt.Fprintf(w, "| %s ", strings.ReplaceAll(c, "|", `\|`))
		}
		fmt.Fprintln(w, "|")
	}
	line(g.header)
	for i := range g.header {
		if i < g.left {
			fmt.Fprint(w, "|---")
		} else {
			fmt.Fprint(w, "|---:")
		}
	}
	fmt.Fprintln(w, "|")
	for _, r := range g.rows {
		line(r)
	}
	fmt.Fprintln(w)
}

// digits are three significant digits, or all before the point.
func digits(x float64) string {
	if x == 0 {
		return "0"
	}
	return fmt.Sprintf("%.*f", max(0, 2-int(math.Floor(math.Log10(math.Abs(x))))), x)
}

// String is the median and the ends.
func (s spread) String() string {
	return fmt.Sprintf("%s (%s–%s)", digits(s.median), digits(s.min), digits(s.max))
}
