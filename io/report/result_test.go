package report

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	r := dice()
	r.Components = append(r.Components, Component{"max", 7})
	for _, c := range []struct {
		name string
		want Float
	}{
		{"", r.Value},
		{"loss", r.Value},
		{"value", r.Value},
		{"dice", 0.70708003817696},
		{"components.dice", 0.70708003817696},
		{"max", 7}, // a component goes first
		{"stats.max", inf},
		{"p95", 12.5},
		{"class.1", 0.3},
		{"class.liver", 0.3},
		{"liver", 0.3},
		{"group.東京", 0.33},
		{"count", 72},
	} {
		if got, ok := r.Number(c.name); !ok || got != c.want {
			t.Errorf("Number(%q) = %v, %v, want %v", c.name, got, ok, c.want)
		}
	}
	for _, name := range []string{"class.3", "1", "p50.", "stats.dice", "group.", "class."} {
		if got, ok := r.Number(name); ok {
			t.Errorf("Number(%q) = %v, want none", name, got)
		}
	}
	if _, ok := focal().Number("min"); !ok {
		t.Error("no stats")
	}
	for _, name := range r.Names() {
		if _, ok := r.Number(name); !ok {
			t.Errorf("%s is a name of no number", name)
		}
	}
}

func TestShowUnknown(t *testing.T) {
	s, err := Open("-", "value", Options{Stdout: new(strings.Builder), Show: "wer"})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Close(focal())
	want := "--show wer: the result has no such number, but loss, std, min, p5, p50, p95, max, count"
	if e, ok := err.(*Error); !ok || e.Machine || e.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s, _ = Open("-", "value", Options{Stdout: new(strings.Builder), Show: "wer", PerSample: true})
	if err := s.Sample(diceRow(0)); err == nil {
		t.Error("the row has no wer")
	}
}

func TestEmptyResultHasEveryKey(t *testing.T) {
	raw, err := json.Marshal(&Result{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schema":1,"loss":"","value":0,"reduction":"","count":0,"unit":"","samples":0,` +
		`"skipped":{"ignored":0,"empty":0,"infeasible":0,"nonfinite":0},"layout":"","params":{},"convention":"","formula":"",` +
		`"inputs":{},"components":{},"stats":{},"per_class":[],"per_group":[],"per_sample":[],"warnings":[],"version":""}`
	if string(raw) != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
}

func TestFieldValues(t *testing.T) {
	f := Fields{
		{"a", 1},
		{"b", int64(-2)},
		{"c", float32(0.5)},
		{"d", []float64{1, float64(inf)}},
		{"e", []string{"<&>", "\x00é"}},
		{"f", Fields{{"x", nan}}},
		{"g", Count(3)},
		{"h", nil},
		{"i", false},
		{`"k"`, "v\xff"},
		{"l", make(chan int)},
	}
	raw, err := f.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	got := string(raw[:strings.Index(string(raw), `"l"`)])
	want := `{"a":1,"b":-2,"c":0.5,"d":[1,"inf"],"e":["<&>","\u0000é"],"f":{"x":"nan"},"g":3,"h":null,"i":false,"\"k\"":"v\ufffd",`
	if got != want || !json.Valid(raw) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
