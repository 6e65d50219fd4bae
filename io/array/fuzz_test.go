package array

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lossctl/loss"
)

// FuzzNpyHeader opens any bytes as .npy and as a stream: no panic, no memory
// beyond the data, the same answer from both, and an array that npy's own
// writer agrees with in size.
func FuzzNpyHeader(f *testing.F) {
	for _, dtype := range []string{"float32", "bfloat16", "bool", "int64"} {
		f.Add(npyBytes(dtype, true, true, 2, 3))
	}
	f.Add(npyHead(3, "{'shape': (2L, 0), 'fortran_order': False, 'descr': [('x', '<f4')]}"))
	f.Add(npyHead(2, "{'descr': '<f8', 'fortran_order': True, 'shape': (4611686018427387904, 4)}"))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.HasPrefix(data, []byte(npyMagic)) {
			return
		}
		path := filepath.Join(t.TempDir(), "f.npy")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		a, err := Open(path, Options{})
		b, other := Open("-", Options{Stdin: bytes.NewReader(data)})
		checkKind(t, err)
		checkKind(t, other)
		if err != nil {
			if other == nil {
				if _, again := wholeOf(b); again == nil && size(b) > 0 {
					t.Fatalf("got an array from a stream, and from a file %v", err)
				}
				b.Close()
			}
			return
		}
		defer a.Close()
		if other != nil {
			t.Fatalf("got an array from a file, and from a stream %v", other)
		}
		defer b.Close()
		x, err := wholeOf(a)
		y, other := wholeOf(b)
		if err != nil || other != nil || !same(x, y) {
			t.Fatalf("file: %v %v, stream: %v %v", x, err, y, other)
		}
	})
}

func checkKind(t *testing.T, err error) {
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Machine || strings.Contains(err.Error(), "\n")) {
		t.Fatalf("got %q, want one line about the input", err)
	}
}

func wholeOf(s loss.Source) ([]float64, error) { return values(s, 0, size(s)) }

// FuzzCSV compares with encoding/csv and strconv.
func FuzzCSV(f *testing.F) {
	for _, text := range []string{
		"a,b\n1,2\n3,4.5\n", "1;2\r\n\r\n3;4", "\"a,\nb\",\"c\"\"\"\n\"1\",-inf\n", "\ufeff1\t2\n nan \t+3e-5\n", ",0,1\n0,5,6\n",
		"1,2\n3\n", "1,x\"\n\"", "0.1234567890123456789e-300\n1e400\n", "1 2\n3 4\n", "true\nfalse\n", "1\r\r\n2\n", "\"1\"x,2\n", "\"0\n0\"\nA",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if kind, err := sniff("f.csv", "f.csv", data); err != nil || kind != formatTable || compression(data) != "" {
			return
		}
		path := filepath.Join(t.TempDir(), "f.csv")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, Options{})
		checkKind(t, err)
		if err != nil {
			return
		}
		defer s.Close()
		got, err := wholeOf(s)
		checkKind(t, err)
		tab := s.(*table)
		if err != nil || tab.delim == ' ' {
			return
		}
		mid := len(got) / 2
		head, err1 := values(s, 0, mid)
		tail, err2 := values(s, mid, len(got))
		if err1 != nil || err2 != nil || !same(got, slices.Concat(head, tail)) {
			t.Fatalf("two ranges %v %v (%v, %v), whole %v", head, tail, err1, err2, got)
		}
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
		r.Comma = rune(tab.delim)
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatalf("got %v, encoding/csv says %v", got, err)
		}
		if tab.header != nil {
			rows = rows[1:]
		}
		var want []float64
		for _, row := range rows {
			for _, cell := range row {
				v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
				if err != nil {
					b, ok := parseBool([]byte(strings.TrimSpace(cell)))
					if !ok {
						t.Fatalf("got %v, strconv says %v", got, err)
					}
					v = b
				}
				want = append(want, v)
			}
		}
		if !slices.EqualFunc(got, want, func(x, y float64) bool {
			return math.Float64bits(x) == math.Float64bits(y) || math.IsNaN(x) && math.IsNaN(y)
		}) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
