package array

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lossctl/loss"
)

// letters spells a to z as 1 to 26, and a space as 0.
func letters(text string) ([]int, error) {
	var list []int
	for _, c := range text {
		if c != ' ' && (c < 'a' || c > 'z') {
			return nil, fmt.Errorf("got %q", c)
		}
		list = append(list, max(int(c)-'a'+1, 0))
	}
	return list, nil
}

func TestSequences(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		data := []byte(text)
		if strings.HasSuffix(name, ".gz") {
			data = gz(data)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	abc := []string{"u1", "u2", "u3"}
	for _, c := range []struct {
		name, text, member string
		opt                SequenceOptions
		want               string // the rows
		ids                []string
	}{
		{"n.txt", "3 1 4\n\n15\n", "", SequenceOptions{}, "[3 1 4] [] [15]", nil},
		{"n.csv", "3,1,4\n9,,\n,,\n", "", SequenceOptions{}, "[3 1 4] [9] []", nil},
		{"n.csv.gz", "3,1\r\n4\r\n", "", SequenceOptions{}, "[3 1] [4]", nil},
		{"t.tsv", "3\t1\n4\t\n", "", SequenceOptions{}, "[3 1] [4]", nil},
		{"t.txt", "ab c\n\nd\n\n", "", SequenceOptions{Spell: letters}, "[1 2 0 3] [] [4] []", nil},
		{"bom.txt", "\xef\xbb\xbfab", "", SequenceOptions{Spell: letters}, "[1 2]", nil},
		{"ids.txt", "u2 ab\nu1\nu3 c d\n", "", SequenceOptions{Spell: letters, IDs: abc}, "[] [1 2] [3 0 4]", nil},
		{"tabs.txt", "u2\tab\nu1\nu3 \tc d\n", "", SequenceOptions{Spell: letters, IDs: abc}, "[] [1 2] [3 0 4]", nil},
		{"owntabs.txt", "u2\tab c\nu1\tc\n", "id", SequenceOptions{Spell: letters}, "[1 2 0 3] [3]", []string{"u2", "u1"}},
		{"own.txt", "u2 ab\nu1 c\n", "id", SequenceOptions{Spell: letters}, "[1 2] [3]", []string{"u2", "u1"}},
		{"own2.txt", "u2 7 8\nu1\n", "id", SequenceOptions{}, "[7 8] []", []string{"u2", "u1"}},
		{"c.csv", "id,text\nu1,ab\nu2,\"c d\"\n", "text", SequenceOptions{Spell: letters}, "[1 2] [3 0 4]", nil},
		{"l.jsonl", "{\"y\":[1,2]}\n{\"y\":[]}\n", "y", SequenceOptions{}, "[1 2] []", nil},
		{"m.jsonl", "{\"y\":\"ab\"}\n{\"y\":[3, 4]}\n", "y", SequenceOptions{Spell: letters}, "[1 2] [3 4]", nil},
	} {
		spec := write(c.name, c.text)
		if c.member != "" {
			spec += ":" + c.member
		}
		rows, lengths, ids, err := OpenSequences(spec, c.opt)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := listsOf(t, rows, lengths); got != c.want || !slices.Equal(ids, c.ids) {
			t.Errorf("%s: got %s %v, want %s %v", c.name, got, ids, c.want, c.ids)
		}
		checkRandom(t, rows, readAll(t, rows))
	}
	for _, c := range []struct {
		name, text, member string
		opt                SequenceOptions
		want               string
	}{
		{"a.txt", "1 2\n3 x\n", "", SequenceOptions{}, `a.txt: line 2: got "x", want a number (--alphabet reads text)`},
		{"b.txt", "ab\na1\n", "", SequenceOptions{Spell: letters}, "b.txt: line 2: got '1'"},
		{"order.txt", "u3 a\nu1 b\nu2 1\n", "", SequenceOptions{Spell: letters, IDs: abc}, "line 3: got '1'"},
		{"c.txt", "ab\n", "text", SequenceOptions{Spell: letters}, `got "text", want nothing, or id`},
		{"d.txt", "u1 a\nu9 b\nu3 c\n", "id", SequenceOptions{Spell: letters, IDs: abc}, `line 2: got id "u9"`},
		{"e.txt", "u1 a\nu1 b\nu3 c\n", "", SequenceOptions{Spell: letters, IDs: abc}, `line 2: got id "u1"`},
		{"f.txt", "u1 a\n", "", SequenceOptions{Spell: letters, IDs: abc}, "got 1 lines, want 3, one for each id"},
		{"g.csv", "id,text\nu1,a\nu2,9\n", "text", SequenceOptions{Spell: letters}, "row 2: got '9'"},
		{"h.jsonl", "{\"y\":[1]}\n{\"y\":[1.5]}\n", "y", SequenceOptions{}, "line 2"},
		{"i.jsonl", "{\"y\":\"a\"}\n", "y", SequenceOptions{}, "--alphabet"},
		{"j.jsonl", "{\"y\":[1,]}\n", "y", SequenceOptions{}, "line 1"},
		{"k.jsonl", "{\"y\":\"1\"}\n", "y", SequenceOptions{Spell: letters}, "line 1, field y: got '1'"},
		{"l.txt", "a\x00b\n", "", SequenceOptions{Spell: letters}, "binary data"},
	} {
		spec := write(c.name, c.text)
		if c.member != "" {
			spec += ":" + c.member
		}
		if _, _, _, err := OpenSequences(spec, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	for _, spec := range []string{write("x.npy", string(npyBytes("int16", false, false, 6, 10))), write("heads.csv", "a,b\n1,2\n"), write("two.csv", "a,b\n1,2\n") + ":a", "-"} {
		if rows, _, _, err := OpenSequences(spec, SequenceOptions{}); rows != nil || err != nil {
			t.Errorf("%s: %v, %v, want an array", spec, rows, err)
		}
	}
	if text, err := Text(write("v.txt.gz", "a\nb"), Options{}); err != nil || text != "a\nb\n" {
		t.Errorf("text %q, %v", text, err)
	}
}

// listsOf are the rows, each as long as its length says.
func listsOf(t *testing.T, rows, lengths loss.Source) string {
	t.Helper()
	x, n := readAll(t, rows), readAll(t, lengths)
	width := rows.Shape()[1]
	var list []string
	for i, k := range n {
		row := x[i*width : (i+1)*width]
		list = append(list, fmt.Sprint(row[:int(k)]))
		for _, v := range row[int(k):] {
			if v != -1 {
				t.Errorf("padding %v", v)
			}
		}
	}
	return strings.Join(list, " ")
}

func TestRagged(t *testing.T) {
	flat := &memory{name: "flat", ids: []int{5, 6, 7, 8}}
	for _, c := range []struct {
		lengths []int
		want    string
	}{
		{[]int{1, 0, 3}, "[5] [] [6 7 8]"}, {[]int{4}, "[5 6 7 8]"}, {[]int{0, 4, 0}, "[] [5 6 7 8] []"},
	} {
		lengths := &memory{name: "lengths", ids: c.lengths}
		rows, err := Ragged(flat, lengths)
		if err != nil {
			t.Fatal(err)
		}
		if got := listsOf(t, rows, lengths); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		checkRandom(t, rows, readAll(t, rows))
	}
	for want, lengths := range map[string][]int{
		"flat: got 4 labels, want 3, the sum of lengths":      {1, 2},
		"lengths: got -1 at [1], want a length of at least 0": {5, -1},
	} {
		if _, err := Ragged(flat, &memory{name: "lengths", ids: lengths}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Arrays without a number are lists that are empty.
func TestLists(t *testing.T) {
	for want, shape := range map[string][]int{"[1 1]": {0}, "[3 1]": {3, 0}} {
		rows := Lists(&none{shape: shape})
		if got := fmt.Sprint(rows.Shape()); got != want {
			t.Errorf("%v: shape %s, want %s", shape, got, want)
		}
		for _, x := range readAll(t, rows) {
			if x != -1 {
				t.Errorf("%v: got %v, want padding", shape, x)
			}
		}
	}
	for _, shape := range [][]int{{}, {0, 2}, {2, 3, 0}} {
		if rows := Lists(&none{shape: shape}); !slices.Equal(rows.Shape(), shape) {
			t.Errorf("%v: shape %v", shape, rows.Shape())
		}
	}
}

// none is an array of a shape, whose numbers nobody reads.
type none struct {
	memory
	shape []int
}

func (n *none) Shape() []int { return n.shape }

// FuzzSequences reads any text as lists: no panic, and rows that have the
// lists that the lengths say.
func FuzzSequences(f *testing.F) {
	for _, text := range []string{"1 2\n\n3\n", "1,2,\n", "{\"y\":[1,2]}\n[]", "u1 a\nu2 b", "a,b\n1,2\n", "\"1\n", "\xef\xbb\xbf"} {
		for _, name := range []string{"f.txt", "f.csv", "f.jsonl"} {
			f.Add(name, text, true)
			f.Add(name, text, false)
		}
	}
	f.Fuzz(func(t *testing.T, name, text string, spelled bool) {
		if name != "f.txt" && name != "f.csv" && name != "f.jsonl" {
			return
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		opt := SequenceOptions{}
		if spelled {
			opt.Spell, opt.IDs = letters, []string{"u1", "u2"}
		}
		rows, lengths, _, err := OpenSequences(path, opt)
		checkKind(t, err)
		if err != nil || rows == nil {
			return
		}
		defer rows.Close()
		if n := rows.Shape()[0]; n > 0 && n == lengths.Shape()[0] {
			listsOf(t, rows, lengths)
		}
	})
}
