package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// keptRows is how many samples of a table wait for their widths.
const keptRows = 1000

// sampleRows are the per-sample rows of a table. The first 1000 are kept and
// set as one grid; beyond, all are written at fixed widths, which these rows
// gave, into a spool.
type sampleRows struct {
	opt   Options
	cols  *columns
	right []bool
	kept  [][]string
	width []int
	n     int
	spool spool
	line  []byte
}

func (t *sampleRows) add(s *Sample) error {
	if t.cols == nil {
		t.cols = columnsOf(s)
		t.right = t.shown(t.cols.numeric(s))
	}
	if err := t.cols.fit(s); err != nil {
		return err
	}
	cut := *s
	cut.Classes = cut.Classes[:min(len(cut.Classes), shownColumn)]
	cells := t.cols.cells(&cut, t.opt.Digits)
	t.n++
	switch {
	case t.n <= keptRows:
		t.kept = append(t.kept, cells)
		return nil
	case t.n == keptRows+1:
		if err := t.start(); err != nil {
			return err
		}
	}
	return t.put(cells)
}

// shown cuts the class columns that a table has no room for.
func (t *sampleRows) shown(all []bool) []bool {
	return all[:len(all)-max(t.cols.classes-shownColumn, 0)]
}

func (t *sampleRows) heads() []string {
	return t.cols.heads(t.opt.ClassNames)[:len(t.right)]
}

// start fixes the widths and writes the rows that were kept.
func (t *sampleRows) start() error {
	for i, h := range t.heads() {
		w := width(h)
		for _, row := range t.kept {
			w = max(w, width(row[i]))
		}
		t.width = append(t.width, w)
	}
	t.width[0] = max(t.width[0], len(strconv.Itoa(t.opt.Samples)))
	if err := t.put(t.heads()); err != nil {
		return err
	}
	total := 2 * (len(t.width) - 1)
	for _, w := range t.width {
		total += w
	}
	if _, err := io.WriteString(&t.spool, strings.Repeat("─", total)+"\n"); err != nil {
		return err
	}
	for _, row := range t.kept {
		if err := t.put(row); err != nil {
			return err
		}
	}
	t.kept = nil
	return nil
}

// put writes one line at the fixed widths; what is wider moves the rest.
func (t *sampleRows) put(cells []string) error {
	t.line = t.line[:0]
	for i, c := range cells {
		if i > 0 {
			t.line = append(t.line, "  "...)
		}
		pad := max(t.width[i]-width(c), 0)
		if t.right[i] {
			t.line = appendSpaces(t.line, pad)
		}
		t.line = append(t.line, c...)
		if !t.right[i] && i < len(cells)-1 {
			t.line = appendSpaces(t.line, pad)
		}
	}
	_, err := t.spool.Write(append(t.line, '\n'))
	return err
}

// copyTo writes the rows below an empty line.
func (t *sampleRows) copyTo(w io.Writer) error {
	if t.n == 0 {
		return nil
	}
	io.WriteString(w, "\n") // a buffered writer: the next write has its error
	if t.n > keptRows {
		return t.spool.copyTo(w)
	}
	p := page{opt: t.opt}
	p.grid(t.heads(), t.right, t.kept)
	if p.err != nil {
		return p.err
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

// notes are the footnotes of the rows.
func (t *sampleRows) notes() []string {
	var notes []string
	if t.n > 0 && t.opt.Top > 0 {
		notes = append(notes, fmt.Sprintf("the %d worst of %d samples, worst first", t.n, max(t.opt.Samples, t.n)))
	}
	if t.cols != nil && t.cols.classes > shownColumn {
		notes = append(notes, fmt.Sprintf("the first %d of %d classes; json and csv have all", shownColumn, t.cols.classes))
	}
	return notes
}

func appendSpaces(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}
