package engine

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"lossctl/loss"
)

// An InputError is what is wrong with an input as a whole.
type InputError struct{ Msg string }

func (e *InputError) Error() string { return e.Msg }

// A Fault is an illegal number of an input: where the first one stands, and
// how many there are. Faults of one input merge.
type Fault struct {
	Input  string // name of the array
	part   int    // which pair of files
	at     int    // element of the first
	shape  []int
	value  float64
	got    string // instead of value
	want   string
	unit   string // of number
	number int
}

func (f *Fault) merge(o *Fault) *Fault {
	switch {
	case f == nil:
		return o
	case o == nil:
		return f
	}
	n := f.number + o.number
	if o.part < f.part || o.part == f.part && o.at < f.at {
		f = o
	}
	f.number = n
	return f
}

func (f *Fault) Error() string {
	got := f.got
	if got == "" {
		got = number(f.value)
	}
	s := fmt.Sprintf("%s: got %s at %s, want %s", f.Input, got, index(f.at, f.shape), f.want)
	if f.want == "" { // a warning
		s = fmt.Sprintf("%s: %s at %s", f.Input, got, index(f.at, f.shape))
	}
	if f.number > 1 {
		s += fmt.Sprintf(" (%d such %ss in all)", f.number, cmp.Or(f.unit, "value"))
	}
	return s
}

// find takes what Eval has found in the tile.
func (w *worker) find() {
	for _, x := range w.terms.Found {
		if x.Position < 0 { // of the sample
			x.Position = 0
		} else if w.idle[x.Position] {
			continue
		}
		v := w.views[x.Input]
		f := &Fault{
			Input: v.src.Name(), part: w.part.index, at: v.element(w.tile, x.Position, x.Plane), shape: v.src.Shape(),
			got: x.Got, want: x.Want, unit: x.Unit, number: 1,
		}
		if x.Want == "" {
			n := note{x.Input, x.Got}
			w.tally.notes[n] = f.merge(w.tally.notes[n])
			continue
		}
		w.tally.faults[x.Input] = f.merge(w.tally.faults[x.Input])
		if w.part.plan.f.Serial {
			w.failed = true // what the loss carries is broken
		} // else Eval goes on, so that all are counted
	}
	w.terms.Found = w.terms.Found[:0]
}

// warned lists the warnings of Eval.
func (t *tally) warned() []string {
	var list []string
	for _, f := range t.notes {
		list = append(list, f.Error())
	}
	slices.Sort(list)
	return list
}

func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	case v == math.Trunc(v) && math.Abs(v) <= 1<<64: // an id, perhaps
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// index writes the place of an element as numpy would index it.
func index(at int, shape []int) string {
	if len(shape) == 0 {
		return "[]"
	}
	list := make([]string, len(shape))
	for i := len(shape) - 1; i >= 0; i-- {
		list[i] = strconv.Itoa(at % shape[i])
		at /= shape[i]
	}
	return "[" + strings.Join(list, " ") + "]"
}

func wants(v loss.View) string {
	switch v.Role {
	case loss.Logit:
		return "a number or -inf"
	case loss.Prob:
		return "a probability in [0, 1]"
	case loss.LogProb:
		return "a log-probability of at most 0"
	case loss.Soft:
		return "a label in [0, 1]"
	case loss.Real:
		return "a finite number"
	case loss.Deviation:
		return "a standard deviation of at least 0"
	case loss.Length:
		return fmt.Sprintf("a length of 0 to %d", v.Classes)
	case loss.Label:
		return "a label"
	case loss.Weight:
		return "a finite weight of at least 0"
	case loss.Index:
		s := fmt.Sprintf("a class id 0…%d", v.Classes-1)
		for _, e := range v.Extra {
			s += fmt.Sprintf(" or %d", e)
		}
		return s
	}
	return "a number"
}
