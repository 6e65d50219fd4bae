package commands

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"

	"lossctl/loss"
)

// A flag declares one flag: what help, completion and explain say of it.
type flag struct {
	name    string
	aliases []string
	value   loss.Value
	doc     string
	file    bool // completes to file names
}

// section is the flags under one heading of help.
type section struct {
	title string
	flags []flag
}

// cliFlags makes urfave's flags from the declarations.
func cliFlags(sections []section) []cli.Flag {
	var list []cli.Flag
	for _, s := range sections {
		for _, f := range s.flags {
			// Names of their own, as urfave refuses two forms of one flag.
			for _, name := range append([]string{f.name}, f.aliases...) {
				g := setter{f, f.name}
				if len(name) > 1 {
					g.name = name
				}
				var value cli.Generic = &g
				if _, ok := f.value.(interface{ IsBoolFlag() bool }); ok {
					value = &boolSetter{g}
				}
				list = append(list, &cli.GenericFlag{Name: name, Value: value})
			}
		}
	}
	return list
}

// setter puts the name of the flag, as it was typed but for -f, before the error
// of its value.
type setter struct {
	flag flag
	name string
}

func (s *setter) Set(text string) error {
	if err := s.flag.value.Set(text); err != nil {
		return &flagError{fmt.Errorf("--%s: %w", s.name, err)}
	}
	return nil
}

func (s *setter) String() string {
	if s == nil || s.flag.value == nil {
		return ""
	}
	return s.flag.value.String()
}

type boolSetter struct{ setter }

func (*boolSetter) IsBoolFlag() bool { return true }

// flagError travels through the flag package, which keeps only its text.
type flagError struct{ error }

// usageErrorOf turns the flag package's error into one of ours.
func usageErrorOf(c *cli.Context, err error, _ bool) error {
	text := err.Error()
	if _, name, ok := strings.Cut(text, "flag provided but not defined: -"); ok {
		name = strings.TrimLeft(name, "-")
		if c.Command.Name == c.App.Name {
			return usagef("%s: no such flag here; the flags of a command stand behind its name", dashed(name))
		}
		return usagef("%s: no such flag%s", dashed(name), suggest(name, flagNames(c), "--"))
	}
	if _, name, ok := strings.Cut(text, "flag needs an argument: -"); ok {
		return usagef("%s: got nothing, want a value", dashed(strings.TrimLeft(name, "-")))
	}
	if i := strings.Index(text, ": --"); i >= 0 && strings.HasPrefix(text, "invalid ") {
		return usagef("%s", text[i+2:])
	}
	return asUsage(err)
}

// dashed is a flag as it is typed.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func flagNames(c *cli.Context) []string {
	var names []string
	if c.Command == nil {
		return nil
	}
	for _, f := range c.Command.Flags {
		names = append(names, f.Names()...)
	}
	return names
}

// suggest returns "; did you mean X?" for the nearest of the names.
func suggest(got string, names []string, prefix string) string {
	best, score := "", 0.75
	for _, n := range names {
		if s := smetrics.JaroWinkler(got, n, 0.7, 4); s > score {
			best, score = n, s
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + prefix + best + "?"
}

// text is a flag of any text.
type text struct{ p *string }

func (t text) Set(s string) error   { *t.p = s; return nil }
func (t text) String() string       { return *t.p }
func (t text) JSON() any            { return *t.p }
func (t text) Kind() string         { return "" }
func (t text) Copy(from loss.Value) { *t.p = *from.(text).p }

// files is the flag of an input: one array, or several scales.
type files struct {
	texts
	repeat bool
}

func (f files) Set(s string) error {
	if s == "" {
		return fmt.Errorf("got nothing, want a file")
	}
	if len(*f.p) > 0 && !f.repeat {
		return fmt.Errorf("got %q and %q, want one: a file, a quoted pattern or @list", (*f.p)[0], s)
	}
	return f.texts.Set(s)
}
func (f files) Kind() string         { return "" }
func (f files) Copy(from loss.Value) { *f.p = *from.(files).p }

// file is the flag of an array that every loss may have, which is one.
type file struct{ text }

func (f file) Set(s string) error {
	if *f.p != "" {
		return fmt.Errorf("got %q and %q, want one: a file, a quoted pattern or @list", *f.p, s)
	}
	return f.text.Set(s)
}

// shown is the flag of help. Its text is no boolean, so that urfave leaves it
// to us.
type shown struct{ p *bool }

func (h shown) Set(string) error     { *h.p = true; return nil }
func (h shown) String() string       { return "" }
func (h shown) JSON() any            { return *h.p }
func (h shown) Kind() string         { return "" }
func (h shown) Copy(from loss.Value) { *h.p = *from.(shown).p }
func (h shown) IsBoolFlag() bool     { return true }

// texts is a flag that may repeat.
type texts struct{ p *[]string }

func (t texts) Set(s string) error   { *t.p = append(*t.p, s); return nil }
func (t texts) String() string       { return strings.Join(*t.p, " ") }
func (t texts) JSON() any            { return *t.p }
func (t texts) Kind() string         { return "may repeat" }
func (t texts) Copy(from loss.Value) { *t.p = *from.(texts).p }

// integers is a list of whole numbers.
type integers struct{ p *[]int }

func (t integers) Set(s string) error {
	var list []int
	if s != "none" {
		for _, w := range strings.Split(s, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(w))
			if err != nil {
				return fmt.Errorf("got %q, want whole numbers as 0,255 or none", s)
			}
			list = append(list, n)
		}
	}
	*t.p = list
	return nil
}

func (t integers) String() string {
	if len(*t.p) == 0 {
		return "none"
	}
	s := make([]string, len(*t.p))
	for i, n := range *t.p {
		s[i] = strconv.Itoa(n)
	}
	return strings.Join(s, ",")
}
func (t integers) JSON() any            { return *t.p }
func (t integers) Kind() string         { return "list|none" }
func (t integers) Copy(from loss.Value) { *t.p = *from.(integers).p }

// axis is an optional axis.
type axis struct{ p **int }

func (t axis) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil {
		return fmt.Errorf("got %q, want a whole number", s)
	}
	*t.p = &n
	return nil
}

func (t axis) String() string {
	if *t.p == nil {
		return ""
	}
	return strconv.Itoa(**t.p)
}
func (t axis) JSON() any            { return t.String() }
func (t axis) Kind() string         { return "integer" }
func (t axis) Copy(from loss.Value) { *t.p = *from.(axis).p }

// size is a number of bytes with an optional K, M or G.
type size struct{ p *int64 }

func (t size) Set(s string) error {
	digits := strings.TrimRight(s, "KMGkmgiB")
	n, err := strconv.ParseInt(digits, 10, 64)
	shift := 0
	switch suffix := strings.ToUpper(strings.TrimSuffix(strings.TrimSuffix(s[len(digits):], "B"), "i")); suffix {
	case "":
	case "K":
		shift = 10
	case "M":
		shift = 20
	case "G":
		shift = 30
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || n < 1 || n > math.MaxInt64>>shift {
		return fmt.Errorf("got %q, want a number of bytes such as 65536 or 1M", s)
	}
	*t.p = n << shift
	return nil
}
func (t size) String() string       { return strconv.FormatInt(*t.p, 10) }
func (t size) JSON() any            { return *t.p }
func (t size) Kind() string         { return "bytes" }
func (t size) Copy(from loss.Value) { *t.p = *from.(size).p }
