package commands

import (
	"fmt"
	"strconv"

	"lossctl/io/array"
	"lossctl/io/image"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// pairedFolders reports whether pred and target are two folders, or all
// members of two npz files.
func (o *options) pairedFolders() bool {
	pred, target := o.pairSpecs()
	return pred != "" && target != "" && array.IsPairs(pred) && array.IsPairs(target)
}

// pairSpecs are the first two inputs of the loss.
func (o *options) pairSpecs() (pred, target string) {
	if !o.pairable() {
		return "", ""
	}
	return o.spec("pred"), o.spec("target")
}

// openPairs lists the pairs and looks at the first.
func (in *inputs) openPairs() error {
	o := in.o
	for _, c := range []struct {
		flag  string
		given bool
	}{{"mask", o.mask != ""}, {"sample-weight", o.weight != ""}, {"grad-out", o.gradOut != ""}, {"reduction none", o.reduction == "none"}} {
		if c.given {
			return usagef("--%s: got pairs of files, want whole arrays for it", c.flag)
		}
	}
	pred, target := o.pairSpecs()
	p := &pairParts{in: in}
	var err error
	if o.pairs != "" {
		if pred != "" || target != "" {
			return usagef("--pairs: got --pred or --target too, want one of them")
		}
		p.pairs, err = array.ReadPairs(o.pairs)
		pred, target = o.pairs, o.pairs
	} else {
		p.pairs, p.unmatched, err = array.Pairs(pred, target, array.PairOptions{Match: o.match, AllowUnmatched: o.allowUnmatched})
	}
	if err != nil {
		return err
	}
	if len(p.pairs) == 0 {
		return usagef("%s: got no pairs, want at least one", pred)
	}
	in.parts, in.samples = p, len(p.pairs)
	in.ids = make([]string, len(p.pairs))
	for i, pair := range p.pairs {
		in.ids[i] = pair.ID
	}
	if _, ok := p.pairs[0].Columns[o.groupBy]; ok {
		in.groups = make([]string, len(p.pairs))
		for i, pair := range p.pairs {
			in.groups[i] = pair.Columns[o.groupBy]
		}
	}
	first, err := p.Next()
	if err != nil {
		return err
	}
	for k, file := range []string{pred, target} {
		in.arrays = append(in.arrays, namedArray{o.loss.Inputs[k].Name, file, first.Sources[k].Shape(), first.Sources[k].Dtype(), 1})
	}
	f := *first.Frame
	f.Layout = p.layout(first)
	in.frame = &f
	p.Done(first)
	p.Rewind()
	return nil
}

// openJoined makes an array of the pictures of each of two folders, in the
// order of their names.
func (in *inputs) openJoined() error {
	o := in.o
	pred, target := o.pairSpecs()
	pairs, _, err := array.Pairs(pred, target, array.PairOptions{Match: o.match, AllowUnmatched: o.allowUnmatched})
	if err != nil {
		return err
	}
	in.joined, in.ids = map[string]loss.Source{}, nil
	lists := make([][]string, 2)
	for _, pair := range pairs {
		in.ids = append(in.ids, pair.ID)
		lists[0], lists[1] = append(lists[0], pair.Pred), append(lists[1], pair.Target)
	}
	for k, name := range []string{pred, target} {
		if in.joined[o.loss.Inputs[k].Name], err = image.OpenAll(name, lists[k], o.alpha); err != nil {
			return err
		}
	}
	return nil
}

// pairParts opens a pair of files at a time; each is one sample.
type pairParts struct {
	in        *inputs
	pairs     []array.Pair
	next      int
	classes   int
	unmatched int
}

func (p *pairParts) layout(first *engine.Part) string {
	s := fmt.Sprintf("%d pairs of files", len(p.pairs))
	if c := first.Frame.Classes; c > 1 {
		s += fmt.Sprintf(" × %d classes", c)
	}
	if p.unmatched > 0 {
		s += fmt.Sprintf(", %d files without a partner left out", p.unmatched)
	}
	return s
}

func (p *pairParts) Next() (*engine.Part, error) {
	if p.next == len(p.pairs) {
		return nil, nil
	}
	pair := p.pairs[p.next]
	p.next++
	o := p.in.o
	req := o.request()
	req.NoBatch = true
	sources := map[string]loss.Source{}
	req.Classes, req.Largest = max(len(p.in.classes), p.classes), o.largestOf(sources)
	part := &engine.Part{Sources: make([]loss.Source, engine.WeightView(len(o.loss.Inputs))+1)}
	for k, spec := range []string{pair.Pred, pair.Target} {
		src, err := p.in.openPaired(k, spec)
		if err != nil {
			p.Done(part)
			return nil, err
		}
		part.Sources[k] = src
		sources[o.loss.Inputs[k].Name] = src
		req.Inputs[o.loss.Inputs[k].Name] = header(src, true)
	}
	for k, decl := range o.loss.Inputs[2:] { // the same for all pairs
		spec := o.spec(decl.Name)
		if spec == "" {
			continue
		}
		src, err := p.in.openPaired(2+k, spec)
		if err != nil {
			p.Done(part)
			return nil, err
		}
		part.Sources[2+k] = src
		sources[decl.Name] = src
		req.Inputs[decl.Name] = header(src, true)
	}
	weight, err := p.weight(part, pair)
	if err != nil {
		p.Done(part)
		return nil, err
	}
	if part.Frame, err = lineUp(p.loss(), req, nil, weight); err == nil {
		if p.classes > 0 && part.Frame.Classes != p.classes {
			err = usagef("%s: got %d classes, want %d as in the first pair", part.Sources[0].Name(), part.Frame.Classes, p.classes)
		}
		p.classes = part.Frame.Classes
	}
	if err != nil {
		p.Done(part)
		return nil, err
	}
	return part, nil
}

// loss is what makes the frame of a pair: the loss of the run for the first,
// which settles what the parameters leave open, then copies of it, as the
// workers read that of the run.
func (p *pairParts) loss() *loss.Loss {
	l := p.in.o.loss
	if p.classes == 0 {
		return l
	}
	c := loss.Find(l.Name)()
	c.CopyParams(l)
	return c
}

// openPaired opens a file of a pair.
func (in *inputs) openPaired(input int, spec string) (loss.Source, error) {
	sequence := in.o.loss.Inputs[input].Sequence != ""
	if sequence {
		rows, _, _, err := in.openLists(spec)
		if rows != nil || err != nil {
			return rows, err
		}
	}
	src, err := in.openArray(in.o.loss.Inputs[input].Name, spec, true, in.arrayOptions(input == 0))
	if sequence && err == nil {
		src = array.Lists(src)
	}
	return src, err
}

// weight is the column of that name, the factor of all positions of a pair.
func (p *pairParts) weight(part *engine.Part, pair array.Pair) (*loss.Array, error) {
	text, ok := pair.Columns["weight"]
	if !ok {
		return nil, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, usagef("%s: pair %s: got weight %q, want a number", p.in.o.pairs, pair.ID, text)
	}
	c := constant{p.in.o.pairs + ":weight", v}
	part.Sources[engine.WeightView(len(p.in.o.loss.Inputs))] = c
	return &loss.Array{Name: c.name, Dtype: c.Dtype()}, nil
}

func (p *pairParts) Done(part *engine.Part) {
	for _, s := range part.Sources {
		if s != nil {
			s.Close()
		}
	}
}

func (p *pairParts) Rewind() { p.next = 0 }

func (p *pairParts) close() {}
