package commands

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"lossctl/loss"
)

// completionCommand prints a script for a shell, made from the declarations:
// urfave's own completion fails on a flag that is half typed.
func completionCommand(s streams) *cli.Command {
	shells := map[string]func(io.Writer, []completion){"bash": completeBash, "zsh": completeZsh, "fish": completeFish}
	return &cli.Command{
		Name:            "completion",
		Usage:           "script that completes commands and flags: bash, zsh or fish",
		ArgsUsage:       "SHELL",
		OnUsageError:    usageErrorOf,
		HideHelpCommand: true,
		Action: func(c *cli.Context) error {
			write, ok := shells[c.Args().First()]
			if !ok || c.NArg() != 1 {
				return usagef("completion: got %q, want bash|zsh|fish", strings.Join(c.Args().Slice(), " "))
			}
			write(s.out, completions())
			return nil
		},
	}
}

// A completion is a command with its flags.
type completion struct {
	name, doc string
	flags     []flag
	args      []string // words that may follow, nil: files
	under     []string // second words of the commands below it
}

// words are the one or two words of the command.
func (c *completion) words() (first, second string) {
	first, second, _ = strings.Cut(c.name, " ")
	return first, second
}

func completions() []completion {
	var list []completion
	for _, declare := range loss.All {
		o := newOptions(declare())
		c := completion{name: o.loss.Name, doc: o.loss.Summary}
		for _, s := range o.sections() {
			c.flags = append(c.flags, s.flags...)
		}
		list = append(list, c)
		if first, second := c.words(); second != "" {
			for i := range list {
				if list[i].name == first {
					list[i].under = append(list[i].under, second)
				}
			}
		}
	}
	format := ""
	return append(list,
		completion{name: "inspect", doc: "what is in an array", flags: []flag{{name: "format", value: loss.Choice(&format, "table", "json"), doc: "of the result"}}},
		completion{name: "explain", doc: "what a loss computes", args: loss.Names()},
		completion{name: "completion", doc: "a script for a shell", args: []string{"bash", "zsh", "fish"}},
	)
}

// choices are the words that a flag takes, nil: files or anything.
func (f *flag) choices() []string {
	p := loss.Param{Value: f.value}
	return p.Choices()
}

func (f *flag) isSwitch() bool {
	p := loss.Param{Value: f.value}
	return p.IsSwitch()
}

func completeBash(w io.Writer, list []completion) {
	fmt.Fprint(w, "# bash completion for lossctl\n_lossctl() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd=${COMP_WORDS[1]}\n")
	fmt.Fprintf(w, "  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W '%s --help --version' -- \"$cur\")); return; fi\n", strings.Join(completionNames(list), " "))
	fmt.Fprintf(w, "  case \"$cmd ${COMP_WORDS[2]}\" in %s) if [ \"$COMP_CWORD\" -gt 2 ]; then cmd=\"$cmd ${COMP_WORDS[2]}\"; fi;; esac\n", twoWords(list))
	fmt.Fprint(w, "  case \"$cmd $prev\" in\n")
	for _, c := range list {
		for _, f := range c.flags {
			if words := f.choices(); words != nil {
				names := "'" + c.name + " --" + f.name + "'"
				for _, a := range f.aliases {
					names += "|'" + c.name + " " + dashed(a) + "'"
				}
				fmt.Fprintf(w, "  %s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return;;\n", names, strings.Join(words, " "))
			}
		}
	}
	fmt.Fprint(w, "  esac\n  case \"$cmd\" in\n")
	for _, c := range list {
		fmt.Fprintf(w, "  '%s') [[ $cur == -* ]] && COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", c.name, flagWords(c))
		if c.args != nil {
			fmt.Fprintf(w, " || COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", strings.Join(c.args, " "))
		}
		if c.under != nil {
			fmt.Fprintf(w, " || if [ \"$COMP_CWORD\" -eq 2 ]; then COMPREPLY=($(compgen -W '%s' -- \"$cur\")); fi", strings.Join(c.under, " "))
		}
		fmt.Fprint(w, ";;\n")
	}
	fmt.Fprint(w, "  esac\n}\ncomplete -o default -F _lossctl lossctl\n")
}

func completeZsh(w io.Writer, list []completion) {
	fmt.Fprint(w, "#compdef lossctl\n_lossctl() {\n  local -a commands\n  commands=(\n")
	for _, c := range list {
		if _, second := c.words(); second == "" {
			fmt.Fprintf(w, "    %s\n", quote(c.name+":"+zshText(c.doc)))
		}
	}
	fmt.Fprint(w, "  )\n  if (( CURRENT == 2 )); then _describe command commands; return; fi\n  local cmd=$words[2]\n")
	fmt.Fprintf(w, "  case \"$words[2] $words[3]\" in (%s) if (( CURRENT > 3 )); then cmd=\"$words[2] $words[3]\"; shift words; (( CURRENT-- )); fi;; esac\n", twoWords(list))
	fmt.Fprint(w, "  case $cmd in\n")
	for _, c := range list {
		fmt.Fprintf(w, "  (%s) shift words; (( CURRENT-- )); _arguments", quote(c.name))
		for _, f := range c.flags {
			spec := "*--" + f.name + "[" + zshText(f.doc) + "]"
			switch words := f.choices(); {
			case words != nil:
				spec += ":value:(" + strings.Join(words, " ") + ")"
			case f.file:
				spec += ":file:_files"
			case !f.isSwitch():
				spec += ":value:"
			}
			fmt.Fprintf(w, " \\\n      %s", quote(spec))
		}
		if c.under != nil {
			fmt.Fprintf(w, " \\\n      %s", quote("1:command:("+strings.Join(c.under, " ")+")"))
		}
		if c.args != nil {
			fmt.Fprintf(w, " \\\n      %s", quote("*:word:("+strings.Join(c.args, " ")+")"))
		} else {
			fmt.Fprint(w, " \\\n      '*:file:_files'")
		}
		fmt.Fprint(w, ";;\n")
	}
	fmt.Fprint(w, "  esac\n}\ncompdef _lossctl lossctl\n")
}

func completeFish(w io.Writer, list []completion) {
	fmt.Fprint(w, "# fish completion for lossctl\n")
	for _, c := range list {
		first, second := c.words()
		below, on := "__fish_use_subcommand", "__fish_seen_subcommand_from "+first
		switch {
		case second != "":
			below = on + "; and not __fish_seen_subcommand_from " + strings.Join(list[slices.IndexFunc(list, func(p completion) bool { return p.name == first })].under, " ")
			on += "; and __fish_seen_subcommand_from " + second
		case c.under != nil:
			on += "; and not __fish_seen_subcommand_from " + strings.Join(c.under, " ")
		}
		on = quote(on)
		fmt.Fprintf(w, "complete -c lossctl -n %s -f -a %s -d %s\n", quote(below), cmp.Or(second, first), quote(c.doc))
		for _, f := range c.flags {
			fmt.Fprintf(w, "complete -c lossctl -n %s -l %s -d %s", on, f.name, quote(f.doc))
			for _, a := range f.aliases {
				if len(a) == 1 {
					fmt.Fprintf(w, " -s %s", a)
				}
			}
			switch words := f.choices(); {
			case words != nil:
				fmt.Fprintf(w, " -x -a %s", quote(strings.TrimSpace(strings.Join(words, " "))))
			case !f.isSwitch():
				fmt.Fprint(w, " -r")
			}
			fmt.Fprintln(w)
		}
		if c.args != nil {
			fmt.Fprintf(w, "complete -c lossctl -n %s -f -a %s\n", on, quote(strings.Join(c.args, " ")))
		}
	}
}

// completionNames are the first words of the commands.
func completionNames(list []completion) []string {
	var names []string
	for _, c := range list {
		if _, second := c.words(); second == "" {
			names = append(names, c.name)
		}
	}
	return names
}

// twoWords are the commands of two words, as a pattern of a shell.
func twoWords(list []completion) string {
	var names []string
	for _, c := range list {
		if _, second := c.words(); second != "" {
			names = append(names, quote(c.name))
		}
	}
	return strings.Join(names, "|")
}

func flagWords(c completion) string {
	var names []string
	for _, f := range c.flags {
		names = append(names, "--"+f.name)
	}
	return strings.Join(names, " ")
}

// zshText is text inside the brackets of an _arguments spec.
func zshText(s string) string {
	return strings.NewReplacer("[", "(", "]", ")", ":", ",").Replace(s)
}

// quote is a word of a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
