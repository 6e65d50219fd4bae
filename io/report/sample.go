package report

import (
	"slices"
	"strconv"
	"strings"
)

// A Sample is one row of per_sample.
type Sample struct {
	Index   int     // position on the sample axis
	ID      string  // "" where samples have no names
	Loss    Float   // of this sample, by its own denominator
	Count   Count   // the denominator
	Extra   Fields  // what the loss adds; every row has the same names
	Classes []Float // one a class, NaN where the class is left out; nil: no classes
}

// Number is the number called name: "", "loss" or "value", "count", one of
// Extra, or "class.N".
func (s *Sample) Number(name string) (Float, bool) {
	switch name {
	case "", "loss", "value":
		return s.Loss, true
	case "count":
		return Float(s.Count), true
	}
	for _, f := range s.Extra {
		if f.Name == name {
			return f.number()
		}
	}
	if n, ok := strings.CutPrefix(name, "class."); ok {
		if i, err := strconv.Atoi(n); err == nil && 0 <= i && i < len(s.Classes) {
			return s.Classes[i], true
		}
	}
	return 0, false
}

// MarshalJSON writes {"index":…,"id":…,"loss":…,"count":…} with Extra and,
// where there are classes, "classes" behind.
func (s *Sample) MarshalJSON() ([]byte, error) { return s.append(nil), nil }

func (s *Sample) append(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"index":`...), int64(s.Index), 10)
	dst = appendString(append(dst, `,"id":`...), s.ID)
	dst = appendNumber(append(dst, `,"loss":`...), float64(s.Loss))
	dst = appendNumber(append(dst, `,"count":`...), float64(s.Count))
	for _, f := range s.Extra {
		dst = appendKey(dst, f.Name, false)
		dst = appendValue(dst, f.Value)
	}
	if s.Classes != nil {
		dst = appendList(append(dst, `,"classes":`...), s.Classes)
	}
	return append(dst, '}')
}

// clone is a copy that outlives the caller's next row. Values inside Extra
// are taken to be the row's own.
func (s *Sample) clone() Sample {
	c := *s
	c.Extra = slices.Clone(s.Extra)
	c.Classes = slices.Clone(s.Classes)
	return c
}
