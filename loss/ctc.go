package loss

import "math"

// ctc holds the parameters of the connectionist temporal classification loss,
// and what it carries through the frames of an utterance.
type ctc struct {
	layout     string
	blank      int // −1: the last class
	targetPad  int // noPad: none
	infeasible string
	smoothing  float64
	alpha      float64
	gamma      float64
	gradient   string
	decode     string
	beamWidth  int
	tokens     []string
	logZero    float64 // NaN: −Inf

	// what the shapes say
	classes int
	blankID int

	// of the utterance
	labels  []int
	frames  int  // its length
	masked  bool // all of it
	unread  bool // its weight is 0
	weight  float64
	lattice lattice
	flat    float64   // Σ over its frames of mean_c(−log p_c)
	norms   []float64 // of every frame: what to subtract from a logit
	total   float64   // log-probability of the target
	turned  bool      // the lattice goes backwards
	greedy  greedy
	beam    beam
	aligner aligner

	heard, said string // the decoded text, and that of the target

	memory memory
}

// Terms of ctc. All are numbers of an utterance.
const (
	ctcLoss       = iota
	ctcPerLabel   // loss ÷ labels
	ctcSamples    // utterances that count
	ctcFrames     // their frames
	ctcInfeasible // no alignment fits
	ctcErrors     // of the decoded text
	ctcLength     // of the text of the target
	ctcWordErrors
	ctcWords
)

const noPad = math.MinInt // of targetPad

// CTC is the loss of Graves et al.
func CTC() *Loss {
	c := &ctc{layout: "auto", targetPad: noPad, infeasible: "inf", alpha: 1, gradient: "exact", decode: "none", beamWidth: 10, logZero: math.NaN()}
	inf := math.Inf(1)
	decoded := func(*Reduction) bool { return c.decode != "none" }
	worded := func(*Reduction) bool { return c.decode != "none" && c.tokens != nil }
	l := &Loss{
		Name:    "ctc",
		Summary: "connectionist temporal classification: a label sequence summed over its alignments",
		Formula: "−log Σ over alignments Π_t p_t(label or blank)",
		Details: ctcDetails,
		Source:  "Graves et al. 2006, Connectionist Temporal Classification; Graves 2012, Supervised Sequence Labelling, chapter 7",
		Inputs: []Input{
			{Name: "pred", Shape: "T N C, N T C or T C", Doc: "scores of the classes at every frame: logits unless --pred-as says otherwise", Grad: true},
			{Name: "target", Shape: "N L or L", Doc: "labels of every utterance: padded, or one behind the other with --target-lengths, or a line each in csv, jsonl or text", Sequence: "target-lengths"},
			{Name: "pred-lengths", Shape: "N or N 1", Doc: "frames of every utterance; none: all", Optional: true},
			{Name: "target-lengths", Shape: "N or N 1", Doc: "labels of every utterance", Optional: true},
		},
		Reads: []string{"pred-as"},
		Params: []Param{
			{Name: "layout", Value: Choice(&c.layout, "auto", "tnc", "ntc", "tc"), Doc: "axes of pred; auto: the one that fits the targets and lengths"},
			{Name: "blank", Main: true, Value: IntOr(&c.blank, 0, "last"), Doc: "class of the blank"},
			{Name: "target-pad", Value: OptionalInt(&c.targetPad, noPad+1), Doc: "number behind the labels of a row; none: trailing blanks and negative numbers"},
			{Name: "infeasible", Main: true, Value: Choice(&c.infeasible, "inf", "zero", "skip"), Doc: "loss of an utterance without an alignment: inf; 0 that counts; or it is left out"},
			{Name: "label-smoothing", Value: Float(&c.smoothing, 0, 1), Doc: "s: (1−s)·loss + s·mean over frames and classes of −log p"},
			{Name: "gamma", Value: Float(&c.gamma, 0, inf), Doc: "γ of focal CTC, α·(1−e^−loss)^γ·loss"},
			{Name: "alpha", Value: Float(&c.alpha, 0, inf), Doc: "α of focal CTC"},
			{Name: "gradient", Value: Choice(&c.gradient, "exact", "torch"), Doc: "by log-probs: exact, −γ_t; torch, exp(log p) − γ_t, as if a log-softmax stood before; γ_t is the posterior of the frame"},
			{Name: "decode", Value: Choice(&c.decode, "none", "greedy", "beam"), Doc: "read the text, collapse repeats and drop blanks: the best class of every frame, or a prefix beam"},
			{Name: "beam-width", Value: Int(&c.beamWidth, 1), Doc: "prefixes that --decode beam keeps"},
			{Name: "alphabet", Value: Tokens(&c.tokens), Doc: "FILE with the token of every class: a line each, token and id, or vocab.json"},
			{Name: "log-zero", Value: OptionalFloat(&c.logZero, math.Inf(-1), 0), Hidden: true},
		},
		Terms: []Term{
			{Name: "loss", Closed: true},
			{Name: "per-label", Closed: true},
			{Name: "samples", Closed: true, Plain: true},
			{Name: "frames", Closed: true, Plain: true},
			{Name: "infeasible", Closed: true, Plain: true},
			{Name: "errors", Closed: true, Plain: true, When: decoded},
			{Name: "length", Closed: true, Plain: true, When: decoded},
			{Name: "word-errors", Closed: true, Plain: true, When: worded},
			{Name: "words", Closed: true, Plain: true, When: worded},
		},
		Reductions:  ctcReductions,
		Conventions: ctcConventions,
		Prepare:     c.prepare,
		Eval:        c.eval,
		Close:       c.close,
		Grad:        c.grad,
		Count:       func(t *Totals) float64 { return t.Terms[ctcSamples] },
		Components:  c.components,
		Row:         c.row,
		Text:        c.text,
		Spans:       func() []Span { return c.aligner.spans(c.tokens) },
	}
	l.Frame = func(r *Request) (*Frame, error) {
		l.Columns, l.Texts = c.columns()
		return c.frame(r)
	}
	l.Columns, l.Texts = c.columns()
	return l
}

const ctcDetails = `A path gives every frame a label or the blank; it collapses to a text by first merging
repeats and then dropping blanks: "hh-e-l-ll-oo" is "hello", and needs the blank between the
two l; "hhheeelllooo" is "helo". The loss is −log of the probability of all paths that
collapse to the target. Labels that repeat need a blank between them, so a target of L labels
with R repeats needs L + R frames; where there are fewer, and where every path has a
probability of 0, the loss is inf (--infeasible), and the row says what was needed.

The forward and backward variables are logarithms throughout: nothing underflows, whatever
the length. The value takes memory for one column of the target, the gradient for all.
The gradient is that by logits, p − γ_t; by probabilities, −γ_t/p; by log-probabilities as
free numbers, −γ_t, or with --gradient torch exp(log p) − γ_t. A sample of infinite loss has
the gradient 0.

The mean divides by the utterances. torch's mean divides every loss by its number of labels
first: that is --reduction target-length. Frames that --mask leaves out are not there.

Targets may be text with --alphabet: of a line, a column of csv or a field of jsonl the
longest tokens that fit. Lines that begin with the ids of --ids are taken in their order;
FILE:id takes the first word of a line for its id.

Error rates compare the decoded text with that of the target: edits over all samples ÷
characters (cer), and ÷ words (wer, with --alphabet). Without an alphabet a character is a
label. In an alphabet |, ▁, <space> and the space itself part words. --align writes the best
path of the target: for each label its first frame, the frame behind its last, and the mean
of its log-probability.`

var ctcReductions = []Reduction{
	{Name: "mean", Doc: "÷ utterances that count", Den: func(t *Totals) float64 { return t.Terms[ctcSamples] }},
	SumOf,
	BatchMean,
	{Name: "target-length", Term: ctcPerLabel, Doc: "every loss ÷ its labels (at least 1), then ÷ utterances", Den: func(t *Totals) float64 { return t.Terms[ctcSamples] }},
	{Name: "frame", Doc: "÷ frames of the utterances that count", Den: func(t *Totals) float64 { return t.Terms[ctcFrames] }},
	{Name: "none", Doc: "a number an utterance, which -o FILE.npy writes; the value shown is the mean", Den: func(t *Totals) float64 { return t.Terms[ctcSamples] }},
}

// prepare settles which class is the blank.
func (c *ctc) prepare(f *Frame) {
	c.classes, c.blankID = f.Views[0].Planes, c.blank
	if c.blank < 0 {
		c.blankID = c.classes - 1
	}
}
