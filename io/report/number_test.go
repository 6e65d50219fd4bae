package report

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestFloatRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		text := Float(x).String()
		y, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Float64bits(x) != math.Float64bits(y) && !(x != x && y != y) {
			t.Fatalf("%v is written %s and read %v, %v", x, text, y, err)
		}
		raw, err := json.Marshal(Float(x))
		if err != nil || !json.Valid(raw) {
			t.Fatalf("%v is %s in JSON, %v", x, raw, err)
		}
	})
}

func TestNumberText(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{Float(0).String(), "0"},
		{Float(1e6).String(), "1000000"},
		{Float(1e-8).String(), "1e-08"},
		{Float(0.1).String(), "0.1"},
		{Count(98304).String(), "98304"},
		{Count(2.5).String(), "2.5"},
		{string(appendNumber(nil, math.Inf(-1))), `"-inf"`},
		{significant(0.3, 6), "0.300000"},
		{significant(0.012345678, 6), "0.0123457"},
		{significant(12.3, 6), "12.3000"},
		{significant(99999.96, 6), "100000"},
		{significant(123456.7, 6), "123457"},
		{significant(1234567.8, 6), "1.23457e+06"},
		{significant(1234567, 6), "1.23457e+06"},
		{significant(0.0000123, 6), "1.23000e-05"},
		{significant(-2, 6), "-2"},
		{significant(math.Copysign(0, -1), 6), "0"},
		{significant(0.999999999, 6), "1.00000"},
		{significant(math.NaN(), 6), "nan"},
		{significant(math.Inf(-1), 6), "-inf"},
		{Plural(1, "sample"), "sample"},
		{Plural(0, "sample"), "samples"},
		{Plural(2, "box"), "boxes"},
		{Plural(2, "class"), "classes"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
