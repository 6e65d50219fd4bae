// Package loss declares the losses of deep learning.
//
// A Loss is declared once, as a value, in its own file. Flags, help,
// completion, explain, shape checks, the laws that the tests prove and the
// benchmarks are loops over All. The package knows nothing of files, flags
// or goroutines.
package loss

import (
	"slices"
	"strings"

	"lossctl/internal/nn"
)

// A Loss is the declaration of one loss.
//
// A loss is a map from positions to additive terms, and a function from the
// sums of the terms to the value. A position is what the mean divides by: a
// sample, a pixel, a token, an element. The engine reads, excludes, weights,
// sums and divides; the loss computes.
//
// The functions are bound to the parameters of this value, and may keep
// scratch memory: every goroutine has a Loss of its own.
type Loss struct {
	Name    string // the command, "focal" or "kl gaussian"
	Summary string // one line, no capital, no period
	Formula string // what the default computes at one position
	Details string // paragraphs for explain: variants, edge cases
	Source  string // papers and libraries

	Inputs      []Input
	Reads       []string // which of ReadingFlags Frame looks at
	Params      []Param
	Reductions  []Reduction // the default first
	Conventions []Convention

	// Terms are what Eval yields at a position, the loss first.
	Terms []Term

	// Weights are the files that the parameters want read before Frame. Nil:
	// none.
	Weights func() ([]Weights, error)

	// Frame decides how the shapes of the inputs become positions and
	// classes. Its errors name the input and say what was got and wanted.
	Frame func(r *Request) (*Frame, error)

	// Prepare computes what follows from the parameters and the frame, for
	// every goroutine before the blocks of that frame; nil: nothing.
	Prepare func(f *Frame)

	// Eval computes the terms of every position of the block, but for the
	// closed ones.
	Eval func(out *Out, b *Block)

	// Sums sets the summed terms of every class to the sums over positions
	// [lo, hi) of the block, which Eval has seen before; the loss leaves out
	// what is Left and applies the Weight. byClass has one entry where the
	// frame has no classes. SumsGrad adds the gradient by way of these, up
	// being the derivative by the summed terms, by class. Nil: none are summed.
	Sums     func(byClass []Totals, b *Block, lo, hi int)
	SumsGrad func(grad, up [][]float64, b *Block, lo, hi int)

	// Close computes the closed terms of a sample that has a position that
	// counts from its other sums: of every class, where classes are kept,
	// and of all. CloseSlope adds to dst, of every class or else of all, the
	// derivative by the sums of the sample of the closed terms weighed with
	// up: of every class where ByClass, else of all. Grad of a Serial frame
	// is given the derivative by the closed terms itself. Nil: none are closed.
	Close      func(all *Totals, byClass []Totals)
	CloseSlope func(dst, up [][]float64, all *Totals, byClass []Totals)

	// Grad computes, for every input whose slice in grad is not nil, the
	// gradient of Σ up[term][position]·term, in the layout of the input.
	// Nil: the loss has no gradient.
	Grad func(grad, up [][]float64, b *Block)

	// NoGrad says why there is no gradient with the parameters, "" where there
	// is. Nil: there is.
	NoGrad func() string

	// Held says what Grad takes for a constant with the parameters in force,
	// though it is none, so that finite differences do not agree; "" or nil:
	// nothing.
	Held func() string

	// Value replaces the reduction where the loss is not a sum of terms
	// over a denominator; Slope is its derivative by the sum of each term,
	// of each class where byClass is not nil. Both nil: the reduction.
	Value func(r *Reduction, all *Totals, byClass []Totals) float64
	Slope func(dst [][]float64, r *Reduction, all *Totals, byClass []Totals)

	// Valued reports whether Value and Slope are in force with the
	// parameters; nil: they are.
	Valued func() bool

	// Single reports that the value of a sample of one position is its loss,
	// although Value is in force. Nil: it is not.
	Single func() bool

	// ByClass reports that Value wants the totals of each class.
	ByClass func() bool

	// Learn is given the totals of the reading before the current one. With
	// Learns there is a first reading that nothing else comes of; the
	// gradient is read after the value. Nil: one reading knows enough.
	Learn  func(all *Totals, byClass []Totals)
	Learns func() bool

	// Direction says which of the two inputs is compared with which, as
	// "KL(target‖pred)", with the parameters in force. Nil: no matter.
	Direction func() string

	// Count is what a result counts, the denominator of the mean in the
	// frame's unit. Nil: the positions that count.
	Count func(all *Totals) float64

	// Components are the numbers that a result shows beside the value; their
	// names do not depend on the totals. byClass is nil where classes are
	// not kept. Nil: none.
	Components func(r *Reduction, all *Totals, byClass []Totals) []Component

	// Undefined says why totals have no value, "" where it does not know. Nil:
	// it never does.
	Undefined func(all *Totals) string

	// Score reports that the value is a score with the parameters: more is
	// better. Nil: it is a loss.
	Score func() bool

	// Columns names what the row of a sample shows beside its value, and Row
	// computes it. Nil: nothing.
	Columns []string
	Row     func(dst []float64, all *Totals)

	// Texts names what the row shows as text, behind the numbers, and Text
	// writes it. Frame may set Columns and Texts by the parameters.
	Texts []string
	Text  func(dst []string)

	// Spans is where the labels of the sample lie that was closed last, for
	// --align. Nil: it has none.
	Spans func() []Span

	// Map is the map of sample i of the block that Eval has seen last, where the
	// block asked for maps; NoMap says why there is none with the parameters, ""
	// where there is. Nil: the loss has none.
	Map   func(i int) *Map
	NoMap func() string

	// ClassColumns and ClassRow are the same for the results of classes.
	ClassColumns []string
	ClassRow     func(dst []float64, t *Totals)

	// Found names the columns of indices that Eval finds, for --pairs-out:
	// anchor, positive, negative. Nil: none.
	Found []string

	// Joins reports that two folders of pictures are two arrays with the
	// parameters, not a pair of arrays a file. Nil: they are not.
	Joins func() bool

	// Streams reports that the inputs do not line up: each is read for
	// itself, and Value sees the sums of all. Nil: they do line up.
	Streams func() bool

	// Aggregates: --aggregate is another name of --reduction.
	Aggregates bool
}

// Weights are tensors that a loss wants: of a network, or heads.
type Weights struct {
	Published string // their name
	Param     string // the parameter that may name a file of them
	File      string // the file that it names, "" where it names none
	Network   *nn.Network
	Heads     *[][]float32 // one weight a channel for every tap of the network
	Of        *nn.Network  // the network of the heads, loaded before
}

// A Component is a named number of a result.
type Component struct {
	Name  string
	Value float64
}

// A Map is a number for every pixel of a sample, H×W.
type Map struct {
	H, W  int
	X     []float64
	White float64 // the number that a picture shows as white; 0: the largest
}

// ReadingFlags are the flags of a Reading that a loss may have.
var ReadingFlags = []string{"pred-as", "target-as", "class-axis", "ignore-index"}

// A Term is an additive number of a position.
type Term struct {
	Name string
	// Plain terms are counts; the others are multiplied by --sample-weight.
	Plain bool
	// Summed terms are computed by Sums, of a run of positions at once.
	Summed bool
	// Closed terms are numbers of a sample, or of a class of it, that Close
	// computes from the sums of its positions.
	Closed bool
	// Largest terms merge to their maximum instead of their sum, −Inf where
	// there is none. They are plain.
	Largest bool
	// Input names the stream whose positions have the term; Eval gets nil
	// for it elsewhere. Empty: all.
	Input string
	// Whole terms are whole numbers, below 2^40.
	Whole bool
	// Aside reports that nothing but components, rows and elements look at
	// the term; nil: the value does.
	Aside func() bool
	// Lesson terms are what Learn looks at: where the loss Learns, the first
	// reading is of these alone.
	Lesson bool
	// OfSlope terms are what Slope alone looks at.
	OfSlope bool
	// When reports whether the term is wanted with the parameters and the
	// reduction in force; nil: always.
	When func(r *Reduction) bool
}

func always() bool { return true }

// An Input is an array that the loss reads, given by the flag of its name.
type Input struct {
	Name     string
	Aliases  []string
	Shape    string // "N C *", as explain prints it
	Doc      string
	Optional bool
	Grad     bool // Grad can be taken by it
	// Sequence: a list of class ids a sample, which may also be a line of text
	// or of numbers each, or all in one row, cut by the lengths that the input
	// of this name holds. The loss sees rows, padded with −1.
	Sequence string
	Names    bool // text is taken for ids, by order of first appearance
	Repeat   bool // the flag may repeat: each array is a scale of its own
	Layers   Layering
	Picture  bool // files of pictures are read too, as H W 3
}

// A Layering is whether a file of several arrays is read as layers.
type Layering int

const (
	NoLayers        Layering = iota // a file is one array
	LayersOfSamples                 // all arrays have the samples on axis 0
	LayersWhole                     // none has
)

// Totals are the sums of the terms over some positions.
type Totals struct {
	Terms     []float64
	Count     int  // positions that are not excluded
	Positions int  // all positions
	Samples   int  // samples of axis 0
	Full      int  // samples with a position that counts
	Classes   int  // length of the class axis, 1 where there is none
	OfClass   bool // of the positions of one class
}

// A Reduction turns the sum of a term into the value: the quotient of the
// sum and Den.
type Reduction struct {
	Name string
	Term int    // 0: the loss
	Doc  string // "÷ positions that are not excluded"
	Den  func(t *Totals) float64
	// Elements marks the reduction that keeps every position.
	Elements bool
	// Hidden reductions are reached by a convention only.
	Hidden bool
}

// The reductions that every loss may offer.
var (
	Mean      = Reduction{Name: "mean", Doc: "÷ count of what is not excluded", Den: func(t *Totals) float64 { return float64(t.Count) }}
	SumOf     = Reduction{Name: "sum", Doc: "no denominator", Den: func(*Totals) float64 { return 1 }}
	BatchMean = Reduction{Name: "batchmean", Doc: "÷ samples (axis 0)", Den: func(t *Totals) float64 { return float64(t.Samples) }}
	None      = Reduction{Name: "none", Doc: "element-wise, needs -o FILE.npy; the value shown is the mean", Den: Mean.Den, Elements: true}
)

// A Convention reproduces the numbers of a library by name.
type Convention struct {
	Name string
	Doc  string    // how the library differs from the default, and why
	Set  []Setting // parameters, in this order; explicit flags win
	// Reductions maps what the library calls a reduction to one of ours.
	Reductions map[string]string
}

// A Setting gives a parameter, or pred-as or reduction, a value.
type Setting struct{ Param, Value string }

// HasValue reports whether Value is in force, not the quotient of the
// reduction.
func (l *Loss) HasValue() bool { return l.Value != nil && (l.Valued == nil || l.Valued()) }

// Reduction returns the reduction of that name.
func (l *Loss) Reduction(name string) *Reduction {
	for i := range l.Reductions {
		if l.Reductions[i].Name == name {
			return &l.Reductions[i]
		}
	}
	return nil
}

// Param returns the parameter of that name.
func (l *Loss) Param(name string) *Param {
	for i := range l.Params {
		if l.Params[i].Name == name {
			return &l.Params[i]
		}
	}
	return nil
}

// Convention returns the convention of that name.
func (l *Loss) Convention(name string) *Convention {
	for i := range l.Conventions {
		if l.Conventions[i].Name == name {
			return &l.Conventions[i]
		}
	}
	return nil
}

// ReadsFlag reports whether Frame looks at a flag of the Reading.
func (l *Loss) ReadsFlag(name string) bool { return slices.Contains(l.Reads, name) }

// Words returns the words of the command.
func (l *Loss) Words() []string { return strings.Fields(l.Name) }

// CopyParams gives l the parameter values of from, another value of the same
// declaration.
func (l *Loss) CopyParams(from *Loss) {
	for i := range l.Params {
		l.Params[i].Value.Copy(from.Params[i].Value)
	}
}
