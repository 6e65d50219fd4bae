package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	shownRows   = 20  // classes or groups of a table
	shownColumn = 12  // class columns of its samples
	textWidth   = 100 // where lists of parameters wrap
)

// tableSink writes what a person reads: how the arrays were read, the value,
// what it is made of, the rows, and the warnings as footnotes.
type tableSink struct {
	*output
	opt  Options
	rows *sampleRows
}

func newTable(out *output, opt Options) Sink {
	return &tableSink{output: out, opt: opt, rows: &sampleRows{opt: opt, spool: spool{folder: out.folder()}}}
}

func (t *tableSink) Sample(s *Sample) error {
	if !t.opt.PerSample {
		return nil
	}
	if err := t.rows.add(s); err != nil {
		t.Abort()
		return failed(t.name, err)
	}
	return nil
}

func (t *tableSink) Close(r *Result) error {
	defer t.Abort()
	p := page{opt: t.opt}
	p.top(r)
	p.value(r)
	p.settings(r)
	p.stats(r)
	p.classes(r)
	p.groups(r)
	t.Write([]byte(p.text.String()))
	if err := errors.Join(p.err, t.rows.copyTo(t)); err != nil {
		return failed(t.name, err)
	}
	t.Write([]byte(p.footnotes(r, t.rows)))
	return t.commit()
}

func (t *tableSink) Abort() {
	t.rows.spool.close()
	t.output.Abort()
}

// A page is the text of a table, its rows aside.
type page struct {
	opt   Options
	text  strings.Builder
	notes []string // footnotes of its own
	err   error
}

// top says how the arrays were read and what was computed.
func (p *page) top(r *Result) {
	if r.Layout != "" {
		p.text.WriteString(oneLine(r.Layout) + "\n")
	}
	what := r.Loss
	if r.Convention != "" {
		what += ", convention " + r.Convention
	}
	if r.Formula != "" {
		what += ": " + r.Formula
	}
	if what != "" {
		p.text.WriteString(p.paint(dim, oneLine(what)) + "\n")
	}
	if p.text.Len() > 0 {
		p.text.WriteByte('\n')
	}
}

// value writes the value with all its digits, and below it the components.
func (p *page) value(r *Result) {
	names, numbers := []string{"loss"}, []string{r.Value.String()}
	for _, c := range r.Components {
		names = append(names, c.Name)
		numbers = append(numbers, significant(float64(c.Value), p.opt.Digits))
	}
	numbers = alignPoints(numbers)
	var rows [][]string
	for i := range names {
		rows = append(rows, []string{names[i], numbers[i], ""})
	}
	rows[0][2] = denominator(r)
	if marks := p.marks(r); marks != "" {
		rows[0][2] = strings.TrimSpace(rows[0][2] + " " + marks)
	}
	rows[0][1] = p.paint(bold, rows[0][1])
	p.grid(nil, []bool{false, false, false}, rows)
}

// denominator is what the value is: mean over 900 samples.
func denominator(r *Result) string {
	if r.Reduction == "" {
		return ""
	}
	if r.Unit == "" {
		return r.Reduction
	}
	return fmt.Sprintf("%s over %s %s", r.Reduction, count(r.Count, 6), Plural(float64(r.Count), r.Unit))
}

// settings writes the parameters in force and what was skipped.
func (p *page) settings(r *Result) {
	var params, skipped []string
	for _, f := range r.Params {
		if r.Minor[f.Name] {
			continue
		}
		params = append(params, f.Name+" "+cmp.Or(oneLine(f.text()), "none"))
	}
	for _, s := range []struct {
		n    int64
		what string
	}{
		{r.Skipped.Ignored, "ignored"},
		{r.Skipped.Empty, "empty"},
		{r.Skipped.Infeasible, "infeasible"},
		{r.Skipped.Nonfinite, "not finite"},
	} {
		if s.n > 0 {
			skipped = append(skipped, fmt.Sprintf("%d %s", s.n, s.what))
		}
	}
	if len(params)+len(skipped) > 0 {
		p.text.WriteByte('\n')
	}
	p.items("params", params)
	p.items("skipped", skipped)
}

// items writes a list behind its name, wrapped.
func (p *page) items(name string, items []string) {
	if len(items) == 0 {
		return
	}
	const indent = 9 // the longest name and two spaces
	p.text.WriteString(p.paint(dim, fmt.Sprintf("%-*s", indent, name)))
	at := indent
	for i, s := range items {
		w := width(s) + 2
		if i < len(items)-1 {
			s += ","
		}
		switch {
		case i > 0 && at+w > textWidth:
			p.text.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		case i > 0:
			p.text.WriteByte(' ')
		}
		p.text.WriteString(s)
		at += w
	}
	p.text.WriteByte('\n')
}

func (p *page) stats(r *Result) {
	if r.Stats == nil {
		return
	}
	var heads, row []string
	for _, c := range r.Stats.numbers() {
		heads = append(heads, c.Name)
		row = append(row, significant(float64(c.Value), p.opt.Digits))
	}
	if r.Stats.Approximate {
		p.notes = append(p.notes, "percentiles are within 0.1 %")
	}
	p.text.WriteByte('\n')
	p.grid(heads, []bool{true, true, true, true, true, true}, [][]string{row})
}

func (p *page) classes(r *Result) {
	if len(r.PerClass) == 0 {
		return
	}
	list := mostly(p, r.PerClass, "classes", func(c Class) Float { return c.Loss })
	named := slices.ContainsFunc(list, func(c Class) bool { return c.Name != "" })
	heads, right := []string{"class", "name", "loss", "count"}, []bool{true, false, true, true}
	for _, x := range list[0].Extra {
		heads, right = append(heads, x.Name), append(right, true)
	}
	var rows [][]string
	for _, c := range list {
		row := []string{strconv.Itoa(c.Class), oneLine(c.Name), significant(float64(c.Loss), p.opt.Digits), count(c.Count, p.opt.Digits)}
		for _, x := range c.Extra {
			row = append(row, significant(float64(x.Value), p.opt.Digits))
		}
		if !named {
			row = slices.Delete(row, 1, 2)
		}
		rows = append(rows, row)
	}
	if !named {
		heads, right = slices.Delete(heads, 1, 2), slices.Delete(right, 1, 2)
	}
	p.text.WriteByte('\n')
	p.grid(heads, right, rows)
}

func (p *page) groups(r *Result) {
	if len(r.PerGroup) == 0 {
		return
	}
	var rows [][]string
	for _, g := range mostly(p, r.PerGroup, "groups", func(g Group) Float { return g.Value }) {
		rows = append(rows, []string{oneLine(g.Group), significant(float64(g.Value), p.opt.Digits), count(g.Count, p.opt.Digits)})
	}
	p.text.WriteByte('\n')
	p.grid(groupHeads, []bool{false, true, true}, rows)
}

// mostly is the list, or its worst rows where there are too many, with a
// footnote.
func mostly[T any](p *page, list []T, what string, loss func(T) Float) []T {
	if len(list) <= shownRows {
		return list
	}
	p.notes = append(p.notes, fmt.Sprintf("the %d worst of %d %s; json has all", shownRows, len(list), what))
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b T) int { return compareKeys(float64(loss(b)), float64(loss(a))) })
	return sorted[:shownRows]
}

// marks are the signs of the warnings, beside the value.
func (p *page) marks(r *Result) string {
	var marks []string
	for i := range r.Warnings {
		marks = append(marks, superscript(i+1))
	}
	return p.paint(yellow, strings.Join(marks, " "))
}

// footnotes are the warnings and what the table leaves out.
func (p *page) footnotes(r *Result, rows *sampleRows) string {
	var b strings.Builder
	for i, w := range r.Warnings {
		b.WriteString(p.paint(yellow, superscript(i+1)) + " " + oneLine(w) + "\n")
	}
	for _, n := range slices.Concat(p.notes, rows.notes()) {
		b.WriteString(p.paint(dim, "* "+n) + "\n")
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}

// superscript is n as the mark of a footnote.
func superscript(n int) string {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	var mark []rune
	for _, d := range strconv.Itoa(n) {
		mark = append(mark, digits[d-'0'])
	}
	return string(mark)
}
