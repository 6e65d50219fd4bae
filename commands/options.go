package commands

import (
	"math"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"lossctl/internal/vec"
	"lossctl/io/array"
	"lossctl/io/image"
	"lossctl/io/report"
	"lossctl/loss"
)

// options are what the flags of a run hold.
type options struct {
	loss   *loss.Loss
	inputs map[string]*[]string

	// reading
	reading                loss.Reading
	mask, weight           string
	maskInvert             bool
	classNames             string
	classesFile            string
	ids                    string
	key                    string
	pairs, match           string
	allowUnmatched         bool
	scale, zeroPoint       float64
	alpha                  string
	nonFinite              string
	maxSpool, maxMemory    int64
	convention             string
	allConventions         bool
	reduction              string
	format                 string
	outputs                []string
	show                   string
	perSample              bool
	top                    int
	groupBy                string
	gradOut, gradOf        string
	pairsOut               string
	align                  string
	spatial                string
	above, below           []string
	strict                 bool
	check, checkGrad, help bool
	quiet                  bool
	threads                int
	blockSize              int64
	set                    map[string]bool   // flags that were given
	defaults               map[string]string // of the parameters
	twice                  string            // a flag given by two names
	listFiles              map[string]string // files that hold a list parameter
}

func newOptions(l *loss.Loss) *options {
	o := &options{
		loss: l, inputs: map[string]*[]string{}, listFiles: map[string]string{}, nonFinite: "error", alpha: image.Refuse, reduction: l.Reductions[0].Name, convention: "default", top: 0,
		threads: runtime.GOMAXPROCS(0), blockSize: 1 << 19, maxSpool: 16 << 30, maxMemory: 4 << 30, scale: 1,
	}
	if l.ReadsFlag("ignore-index") {
		o.reading.IgnoreIndex = []int{-100}
	}
	o.defaults = map[string]string{}
	for _, p := range l.Params {
		o.defaults[p.Name] = p.Value.String()
	}
	for _, in := range l.Inputs {
		o.inputs[in.Name] = new([]string)
	}
	for _, in := range l.Inputs {
		if in.Grad && o.gradOf == "" {
			o.gradOf = in.Name
		}
	}
	return o
}

// sections declares the flags of a loss.
func (o *options) sections() []section {
	l := o.loss
	var inputs, params []flag
	for _, in := range l.Inputs {
		inputs = append(inputs, flag{name: in.Name, aliases: in.Aliases, value: files{texts{o.inputs[in.Name]}, in.Repeat}, doc: in.Doc + ", " + in.Shape, file: true})
	}
	for _, p := range l.Params {
		if !p.Hidden {
			value := p.Value
			switch {
			case p.IsList():
				value = listOrFile{p.Value, p.Name, o.listFiles}
			case p.IsTokens():
				value = tokensFile{p.Value, p.Name, o.listFiles}
			}
			params = append(params, flag{name: p.Name, value: value, doc: p.Doc, file: p.IsTokens()})
		}
	}
	if slices.ContainsFunc(l.Inputs, func(in loss.Input) bool { return in.Picture }) {
		inputs = append(inputs, flag{name: "alpha", value: loss.Choice(&o.alpha, image.Refuse, image.Drop, image.White, image.Black), doc: "a picture that is not opaque is refused, or its opacity dropped, or it lies over white or black"})
	}
	var conventions, reductions []string
	for _, c := range l.Conventions {
		conventions = append(conventions, c.Name)
	}
	for _, r := range l.Reductions {
		if !r.Hidden {
			reductions = append(reductions, r.Name)
		}
	}
	var aliases []string
	if l.Aggregates {
		aliases = []string{"aggregate"}
	}
	params = append(params,
		flag{name: "reduction", aliases: aliases, value: loss.Choice(&o.reduction, reductions...), doc: "what the sum is divided by; explain says more"},
		flag{name: "convention", value: loss.Choice(&o.convention, append([]string{"default"}, conventions...)...), doc: "reproduce the number of a library; explicit flags win"},
		flag{name: "all-conventions", value: loss.Bool(&o.allConventions), doc: "the number of every convention, side by side"},
	)
	for _, f := range []flag{
		{name: "pred-as", value: loss.Choice(&o.reading.PredAs, "", "logits", "probs", "logprobs", "labels"), doc: "what pred holds, logits unless explain says otherwise"},
		{name: "target-as", value: loss.Choice(&o.reading.TargetAs, "", "logits", "probs", "logprobs"), doc: "what target holds, as pred unless said"},
		{name: "class-axis", value: axis{&o.reading.ClassAxis}, doc: "axis of the classes; explain says which it is otherwise"},
		{name: "ignore-index", value: integers{&o.reading.IgnoreIndex}, doc: "targets that do not count"},
	} {
		if l.ReadsFlag(f.name) {
			inputs = append(inputs, f)
		}
	}
	inputs = append(inputs,
		flag{name: "no-batch", value: loss.Bool(&o.reading.NoBatch), doc: "the file is one sample, without a sample axis"},
		flag{name: "mask", value: file{text{&o.mask}}, doc: "nonzero counts: one number a position, or a sample", file: true},
		flag{name: "mask-invert", value: loss.Bool(&o.maskInvert), doc: "zero counts"},
		flag{name: "sample-weight", value: file{text{&o.weight}}, doc: "factor of every position, or sample", file: true},
		flag{name: "non-finite", value: loss.Choice(&o.nonFinite, "error", "skip", "propagate"), doc: "what to do with NaN and +inf"},
		flag{name: "class-names", value: text{&o.classNames}, doc: "names of the classes, a,b,…; csv targets may hold them"},
		flag{name: "classes-file", value: text{&o.classesFile}, doc: "file with the name of a class a line", file: true},
		flag{name: "ids", value: text{&o.ids}, doc: "names of the samples: a file, or f.csv:column", file: true},
	)
	if o.pairable() {
		inputs = append(inputs, o.pairFlags()...)
	}
	running := []flag{
		{name: "threads", value: loss.Int(&o.threads, 1), doc: "goroutines; results do not depend on it (LOSSCTL_THREADS)"},
		{name: "block-size", value: size{&o.blockSize}, doc: "bytes read at once; results do not depend on it"},
		{name: "max-spool", value: size{&o.maxSpool}, doc: "most bytes of a temporary copy of a pipe"},
	}
	if l.Param("batch-size") != nil || l.Joins != nil {
		running = append(running, flag{name: "max-memory", value: size{&o.maxMemory}, doc: "most bytes of the batches that are looked at together"})
	}
	return []section{{"Inputs", inputs}, {"Loss", params}, {"Results", o.resultFlags()}, {"Running", running}}
}

// pairable reports whether the loss compares two arrays, pred and target, so
// that pairs of files make sense.
func (o *options) pairable() bool {
	return len(o.loss.Inputs) > 1 && o.loss.Inputs[0].Name == "pred" && o.loss.Inputs[1].Name == "target"
}

func (o *options) pairFlags() []flag {
	return []flag{
		{name: "key", value: text{&o.key}, doc: "column by which the rows of two csv files are matched"},
		{name: "pairs", value: text{&o.pairs}, doc: "csv with columns pred and target: a pair of files is a sample", file: true},
		{name: "match", value: text{&o.match}, doc: "regular expression whose group pairs the names of two folders"},
		{name: "allow-unmatched", value: loss.Bool(&o.allowUnmatched), doc: "leave out files without a partner"},
		{name: "pred-scale", value: loss.Float(&o.scale, -math.MaxFloat64, math.MaxFloat64), doc: "pred holds integers q: (q − zero point) × scale"},
		{name: "pred-zero-point", value: loss.Float(&o.zeroPoint, -math.MaxFloat64, math.MaxFloat64), doc: "see --pred-scale"},
	}
}

func (o *options) resultFlags() []flag {
	list := []flag{
		{name: "format", aliases: []string{"f"}, value: loss.Choice(&o.format, report.Formats()...), doc: "of standard output"},
		{name: "output", aliases: []string{"o"}, value: texts{&o.outputs}, doc: "write FILE, in the format of its ending; may repeat", file: true},
		{name: "show", value: text{&o.show}, doc: "the number that value, --top and bare gates use: loss, a component, class.N, a statistic"},
		{name: "per-sample", value: loss.Bool(&o.perSample), doc: "a row a sample"},
		{name: "top", value: loss.Int(&o.top, 0), doc: "only the K worst samples, worst first"},
		{name: "group-by", value: text{&o.groupBy}, doc: "a row a group: a file with a name a sample, f.csv:column, or id", file: true},
	}
	if o.gradOf != "" {
		list = append(list,
			flag{name: "grad-out", value: text{&o.gradOut}, doc: "write ∂value/∂input to FILE.npy", file: true},
			flag{name: "grad-of", value: text{&o.gradOf}, doc: "the input"},
			flag{name: "check-grad", value: loss.Bool(&o.checkGrad), doc: "compare the gradient with finite differences"},
		)
	}
	if o.loss.Found != nil {
		list = append(list, flag{name: "pairs-out", value: text{&o.pairsOut}, doc: "write what is found to FILE.npy, a row of indices each: " + strings.Join(o.loss.Found, ", "), file: true})
	}
	if o.loss.Spans != nil {
		list = append(list, flag{name: "align", value: text{&o.align}, doc: "write where the labels of the target lie on the best path to FILE.json, .jsonl or .csv: token, first frame, frame behind, mean log-probability", file: true})
	}
	if o.loss.Map != nil {
		list = append(list, flag{name: "spatial", value: text{&o.spatial}, doc: "write a number a pixel to FILE.npy or FILE.png, or an array and a picture a sample to a folder", file: true})
	}
	return append(list,
		flag{name: "fail-above", value: texts{&o.above}, doc: "X or NAME=X: exit 3 where the number is above X or nan; may repeat"},
		flag{name: "fail-below", value: texts{&o.below}, doc: "X or NAME=X: exit 3 where the number is below X or nan; may repeat"},
		flag{name: "strict", value: loss.Bool(&o.strict), doc: "a warning is an error"},
		flag{name: "check", value: loss.Bool(&o.check), doc: "read headers, say how they are understood, compute nothing"},
		flag{name: "help", aliases: []string{"h"}, value: shown{&o.help}, doc: "this text"},
		flag{name: "quiet", aliases: []string{"q"}, value: loss.Bool(&o.quiet), doc: "no progress, no warnings on standard error"},
	)
}

// given notes which flags were on the command line.
func (o *options) given(c *cli.Context) {
	o.set = map[string]bool{}
	typed := c.LocalFlagNames()
	for _, s := range o.sections() {
		for _, f := range s.flags {
			for _, name := range append([]string{f.name}, f.aliases...) {
				if !slices.Contains(typed, name) {
					continue
				}
				if o.set[f.name] {
					o.twice = name
				}
				o.set[f.name] = true
			}
		}
	}
}

// applyConvention sets what the convention sets and no flag did.
func (o *options) applyConvention() error {
	if o.convention == "default" {
		return nil
	}
	conv := o.loss.Convention(o.convention)
	for _, s := range conv.Set {
		if o.set[s.Param] {
			continue
		}
		var err error
		switch s.Param {
		case "pred-as":
			o.reading.PredAs = s.Value
		case "target-as":
			o.reading.TargetAs = s.Value
		case "reduction":
			o.reduction = s.Value
		default:
			err = o.loss.Param(s.Param).Value.Set(s.Value)
		}
		if err != nil {
			return usagef("--convention %s: %s: %w", conv.Name, s.Param, err)
		}
	}
	return nil
}

// environment takes the number of goroutines from the environment, where no
// flag gives it, and checks the rest.
func (o *options) environment() error {
	if err := vec.CheckEnv(); err != nil {
		return asUsage(err)
	}
	text := os.Getenv("LOSSCTL_THREADS")
	if text == "" || o.set["threads"] {
		return nil
	}
	if err := loss.Int(&o.threads, 1).Set(text); err != nil || o.threads < 1 {
		return usagef("LOSSCTL_THREADS: got %q, want a whole number of at least 1", text)
	}
	return nil
}

// reductionInForce is the reduction, as the convention understands its name.
func (o *options) reductionInForce() *loss.Reduction {
	name := o.reduction
	if conv := o.loss.Convention(o.convention); conv != nil {
		if to, ok := conv.Reductions[name]; ok {
			name = to
		}
	}
	return o.loss.Reduction(name)
}

// classes returns the names of the classes.
func (o *options) classes() ([]string, error) {
	switch {
	case o.classNames != "" && o.classesFile != "":
		return nil, usagef("--classes-file: got --class-names too, want one of them")
	case o.classNames != "":
		return strings.Split(o.classNames, ","), nil
	case o.classesFile != "":
		return array.Strings(o.classesFile)
	}
	return nil, nil
}

// A destination is where a result goes, and its format.
type destination struct{ file, format string }

// destinations are the outputs: files, and "-" for standard output, which
// stays empty where there are files unless it is one or --format is given.
func (o *options) destinations() []destination {
	format := o.format
	if format == "" {
		format = "table"
	}
	var list []destination
	stdout := false
	for _, file := range o.outputs {
		if file == "-" {
			stdout = true
			continue
		}
		f, ok := report.FormatOf(file)
		if !ok {
			f = format
		}
		list = append(list, destination{file, f})
	}
	if stdout || len(list) == 0 || o.format != "" {
		list = append(list, destination{"-", format})
	}
	return list
}

// wantsRows reports whether some output holds a row a sample.
func (o *options) wantsRows() bool {
	return o.perSample || o.top > 0 || slices.ContainsFunc(o.destinations(), func(d destination) bool { return d.format == "npy" })
}

// formatOf is the format of a file name, "" where its ending is unknown.
func formatOf(file string) string {
	format, _ := report.FormatOf(file)
	return format
}

// checkFlags finds what contradicts itself, before anything is opened.
func (o *options) checkFlags() error {
	switch {
	case o.twice == "aggregate":
		return usagef("--aggregate: got --reduction too, want one of them")
	case o.maskInvert && o.mask == "":
		return usagef("--mask-invert: got no --mask to invert")
	case o.set["pred-scale"] && o.scale == 0:
		return usagef("--pred-scale: got 0, want another number")
	case o.gradOut != "" && !strings.HasSuffix(o.gradOut, ".npy") && !special(o.gradOut):
		return usagef("--grad-out: got %s, want a name that ends in .npy", o.gradOut)
	case o.pairsOut != "" && !strings.HasSuffix(o.pairsOut, ".npy"):
		return usagef("--pairs-out: got %s, want a name that ends in .npy", o.pairsOut)
	case o.align != "" && !slices.Contains([]string{"json", "jsonl", "csv"}, formatOf(o.align)):
		return usagef("--align: got %s, want a name that ends in .json, .jsonl or .csv", o.align)
	case o.check && !slices.Contains([]string{"", "table", "json"}, o.format):
		return usagef("--check: got --format %s, want table or json", o.format)
	}
	if !o.allConventions {
		return nil
	}
	for _, name := range []string{"output", "per-sample", "top", "group-by", "grad-out", "pairs-out", "align", "spatial", "check-grad", "check", "show", "fail-above", "fail-below", "convention"} {
		if o.set[name] {
			return usagef("--all-conventions: got --%s too, want one of them", name)
		}
	}
	if !slices.Contains([]string{"", "table", "json"}, o.format) {
		return usagef("--all-conventions: got --format %s, want table or json", o.format)
	}
	return nil
}
