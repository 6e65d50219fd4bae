package commands

import (
	"fmt"
	"slices"
	"strings"

	"lossctl/io/array"
	"lossctl/io/image"
	"lossctl/io/report"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// inputs are the opened arrays of a run: one part, or pairs of files.
type inputs struct {
	o       *options
	stdin   streams
	classes []string
	ids     []string
	groups  []string
	parts   partSource
	samples int
	frame   *loss.Frame // of the first part
	arrays  []namedArray
	joined  map[string]loss.Source // arrays of the pictures of folders
}

// namedArray is an input as the result records it.
type namedArray struct {
	flag, file string
	shape      []int
	dtype      string
	layers     int // arrays that it is made of
}

// partSource is engine.Parts with an end.
type partSource interface {
	engine.Parts
	close()
}

// openInputs opens what the flags name and lines it up.
func openInputs(o *options, s streams) (*inputs, error) {
	in := &inputs{o: o, stdin: s}
	var err error
	if in.classes, err = o.classes(); err != nil {
		return nil, err
	}
	if err := o.readLists(in.arrayOptions(false)); err != nil {
		return nil, err
	}
	if err := o.checkStdin(); err != nil {
		return nil, err
	}
	if err := o.readWeights(); err != nil {
		return nil, err
	}
	switch joins := o.loss.Joins != nil && o.loss.Joins(); {
	case joins && o.pairs != "":
		err = usagef("--pairs: got a list of pairs for --temporal, want two folders, or --pred and --target with a quoted pattern or @list.txt")
	case joins && o.pairedFolders():
		if err = in.openJoined(); err == nil {
			err = in.openArrays()
		}
	case o.pairs != "" || o.pairedFolders():
		err = in.openPairs()
	default:
		err = in.openArrays()
	}
	if err != nil {
		return nil, err
	}
	if err := in.names(); err != nil {
		in.parts.close()
		return nil, err
	}
	return in, nil
}

func (in *inputs) arrayOptions(pred bool) array.Options {
	opt := array.Options{Stdin: in.stdin.in, Classes: in.classes, MaxSpool: in.o.maxSpool}
	if pred && (in.o.set["pred-scale"] || in.o.set["pred-zero-point"]) {
		opt.Scale, opt.ZeroPoint = in.o.scale, in.o.zeroPoint
	}
	return opt
}

// openArray opens the array of an input, or its picture. With sample it has no
// sample axis.
func (in *inputs) openArray(flag, spec string, sample bool, opt array.Options) (loss.Source, error) {
	for _, decl := range in.o.loss.Inputs {
		if decl.Name == flag && decl.Layers != loss.NoLayers {
			return array.OpenLayers(spec, sample || decl.Layers == loss.LayersWhole, opt)
		}
		if decl.Name != flag || !decl.Picture {
			continue
		}
		if image.Is(spec) {
			return image.Open(spec, in.o.alpha)
		}
		if list := array.Shards(spec); len(list) > 0 && image.Is(list[0]) {
			return image.OpenAll(spec, list, in.o.alpha)
		}
	}
	return array.Open(spec, opt)
}

// inputFlags are the flags that name an array, with what was given.
func (o *options) inputFlags() []struct{ flag, spec string } {
	var list []struct{ flag, spec string }
	add := func(flag, spec string) {
		if spec != "" {
			list = append(list, struct{ flag, spec string }{flag, spec})
		}
	}
	for _, in := range o.loss.Inputs {
		for _, spec := range *o.inputs[in.Name] {
			add(in.Name, spec)
		}
	}
	add("mask", o.mask)
	add("sample-weight", o.weight)
	return list
}

// spec is what was given for an input that is one array.
func (o *options) spec(input string) string {
	if list := *o.inputs[input]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// scales is how many arrays a repeated flag has.
func (o *options) scales() (int, error) {
	n, most := 1, ""
	for _, in := range o.loss.Inputs {
		if k := len(*o.inputs[in.Name]); k > n {
			n, most = k, in.Name
		}
	}
	for _, in := range o.loss.Inputs {
		if k := len(*o.inputs[in.Name]); in.Repeat && k > 0 && k != n {
			return 0, usagef("--%s: got %d %s, want %d, one for each of --%s", in.Name, k, report.Plural(float64(k), "file"), n, most)
		}
	}
	return n, nil
}

// request is how the arrays are to be read, without the arrays.
func (o *options) request() *loss.Request {
	return &loss.Request{Inputs: map[string]*loss.Array{}, Reading: o.reading, Reduction: o.reductionInForce(), Scales: 1}
}

// checkStdin allows one standard input.
func (o *options) checkStdin() error {
	used := ""
	all := append(o.inputFlags(), struct{ flag, spec string }{"ids", o.ids}, struct{ flag, spec string }{"group-by", o.groupBy})
	for _, in := range all {
		if !array.IsStdin(in.spec) {
			continue
		}
		if in.flag == "ids" || in.flag == "group-by" {
			return usagef("--%s: got - (standard input), want a file", in.flag)
		}
		if used != "" {
			return usagef("--%s: got - (standard input), which --%s reads", in.flag, used)
		}
		used = in.flag
	}
	if used != "" && o.allConventions {
		return usagef("--all-conventions: got --%s - (standard input), want a file, as it is read again", used)
	}
	return nil
}

// readLists replaces a list parameter that names a file by its numbers.
func (o *options) readLists(opt array.Options) error {
	for flag, file := range o.listFiles {
		if o.loss.Param(flag).IsTokens() {
			if err := o.readTokens(flag, file, opt); err != nil {
				return err
			}
			continue
		}
		src, err := array.Open(file, opt)
		if err != nil {
			return err
		}
		x, err := readAll(src)
		src.Close()
		if err != nil {
			return err
		}
		words := make([]string, len(x))
		for i, v := range x {
			words[i] = fmt.Sprintf("%v", v)
		}
		if err := o.loss.Param(flag).Value.Set(strings.Join(words, ",")); err != nil {
			return usagef("--%s: %s: %w", flag, file, err)
		}
	}
	return nil
}

// maxList bounds the arrays that are read whole, such as class weights.
const maxList = 1 << 20

func readAll(src loss.Source) ([]float64, error) {
	n := loss.Volume(src.Shape())
	if n > maxList {
		return nil, usagef("%s: got %d numbers, want at most %d", src.Name(), n, maxList)
	}
	var buf loss.Buffer
	if err := src.Fetch(&buf, 0, n); err != nil {
		return nil, err
	}
	x := make([]float64, n)
	src.Decode(x, &buf, 0)
	return x, nil
}

// openArrays opens one array for every input, or several that are scales.
func (in *inputs) openArrays() (err error) {
	o := in.o
	list := &openParts{}
	in.parts = list
	defer func() {
		if err != nil {
			list.close()
		}
	}()
	for _, decl := range o.loss.Inputs {
		if len(*o.inputs[decl.Name]) == 0 && !decl.Optional {
			return usagef("--%s: got nothing, want a file: %s", decl.Name, decl.Doc)
		}
	}
	scales, err := o.scales()
	if err != nil {
		return err
	}
	streams := o.loss.Streams != nil && o.loss.Streams()
	if streams || scales > 1 {
		for _, f := range []struct{ flag, spec string }{{"mask", o.mask}, {"sample-weight", o.weight}, {"ids", o.ids}, {"group-by", o.groupBy}} {
			if f.spec != "" {
				return usagef("--%s: got %s, want none, as the inputs of %s do not line up", f.flag, f.spec, o.loss.Name)
			}
		}
	}
	for scale := range scales {
		for _, only := range o.streams(streams) {
			if err := in.openPart(list, scale, scales, only); err != nil {
				return err
			}
		}
	}
	in.join(list.list)
	return nil
}

// streams are the inputs that a part has: all, or each for itself.
func (o *options) streams(apart bool) []string {
	if !apart {
		return []string{""}
	}
	var list []string
	for _, in := range o.loss.Inputs {
		if len(*o.inputs[in.Name]) > 0 {
			list = append(list, in.Name)
		}
	}
	return list
}

// openPart opens the arrays of one scale: all inputs, or only one.
func (in *inputs) openPart(list *openParts, scale, scales int, only string) error {
	o := in.o
	part := &engine.Part{Stream: only}
	list.list = append(list.list, part)
	given := in.joined // opened together
	if given == nil {
		given = map[string]loss.Source{}
	}
	defer func() {
		for _, src := range given {
			src.Close() // what an error has left
		}
	}()
	if o.key != "" {
		pred, target := o.pairSpecs()
		a, b, ids, err := array.OpenKeyed(pred, target, o.key, in.arrayOptions(true), in.arrayOptions(false))
		if err != nil {
			return err
		}
		given[o.loss.Inputs[0].Name], given[o.loss.Inputs[1].Name], in.ids = a, b, ids
	} else if err := in.openSequences(given); err != nil {
		return err
	}
	open := func(flag, spec string, opt array.Options) (*loss.Array, error) {
		src, err := given[flag], error(nil)
		delete(given, flag)
		switch {
		case src != nil:
		case spec == "":
			part.Sources = append(part.Sources, nil)
			return nil, nil
		default:
			if src, err = in.openArray(flag, spec, o.reading.NoBatch, opt); err != nil {
				return nil, err
			}
		}
		part.Sources = append(part.Sources, src)
		name := flag
		if scale > 0 {
			name += fmt.Sprintf("_%d", scale+1)
		}
		a := header(src, o.reading.NoBatch)
		in.arrays = append(in.arrays, namedArray{name, src.Name(), src.Shape(), src.Dtype(), len(a.Parts)})
		return a, nil
	}
	var err error
	req := o.request()
	req.Scale, req.Scales = scale, scales
	sources := map[string]loss.Source{}
	req.Classes, req.Largest = len(in.classes), o.largestOf(sources)
	for k, decl := range o.loss.Inputs {
		spec := ""
		if specs := *o.inputs[decl.Name]; len(specs) > 0 && (only == "" || only == decl.Name) {
			spec = specs[min(scale, len(specs)-1)]
		}
		opt := in.arrayOptions(k == 0)
		if decl.Names {
			if opt.Classes, err = o.labels(); err != nil {
				return err
			}
		}
		a, err := open(decl.Name, spec, opt)
		if err != nil {
			return err
		}
		if a != nil {
			req.Inputs[decl.Name] = a
			sources[decl.Name] = part.Sources[k]
		}
	}
	var mask, weight *loss.Array
	mask, err = open("mask", o.mask, in.arrayOptions(false))
	if err != nil {
		return err
	}
	weight, err = open("sample-weight", o.weight, in.arrayOptions(false))
	if err != nil {
		return err
	}
	part.Frame, err = lineUp(o.loss, req, mask, weight)
	return err
}

// labels are the texts that the inputs of names hold instead of ids, in order
// of first appearance; nil where they hold numbers.
func (o *options) labels() ([]string, error) {
	var all []string
	for _, decl := range o.loss.Inputs {
		if spec := o.spec(decl.Name); decl.Names && spec != "" {
			list, err := array.Labels(spec)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(s string) bool {
		again := seen[s]
		seen[s] = true
		return again
	}), nil
}

// header is what a loss is told of an array. A picture or volume is a batch of
// one, unless files are samples.
func header(src loss.Source, noBatch bool) *loss.Array {
	shape := src.Shape()
	if noBatch && array.IsSample(src) {
		shape = shape[1:]
	}
	a := &loss.Array{Name: src.Name(), Shape: shape, Dtype: src.Dtype()}
	if l, ok := src.(interface{ Parts() []loss.Part }); ok {
		a.Parts = l.Parts()
	}
	return a
}

// join describes all parts by the frame of the first.
func (in *inputs) join(list []*engine.Part) {
	f := *list[0].Frame
	var layouts []string
	f.Warnings = nil
	for _, p := range list {
		in.samples += p.Frame.Samples
		f.Warnings = append(f.Warnings, p.Frame.Warnings...)
		layout := p.Frame.Layout
		if p.Stream != "" {
			layout = p.Stream + " " + layout
		}
		layouts = append(layouts, layout)
	}
	f.Layout = strings.Join(layouts, ", ")
	in.frame = &f
}

// lineUp makes the frame of a part, with its mask and weights.
func lineUp(l *loss.Loss, req *loss.Request, mask, weight *loss.Array) (*loss.Frame, error) {
	f, err := l.Frame(req)
	if err != nil {
		return nil, asUsage(err)
	}
	f.Scale = req.Scale
	if err := scored(l, req, f); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		a    *loss.Array
		role loss.Role
	}{{mask, loss.Mask}, {weight, loss.Weight}} {
		v := loss.View{}
		if c.a != nil {
			if v, err = f.Broadcast(c.a, c.role, req.NoBatch); err != nil {
				return nil, asUsage(err)
			}
		}
		f.Views = append(f.Views, v)
	}
	return f, nil
}

// scored refuses truth values where logits or log-probabilities are wanted.
func scored(l *loss.Loss, req *loss.Request, f *loss.Frame) error {
	for k, in := range l.Inputs {
		a, what := req.Inputs[in.Name], map[loss.Role]string{loss.Logit: "logits", loss.LogProb: "log-probabilities"}[f.Views[k].Role]
		if a == nil || a.Dtype != "bool" || what == "" {
			continue
		}
		hint := ""
		if l.ReadsFlag(in.Name + "-as") {
			hint = "; --" + in.Name + "-as says what else they are"
		}
		return usagef("%s: got bool as %s, want numbers%s", a.Name, what, hint)
	}
	return nil
}

// names reads the ids and the groups of the samples.
func (in *inputs) names() error {
	read := func(flag, spec string) ([]string, error) {
		list, err := array.Strings(spec)
		if err == nil && len(list) != in.samples {
			err = usagef("--%s: %s: got %d %s, want %d, one a sample", flag, spec, len(list), report.Plural(float64(len(list)), "name"), in.samples)
		}
		return list, err
	}
	var err error
	if in.o.ids != "" {
		if in.ids, err = read("ids", in.o.ids); err != nil {
			return err
		}
	}
	switch g := in.o.groupBy; {
	case g == "":
	case g == "id" && in.ids == nil:
		return usagef("--group-by: got id, want --ids FILE or pairs of files with it")
	case g == "id":
		in.groups = in.ids
	case in.groups != nil: // a column of the pairs
	default:
		if in.groups, err = read("group-by", g); err != nil {
			return err
		}
	}
	if n := len(in.classes); n > 0 && in.frame.Classes > 1 && n != in.frame.Classes {
		flag := "class-names"
		if in.o.classesFile != "" {
			flag = "classes-file"
		}
		return usagef("--%s: got %d %s, want %d, one a class", flag, n, report.Plural(float64(n), "name"), in.frame.Classes)
	}
	return nil
}

// openParts are the arrays of a run without pairs, all open.
type openParts struct {
	list []*engine.Part
	next int
}

func (p *openParts) Next() (*engine.Part, error) {
	if p.next == len(p.list) {
		return nil, nil
	}
	p.next++
	return p.list[p.next-1], nil
}

func (p *openParts) Done(*engine.Part) {}

func (p *openParts) Rewind() { p.next = 0 }

func (p *openParts) close() {
	for _, part := range p.list {
		for _, s := range part.Sources {
			if s != nil {
				s.Close()
			}
		}
	}
}
