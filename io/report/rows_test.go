package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sbinet/npyio"
	"pgregory.net/rapid"
)

func plainRow(i int) *Sample {
	return &Sample{Index: i, ID: "a", Loss: Float(i) / 7, Count: 1}
}

func TestMillionRowsInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	for f, rows := range map[string]int{"json": 1_000_000, "table": 600_000, "csv": 100_000, "npy": 100_000} {
		folder := t.TempDir()
		path := filepath.Join(folder, "out")
		before, most := live(), uint64(0)
		s, err := Open(path, f, Options{PerSample: true, Samples: rows, Pretty: true})
		if err != nil {
			t.Fatal(err)
		}
		row := *plainRow(0)
		for i := range rows {
			row.Index, row.Loss = i, Float(i)/7
			if err := s.Sample(&row); err != nil {
				t.Fatal(err)
			}
			if i%50_000 == 0 {
				most = max(most, live())
			}
		}
		if err := s.Close(dice()); err != nil {
			t.Fatal(err)
		}
		if used := int64(most) - int64(before); used > 24<<20 {
			t.Errorf("%s: %d MiB", f, used>>20)
		}
		if names := files(t, folder); len(names) != 1 {
			t.Errorf("%s leaves %v", f, names)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		switch f {
		case "json":
			raw, _ := io.ReadAll(file)
			if !json.Valid(raw) {
				t.Error("the file is not JSON")
			}
			next := 0
			for line := range bytes.Lines(raw) {
				var want []byte
				if bytes.HasPrefix(line, []byte(`    {"index"`)) {
					want = plainRow(next).append([]byte("    "))
					next++
				}
				if !bytes.HasPrefix(line, want) {
					t.Fatalf("row %d is %s", next-1, line)
				}
			}
			if next != rows {
				t.Errorf("%d rows", next)
			}
		case "npy":
			var got []float64
			if err := npyio.Read(file, &got); err != nil || len(got) != rows || got[rows-1] != float64(rows-1)/7 {
				t.Fatal(len(got), err)
			}
		default:
			raw, _ := io.ReadAll(file)
			if !strings.Contains(string(raw), strconv.Itoa(rows-1)) || bytes.Count(raw, []byte("\n")) < rows {
				t.Errorf("%s lacks rows", f)
			}
		}
	}
}

func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestNPY(t *testing.T) {
	third := 3.0
	for _, announced := range []int{0, 3, 1000} { // a file is corrected
		path := filepath.Join(t.TempDir(), "x.npy")
		s, err := Open(path, "npy", Options{Samples: announced, Show: "dice"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if err := s.Sample(diceRow(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(dice()); err != nil {
			t.Fatal(err)
		}
		raw, _ := os.ReadFile(path)
		var got []float64
		if err := npyio.Read(bytes.NewReader(raw), &got); err != nil || len(raw) != 128+24 {
			t.Fatal(len(raw), err)
		}
		if d := cmp.Diff([]float64{1, 1 - 1/third, 1 - 2/third}, got); d != "" {
			t.Error(d)
		}
	}
	s, _ := Open("-", "npy", Options{Stdout: new(bytes.Buffer), Samples: 2})
	if err := s.Close(dice()); err == nil || !strings.HasPrefix(err.Error(), "standard output: 0 samples came where 2 were announced") {
		t.Error(err)
	}
}

func TestCSVIsReadBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := [][]string{{"index", "id", "loss", "count", "note"}}
		var rows []*Sample
		for i := range rapid.IntRange(1, 5).Draw(rt, "rows") {
			id := rapid.StringMatching(`[ a-z",;|\n\t']{0,8}x`).Draw(rt, "id")
			note := rapid.StringMatching(`[ a-z",;|\n\t']{0,8}`).Draw(rt, "note")
			rows = append(rows, &Sample{Index: i, ID: id, Loss: nan, Count: 0.5, Extra: Fields{{"note", note}}})
			want = append(want, []string{fmt.Sprint(i), id, "nan", "0.5", note})
		}
		for format, comma := range map[string]rune{"csv": ',', "tsv": '\t'} {
			r := csv.NewReader(bytes.NewReader(write(t, format, Options{PerSample: true}, dice(), len(rows), func(i int) *Sample { return rows[i] })))
			r.Comma = comma
			got, err := r.ReadAll()
			if err != nil {
				rt.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				rt.Fatal(d)
			}
		}
	})
}

func TestMarkdownCellsStayInTheirColumn(t *testing.T) {
	row := func(int) *Sample { return &Sample{ID: "a|b\\|c\n<b>", Loss: 1, Count: 1} }
	got := string(write(t, "md", Options{PerSample: true}, focal(), 1, row))
	want := "| index | id | loss | count |\n| --: | --- | --: | --: |\n| 0 | a\\|b\\\\\\|c \\<b> | 1 | 1 |\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRowsOfOtherColumns(t *testing.T) {
	for _, f := range []string{"csv", "md", "table"} {
		s, err := Open("-", f, Options{Stdout: new(bytes.Buffer), PerSample: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Sample(&Sample{Loss: 1}); err != nil {
			t.Fatal(err)
		}
		err = s.Sample(&Sample{Index: 1, Loss: 1, Extra: Fields{{"wer", 1}}})
		if err == nil || !strings.Contains(err.Error(), "row of sample 1 has other columns ([index loss count wer]) than the first ([index loss count])") {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestTableAtTheLimitOfKeptRows(t *testing.T) {
	table := func(rows int) string {
		return string(write(t, "table", Options{PerSample: true, Samples: rows}, dice(), rows, func(i int) *Sample { return diceRow(i % 1000) }))
	}
	kept, streamed := table(keptRows), table(keptRows+1)
	more := strings.TrimSuffix(kept[strings.LastIndex(kept, "  999  "):], "\n")
	if !strings.HasPrefix(streamed, kept[:strings.LastIndex(kept, "  999  ")]) {
		t.Errorf("one row more changes the look; kept ends %s", more)
	}
	if a, b := strings.Count(kept, "\n"), strings.Count(streamed, "\n"); a+1 != b {
		t.Errorf("%d and %d lines", a, b)
	}
}

func TestWideSamplesAreCut(t *testing.T) {
	row := func(i int) *Sample { return &Sample{Index: i, Loss: 1, Count: 1, Classes: make([]Float, 1000)} }
	for _, rows := range []int{2, keptRows + 2} {
		got := string(write(t, "table", Options{PerSample: true}, focal(), rows, row))
		if !strings.Contains(got, "class.11\n") || !strings.Contains(got, "* the first 12 of 1000 classes; json and csv have all\n") {
			t.Errorf("got %s", got)
		}
	}
	if got := string(write(t, "csv", Options{PerSample: true}, focal(), 1, row)); !strings.Contains(got, ",class.999\n") {
		t.Error("csv is cut")
	}
}

func TestSpool(t *testing.T) {
	for _, n := range []int{0, 1, spoolPiece - 1, spoolPiece, spoolPiece + 1, spoolLimit*spoolPiece - 1, spoolLimit * spoolPiece, spoolLimit*spoolPiece + 1, (2*spoolLimit + 1) * spoolPiece} {
		folder := t.TempDir()
		s := spool{folder: folder}
		want := make([]byte, n)
		for i := range want {
			want[i] = byte(i * 7 / 5)
		}
		for rest := want; len(rest) > 0; {
			k := min(len(rest), 100_003)
			if _, err := s.Write(rest[:k]); err != nil {
				t.Fatal(err)
			}
			rest = rest[k:]
		}
		var got bytes.Buffer
		if err := s.copyTo(&got); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d bytes: %d come back, %v", n, got.Len(), err)
		}
		if names := files(t, folder); (s.file != nil) != (n > spoolLimit*spoolPiece) || len(names) != 0 {
			t.Errorf("%d bytes: file %v, folder %v", n, s.file, names)
		}
		s.close()
	}
	s := spool{folder: "/nonexistent"}
	_, err := s.Write(make([]byte, spoolLimit*spoolPiece+1))
	if err == nil || !strings.HasPrefix(err.Error(), "temporary file in /nonexistent: ") {
		t.Error(err)
	}
}

func BenchmarkRows(b *testing.B) {
	for _, f := range Formats() {
		b.Run(f, func(b *testing.B) {
			s, err := Open(filepath.Join(b.TempDir(), "out"), f, Options{PerSample: true})
			if err != nil {
				b.Fatal(err)
			}
			row := plainRow(12345)
			for b.Loop() {
				if err := s.Sample(row); err != nil {
					b.Fatal(err)
				}
			}
			s.Abort()
		})
	}
}
