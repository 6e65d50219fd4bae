package loss_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lossctl/loss"
	"lossctl/loss/engine"
)

// A variant is a setting of a loss and the shapes of its inputs. What is in
// the inputs follows from the roles that the frame gives them.
type variant struct {
	name         string
	convention   string
	set          string  // "gamma=3 poly=1"
	shapes       [][]int // of the inputs, as declared
	predAs       string
	targetAs     string
	classAxis    int // 0: found
	ignore       []int
	mask, weight []int // shapes, nil: absent
	reduction    string
	noGrad       bool
	signed       bool        // infinities of both signs may meet
	parts        []loss.Part // of the inputs that are layers
	// load gives the loss the weights that it wants.
	load func(l *loss.Loss) error
	// fill puts numbers into an input that it must have beyond its role.
	fill func(input int, f *loss.Frame, x []float64)
}

// A trial is a variant with inputs: a job that runs again and again.
type trial struct {
	declare   func() *loss.Loss
	loss      *loss.Loss
	frame     *loss.Frame
	streams   []*loss.Frame // of the inputs, where these do not line up; else nil
	reduction *loss.Reduction
	reading   loss.Reading
	data      []*memory // inputs, mask and weights; nil where absent
	cuts      []int     // samples at which the arrays are cut in parts
	variant   variant
}

func newTrial(t testing.TB, declare func() *loss.Loss, v variant) *trial {
	t.Helper()
	tr := &trial{declare: declare, loss: declare(), variant: v}
	tr.reading = loss.Reading{PredAs: v.predAs, TargetAs: v.targetAs, IgnoreIndex: v.ignore}
	if v.classAxis != 0 {
		tr.reading.ClassAxis = &v.classAxis
	}
	reduction := tr.configure(t, v)
	if v.load != nil {
		if err := v.load(tr.loss); err != nil {
			t.Fatal(err)
		}
	}
	if tr.reduction = tr.loss.Reduction(reduction); tr.reduction == nil {
		t.Fatalf("no reduction %q", reduction)
	}
	if tr.loss.Streams != nil && tr.loss.Streams() {
		return tr.apart(t, v)
	}
	req := tr.request()
	for k, shape := range v.shapes {
		if shape == nil {
			continue
		}
		name := tr.loss.Inputs[k].Name
		req.Inputs[name] = &loss.Array{Name: name, Shape: shape, Dtype: "float64", Parts: v.parts}
	}
	var err error
	if tr.frame, err = tr.loss.Frame(req); err != nil {
		t.Fatal(err)
	}
	shapes := slices.Clone(v.shapes)
	for len(shapes) < len(tr.loss.Inputs) {
		shapes = append(shapes, nil)
	}
	for _, c := range []struct {
		shape []int
		role  loss.Role
	}{{v.mask, loss.Mask}, {v.weight, loss.Weight}} {
		view := loss.View{}
		if c.shape != nil {
			if view, err = tr.frame.Broadcast(&loss.Array{Name: "mask or weight", Shape: c.shape}, c.role, false); err != nil {
				t.Fatal(err)
			}
		}
		tr.frame.Views = append(tr.frame.Views, view)
		shapes = append(shapes, c.shape)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for k, view := range tr.frame.Views {
		if view.Role == loss.Absent || view.Of != "" {
			tr.data = append(tr.data, nil)
			continue
		}
		x := v.generate(rng, k, tr.frame, view, loss.Volume(shapes[k]), ordinary)
		tr.data = append(tr.data, newMemory(fmt.Sprint("input ", k), "float64", shapes[k], x))
	}
	return tr
}

func (tr *trial) request() *loss.Request {
	return &loss.Request{Inputs: map[string]*loss.Array{}, Reduction: tr.reduction, Reading: tr.reading, Scales: 1}
}

// apart makes a part of every input.
func (tr *trial) apart(t testing.TB, v variant) *trial {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for k, in := range tr.loss.Inputs {
		req := tr.request()
		req.Inputs[in.Name] = &loss.Array{Name: in.Name, Shape: v.shapes[k], Dtype: "float64"}
		f, err := tr.loss.Frame(req)
		if err != nil {
			t.Fatal(err)
		}
		f.Views = append(f.Views, loss.View{}, loss.View{})
		tr.streams = append(tr.streams, f)
		x := v.generate(rng, k, f, f.Views[k], loss.Volume(v.shapes[k]), ordinary)
		tr.data = append(tr.data, newMemory(in.Name, "float64", v.shapes[k], x))
	}
	tr.data = append(tr.data, nil, nil)
	tr.frame = tr.streams[0]
	return tr
}

// of is the frame that an input lies in.
func (tr *trial) of(input int) *loss.Frame {
	if tr.streams != nil && input < len(tr.streams) {
		return tr.streams[input]
	}
	return tr.frame
}

// samples are those of all parts.
func (tr *trial) samples() int {
	n := 0
	for _, f := range tr.streams {
		n += f.Samples
	}
	if tr.streams == nil {
		n = tr.frame.Samples
	}
	return n
}

// configure sets the parameters, those of the convention first.
func (tr *trial) configure(t testing.TB, v variant) (reduction string) {
	t.Helper()
	reduction = tr.loss.Reductions[0].Name
	set := func(name, value string) {
		switch p := tr.loss.Param(name); {
		case p != nil:
			if err := p.Value.Set(value); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		case name == "pred-as":
			if v.predAs == "" {
				tr.reading.PredAs = value
			}
		case name == "target-as":
			tr.reading.TargetAs = value
		case name == "reduction":
			reduction = value
		default:
			t.Fatalf("no parameter %q", name)
		}
	}
	var c *loss.Convention
	if v.convention != "" {
		if c = tr.loss.Convention(v.convention); c == nil {
			t.Fatalf("no convention %q", v.convention)
		}
		for _, s := range c.Set {
			set(s.Param, s.Value)
		}
	}
	for _, s := range strings.Fields(v.set) {
		name, value, _ := strings.Cut(s, "=")
		set(name, value)
	}
	if v.reduction != "" {
		reduction = v.reduction
	}
	if c != nil && c.Reductions[reduction] != "" {
		reduction = c.Reductions[reduction]
	}
	return reduction
}

// A split is a way to divide the work.
type split struct{ threads, block int }

var whole = split{1, 1 << 20}

// An outcome is all numbers of a run, by name.
type outcome map[string][]float64

func (tr *trial) job(s split) *engine.Job {
	parts := &memoryParts{}
	for k, f := range tr.streams {
		p := &engine.Part{Frame: f, Sources: make([]loss.Source, len(tr.data)), Stream: tr.loss.Inputs[k].Name}
		p.Sources[k] = tr.data[k]
		parts.list = append(parts.list, p)
	}
	from := 0
	if tr.streams != nil {
		from = tr.frame.Samples
	}
	for _, to := range append(slices.Clone(tr.cuts), tr.frame.Samples) {
		if from < to || tr.streams == nil {
			parts.list = append(parts.list, tr.part(from, to))
		}
		from = to
	}
	j := &engine.Job{
		RowTerms: true, Columns: true, Twice: true,
		New: tr.declare, Params: tr.loss, Reduction: tr.reduction, Reading: tr.reading, Parts: parts,
		NonFinite: "error", Threads: s.threads, BlockBytes: s.block,
	}
	if c := tr.frame.Classes; c > 1 {
		j.Classes = c
	}
	return j
}

// part is the samples [from, to) of all arrays.
func (tr *trial) part(from, to int) *engine.Part {
	f := *tr.frame
	f.Samples = to - from
	p := &engine.Part{Frame: &f, Sources: make([]loss.Source, len(tr.data))}
	for k, m := range tr.data {
		if m == nil {
			continue
		}
		if f.Samples == tr.frame.Samples {
			p.Sources[k] = m
			continue
		}
		c := *m
		per := len(m.raw) / tr.frame.Samples
		c.shape = append([]int{to - from}, m.shape[1:]...)
		c.raw = m.raw[from*per : to*per]
		p.Sources[k] = &c
	}
	return p
}

// run computes everything there is.
func (tr *trial) run(t testing.TB, s split) outcome {
	t.Helper()
	o := outcome{}
	j := tr.job(s)
	j.ClassRows = j.Classes > 0
	var elements numbers
	if tr.streams == nil && !tr.loss.Terms[0].Closed {
		elements = make(numbers, tr.frame.Samples*tr.frame.Positions())
		j.Elements = elements
	}
	next := 0
	j.Ordered = func(r *engine.Rows) error {
		if r.First != next && tr.streams == nil {
			t.Errorf("rows start at %d, want %d", r.First, next)
		}
		next += r.Len()
		o["row values"] = append(o["row values"], r.Value...)
		for i, n := range r.Count {
			o["row counts"] = append(o["row counts"], float64(n))
			o["row shown"] = append(o["row shown"], r.CountOf(i))
			o["row columns"] = append(o["row columns"], r.Columns(i)...)
			o["row classes"] = append(o["row classes"], r.ClassRow(i)...)
		}
		for k, x := range r.Terms {
			if tr.wants(k) {
				o[tr.rowTerm(k)] = append(o[tr.rowTerm(k)], x...)
			}
		}
		return nil
	}
	res, err := j.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if next != tr.samples() {
		t.Errorf("got %d rows, want %d", next, tr.samples())
	}
	o["value"], o["shown"] = []float64{res.Value}, []float64{j.CountOf(&res.All)}
	o["counts"] = []float64{float64(res.All.Count), float64(res.All.Positions), float64(res.All.Samples), float64(res.Empty), float64(res.Ignored), float64(res.Masked), float64(res.All.Full)}
	for k, v := range res.All.Terms {
		if tr.wants(k) {
			o["term "+tr.loss.Terms[k].Name] = []float64{v}
		}
	}
	for _, c := range res.ByClass {
		o["class counts"] = append(o["class counts"], float64(c.Count))
		for k, v := range c.Terms {
			if tr.wants(k) {
				o["class terms"] = append(o["class terms"], v)
			}
		}
	}
	for _, c := range j.Components(res) {
		o["component "+c.Name] = []float64{c.Value}
	}
	o["elements"] = elements
	if tr.cuts != nil {
		return o
	}
	for k := range tr.loss.Inputs {
		if tr.differentiable(k) {
			g := make(numbers, len(tr.data[k].raw)/8)
			for i := range g {
				g[i] = math.NaN() // so that what is not written shows
			}
			if err := j.Gradient(context.Background(), res, k, g); err != nil {
				t.Fatal(err)
			}
			o[fmt.Sprint("gradient ", k)] = g
		}
	}
	return o
}

func (tr *trial) rowTerm(k int) string { return "row term " + tr.loss.Terms[k].Name }

func (tr *trial) wants(term int) bool {
	when := tr.loss.Terms[term].When
	return when == nil || when(tr.reduction)
}

func (tr *trial) differentiable(input int) bool {
	return tr.loss.Grad != nil && (tr.loss.NoGrad == nil || tr.loss.NoGrad() == "") && tr.loss.Inputs[input].Grad && tr.data[input] != nil
}

// value computes the value alone.
func (tr *trial) value(t testing.TB) float64 {
	t.Helper()
	res, err := tr.job(whole).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return res.Value
}

// with returns the trial with copies of its inputs, refilled.
func (tr *trial) with(fill func(k int, v loss.View, m *memory)) *trial {
	c := *tr
	c.data = slices.Clone(tr.data)
	for k, m := range tr.data {
		if m != nil {
			c.data[k] = m.clone()
			fill(k, tr.of(k).Views[k], c.data[k])
		}
	}
	return &c
}

func (tr *trial) refill(style style, seed uint64) *trial {
	rng := rand.New(rand.NewPCG(seed, 3))
	return tr.with(func(k int, v loss.View, m *memory) {
		for i, x := range tr.variant.generate(rng, k, tr.of(k), v, loss.Volume(m.shape), style) {
			m.set(i, x)
		}
	})
}

// same reports the first number in which two outcomes differ in a bit.
func same(t testing.TB, what string, got, want outcome) {
	t.Helper()
	for name, w := range want {
		g := got[name]
		if len(g) != len(w) {
			t.Errorf("%s: %s: got %d numbers, want %d", what, name, len(g), len(w))
			continue
		}
		for i := range w {
			if math.Float64bits(g[i]) != math.Float64bits(w[i]) && !(math.IsNaN(g[i]) && math.IsNaN(w[i])) {
				t.Errorf("%s: %s %d: got %v, want %v", what, name, i, g[i], w[i])
				break
			}
		}
	}
}

// near reports the first number in which outcomes differ by more than the
// tolerance, relative to the largest number of the name.
func near(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %d numbers, want %d", what, len(got), len(want))
		return
	}
	largest := 0.0
	for _, w := range want {
		if !math.IsInf(w, 0) && !math.IsNaN(w) {
			largest = max(largest, math.Abs(w))
		}
	}
	for i, w := range want {
		if g := got[i]; g != w && !(math.Abs(g-w) <= tolerance*largest) && !(math.IsNaN(g) && math.IsNaN(w)) {
			t.Errorf("%s %d: got %v, want %v", what, i, g, w)
			return
		}
	}
}

// numbers takes numbers at their place.
type numbers []float64

func (n numbers) WriteAt(x []float64, at int) error {
	copy(n[at:at+len(x)], x)
	return nil
}

// memoryParts yields parts in order.
type memoryParts struct {
	list []*engine.Part
	next int
}

func (p *memoryParts) Next() (*engine.Part, error) {
	if p.next == len(p.list) {
		return nil, nil
	}
	p.next++
	return p.list[p.next-1], nil
}

func (p *memoryParts) Done(*engine.Part) {}
func (p *memoryParts) Rewind()           { p.next = 0 }

// A style is what inputs are filled with.
type style int

const (
	ordinary style = iota
	large          // finite, at the ends of what has a finite loss
	extreme        // finite, at the ends of what float64 holds
	infinite       // with −inf where it is legal
)

func (v *variant) generate(rng *rand.Rand, k int, f *loss.Frame, view loss.View, n int, s style) []float64 {
	x := generate(rng, f, view, n, s)
	if v.fill != nil {
		v.fill(k, f, x)
	}
	return x
}

// generate fills an input with numbers that are legal in its role.
func generate(rng *rand.Rand, f *loss.Frame, v loss.View, n int, s style) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = one(rng, f, v, s)
	}
	if v.Planes > 1 {
		distributions(rng, f, v, x, s)
	}
	return x
}

func one(rng *rand.Rand, f *loss.Frame, v loss.View, s style) float64 {
	pick := func(list ...float64) float64 { return list[rng.IntN(len(list))] }
	tiny := math.SmallestNonzeroFloat64
	switch v.Role {
	case loss.Logit:
		switch s {
		case large:
			return pick(1e4, -1e4, 1e300, -1e300, tiny, -tiny, 1e-310, 0, math.Copysign(0, -1), 1, -1, 37, -37, 700, -746)
		case extreme:
			return pick(1e4, -1e4, 1e308, -1e308, math.MaxFloat64, -math.MaxFloat64, tiny, -tiny, 1e-310, 0, math.Copysign(0, -1), 1, -1, 37, -37, 700, -746)
		case infinite:
			return pick(math.Inf(-1), 0, 1, -2, 5)
		}
		return 2 * rng.NormFloat64()
	case loss.Prob:
		switch s {
		case large:
			return pick(tiny, 1e-310, 1-0x1p-53, 0.5, 1e-7, 1e-300)
		case extreme, infinite:
			return pick(0, 1, tiny, 1e-310, 1-0x1p-53, 0.5, 1e-7)
		}
		return 0.05 + 0.9*rng.Float64()
	case loss.LogProb:
		switch s {
		case large:
			return pick(-tiny, -1e300, -1e4, -0x1p-53, -1, -745)
		case extreme:
			return pick(0, -tiny, -1e308, -1e4, -0x1p-53, -1, -745)
		case infinite:
			return pick(math.Inf(-1), 0, -1)
		}
		return math.Log(0.05 + 0.9*rng.Float64())
	case loss.Index:
		if k := rng.IntN(v.Classes + len(v.Extra)); k >= v.Classes {
			return float64(v.Extra[k-v.Classes])
		} else {
			return float64(k)
		}
	case loss.Soft:
		if s != ordinary {
			return pick(0, 1, 0.5, tiny, 1-0x1p-53)
		}
		if v.Planes > 1 {
			return rng.Float64()
		}
		return pick(0, 1, rng.Float64())
	case loss.Mask:
		return pick(0, 1, 1)
	case loss.Label:
		return float64(rng.IntN(4))
	case loss.Length:
		return float64(rng.IntN(f.Positions() + 1))
	case loss.Deviation:
		if s != ordinary {
			return pick(1e4, 1e-4, 1e300, tiny, 0, 1)
		}
		return 0.1 + rng.Float64()
	case loss.Real:
		if s != ordinary {
			return pick(1e4, -1e4, 1e300, -1e300, tiny, -tiny, 0, math.Copysign(0, -1), 1, -1, 37)
		}
		return 2 * rng.NormFloat64()
	case loss.Weight:
		switch s {
		case large:
			return pick(0, 0.5, 1, 1e4)
		case extreme, infinite:
			return pick(0, tiny, 1, 1e4)
		}
		return 2 * rng.Float64()
	}
	panic("role")
}

// distributions makes the probabilities of every position sum to 1.
func distributions(rng *rand.Rand, f *loss.Frame, v loss.View, x []float64, s style) {
	for g := range len(x) / (v.Planes * f.Inner) {
		for b := range f.Inner {
			at := func(k int) *float64 { return &x[(g*v.Planes+k)*f.Inner+b] }
			if v.Role == loss.Soft && (s != ordinary || rng.IntN(2) == 0) { // one class, or two
				for k := range v.Planes {
					*at(k) = 0
				}
				*at(rng.IntN(v.Planes)) += 0.5
				*at(rng.IntN(v.Planes)) += 0.5
				continue
			}
			if s == infinite && (v.Role == loss.Logit || v.Role == loss.LogProb) {
				*at(rng.IntN(v.Planes)) = -1 // one class is possible
			}
			if s != ordinary || v.Role == loss.Logit || v.Role == loss.Real {
				continue
			}
			sum := 0.0
			for k := range v.Planes {
				p := *at(k)
				if v.Role == loss.LogProb {
					p = math.Exp(p)
				}
				sum += p
			}
			for k := range v.Planes {
				if v.Role == loss.LogProb {
					*at(k) -= math.Log(sum)
				} else {
					*at(k) /= sum
				}
			}
		}
	}
}

// frameError wants Frame to refuse shapes, nil where an input is absent, with
// a message that has the text.
func frameError(t *testing.T, declare func() *loss.Loss, set, want string, shapes [][]int) {
	t.Helper()
	tr := trial{loss: declare()}
	tr.reduction = tr.loss.Reduction(tr.configure(t, variant{set: set}))
	req := tr.request()
	for k, in := range tr.loss.Inputs {
		if shapes[k] != nil {
			req.Inputs[in.Name] = &loss.Array{Name: in.Name, Shape: shapes[k], Dtype: "float64"}
		}
	}
	if _, err := tr.loss.Frame(req); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s %v: got error %v, want %q", set, shapes, err, want)
	}
}
