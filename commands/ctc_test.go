package commands

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// decoded is testdata/ctc/decode.json: texts whose differences jiwer counted,
// and alignments of torchaudio.
type decoded struct {
	Texts []struct {
		Name     string
		Args     []string
		CER, WER refNumber
		Rows     []struct {
			Target, Text string
			Chars        int `json:"char_errors"`
			Words        int `json:"word_errors"`
		}
	}
	Spans []struct {
		Name  string
		Args  []string
		Spans [][5]float64
	}
}

func readDecoded(t *testing.T) (*decoded, string) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "testdata", "ctc"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "decode.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d decoded
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return &d, dir
}

func TestDecodedTexts(t *testing.T) {
	d, dir := readDecoded(t)
	if len(d.Texts) < 2 {
		t.Fatalf("got %d cases", len(d.Texts))
	}
	for _, c := range d.Texts {
		t.Run(c.Name, func(t *testing.T) {
			code, out, errs := lossctl(t, dir, "", slices.Concat([]string{"ctc"}, c.Args, []string{"-f", "json", "-q", "--per-sample"})...)
			if code != 0 {
				t.Fatal(errs)
			}
			var got struct {
				Components struct{ CER, WER refNumber }
				PerSample  []struct {
					Text, Target string
					CER, WER     refNumber
				} `json:"per_sample"`
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			if !near(float64(got.Components.CER), float64(c.CER), 1e-12) || !near(float64(got.Components.WER), float64(c.WER), 1e-12) {
				t.Errorf("cer %v, wer %v, want %v, %v", got.Components.CER, got.Components.WER, c.CER, c.WER)
			}
			if len(got.PerSample) != len(c.Rows) {
				t.Fatalf("%d rows, want %d", len(got.PerSample), len(c.Rows))
			}
			for i, want := range c.Rows {
				row := got.PerSample[i]
				if row.Text != want.Text || row.Target != want.Target {
					t.Errorf("row %d: %q for %q, want %q for %q", i, row.Text, row.Target, want.Text, want.Target)
				}
				if n := float64(len([]rune(want.Target))); n > 0 && !near(float64(row.CER)*n, float64(want.Chars), 1e-12) {
					t.Errorf("row %d: %v errors, want %d", i, float64(row.CER)*n, want.Chars)
				}
			}
		})
	}
}

func TestAlignments(t *testing.T) {
	d, dir := readDecoded(t)
	if len(d.Spans) < 3 {
		t.Fatalf("got %d cases", len(d.Spans))
	}
	for _, c := range d.Spans {
		t.Run(c.Name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "spans.json")
			if code, _, errs := lossctl(t, dir, "", slices.Concat([]string{"ctc"}, c.Args, []string{"-f", "value", "-q", "--align", file})...); code != 0 {
				t.Fatal(errs)
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got []struct {
				Index, Label, Start, End int
				Score                    refNumber
			}
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatal(err)
			}
			if len(got) != len(c.Spans) {
				t.Fatalf("%d spans, want %d", len(got), len(c.Spans))
			}
			for i, want := range c.Spans {
				g := got[i]
				if place := [4]int{g.Index, g.Label, g.Start, g.End}; place != [4]int{int(want[0]), int(want[1]), int(want[2]), int(want[3])} || !near(float64(g.Score), want[4], 1e-9) {
					t.Errorf("span %d: %+v, want %v", i, g, want)
				}
			}
		})
	}
}
