// Docs writes what documentation is made from the declarations: a page a
// loss, the schema of the result, and the tables of README.md.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"lossctl/commands"
	"lossctl/io/report"
	"lossctl/loss"
)

func main() {
	log.SetFlags(0)
	write("docs/result.schema.json", strings.TrimRight(report.JSONSchema(), "\n")+"\n")
	var table strings.Builder
	table.WriteString("| command | what it computes | conventions |\n|---|---|---|\n")
	for _, declare := range loss.All {
		l := declare()
		file := strings.ReplaceAll(l.Name, " ", "-") + ".md"
		page := commands.Explain(l)
		write(filepath.Join("docs", file), fmt.Sprintf("# lossctl %s\n\nMade from the declaration by `make generate`; `lossctl explain %s` prints it.\n\n```\n%s```\n", l.Name, l.Name, page))
		var conventions []string
		for _, c := range l.Conventions {
			conventions = append(conventions, c.Name)
		}
		fmt.Fprintf(&table, "| [`lossctl %s`](docs/%s) | %s | %s |\n", l.Name, file, l.Summary, strings.Join(conventions, " "))
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		log.Fatal(err)
	}
	write("README.md", replace(string(readme), "losses", table.String()))
}

// replace puts text between the two marks of that name.
func replace(page, name, text string) string {
	open, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	i, j := strings.Index(page, open), strings.Index(page, end)
	if i < 0 || j < i {
		log.Fatalf("README.md: no marks %s … %s", strings.TrimSpace(open), end)
	}
	return page[:i+len(open)] + text + page[j:]
}

func write(file, text string) {
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}
