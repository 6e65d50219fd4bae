package report

import (
	"math"
	"strconv"
	"strings"
)

// A Float is written with the fewest digits that read back as the same
// float64. In JSON a value that is not finite is the string "nan", "inf" or
// "-inf"; elsewhere it is the same word bare.
type Float float64

// A Count is a denominator: a whole number is written as one, and a sum of
// weights like any other float.
type Count float64

func (f Float) String() string { return string(appendFloat(nil, float64(f))) }

// MarshalJSON writes the number, or its word as a string.
func (f Float) MarshalJSON() ([]byte, error) { return appendNumber(nil, float64(f)), nil }

func (c Count) String() string { return Float(c).String() }

// MarshalJSON writes the number, or its word as a string.
func (c Count) MarshalJSON() ([]byte, error) { return Float(c).MarshalJSON() }

// appendNumber appends x as a JSON value.
func appendNumber(dst []byte, x float64) []byte {
	if word := nonfinite(x); word != "" {
		return append(append(append(dst, '"'), word...), '"')
	}
	return appendFloat(dst, x)
}

// appendFloat appends the fewest digits that round-trip, with an exponent
// only below 1e-6 and from 1e21 on, as encoding/json and JavaScript do.
func appendFloat(dst []byte, x float64) []byte {
	if word := nonfinite(x); word != "" {
		return append(dst, word...)
	}
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, x, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, x, 'f', -1, 64)
}

// nonfinite is the word for NaN and the infinities, "" for other numbers.
func nonfinite(x float64) string {
	switch {
	case math.IsNaN(x):
		return "nan"
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	return ""
}

// significant is x for a table: so many significant digits with the zeros
// behind them, so that a column lines up; a whole number that fits in them
// is exact and has no point.
func significant(x float64, digits int) string {
	if x == math.Trunc(x) && math.Abs(x) < math.Pow10(digits) {
		return strconv.FormatInt(int64(x), 10) // no -0
	}
	s := string(appendFloat(nil, x))
	if nonfinite(x) != "" {
		return s
	}
	s = strconv.FormatFloat(x, 'g', digits, 64)
	if strings.Contains(s, "e") {
		return strconv.FormatFloat(x, 'e', digits-1, 64)
	}
	have := len(strings.TrimLeft(strings.Replace(s, ".", "", 1), "-0"))
	if !strings.Contains(s, ".") && have < digits {
		s += "."
	}
	return s + strings.Repeat("0", max(digits-have, 0))
}

// Plural is the unit for n of them: 1 sample, 2 samples, 2 boxes.
func Plural(n float64, unit string) string {
	switch {
	case n == 1 || unit == "":
		return unit
	case strings.HasSuffix(unit, "s"), strings.HasSuffix(unit, "x"), strings.HasSuffix(unit, "ch"):
		return unit + "es"
	}
	return unit + "s"
}

// count is c for a table: a whole number in full.
func count(c Count, digits int) string {
	if x := float64(c); x == math.Trunc(x) {
		return c.String()
	}
	return significant(float64(c), digits)
}
