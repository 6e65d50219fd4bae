package report

import "strings"

// mdSink writes a table of GitHub's markdown: the samples, or else one row of
// the summary with its statistics; below it one of the groups, where there are
// any, and the warnings as a list.
type mdSink struct {
	*output
	opt  Options
	cols *columns
}

func newMarkdown(out *output, opt Options) Sink { return &mdSink{output: out, opt: opt} }

func (m *mdSink) Sample(s *Sample) error {
	if !m.opt.PerSample {
		return nil
	}
	var b strings.Builder
	if m.cols == nil {
		m.cols = columnsOf(s)
		m.head(&b, s)
	}
	if err := m.cols.fit(s); err != nil {
		m.Abort()
		return failed(m.name, err)
	}
	line(&b, m.cols.cells(s, m.opt.Digits))
	return m.put([]byte(b.String()))
}

func (m *mdSink) Close(r *Result) error {
	var b strings.Builder
	switch {
	case !m.opt.PerSample:
		cells := brief(r)
		var heads, texts []string
		var right []bool
		for _, f := range cells {
			heads = append(heads, f.Name)
			x, score := f.Value.(Float)
			_, number := f.number()
			right = append(right, number)
			if score && f.Name != "value" && f.Name != "count" {
				texts = append(texts, significant(float64(x), m.opt.Digits))
			} else {
				texts = append(texts, f.text())
			}
		}
		line(&b, heads)
		rule(&b, right)
		line(&b, texts)
	case m.cols == nil: // no rows
		m.cols = columnsOf(&Sample{})
		m.head(&b, &Sample{})
	}
	m.groups(&b, r.PerGroup)
	for i, w := range r.Warnings {
		if i == 0 {
			b.WriteByte('\n')
		}
		b.WriteString("- " + strings.Join(strings.Fields(w), " ") + "\n")
	}
	m.Write([]byte(b.String()))
	return m.commit()
}

// groups writes the table of the groups.
func (m *mdSink) groups(b *strings.Builder, list []Group) {
	if len(list) == 0 {
		return
	}
	b.WriteByte('\n')
	line(b, groupHeads)
	rule(b, []bool{false, true, true})
	for _, g := range list {
		line(b, []string{g.Group, significant(float64(g.Value), m.opt.Digits), count(g.Count, m.opt.Digits)})
	}
}

// head writes the heads and which columns are numbers.
func (m *mdSink) head(b *strings.Builder, s *Sample) {
	line(b, m.cols.heads(m.opt.ClassNames))
	rule(b, m.cols.numeric(s))
}

// brief is the summary for a person: what is empty or zero is left out.
func brief(r *Result) Fields {
	var row Fields
	for _, f := range summary(r) {
		x, number := f.number()
		if f.Name == "version" || strings.HasPrefix(f.Name, "inputs.") || f.text() == "" ||
			strings.HasPrefix(f.Name, "skipped.") && number && x == 0 {
			continue
		}
		row = append(row, f)
	}
	for _, c := range r.Stats.numbers() {
		row = append(row, Field{"stats." + c.Name, c.Value})
	}
	return row
}

// escape is for what would end a cell or start HTML.
var escape = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", `\<`)

// line writes one row.
func line(b *strings.Builder, cells []string) {
	for _, c := range cells {
		b.WriteString("| " + escape.Replace(oneLine(c)) + " ")
	}
	b.WriteString("|\n")
}

// rule writes the line below the heads: numbers stand right.
func rule(b *strings.Builder, right []bool) {
	for _, r := range right {
		if r {
			b.WriteString("| --: ")
		} else {
			b.WriteString("| --- ")
		}
	}
	b.WriteString("|\n")
}
