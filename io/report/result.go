package report

import (
	"strconv"
	"strings"
)

// SchemaVersion is the number of the result's layout, its key "schema".
const SchemaVersion = 1

// A Result is what a run found, in the order of its JSON object. Every key is
// always written, empty ones as {} or [], so that a script need not ask
// whether one exists. JSONSchema describes it. The rows of per_sample go to
// the Sink on their own and stand before "warnings".
type Result struct {
	Schema     int    // 0 is written as SchemaVersion
	Loss       string // name of the command: "focal", "kl gaussian"
	Value      Float
	Reduction  string
	Count      Count  // denominator of the mean
	Unit       string // of Count, singular: "element", "sample", "pixel"
	Samples    int
	Skipped    Skipped
	Layout     string          // how the arrays were read: 24 samples × 3 classes × 64×64
	Params     Fields          // every parameter in force
	Minor      map[string]bool // parameters that tables leave out
	Convention string
	Formula    string
	Inputs     Inputs
	Components Components // what the loss is made of
	Stats      *Stats     // over samples; nil: {}
	PerClass   []Class
	PerGroup   []Group
	Warnings   []string // footnotes of a table
	Version    string   // of lossctl
}

// Skipped counts what the value leaves out, by reason.
type Skipped struct {
	Ignored    int64 `json:"ignored"`
	Empty      int64 `json:"empty"`
	Infeasible int64 `json:"infeasible"`
	Nonfinite  int64 `json:"nonfinite"`
}

// An Input is an array that was read.
type Input struct {
	Name  string // of the flag: "pred"
	File  string
	Shape []int
	Dtype string
}

// Inputs is a JSON object from name to file, shape and dtype, in order.
type Inputs []Input

// A Component is a named number.
type Component struct {
	Name  string
	Value Float
}

// Components is a JSON object from name to number, in order.
type Components []Component

// Stats describes the losses of the samples; see Samples.
type Stats struct {
	Std         Float `json:"std"` // population, ddof 0
	Min         Float `json:"min"`
	P5          Float `json:"p5"`
	P50         Float `json:"p50"`
	P95         Float `json:"p95"`
	Max         Float `json:"max"`
	Approximate bool  `json:"approximate"` // the percentiles are within 0.1 %
}

// A Class is one row of per_class.
type Class struct {
	Class int
	Name  string
	Loss  Float
	Count Count
	Extra Components // what the loss adds; every row has the same names
}

// A Group is one row of per_group.
type Group struct {
	Group string `json:"group"`
	Value Float  `json:"value"`
	Count Count  `json:"count"`
}

// Number is the number that --show and the gates call name: "", "loss" or
// "value"; a component; "class.N", "class." and a class name, or the bare
// name, where it is of one class; a name of Stats; "group." and a group; "count". The first of these
// that fits wins, so a component called max hides that of Stats, which
// "stats.max" still finds; so does "components." with a component.
func (r *Result) Number(name string) (Float, bool) {
	if name == "" || name == "loss" || name == "value" {
		return r.Value, true
	}
	bare := strings.TrimPrefix(name, "components.")
	for _, c := range r.Components {
		if c.Name == name || c.Name == bare {
			return c.Value, true
		}
	}
	key := strings.TrimPrefix(name, "class.")
	var named []Class
	for _, c := range r.PerClass {
		if key != name && key == strconv.Itoa(c.Class) {
			return c.Loss, true
		}
		if c.Name != "" && c.Name == key {
			named = append(named, c)
		}
	}
	if len(named) == 1 {
		return named[0].Loss, true
	}
	key = strings.TrimPrefix(name, "stats.")
	for _, c := range r.Stats.numbers() {
		if c.Name == key {
			return c.Value, true
		}
	}
	if key, ok := strings.CutPrefix(name, "group."); ok {
		for _, g := range r.PerGroup {
			if g.Group == key {
				return g.Value, true
			}
		}
	}
	return Float(r.Count), name == "count"
}

// Names lists what Number finds, one name for each number, groups aside.
func (r *Result) Names() []string {
	names := []string{"loss"}
	for _, c := range r.Components {
		names = append(names, c.Name)
	}
	for _, c := range r.PerClass {
		names = append(names, "class."+strconv.Itoa(c.Class))
	}
	for _, c := range r.Stats.numbers() {
		names = append(names, c.Name)
	}
	return append(names, "count")
}

// numbers lists the statistics in order, none for nil.
func (s *Stats) numbers() Components {
	if s == nil {
		return nil
	}
	return Components{{"std", s.Std}, {"min", s.Min}, {"p5", s.P5}, {"p50", s.P50}, {"p95", s.P95}, {"max", s.Max}}
}

// MarshalJSON writes {"class":…,"name":…,"loss":…,"count":…} with Extra behind.
func (c Class) MarshalJSON() ([]byte, error) {
	dst := Fields{{"class", c.Class}, {"name", c.Name}, {"loss", c.Loss}, {"count", c.Count}}
	for _, x := range c.Extra {
		dst = append(dst, Field{x.Name, x.Value})
	}
	return dst.append(nil), nil
}

// MarshalJSON writes the object from name to input.
func (in Inputs) MarshalJSON() ([]byte, error) {
	dst := []byte{'{'}
	for i, a := range in {
		dst = appendKey(dst, a.Name, i == 0)
		shape := a.Shape
		if shape == nil {
			shape = []int{} // a scalar
		}
		dst = Fields{{"file", a.File}, {"shape", shape}, {"dtype", a.Dtype}}.append(dst)
	}
	return append(dst, '}'), nil
}

// MarshalJSON writes the object from name to number.
func (c Components) MarshalJSON() ([]byte, error) {
	dst := []byte{'{'}
	for i, a := range c {
		dst = appendNumber(appendKey(dst, a.Name, i == 0), float64(a.Value))
	}
	return append(dst, '}'), nil
}
