package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"lossctl/loss"
)

// explainCommand prints what the declaration of a loss says.
func explainCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:            "explain",
		Usage:           "formula, inputs, parameters, conventions and source of a loss",
		ArgsUsage:       "[LOSS]",
		OnUsageError:    usageErrorOf,
		HideHelpCommand: true,
		Action: func(c *cli.Context) error {
			name := strings.Join(c.Args().Slice(), " ")
			if name == "" {
				for _, declare := range loss.All {
					l := declare()
					fmt.Fprintf(s.out, "%-18s %s\n", l.Name, l.Summary)
				}
				return nil
			}
			declare := loss.Find(name)
			if declare == nil {
				return usagef("%s: no such loss%s", name, suggest(name, loss.Names(), ""))
			}
			_, err := io.WriteString(s.out, Explain(declare()))
			return err
		},
	}
}

// Explain is the page of a loss.
func Explain(l *loss.Loss) string {
	var b strings.Builder
	row := func(head, text string) { paragraph(&b, "  "+head, text, 28, 100) }
	fmt.Fprintf(&b, "lossctl %s: %s\n\n    %s\n\n%s\n\nSource: %s\n", l.Name, l.Summary, l.Formula, l.Details, l.Source)
	b.WriteString("\nInputs\n")
	for _, in := range l.Inputs {
		doc := in.Shape + ": " + in.Doc
		if in.Grad {
			doc += "; has a gradient"
		}
		row("--"+in.Name, doc)
	}
	b.WriteString("\nParameters\n")
	for _, p := range l.Params {
		if !p.Hidden {
			row("--"+p.Name+" "+p.Value.String(), p.Doc)
		}
	}
	b.WriteString("\nReductions\n")
	for _, r := range l.Reductions {
		if !r.Hidden {
			row(r.Name, r.Doc)
		}
	}
	b.WriteString("\nConventions\n")
	for _, c := range l.Conventions {
		row(c.Name, c.Doc)
		row("", "sets "+conventionSettings(l, c))
	}
	return b.String()
}

func conventionSettings(l *loss.Loss, c loss.Convention) string {
	var list []string
	for _, s := range c.Set {
		list = append(list, s.Param+" "+s.Value)
	}
	for _, r := range l.Reductions {
		if to, ok := c.Reductions[r.Name]; ok {
			list = append(list, r.Name+" "+l.Reduction(to).Doc)
		}
	}
	return strings.Join(list, ", ")
}
