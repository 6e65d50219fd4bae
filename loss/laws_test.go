package loss_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"unicode"

	"lossctl/internal/vec"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// each runs a law for every loss and variant of a list.
func each(t *testing.T, lists map[string][]variant, law func(t *testing.T, tr *trial, v variant)) {
	for _, declare := range loss.All {
		name := declare().Name
		if len(lists[name]) == 0 {
			t.Errorf("%s: no variants in variants_test.go", name)
		}
		for _, v := range lists[name] {
			t.Run(strings.ReplaceAll(name+"/"+v.name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				if rows, _ := vec.Tile(); v.load != nil && rows == 4 && testing.Short() {
					t.Skip("a network, whose products in plain Go take a hundred times as long")
				}
				law(t, newTrial(t, declare, v), v)
			})
		}
	}
}

// TestMain lets memory grow before it is collected: a law runs jobs of a few
// numbers by the hundred thousand, whose scratch memory the collector would
// else spend most of the time on.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	m.Run()
}

var kebab = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// settings are what a convention may set besides parameters.
var settings = []string{"pred-as", "target-as", "reduction"}

func TestDeclaration(t *testing.T) {
	names := map[string]bool{}
	for _, declare := range loss.All {
		l := declare()
		t.Run(l.Name, func(t *testing.T) {
			wrong := func(format string, args ...any) { t.Helper(); t.Errorf(format, args...) }
			if names[l.Name] {
				wrong("name is taken")
			}
			names[l.Name] = true
			if loss.Find(l.Name) == nil || !slices.Contains(loss.Families(), l.Words()[0]) {
				wrong("Find or Families do not know it")
			}
			for _, w := range l.Words() {
				if !kebab.MatchString(w) {
					wrong("name %q", w)
				}
			}
			if l.Summary == "" || unicode.IsUpper([]rune(l.Summary)[0]) || strings.HasSuffix(l.Summary, ".") || strings.Contains(l.Summary, "\n") {
				wrong("summary %q: want one line, no capital, no period", l.Summary)
			}
			if l.Formula == "" || l.Source == "" || l.Details == "" {
				wrong("no formula, source or details")
			}
			if l.Frame == nil || l.Eval == nil {
				wrong("no Frame or Eval")
			}
			if (l.Value == nil) != (l.Slope == nil) && l.Grad != nil {
				wrong("Value without Slope, or Slope without Value")
			}
			seen := map[string]bool{}
			name := func(kind, name, doc string) {
				if !kebab.MatchString(name) {
					wrong("%s %q: want words-with-dashes", kind, name)
				}
				if seen[name] {
					wrong("%s %q: name is taken", kind, name)
				}
				seen[name] = true
				if doc == "" || strings.HasSuffix(doc, ".") || strings.Contains(doc, "\n") {
					wrong("%s %s: doc %q, want one line without period", kind, name, doc)
				}
			}
			if len(l.Inputs) == 0 || len(l.Terms) == 0 {
				wrong("no inputs or no terms")
			}
			for _, in := range l.Inputs {
				name("input", in.Name, in.Doc)
				for _, a := range in.Aliases {
					name("alias", a, in.Doc)
				}
				if in.Shape == "" {
					wrong("input %s: no shape", in.Name)
				}
				if in.Grad && l.Grad == nil {
					wrong("input %s: Grad without a gradient", in.Name)
				}
			}
			checkParams(t, declare, name)
			for _, f := range l.Reads {
				if !slices.Contains(loss.ReadingFlags, f) {
					wrong("reads %q", f)
				}
			}
			closed := slices.ContainsFunc(l.Terms, func(t loss.Term) bool { return t.Closed })
			if closed != (l.Close != nil) {
				wrong("closed terms without Close, or it without them")
			}
			if len(l.Columns) > 0 && l.Row == nil || l.Learns != nil && l.Learn == nil {
				wrong("Columns without Row, or Learns without Learn")
			}
			if lesson := slices.ContainsFunc(l.Terms, func(t loss.Term) bool { return t.Lesson }); lesson != (l.Learns != nil) {
				wrong("Lesson terms and Learns go together")
			}
			if len(l.Texts) > 0 && l.Text == nil {
				wrong("Texts without Text")
			}
			terms := map[string]bool{}
			for k, term := range l.Terms {
				if !kebab.MatchString(term.Name) || terms[term.Name] {
					wrong("term %q", term.Name)
				}
				terms[term.Name] = true
				if k == 0 && (term.When != nil || term.Plain || term.Largest) {
					wrong("term 0 is the loss: always wanted, and weighted")
				}
				if term.Input != "" && !slices.ContainsFunc(l.Inputs, func(in loss.Input) bool { return in.Name == term.Input }) {
					wrong("term %s of %q", term.Name, term.Input)
				}
			}
			seen = map[string]bool{}
			for _, r := range l.Reductions {
				name("reduction", r.Name, r.Doc)
				if r.Den == nil {
					wrong("reduction %s: no Den", r.Name)
				}
			}
			if l.Reduction("mean") == nil {
				wrong("no reduction mean")
			}
			seen = map[string]bool{}
			for _, c := range l.Conventions {
				if !regexp.MustCompile(`^[a-z][a-z0-9.-]*$`).MatchString(c.Name) || seen[c.Name] {
					wrong("convention %q", c.Name)
				}
				seen[c.Name] = true
				checkConvention(t, declare, c)
			}
		})
	}
}

func checkParams(t *testing.T, declare func() *loss.Loss, name func(kind, name, doc string)) {
	l := declare()
	for i, p := range l.Params {
		doc := p.Doc
		if p.Hidden && doc == "" {
			doc = "hidden"
		}
		name("parameter", p.Name, doc)
		before, json := p.Value.String(), fmt.Sprint(p.Value.JSON())
		if err := p.Value.Set(before); err != nil {
			t.Errorf("parameter %s: default %q: %v", p.Name, before, err)
		}
		if s := p.Value.String(); s != before || fmt.Sprint(p.Value.JSON()) != json {
			t.Errorf("parameter %s: default %q becomes %q, %s becomes %v", p.Name, before, s, json, p.Value.JSON())
		}
		if p.Value.Kind() == "" && !p.IsSwitch() {
			t.Errorf("parameter %s: no kind", p.Name)
		}
		if p.IsFile() {
			continue
		}
		if err := p.Value.Set("no such thing"); err == nil {
			t.Errorf("parameter %s: takes anything", p.Name)
		}
		if s := p.Value.String(); s != before {
			t.Errorf("parameter %s: %q after an error, want %q", p.Name, s, before)
		}
		// A value that is set travels to other values of the declaration.
		for _, text := range append(p.Choices(), "none", "true", "0.5", "1", "1,0.5") {
			if p.Value.Set(text) != nil {
				continue
			}
			other := declare()
			other.CopyParams(l)
			if got := other.Params[i].Value.String(); got != p.Value.String() {
				t.Errorf("parameter %s: copy of %q is %q", p.Name, p.Value, got)
			}
			if again := declare().Params[i].Value.String(); again != before {
				t.Errorf("parameter %s: values of the declaration share %q", p.Name, again)
			}
		}
	}
}

func checkConvention(t *testing.T, declare func() *loss.Loss, c loss.Convention) {
	l := declare()
	if c.Doc == "" || strings.HasSuffix(c.Doc, ".") {
		t.Errorf("convention %s: doc %q", c.Name, c.Doc)
	}
	for _, s := range c.Set {
		p := l.Param(s.Param)
		switch {
		case p != nil:
			if err := p.Value.Set(s.Value); err != nil {
				t.Errorf("convention %s: %s: %v", c.Name, s.Param, err)
			}
		case !slices.Contains(settings, s.Param):
			t.Errorf("convention %s: no parameter %q", c.Name, s.Param)
		case s.Param == "reduction" && l.Reduction(s.Value) == nil:
			t.Errorf("convention %s: no reduction %q", c.Name, s.Value)
		}
	}
	for theirs, ours := range c.Reductions {
		if l.Reduction(theirs) == nil || l.Reduction(ours) == nil {
			t.Errorf("convention %s: no reduction %q or %q", c.Name, theirs, ours)
		}
	}
}

// Hidden reductions and parameters are of no use unless a convention reaches
// them.
func TestHiddenIsReached(t *testing.T) {
	for _, declare := range loss.All {
		l := declare()
		params, reductions := map[string]bool{}, map[string]bool{}
		for _, c := range l.Conventions {
			for _, s := range c.Set {
				params[s.Param] = true
			}
			for _, r := range c.Reductions {
				reductions[r] = true
			}
		}
		for _, p := range l.Params {
			if p.Hidden && !params[p.Name] {
				t.Errorf("%s: no convention sets %s", l.Name, p.Name)
			}
		}
		for _, r := range l.Reductions {
			if r.Hidden && !reductions[r.Name] {
				t.Errorf("%s: no convention uses %s", l.Name, r.Name)
			}
		}
	}
}

func TestGradient(t *testing.T) {
	each(t, variants, func(t *testing.T, tr *trial, v variant) {
		res, err := tr.job(whole).Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if math.IsNaN(res.Value) {
			t.Fatal("value is NaN")
		}
		for k := range tr.loss.Inputs {
			if !tr.differentiable(k) || v.noGrad || tr.loss.Held != nil && tr.loss.Held() != "" {
				continue
			}
			got := make(numbers, loss.Volume(tr.data[k].shape))
			if err := tr.job(whole).Gradient(context.Background(), res, k, got); err != nil {
				t.Fatal(err)
			}
			tr.compare(t, k, got)
		}
	})
}

// compare compares a gradient with central differences.
func (tr *trial) compare(t *testing.T, input int, got []float64) {
	t.Helper()
	c := tr.with(func(int, loss.View, *memory) {})
	m := c.data[input]
	x := m.values()
	var at []int
	var differences, gradient []float64
	step := 1
	if testing.Short() {
		step = 3
	}
	if len(x) > 120 {
		step = max(7, len(x)/100|1)
	}
	for i := range x {
		if i%step == 0 {
			at = append(at, i)
		}
	}
	for _, i := range at {
		h := 1e-5 * max(1, math.Abs(x[i]))
		if r := tr.of(input).Views[input].Role; r == loss.Prob || r == loss.LogProb {
			h = 1e-4 * math.Abs(x[i])
		}
		m.set(i, x[i]+h)
		above := c.value(t)
		m.set(i, x[i]-h)
		below := c.value(t)
		m.set(i, x[i])
		differences = append(differences, (above-below)/(2*h))
		gradient = append(gradient, got[i])
	}
	near(t, fmt.Sprintf("gradient by %s", tr.loss.Inputs[input].Name), gradient, differences, 1e-6)
}

// Goroutines and blocks cannot change a bit.
func TestSplit(t *testing.T) {
	splits := []split{{1, 1}, {3, 1}, {2, 1000}, {8, 5000}, {3, 70000}, {2, 1 << 18}, {5, 1 << 30}}
	each(t, layouts, func(t *testing.T, tr *trial, _ variant) {
		want := tr.run(t, whole)
		if math.IsNaN(want["value"][0]) {
			t.Error("value is NaN")
		}
		for i, s := range splits {
			if testing.Short() && i != 1 && i != 3 {
				continue
			}
			same(t, fmt.Sprintf("%d goroutines, blocks of %d bytes", s.threads, s.block), tr.run(t, s), want)
		}
	})
}

func TestSplitVariants(t *testing.T) {
	each(t, variants, func(t *testing.T, tr *trial, _ variant) {
		same(t, "3 goroutines, blocks of 1 byte", tr.run(t, split{3, 1}), tr.run(t, whole))
	})
}

// Who asks for rows and elements gets the same value as who does not.
func TestAskedOrNot(t *testing.T) {
	for _, lists := range []map[string][]variant{variants, layouts} {
		each(t, lists, func(t *testing.T, tr *trial, _ variant) {
			res, err := tr.job(whole).Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			got, want := outcome{"value": {res.Value}}, tr.run(t, whole)
			for _, c := range res.ByClass {
				got["class counts"] = append(got["class counts"], float64(c.Count))
				for k, v := range c.Terms {
					if tr.wants(k) {
						got["class terms"] = append(got["class terms"], v)
					}
				}
			}
			same(t, "not asked", got, outcome{"value": want["value"], "class counts": want["class counts"], "class terms": want["class terms"]})
			tr.brief(t)
		})
	}
}

// brief compares the value and the gradients of a run that computes nothing
// aside with those of one that does, and the value where nobody wants those.
func (tr *trial) brief(t *testing.T) {
	t.Helper()
	outcomes := [2]outcome{}
	for i := range outcomes {
		j := tr.job(whole)
		j.Brief = i == 0
		res, err := j.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		o := outcome{"value": {res.Value}}
		for k := range tr.loss.Inputs {
			if tr.differentiable(k) {
				g := make(numbers, len(tr.data[k].raw)/8)
				if err := j.Gradient(context.Background(), res, k, g); err != nil {
					t.Fatal(err)
				}
				o[fmt.Sprint("gradient ", k)] = g
			}
		}
		outcomes[i] = o
	}
	same(t, "in brief", outcomes[0], outcomes[1])
	j := tr.job(whole)
	j.Brief, j.Twice = true, false
	res, err := j.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the value alone", outcome{"value": {res.Value}}, outcome{"value": outcomes[1]["value"]})
}

// An array in several parts is the same as in one.
func TestParts(t *testing.T) {
	each(t, layouts, func(t *testing.T, tr *trial, _ variant) {
		want := tr.run(t, whole)
		for k := range tr.loss.Inputs {
			delete(want, fmt.Sprint("gradient ", k))
		}
		n := tr.frame.Samples
		if tr.streams != nil || tr.frame.Batch > 0 || tr.minor() {
			t.Skip("parts are streams, or batches, or not on axis 0")
		}
		for i, cuts := range [][]int{{n / 3, n/3 + 1}, {1}, {n / 2}} {
			if testing.Short() && i > 0 {
				break
			}
			c := *tr
			c.cuts = slices.DeleteFunc(cuts, func(k int) bool { return k == 0 || k == n })
			same(t, fmt.Sprintf("cut at %v", cuts), c.run(t, split{3, 30000}), want)
		}
	})
}

// minor reports whether the samples of an input are not on axis 0.
func (tr *trial) minor() bool {
	return slices.ContainsFunc(tr.frame.Views, func(v loss.View) bool { return v.Minor })
}

// The order of the samples cannot change a bit, but in batches, whose terms
// depend on all.
func TestPermutation(t *testing.T) {
	for i, lists := range []map[string][]variant{variants, layouts, variants} {
		reduction := []string{"", "", "sum"}[i]
		each(t, lists, func(t *testing.T, tr *trial, _ variant) {
			if reduction != "" {
				tr.reduction = tr.loss.Reduction(reduction)
			}
			n := tr.frame.Samples
			if b := max(tr.frame.Batch, tr.frame.Pool); b > 1 && b < n || tr.minor() {
				t.Skip("other batches, or samples not on axis 0")
			}
			if tr.loss.Joins != nil && tr.loss.Joins() {
				t.Skip("a video")
			}
			var order []int
			shuffled := tr.with(func(k int, v loss.View, m *memory) {
				if v.Whole { // of no sample
					return
				}
				n := tr.of(k).Samples
				order = rand.New(rand.NewPCG(5, 6)).Perm(n)
				old, per := slices.Clone(m.raw), len(m.raw)/n
				for to, from := range order {
					copy(m.raw[to*per:(to+1)*per], old[from*per:])
				}
			})
			got, want := shuffled.run(t, whole), tr.run(t, whole)
			if tr.streams != nil {
				for name := range want {
					if strings.HasPrefix(name, "row") || strings.HasPrefix(name, "gradient") {
						delete(want, name)
					}
				}
			}
			for name, w := range want {
				per := len(w) / n
				switch {
				case !strings.HasPrefix(name, "row") && !strings.HasPrefix(name, "gradient") && name != "elements":
					continue
				case per == 0:
					continue
				}
				moved := make([]float64, len(w))
				for to, from := range order {
					copy(moved[to*per:(to+1)*per], w[from*per:])
				}
				want[name] = moved
			}
			if tr.frame.Batch > 0 {
				for name, w := range want {
					near(t, "shuffled: "+name, got[name], w, 1e-12)
				}
				return
			}
			same(t, "shuffled", got, want)
		})
	}
}

// Numbers at the ends of what float64 holds give no NaN in the loss, though it
// may be infinite, and none in the gradient of a finite value, which is finite
// too where it is by logits.
func TestExtremes(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 2
	}
	names := map[style]string{large: "large", extreme: "extreme", infinite: "infinite"}
	each(t, variants, func(t *testing.T, tr *trial, v variant) {
		for seed := range seeds {
			for _, s := range []style{large, extreme, infinite} {
				if v.signed && s != large {
					continue
				}
				c := tr.refill(s, seed)
				o := c.run(t, whole)
				if o["counts"][0] == 0 || o["shown"][0] == 0 {
					continue
				}
				finite := !math.IsInf(o["value"][0], 0)
				for k, term := range tr.loss.Terms {
					if tr.loss.HasValue() && k > 0 && tr.wants(k) && o["term "+term.Name][0] < 1e-100 {
						finite = false // the slope by a denominator that vanishes is not
					}
				}
				for _, name := range slices.Sorted(maps.Keys(o)) {
					x := o[name]
					bad := math.IsNaN
					if strings.HasPrefix(name, "gradient") && tr.logits() {
						bad = func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
					}
					switch i := slices.IndexFunc(x, bad); {
					case i < 0, strings.HasPrefix(name, "row"): // of --normalized divide by 0
					case strings.HasPrefix(name, "gradient") && !finite:
					default:
						t.Fatalf("%s inputs of seed %d: %s %d is %v: inputs %v", names[s], seed, name, i, x[i], c.inputs())
					}
				}
			}
		}
	})
}

// logits reports whether the first input holds logits.
func (tr *trial) logits() bool { return tr.frame.Views[0].Role == loss.Logit }

func (tr *trial) inputs() (all [][]float64) {
	for _, m := range tr.data {
		if m != nil {
			all = append(all, m.values())
		}
	}
	return all
}

// The value is what the reduction says of the rows, and these of the elements.
func TestReductions(t *testing.T) {
	for _, lists := range []map[string][]variant{variants, layouts} {
		each(t, lists, func(t *testing.T, tr *trial, _ variant) {
			o := tr.run(t, whole)
			var total loss.Totals
			for k, term := range tr.loss.Terms {
				s := engine.NewTotals([]loss.Term{term}, 1)[0]
				if tr.wants(k) {
					for _, x := range o[tr.rowTerm(k)] {
						s.Add(x)
					}
					if term.Closed && tr.frame.Pool > 1 {
						s = engine.NewTotals([]loss.Term{term}, 1)[0] // not of samples
						s.Add(o["term "+term.Name][0])
					}
					if got := o["term "+term.Name][0]; got != s.Value() {
						t.Errorf("term %s: got %v, sum of the rows is %v", term.Name, got, s.Value())
					}
				}
				total.Terms = append(total.Terms, s.Value())
			}
			for _, n := range o["row counts"] {
				total.Count += int(n)
				total.Full += min(int(n), 1)
			}
			total.Positions, total.Samples, total.Classes = tr.frame.Samples*tr.frame.Positions(), tr.samples(), tr.frame.Classes
			if tr.loss.ByClass == nil || !tr.loss.ByClass() {
				want := total.Terms[tr.reduction.Term] / tr.reduction.Den(&total)
				if tr.loss.HasValue() {
					want = tr.loss.Value(tr.reduction, &total, nil)
				}
				if got := o["value"][0]; got != want {
					t.Errorf("value %v, want %v", got, want)
				}
			}
			if tr.streams != nil {
				return
			}
			per := tr.frame.Positions()
			sums := make([]float64, tr.frame.Samples)
			for i, x := range o["elements"] {
				sums[i/per] += x
			}
			if !tr.loss.Terms[0].Closed {
				near(t, "sum of elements", sums, o[tr.rowTerm(0)], 1e-12)
			}
			if tr.reduction.Name != "mean" || tr.loss.HasValue() || tr.frame.Pool > 1 {
				return
			}
			mean, all := 0.0, 0.0
			for _, n := range o["row shown"] {
				all += n
			}
			for i, v := range o["row values"] {
				if n := o["row shown"][i]; n > 0 {
					mean += v * n / all
				}
			}
			near(t, "mean of the samples", []float64{mean}, o["value"], 1e-12)
		})
	}
}

// What the mask or the ignored ids leave out is never looked at.
func TestExcluded(t *testing.T) {
	for _, lists := range []map[string][]variant{variants, layouts} {
		each(t, lists, func(t *testing.T, tr *trial, v variant) {
			if tr.streams != nil {
				t.Skip("streams have no mask")
			}
			shapes := [][]int{tr.frame.Shape, {tr.frame.Samples}}
			if v.mask != nil {
				shapes = [][]int{v.mask}
			} else if testing.Short() {
				shapes = shapes[:1]
			}
			for _, shape := range shapes {
				v.mask = shape
				masked := newTrial(t, tr.declare, v)
				want := masked.run(t, whole)
				poisoned := masked.with(func(k int, view loss.View, m *memory) {
					for _, i := range masked.unused(view, len(m.raw)/8, false) {
						if view.Role != loss.Mask {
							m.set(i, math.NaN())
						}
					}
				})
				same(t, fmt.Sprintf("NaN behind a mask of shape %v", shape), poisoned.run(t, split{2, 5000}), want)
				for name, g := range want {
					if i := slices.IndexFunc(g, math.IsNaN); i >= 0 && strings.HasPrefix(name, "gradient") {
						t.Errorf("%s %d is NaN", name, i)
					}
				}
			}
		})
	}
}

func TestIgnored(t *testing.T) {
	const id = -100
	for _, lists := range []map[string][]variant{variants, layouts} {
		each(t, lists, func(t *testing.T, tr *trial, v variant) {
			k := tr.targets()
			if k < 0 {
				t.Skip("no ids, no labels")
			}
			v.ignore = []int{id}
			tr = newTrial(t, tr.declare, v)
			for i := range len(tr.data[k].raw) / 8 {
				if i%3 == 1 {
					tr.data[k].set(i, id)
				}
			}
			want := tr.run(t, whole)
			if want["counts"][4] == 0 && tr.frame.Samples > 1 && v.mask == nil {
				t.Error("nothing is ignored")
			}
			poisoned := tr.with(func(j int, view loss.View, m *memory) {
				if j == k || view.Role == loss.Mask {
					return
				}
				for _, i := range tr.unused(view, len(m.raw)/8, true) {
					m.set(i, math.NaN())
				}
			})
			same(t, "NaN beside ignored targets", poisoned.run(t, split{2, 5000}), want)
		})
	}
}

// element is the place of plane k of position i of group g, as Frame says.
func element(f *loss.Frame, v loss.View, g, i, k int) int {
	switch {
	case v.PerSample:
		return g/f.Groups*max(v.Planes, 1) + k
	case v.Minor:
		return (g%f.Groups*f.Samples+g/f.Groups)*v.Planes + k
	}
	return (g/v.Spread*v.Planes+k)*f.Inner + i
}

// unused are the numbers of a view of no position that the mask leaves in,
// and that is not ignored.
func (tr *trial) unused(v loss.View, n int, ignored bool) []int {
	if v.Whole {
		return nil
	}
	f := tr.frame
	used := make([]bool, n)
	var mask, target []float64
	at, k := len(tr.loss.Inputs), tr.targets()
	if tr.data[at] != nil {
		mask = tr.data[at].values()
	}
	if ignored && k >= 0 {
		target = tr.data[k].values()
	}
	for g := range f.Samples * f.Groups {
		for i := range f.Inner {
			if mask != nil && mask[element(f, f.Views[at], g, i, 0)] == 0 {
				continue
			}
			if target != nil && slices.Contains(tr.reading.IgnoreIndex, int(target[element(f, f.Views[k], g, i, 0)])) {
				continue
			}
			for k := range max(v.Planes, 1) {
				used[element(f, v, g, i, k)] = true
			}
		}
	}
	var list []int
	for i, u := range used {
		if !u {
			list = append(list, i)
		}
	}
	return list
}

// targets is the input that --ignore-index looks at, −1 where there is none.
func (tr *trial) targets() int {
	return slices.IndexFunc(tr.frame.Views, func(v loss.View) bool { return (v.Role == loss.Index || v.Role == loss.Soft) && v.Planes == 1 })
}

// Arrays of no samples, or of samples without positions, have no value.
func TestEmpty(t *testing.T) {
	each(t, variants, func(t *testing.T, tr *trial, v variant) {
		if v.mask != nil || v.weight != nil {
			t.Skip("covered")
		}
		v.shapes = slices.Clone(v.shapes)
		for k, s := range v.shapes {
			if s != nil && (tr.streams != nil || !tr.frame.Views[k].Whole) {
				v.shapes[k] = append([]int{0}, s[1:]...)
			}
		}
		empty := newTrial(t, tr.declare, v)
		if x := empty.value(t); !math.IsNaN(x) && x != 0 {
			t.Errorf("got %v, want NaN or 0", x)
		}
		empty.run(t, split{3, 1})
	})
}
