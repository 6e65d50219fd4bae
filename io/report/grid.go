package report

import (
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// grid writes rows without borders, the heads underlined, if there are any;
// columns that are right have their heads and cells at the right.
func (p *page) grid(heads []string, right []bool, rows [][]string) {
	var sides []tw.Align
	gaps := make([]tw.Padding, len(right)) // behind each column but the last
	for i, r := range right {
		gaps[i] = tw.Padding{Right: "  ", Overwrite: true}
		if i == len(right)-1 {
			gaps[i].Right = ""
		}
		if r {
			sides = append(sides, tw.AlignRight)
		} else {
			sides = append(sides, tw.AlignLeft)
		}
	}
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{PerColumn: sides},
		Padding:    tw.CellPadding{PerColumn: gaps},
	}
	var b strings.Builder
	table := tablewriter.NewTable(&b,
		tablewriter.WithEastAsian(tw.Off), // else widths follow the locale
		tablewriter.WithConfig(tablewriter.Config{Header: cells, Row: cells}),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithTrimLine(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{
				Separators: tw.SeparatorsNone,
				Lines:      tw.Lines{ShowHeaderLine: tw.On, ShowTop: tw.Off, ShowBottom: tw.Off, ShowFooterLine: tw.Off},
			},
		})))
	if len(heads) > 0 {
		table.Header(heads)
	}
	for _, row := range rows {
		if err := table.Append(row); err != nil {
			p.err = err
			return
		}
	}
	if err := table.Render(); err != nil {
		p.err = err
		return
	}
	for line := range strings.Lines(b.String()) {
		p.text.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// alignPoints pads numbers at the left until their points are below each
// other.
func alignPoints(numbers []string) []string {
	whole := func(s string) int {
		if i := strings.IndexAny(s, ".e"); i >= 0 {
			return i
		}
		return len(s)
	}
	most := 0
	for _, s := range numbers {
		most = max(most, whole(s))
	}
	var out []string
	for _, s := range numbers {
		out = append(out, strings.Repeat(" ", most-whole(s))+s)
	}
	return out
}

// oneLine is a cell without line breaks and other control characters.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// width is how many columns of a terminal s takes.
func width(s string) int { return twwidth.Width(s) }
