package loss

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Request is what the user gave: shapes, and how to read them.
type Request struct {
	Inputs    map[string]*Array // the given inputs by name, of Streams one
	Reduction *Reduction
	Classes   int // how many have been given names, 0: none
	// Largest reads an input of whole numbers and returns the largest of them,
	// --ignore-index and 255 left aside, and whether 255 is there.
	Largest func(input string) (most int, has255 bool, err error)
	Scale   int // which of the arrays of a repeated flag
	Scales  int // how many there are, 1 where none repeats
	Reading
}

// An Array is the header of an input.
type Array struct {
	Name  string // as messages call it
	Shape []int
	Dtype string
	Parts []Part // of an input of Layers; nil: it is one array
}

// Reading is how the axes and values of the inputs are to be understood.
type Reading struct {
	ClassAxis   *int   // nil: found from the shapes
	NoBatch     bool   // the arrays have no sample axis: they are one sample
	PredAs      string // "logits", "probs", "logprobs", "labels", "" for the default
	TargetAs    string // "" for ids or masks by dtype
	IgnoreIndex []int  // targets that do not count
}

// A Frame is how the inputs line up: samples of axis 0, each with
// Groups × Inner positions. All arrays are indexed by group and position, so
// that a class axis may stand before, between or behind the others.
type Frame struct {
	Samples int
	Groups  int   // groups of a sample
	Inner   int   // positions of a group
	Classes int   // length of the class axis, 1 where there is none
	Fold    int   // groups that a mask without the class axis spans, 0 or 1: none
	Shape   []int // of the positions, for --reduction none
	Views   []View

	// Cyclic: the class of a position is its group modulo Classes, as
	// every element of a class axis is a position. Otherwise Eval says.
	Cyclic bool
	// Batch is how many samples Eval must see together, as their terms depend
	// on each other; the last batch may be smaller. 0: they do not.
	Batch int
	// Pool is how many samples close together, in the order of the samples;
	// 0: each by itself.
	Pool int
	// Serial: the positions of a sample come to one Loss in order, a tile
	// holds those of one sample only, and Grad sees the tiles in reverse. A
	// Loss with Sums closes a sample by these as elsewhere.
	Serial bool
	// Kept is how many bytes a position the Loss of a Serial frame keeps, about,
	// until its sample closes.
	Kept int
	// Scale is that of the Request, for Eval.
	Scale int
	// Pictures says how pictures lie in the inputs.
	Pictures []Picture
	// Maps says how layers of feature maps lie in the inputs.
	Maps []MapLayer
	// Map is the height and width of the map of a sample, nil where it has none.
	Map []int
	// Rows: Eval wants the classes of a position side by side, x[i*K+k];
	// otherwise by plane, x[k*N+i].
	Rows bool

	Unit     string // what a position is: element, sample, pixel, token
	Layout   string // "24 samples × 3 classes × 64×64"
	Warnings []string
	// Weightless tells of each class id whether its positions have weight 0,
	// so that their numbers are not looked at; nil: of none.
	Weightless []bool
	// OneHot is what to say where the labels turn out to be one-hot along
	// Fold.
	OneHot string
}

// Positions returns the positions of a sample.
func (f *Frame) Positions() int { return f.Groups * f.Inner }

// A View is how an input lies over the positions. The number of group g,
// plane k, position i is element ((g/Spread)·Planes + k)·Inner + i.
//
// PerSample inputs have one number a sample, which every position of it gets;
// or, Planes being more than 1, a row of them, and the block has the rows of
// its samples. Whole inputs have nothing to do with the positions: every
// block has all of their numbers.
type View struct {
	Role      Role
	Planes    int // numbers at a position
	Spread    int // groups that share their numbers
	PerSample bool
	Whole     bool
	// Minor: the samples lie behind the groups, as in T×N×C: the number of
	// sample s, group g, plane k is element (g·Samples + s)·Planes + k;
	// Inner is 1.
	Minor bool
	// Of names the input whose array is read instead, from element Offset.
	Of      string
	Offset  int
	Classes int   // Index: ids are in [0, Classes)
	Extra   []int // Index: ids that are allowed besides
}

// A Role is what the numbers of an input are, and so which are legal.
type Role int

const (
	Absent    Role = iota
	Logit          // finite or −inf
	Prob           // in [0, 1]
	LogProb        // at most 0, or −inf
	Index          // a class id
	Soft           // a label or mask in [0, 1]; 255 is 1 where no 1 is seen
	Mask           // nonzero counts
	Weight         // finite, at least 0
	Label          // any id, which --ignore-index may exclude and the loss may compare
	Length         // of a sample: positions from there on do not count
	Real           // any finite number
	Deviation      // finite, at least 0
)

// Scores returns the role of a prediction under --pred-as.
func (r *Reading) Scores() Role {
	switch r.PredAs {
	case "probs":
		return Prob
	case "logprobs":
		return LogProb
	}
	return Logit
}

// IsInt reports whether the stored type holds whole numbers only.
func (a *Array) IsInt() bool {
	return a.Dtype == "bool" || strings.HasPrefix(a.Dtype, "int") || strings.HasPrefix(a.Dtype, "uint")
}

// FullShape returns the shape with the sample axis that --no-batch leaves out.
func (r *Request) FullShape(input string) []int {
	s := r.Inputs[input].Shape
	if r.NoBatch {
		return append([]int{1}, s...)
	}
	return s
}

// Mismatch is the error of two shapes that do not fit.
func (r *Request) Mismatch(a, b, why string) error {
	x, y := r.Inputs[a], r.Inputs[b]
	if len(x.Shape) == len(y.Shape) {
		for i := range x.Shape {
			if x.Shape[i] != y.Shape[i] && i == 0 {
				return fmt.Errorf("%s: shape %v does not match %s %v on axis 0 (samples)%s", x.Name, x.Shape, y.Name, y.Shape, why)
			}
			if x.Shape[i] != y.Shape[i] {
				return fmt.Errorf("%s: shape %v does not match %s %v on axis %d%s", x.Name, x.Shape, y.Name, y.Shape, i, why)
			}
		}
	}
	return fmt.Errorf("%s: shape %v does not match %s %v%s", x.Name, x.Shape, y.Name, y.Shape, why)
}

// FindClassAxis returns the axis of pred (with its sample axis) whose
// removal leaves target, and a warning where several do. It returns 0 where
// none does: axis 0 is never a class axis.
func FindClassAxis(pred, target []int) (axis int, warning string) {
	var fit []int
	for k := 1; k < len(pred); k++ {
		if slices.Equal(slices.Delete(slices.Clone(pred), k, k+1), target) {
			fit = append(fit, k)
		}
	}
	switch len(fit) {
	case 0:
		return 0, ""
	case 1:
		return fit[0], ""
	}
	return fit[0], fmt.Sprintf("axes %s of shape %v could all be the class axis: took %d, --class-axis decides", words(fit), pred, fit[0])
}

// ResolveAxis returns the class axis that --class-axis names, counted with
// the sample axis.
func (r *Request) ResolveAxis(input string) (int, error) {
	n := len(r.Inputs[input].Shape)
	k := *r.ClassAxis
	if k < -n || k >= n {
		return 0, fmt.Errorf("--class-axis: got %d, want %d to %d as %s has shape %v", k, -n, n-1, r.Inputs[input].Name, r.Inputs[input].Shape)
	}
	if k < 0 {
		k += n
	}
	if r.NoBatch {
		k++
	}
	if k == 0 {
		return 0, fmt.Errorf("--class-axis: got 0, the sample axis of %s; --no-batch says that the file is one sample", r.Inputs[input].Name)
	}
	return k, nil
}

// Split returns the numbers of groups before and positions behind an axis,
// within a sample.
func Split(shape []int, axis int) (before, behind int) {
	return Volume(shape[1:axis]), Volume(shape[axis+1:])
}

// Volume is the product of the lengths.
func Volume(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Squeeze drops the axes of length 1, but for the first.
func Squeeze(shape []int) []int {
	var s []int
	for i, d := range shape {
		if i == 0 || d != 1 {
			s = append(s, d)
		}
	}
	return s
}

// Broadcast returns the view of a mask or of weights over the frame: one
// number a sample, a position, or, where every class is a position, one for
// all classes.
func (f *Frame) Broadcast(a *Array, role Role, noBatch bool) (View, error) {
	shape := a.Shape
	if noBatch {
		shape = append([]int{1}, shape...)
	}
	s := Squeeze(shape)
	switch {
	case slices.Equal(s, Squeeze(f.Shape)):
		return View{Role: role, Planes: 1, Spread: 1}, nil
	case slices.Equal(s, []int{f.Samples}):
		return View{Role: role, PerSample: true}, nil
	case f.Fold > 1 && slices.Equal(s, Squeeze(f.folded())):
		return View{Role: role, Planes: 1, Spread: f.Fold}, nil
	}
	want := fmt.Sprintf("%v", f.Shape)
	if f.Fold > 1 {
		want += fmt.Sprintf(", %v", f.folded())
	}
	if len(f.Shape) > 1 {
		want += fmt.Sprintf(" or [%d]", f.Samples)
	}
	return View{}, fmt.Errorf("%s: shape %v, want %s", a.Name, a.Shape, want)
}

// folded returns the shape of the positions without the axis of length Fold.
func (f *Frame) folded() []int {
	inner := 1
	for k := len(f.Shape) - 1; k > 0; k-- {
		if inner == f.Inner && f.Shape[k] == f.Fold {
			return slices.Delete(slices.Clone(f.Shape), k, k+1)
		}
		inner *= f.Shape[k]
	}
	return f.Shape
}

// Describe returns the layout that the report's first line shows.
func Describe(samples, classes int, rest []int, restUnit string) string {
	parts := []string{count(samples, "sample")}
	if classes > 1 {
		parts = append(parts, count(classes, "class"))
	}
	if len(rest) > 0 {
		s := make([]string, len(rest))
		for i, d := range rest {
			s[i] = strconv.Itoa(d)
		}
		parts = append(parts, strings.TrimRight(strings.Join(s, "×")+" "+restUnit, " "))
	}
	return strings.Join(parts, " × ")
}

func count(n int, unit string) string {
	switch {
	case n == 1:
		return "1 " + unit
	case strings.HasSuffix(unit, "s"), strings.HasSuffix(unit, "x"):
		return fmt.Sprintf("%d %ses", n, unit)
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func words(list []int) string {
	s := make([]string, len(list))
	for i, k := range list {
		s[i] = strconv.Itoa(k)
	}
	if n := len(s); n > 1 {
		return strings.Join(s[:n-1], ", ") + " and " + s[n-1]
	}
	return strings.Join(s, "")
}
