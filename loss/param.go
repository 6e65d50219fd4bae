package loss

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Param is a parameter of a loss, given by the flag of its name.
type Param struct {
	Name  string
	Doc   string
	Value Value
	// Hidden parameters have no flag; conventions set them.
	Hidden bool
	// Main parameters are shown in tables even where they are at their
	// default.
	Main bool
}

// A Value binds a parameter to the variable that holds it. The variable's
// value at the time of binding is the default.
type Value interface {
	Set(text string) error // parses and checks
	String() string        // as Set takes it
	JSON() any             // as the result shows it
	Kind() string          // "number", "a|b|c", … for help
	Copy(from Value)       // from another Value of the same declaration
}

// Float is a finite number in [lo, hi].
func Float(p *float64, lo, hi float64) Value { return &floatValue{p, lo, hi} }

type floatValue struct {
	p      *float64
	lo, hi float64
}

func (v *floatValue) Set(text string) error {
	x, err := parseFloat(text)
	if err != nil {
		return err
	}
	if x < v.lo || x > v.hi {
		return fmt.Errorf("got %s, want %s", text, span(v.lo, v.hi))
	}
	*v.p = x
	return nil
}
func (v *floatValue) String() string  { return formatFloat(*v.p) }
func (v *floatValue) JSON() any       { return *v.p }
func (v *floatValue) Kind() string    { return "number" }
func (v *floatValue) Copy(from Value) { *v.p = *from.(*floatValue).p }

// OptionalFloat is a number in [lo, hi], or the word none, held as NaN.
func OptionalFloat(p *float64, lo, hi float64) Value { return FloatOr(p, lo, hi, "none") }

// AutoFloat is a number in [lo, hi], or the word auto, held as NaN until Frame
// puts a number in its place.
func AutoFloat(p *float64, lo, hi float64) Value { return FloatOr(p, lo, hi, "auto") }

// FloatOr is a number in [lo, hi], or a word, held as NaN.
func FloatOr(p *float64, lo, hi float64, word string) Value {
	return &optionalValue{floatValue{p, lo, hi}, word}
}

type optionalValue struct {
	floatValue
	word string
}

func (v *optionalValue) Set(text string) error {
	if text == v.word {
		*v.p = math.NaN()
		return nil
	}
	return v.floatValue.Set(text)
}

func (v *optionalValue) String() string {
	if math.IsNaN(*v.p) {
		return v.word
	}
	return v.floatValue.String()
}

func (v *optionalValue) JSON() any {
	switch {
	case !math.IsNaN(*v.p):
		return *v.p
	case v.word == "none":
		return nil
	}
	return v.word
}
func (v *optionalValue) Kind() string    { return "number|" + v.word }
func (v *optionalValue) Copy(from Value) { *v.p = *from.(*optionalValue).p }

// Floats is a list of numbers in [lo, hi], separated by commas, or one of
// words, which leaves the list empty and is kept in *word. One number is a
// list of length 1. Long lists come from a file: the flag takes its name.
func Floats(p *[]float64, word *string, lo, hi float64, words ...string) Value {
	return &floatsValue{p, word, lo, hi, words}
}

type floatsValue struct {
	p      *[]float64
	word   *string
	lo, hi float64
	words  []string
}

func (v *floatsValue) Set(text string) error {
	if slices.Contains(v.words, text) {
		*v.p, *v.word = nil, text
		return nil
	}
	var list []float64
	for _, s := range strings.Split(text, ",") {
		x, err := parseFloat(strings.TrimSpace(s))
		if err != nil {
			return err
		}
		if x < v.lo || x > v.hi {
			return fmt.Errorf("got %s, want %s", s, span(v.lo, v.hi))
		}
		list = append(list, x)
	}
	*v.p, *v.word = list, ""
	return nil
}

func (v *floatsValue) String() string {
	if len(*v.p) == 0 {
		return *v.word
	}
	s := make([]string, len(*v.p))
	for i, x := range *v.p {
		s[i] = formatFloat(x)
	}
	return strings.Join(s, ",")
}

func (v *floatsValue) JSON() any {
	switch {
	case len(*v.p) == 1:
		return (*v.p)[0]
	case len(*v.p) > 1:
		return *v.p
	case *v.word == "none":
		return nil
	}
	return *v.word
}

func (v *floatsValue) Kind() string {
	return strings.Join(append([]string{"number", "a,b,…", "FILE"}, v.words...), "|")
}
func (v *floatsValue) Copy(from Value) { f := from.(*floatsValue); *v.p, *v.word = *f.p, *f.word }

// IsList reports whether the parameter is a list of numbers, which a file
// may give.
func (p *Param) IsList() bool { _, ok := p.Value.(*floatsValue); return ok }

// Int is a whole number of at least lo.
func Int(p *int, lo int) Value { return &intValue{p, lo, ""} }

// OptionalInt is a whole number of at least lo, or the word none, held as
// lo−1.
func OptionalInt(p *int, lo int) Value { return IntOr(p, lo, "none") }

// IntOr is a whole number of at least lo, or a word, held as lo−1.
func IntOr(p *int, lo int, word string) Value { return &intValue{p, lo, word} }

type intValue struct {
	p    *int
	lo   int
	word string
}

func (v *intValue) Set(text string) error {
	if v.word != "" && text == v.word {
		*v.p = v.lo - 1
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < v.lo {
		want := "a whole number"
		if v.lo > math.MinInt+1 {
			want += fmt.Sprintf(" of at least %d", v.lo)
		}
		if v.word != "" {
			want += " or " + v.word
		}
		return fmt.Errorf("got %q, want %s", text, want)
	}
	*v.p = n
	return nil
}

func (v *intValue) String() string {
	if *v.p < v.lo {
		return v.word
	}
	return strconv.Itoa(*v.p)
}

func (v *intValue) JSON() any {
	switch {
	case *v.p >= v.lo:
		return *v.p
	case v.word == "none":
		return nil
	}
	return v.word
}

func (v *intValue) Kind() string {
	if v.word != "" {
		return "integer|" + v.word
	}
	return "integer"
}
func (v *intValue) Copy(from Value) { *v.p = *from.(*intValue).p }

// Choice is one of the named values; "" among them, the first, is the default
// that needs no name.
func Choice(p *string, names ...string) Value { return &choiceValue{p, names} }

type choiceValue struct {
	p     *string
	names []string
}

func (v *choiceValue) Set(text string) error {
	if !slices.Contains(v.names, text) {
		return fmt.Errorf("got %q, want %s", text, strings.TrimPrefix(strings.Join(v.names, "|"), "|"))
	}
	*v.p = text
	return nil
}
func (v *choiceValue) String() string  { return *v.p }
func (v *choiceValue) JSON() any       { return *v.p }
func (v *choiceValue) Kind() string    { return strings.Join(v.names, "|") }
func (v *choiceValue) Copy(from Value) { *v.p = *from.(*choiceValue).p }

// Choices returns the named values of a choice or a list of them, nil for other
// parameters.
func (p *Param) Choices() []string {
	switch v := p.Value.(type) {
	case *choiceValue:
		return v.names
	case *listValue:
		return v.names
	}
	return nil
}

// List is one or several of the named values, separated by commas, each once.
func List(p *[]string, names ...string) Value { return &listValue{p, names} }

type listValue struct {
	p     *[]string
	names []string
}

func (v *listValue) Set(text string) error {
	list := strings.Split(text, ",")
	for i, s := range list {
		switch {
		case !slices.Contains(v.names, s):
			return fmt.Errorf("got %q, want a list of %s", s, strings.Join(v.names, "|"))
		case slices.Contains(list[:i], s):
			return fmt.Errorf("got %q twice, want it once", s)
		}
	}
	*v.p = list
	return nil
}
func (v *listValue) String() string  { return strings.Join(*v.p, ",") }
func (v *listValue) JSON() any       { return v.String() }
func (v *listValue) Kind() string    { return strings.Join(v.names, "|") + "|a,b,…" }
func (v *listValue) Copy(from Value) { *v.p = *from.(*listValue).p }

// File is the name of a file that the loss itself does not open; what was loaded
// from it goes where the name goes.
func File[T any](name *string, loaded *T) Value { return &fileValue[T]{name, loaded} }

type fileValue[T any] struct {
	name   *string
	loaded *T
}

func (v *fileValue[T]) Set(text string) error { *v.name = text; return nil }
func (v *fileValue[T]) String() string        { return *v.name }
func (v *fileValue[T]) Kind() string          { return "FILE" }
func (v *fileValue[T]) isFile()               {}

func (v *fileValue[T]) JSON() any {
	if *v.name == "" {
		return nil
	}
	return *v.name
}

func (v *fileValue[T]) Copy(from Value) {
	f := from.(*fileValue[T])
	*v.name, *v.loaded = *f.name, *f.loaded
}

// IsFile reports whether the parameter names a file, so that any text will do.
func (p *Param) IsFile() bool { _, ok := p.Value.(interface{ isFile() }); return ok }

// Bool is a switch.
func Bool(p *bool) Value { return &boolValue{p} }

type boolValue struct{ p *bool }

func (v *boolValue) Set(text string) error {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("got %q, want true or false", text)
	}
	*v.p = b
	return nil
}
func (v *boolValue) String() string   { return strconv.FormatBool(*v.p) }
func (v *boolValue) JSON() any        { return *v.p }
func (v *boolValue) Kind() string     { return "" }
func (v *boolValue) Copy(from Value)  { *v.p = *from.(*boolValue).p }
func (v *boolValue) IsBoolFlag() bool { return true }

// IsSwitch reports whether the parameter is a switch.
func (p *Param) IsSwitch() bool { _, ok := p.Value.(interface{ IsBoolFlag() bool }); return ok }

func parseFloat(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("got %q, want a number", s)
	}
	return x, nil
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func span(lo, hi float64) string {
	switch {
	case math.IsInf(hi, 1) && math.IsInf(lo, -1):
		return "a number"
	case math.IsInf(hi, 1) && lo == math.SmallestNonzeroFloat64:
		return "above 0"
	case math.IsInf(hi, 1):
		return "at least " + formatFloat(lo)
	case math.IsInf(lo, -1):
		return "at most " + formatFloat(hi)
	}
	return formatFloat(lo) + " to " + formatFloat(hi)
}
