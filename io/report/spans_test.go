package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpans(t *testing.T) {
	spans := []Span{{Index: 0, ID: "u,1", Label: 3, Token: "c", Start: 0, End: 2, Score: -0.5}, {Index: 2, Label: 10, Token: `"`, Start: 7, End: 8, Score: -inf}}
	for _, c := range []struct {
		format, want, none string
	}{
		{"csv", "index,id,label,token,start,end,score\n0,\"u,1\",3,c,0,2,-0.5\n2,,10,\"\"\"\",7,8,-inf\n", "index,id,label,token,start,end,score\n"},
		{"jsonl", `{"index":0,"id":"u,1","label":3,"token":"c","start":0,"end":2,"score":-0.5}` + "\n" + `{"index":2,"id":"","label":10,"token":"\"","start":7,"end":8,"score":"-inf"}` + "\n", ""},
		{"json", "[\n" + `{"index":0,"id":"u,1","label":3,"token":"c","start":0,"end":2,"score":-0.5},` + "\n" + `{"index":2,"id":"","label":10,"token":"\"","start":7,"end":8,"score":"-inf"}` + "\n]\n", "[]\n"},
	} {
		for want, list := range map[string][]Span{c.want: spans, c.none: nil} {
			file := filepath.Join(t.TempDir(), "spans")
			s, err := OpenSpans(file, c.format, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range list {
				if err := s.Span(&list[i]); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s.Abort()
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, string(got)); d != "" {
				t.Errorf("%s: %s", c.format, d)
			}
			if c.format == "json" && !json.Valid(got) {
				t.Errorf("got %s", got)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "spans")
	s, err := OpenSpans(file, "csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Abort()
	if _, err := os.Stat(file); err == nil {
		t.Error("an aborted file is there")
	}
}
