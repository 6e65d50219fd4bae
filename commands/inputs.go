package commands

import (
	"fmt"
	"strings"

	"lossctl/io/array"
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
}

// namedArray is an input as the result records it.
type namedArray struct {
	flag, file string
	shape      []int
	dtype      string
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
	if o.pairs != "" || o.pairedFolders() {
		err = in.openPairs()
	} else {
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

// inputFlags are the flags that name an array, with what was given.
func (o *options) inputFlags() []struct{ flag, spec string } {
	var list []struct{ flag, spec string }
	add := func(flag, spec string) {
		if spec != "" {
			list = append(list, struct{ flag, spec string }{flag, spec})
		}
	}
	for _, in := range o.loss.Inputs {
		add(in.Name, *o.inputs[in.Name])
	}
	add("mask", o.mask)
	add("sample-weight", o.weight)
	return list
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

// openArrays opens one array for every input.
func (in *inputs) openArrays() (err error) {
	o := in.o
	one := &onePart{}
	in.parts = one
	defer func() {
		if err != nil {
			one.close()
		}
	}()
	var joined [2]loss.Source
	if o.key != "" {
		pred, target := o.pairSpecs()
		joined[0], joined[1], in.ids, err = array.OpenKeyed(pred, target, o.key, in.arrayOptions(true), in.arrayOptions(false))
		if err != nil {
			return err
		}
	}
	open := func(flag, spec string, opt array.Options) (*loss.Array, error) {
		k := len(one.sources)
		if spec == "" {
			one.sources = append(one.sources, nil)
			return nil, nil
		}
		var src loss.Source
		var err error
		if k < 2 && joined[k] != nil {
			src = joined[k]
		} else if src, err = array.Open(spec, opt); err != nil {
			return nil, err
		}
		one.sources = append(one.sources, src)
		in.arrays = append(in.arrays, namedArray{flag, src.Name(), src.Shape(), src.Dtype()})
		return &loss.Array{Name: src.Name(), Shape: src.Shape(), Dtype: src.Dtype()}, nil
	}
	req := &loss.Request{Inputs: map[string]*loss.Array{}, Reading: o.reading, Reduction: o.reductionInForce()}
	for k, decl := range o.loss.Inputs {
		spec := *o.inputs[decl.Name]
		if spec == "" && !decl.Optional {
			return usagef("--%s: got nothing, want a file: %s", decl.Name, decl.Doc)
		}
		a, err := open(decl.Name, spec, in.arrayOptions(k == 0))
		if err != nil {
			return err
		}
		if a != nil {
			req.Inputs[decl.Name] = a
		}
	}
	mask, err := open("mask", o.mask, in.arrayOptions(false))
	if err != nil {
		return err
	}
	weight, err := open("sample-weight", o.weight, in.arrayOptions(false))
	if err != nil {
		return err
	}
	one.frame, err = lineUp(o.loss, req, mask, weight)
	if err != nil {
		return err
	}
	in.frame, in.samples = one.frame, one.frame.Samples
	return nil
}

// lineUp makes the frame of a part, with its mask and weights.
func lineUp(l *loss.Loss, req *loss.Request, mask, weight *loss.Array) (*loss.Frame, error) {
	f, err := l.Frame(req)
	if err != nil {
		return nil, asUsage(err)
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

// names reads the ids and the groups of the samples.
func (in *inputs) names() error {
	read := func(flag, spec string) ([]string, error) {
		list, err := array.Strings(spec)
		if err == nil && len(list) != in.samples {
			err = usagef("--%s: %s: got %d names, want %d, one a sample", flag, spec, len(list), in.samples)
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
		return usagef("--%s: got %d names, want %d, one a class", flag, n, in.frame.Classes)
	}
	return nil
}

// onePart is the arrays of a run without pairs.
type onePart struct {
	sources []loss.Source
	frame   *loss.Frame
	given   bool
}

func (p *onePart) Next() (*engine.Part, error) {
	if p.given {
		return nil, nil
	}
	p.given = true
	return &engine.Part{Frame: p.frame, Sources: p.sources}, nil
}

func (p *onePart) Done(*engine.Part) {}

func (p *onePart) Rewind() { p.given = false }

func (p *onePart) close() {
	for _, s := range p.sources {
		if s != nil {
			s.Close()
		}
	}
}
