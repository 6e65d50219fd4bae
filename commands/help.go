package commands

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"lossctl/loss"
)

// helpText is the help of a loss, made from its declaration.
func helpText(l *loss.Loss, sections []section) string {
	var b strings.Builder
	fmt.Fprintf(&b, "lossctl %s: %s\n\n    %s\n\nUsage: lossctl %s %s [flags]\n", l.Name, l.Summary, l.Formula, l.Name, strings.Join(requiredFlags(l), " "))
	for _, s := range sections {
		fmt.Fprintf(&b, "\n%s\n", s.title)
		for _, f := range s.flags {
			head := "--" + f.name
			for _, a := range f.aliases {
				dash := "--"
				if len(a) == 1 {
					dash = "-"
				}
				head = dash + a + ", " + head
			}
			if h := f.hint(); h != "" {
				head += " " + h
			}
			doc := f.doc
			if words := f.choices(); words != nil {
				doc += ": " + strings.Join(trimmed(words), ", ")
			}
			if d := f.value.String(); d != "" && d != "none" && !f.isSwitch() {
				doc += " (default " + d + ")"
			}
			paragraph(&b, "  "+head, doc, 28, 100)
		}
	}
	if list := children(l.Name); len(list) > 0 {
		b.WriteString("\nCommands\n")
		for _, name := range list {
			paragraph(&b, "  lossctl "+name, loss.Find(name)().Summary, 28, 100)
		}
	}
	fmt.Fprintf(&b, "\nlossctl explain %s has the definition, the reductions and the conventions.\n", l.Name)
	return b.String()
}

// children are the losses whose command stands under that of a loss.
func children(name string) []string {
	var list []string
	for _, n := range loss.Names() {
		if strings.HasPrefix(n, name+" ") {
			list = append(list, n)
		}
	}
	return list
}

func requiredFlags(l *loss.Loss) []string {
	var list []string
	for _, in := range l.Inputs {
		if !in.Optional {
			list = append(list, "--"+in.Name+" FILE")
		}
	}
	return list
}

// hint is the word that stands for the value of a flag.
func (f *flag) hint() string {
	switch {
	case f.isSwitch():
		return ""
	case f.file:
		return "FILE"
	case f.choices() != nil:
		return "NAME"
	}
	switch k := f.value.Kind(); k {
	case "":
		return "TEXT"
	case "may repeat":
		return "X"
	default:
		if strings.Contains(k, "FILE") {
			return "LIST"
		}
		return strings.ToUpper(strings.TrimSuffix(k, "|none"))
	}
}

func trimmed(words []string) []string {
	if len(words) > 0 && words[0] == "" {
		return words[1:]
	}
	return words
}

// paragraph writes a head and, from column indent on, a text in lines of at
// most width.
func paragraph(b *strings.Builder, head, text string, indent, width int) {
	b.WriteString(head)
	at := utf8.RuneCountInString(head)
	if at+2 > indent {
		b.WriteString("\n")
		at = 0
	}
	b.WriteString(strings.Repeat(" ", indent-at))
	at = indent
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i > 0 && at+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		case i > 0:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += n
	}
	b.WriteString("\n")
}
