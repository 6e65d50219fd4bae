package commands

import (
	"context"
	"encoding/json"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"lossctl/io/report"
	"lossctl/loss"
)

// A conventionRow is the number of one convention.
type conventionRow struct {
	Convention string       `json:"convention"`
	Value      report.Float `json:"value"`
	Count      report.Count `json:"count"`
	Unit       string       `json:"unit"`
	Doc        string       `json:"doc"`
	Error      string       `json:"error,omitempty"`
}

// allConventions computes the number of every convention with the flags that
// were given.
func allConventions(ctx context.Context, s streams, o *options, declare func() *loss.Loss) error {
	var rows []conventionRow
	names := []string{"default"}
	for _, c := range o.loss.Conventions {
		names = append(names, c.Name)
	}
	for _, name := range names {
		row := conventionRow{Convention: name, Doc: "the definition of the paper: " + o.loss.Formula}
		if c := o.loss.Convention(name); c != nil {
			row.Doc = c.Doc
		}
		if err := row.compute(ctx, s, o.fork(name, declare), declare); err != nil {
			if exitCode(err) != exitUsage || name == "default" {
				return err
			}
			row.Error = oneLine(err)
		}
		rows = append(rows, row)
	}
	if o.format == "json" {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		return e.Encode(rows)
	}
	return writeConventions(s, rows)
}

// fork copies the flags that were given, for another convention.
func (o *options) fork(convention string, declare func() *loss.Loss) *options {
	c := *o
	c.loss = declare()
	for _, p := range o.loss.Params {
		if o.set[p.Name] {
			c.loss.Param(p.Name).Value.Copy(p.Value)
		}
	}
	c.convention = convention
	return &c
}

func (row *conventionRow) compute(ctx context.Context, s streams, o *options, declare func() *loss.Loss) error {
	r, err := newRun(s, o, declare)
	if err != nil {
		return err
	}
	defer r.in.parts.close()
	res, err := r.compute(ctx, &outputs{})
	if err != nil {
		return err
	}
	row.Value, row.Count, row.Unit = report.Float(res.Value), report.Count(r.job.CountOf(&res.All)), r.in.frame.Unit
	return nil
}

func writeConventions(s streams, rows []conventionRow) error {
	t := tablewriter.NewTable(s.out,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Borders: tw.BorderNone, Settings: tw.Settings{
			Separators: tw.Separators{BetweenColumns: tw.Off}, Lines: tw.Lines{ShowHeaderLine: tw.Off},
		}})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: []tw.Align{tw.AlignLeft, tw.AlignRight, tw.AlignRight, tw.AlignLeft}}),
		tablewriter.WithRowMaxWidth(100),
	)
	t.Header("convention", "value", "count", "what it does")
	for _, r := range rows {
		value, count, doc := r.Value.String(), r.Count.String()+" "+report.Plural(float64(r.Count), r.Unit), r.Doc
		if r.Error != "" {
			value, count, doc = "–", "", r.Error
		}
		if err := t.Append(r.Convention, value, count, doc); err != nil {
			return err
		}
	}
	return t.Render()
}
