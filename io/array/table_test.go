package array

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// csvBytes are rows of testValue with a header.
func csvBytes(rows, columns int) []byte {
	var b bytes.Buffer
	for c := range columns {
		if c > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "logit_%d", c)
	}
	b.WriteByte('\n')
	for i := range rows * columns {
		fmt.Fprint(&b, testValue("float32", i))
		if (i+1)%columns == 0 {
			b.WriteByte('\n')
		} else {
			b.WriteByte(',')
		}
	}
	return b.Bytes()
}

func jsonBytes(rows, columns int) []byte {
	var b bytes.Buffer
	for i := range rows {
		fmt.Fprintf(&b, `{"id": "s%d", "x": [`, i)
		for c := range columns {
			if c > 0 {
				b.WriteString(", ")
			}
			fmt.Fprint(&b, testValue("float32", i*columns+c))
		}
		b.WriteString("]}\n")
	}
	return b.Bytes()
}

func TestTable(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	classes := []string{"cat", "dog"}
	for _, c := range []struct {
		name, text, columns string
		shape               []int
		dtype               string
		want                []float64
	}{
		{"plain", "1,2\n3,4\n", "", []int{2, 2}, "int64", []float64{1, 2, 3, 4}},
		{"one column", "1\n2\n3", "", []int{3}, "int64", []float64{1, 2, 3}},
		{"header", "a,b\n1,2.5\n", "", []int{1, 2}, "float64", []float64{1, 2.5}},
		{"header only", "a,b\n", "", []int{0, 2}, "int64", nil},
		{"integral floats", "1.0\n2.0\n", "", []int{2}, "int64", []float64{1, 2}},
		{"crlf and bom", "\ufeffa;b\r\n1;2\r\n\r\n3;4\r\n", "", []int{2, 2}, "int64", []float64{1, 2, 3, 4}},
		{"blank lines", "\n\n1\n\n2\n\n", "", []int{2}, "int64", []float64{1, 2}},
		{"tab", "1\t2\n3\t4\n", "", []int{2, 2}, "int64", []float64{1, 2, 3, 4}},
		{"blanks", " 1.5   2\n3 4 \n", "", []int{2, 2}, "float64", []float64{1.5, 2, 3, 4}},
		{"white space", " 1 , 2 \n3,\t4\n", "", []int{2, 2}, "int64", []float64{1, 2, 3, 4}},
		{"words", "nan,inf\n-inf,-Infinity\nNaN,+INF\n", "", []int{3, 2}, "float64", []float64{nan, inf, -inf, -inf, nan, inf}},
		{"booleans", "True,true\nFalse,false\n", "", []int{2, 2}, "int64", []float64{1, 1, 0, 0}},
		{"true is a header", "true\n0.5\n", "", []int{1}, "float64", []float64{0.5}},
		{"exponents", "1e3,1E-3\n-1.5e+2,.5\n5.,+7\n", "", []int{3, 2}, "float64", []float64{1000, 0.001, -150, 0.5, 5, 7}},
		{"quotes", "\"a,b\",\"c\"\"d\"\n\"1\",\"2\"\n3,4\n", "", []int{2, 2}, "int64", []float64{1, 2, 3, 4}},
		{"newline in quotes", "id,x\n\"a\nb\",1\n\"c\r\n\",2\n", "x", []int{2}, "int64", []float64{1, 2}},
		{"names", "id,x,y\na,1,2\nb,3,4\n", "y,x", []int{2, 2}, "int64", []float64{2, 1, 4, 3}},
		{"numbers", "id,x,y\na,1,2\nb,3,4\n", "3", []int{2}, "int64", []float64{2, 4}},
		{"range", "id,x,y\na,1,2\nb,3,4\n", "2-3", []int{2, 2}, "int64", []float64{1, 2, 3, 4}},
		{"range of names", "id,x,y\na,1,2\nb,3,4\n", "x-y", []int{2, 2}, "int64", []float64{1, 2, 3, 4}},
		{"pattern", "id,l_0,l_1,y\na,1,2,9\nb,3,4,9\n", "l_*", []int{2, 2}, "int64", []float64{1, 2, 3, 4}},
		{"list", "id,l_0,l_1,y\na,1,2,9\nb,3,4,9\n", "y, l_*", []int{2, 3}, "int64", []float64{9, 1, 2, 9, 3, 4}},
		{"classes", "label\ncat\ndog\n0\n", "", []int{3}, "int64", []float64{0, 1, 0}},
		{"classes without header", "cat\ndog\n", "", []int{2}, "int64", []float64{0, 1}},
		{"pandas index", ",0,1\n0,5,6\n1,7,8\n", "2-3", []int{2, 2}, "int64", []float64{5, 6, 7, 8}},
		{"many digits", "0.1234567890123456789\n123456789012345678901234567890\n9007199254740993\n", "", []int{3}, "float64", []float64{0.1234567890123456789, 123456789012345678901234567890, 9007199254740993}},
	} {
		path := write(t, "f.csv", []byte(c.text))
		spec := path
		if c.columns != "" {
			spec += ":" + c.columns
		}
		s, err := Open(spec, Options{Classes: classes})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !slices.Equal(s.Shape(), c.shape) || s.Dtype() != c.dtype {
			t.Errorf("%s: got %v %s, want %v %s", c.name, s.Shape(), s.Dtype(), c.shape, c.dtype)
		} else if got := readAll(t, s); !same(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		s.Close()
	}
}

func TestTableErrors(t *testing.T) {
	rows := "a,b\n" + strings.Repeat("1,2\n", 5000)
	for _, c := range []struct{ text, columns, want string }{
		{"", "", "f.csv: got an empty file, want rows of numbers"},
		{"id,logit_3\n1,2\n\n3,abc\n", "", "f.csv: line 4, column logit_3: got \"abc\", want a number"},
		{"1,2\n3,abc\n", "", "f.csv: line 2, column 2: got \"abc\", want a number"},
		{"a,b\n1,\n", "", "f.csv: line 2, column b: got an empty cell, want a number"},
		{"a,b\n1,2\n1\n", "", "f.csv: line 3: got 1 columns, want 2"},
		{"a,b\n1,2\n1,2,3,4\n", "", "f.csv: line 3: got 4 columns, want 2"},
		{"a,b\n1,2\n1,2,\n", "a", "f.csv: line 3: got 3 columns, want 2"},
		{"a,b\n\"x\ny\",2\n1,zz\n", "b", "f.csv: line 4, column b: got \"zz\", want a number"},
		{"a,b\n1,x\"y\n", "a", "f.csv: line 2, column 2: got \"x\\\"y\\n\", want quotation marks around the whole cell"},
		{"a,b\n1,\"y\n", "a", "f.csv: line 2, column 2: got a quotation mark that is never closed, want two"},
		{"a,b\n1,\"y\"z\n", "a", "f.csv: line 2, column 2: got \"z\" behind a quotation mark, want the end of the cell"},
		{"0,5;0,7\n0,1;0,2\n", "", "f.csv: line 2, column 0,5: got \"0,1\", want a number with a decimal point"},
		{"1e999\n", "", "f.csv: line 2"},
		{"a\n1e999\n", "", "f.csv: line 2, column a: got \"1e999\", want a number"},
		{"a\n1_000\n", "", "f.csv: line 2, column a: got \"1_000\", want a number"},
		{"a\n0x10\n", "", "f.csv: line 2, column a: got \"0x10\", want a number"},
		{rows + "3,x\n", "", "f.csv: line 5002, column b: got \"x\", want a number"},
		{rows, "c", "f.csv:c: got no column \"c\", want one of: a, b"},
		{"1,1e999\n3,4\n", "", "f.csv: line 1, column 2: got \"1e999\", want a number"},
		{"1,2\n", "c", "f.csv:c: got column \"c\", want a number from 1 to 2, as there is no header"},
		{rows, "3", "f.csv:3: got column 3, want 1 to 2"},
		{rows, "0", "f.csv:0: got column 0, want 1 to 2"},
		{rows, "2-1", "f.csv:2-1: got columns 2-1, want an ascending range within 1-2"},
		{rows, "1-3", "f.csv:1-3: got columns 1-3, want an ascending range within 1-2"},
		{rows, "x_*", "f.csv:x_*: got no column \"x_*\", want one of: a, b"},
		{rows, "a,1", "f.csv:a,1: got column a twice, want it once"},
	} {
		if c.text == "1e999\n" {
			continue // a header by the rule; the shape is (0,)
		}
		path := write(t, "f.csv", []byte(c.text))
		spec := path
		if c.columns != "" {
			spec += ":" + c.columns
		}
		checkError(t, openAndRead(spec, Options{}), path, c.want)
	}
}

// TestTableLarge crosses stripes and chunks, with and without quotes.
func TestTableLarge(t *testing.T) {
	const rows = 40000
	for _, c := range []struct{ name, format string }{
		{"plain", "%d,%v,x\n"},
		{"quoted", "%d,\"%v\",\"x\n,y\"\n"},
		{"crlf with blank lines", "%d,%v,x\r\n\r\n"},
		{"long", "%d,%v," + strings.Repeat("x", 300) + "\n"},
	} {
		var b bytes.Buffer
		b.WriteString("i,v,s\n")
		want := make([]float64, 0, 2*rows)
		for i := range rows {
			v := math.Sin(float64(i))
			fmt.Fprintf(&b, c.format, i, v)
			want = append(want, v, float64(i))
		}
		s := mustOpen(t, write(t, "f.csv", b.Bytes())+":v,i", Options{})
		if s.Dtype() != "float64" || !slices.Equal(s.Shape(), []int{rows, 2}) {
			t.Fatalf("%s: got %v %s", c.name, s.Shape(), s.Dtype())
		}
		if got := readAll(t, s); !same(got, want) {
			t.Errorf("%s: differs", c.name)
		}
		checkRandom(t, s, want)
	}
}

// TestBlockEdges ends lines just before, at and behind the edge of blocks.
func TestBlockEdges(t *testing.T) {
	for _, edge := range []int{chunk, minStripe, block} {
		for _, end := range []string{"\n", "\r\n", "\n\n", "\r\n\r\n", ""} {
			for d := -3; d <= 3; d++ {
				text := bytes.Repeat([]byte("12\n"), (edge+d)/3)
				for len(text)+len(end) < edge+d {
					text = append([]byte("0"), text...)
				}
				text = append(text, end...)
				if end != "" {
					text = append(text, "7\n"...)
				}
				want := make([]float64, 0, len(text))
				for line := range bytes.SplitSeq(text, []byte("\n")) {
					if line = bytes.TrimSpace(line); len(line) > 0 {
						v, _ := parseCell(line)
						want = append(want, v)
					}
				}
				s := mustOpen(t, write(t, "f.csv", text), Options{})
				if got := readAll(t, s); !same(got, want) {
					t.Errorf("edge %d%+d %q: got %d records, want %d", edge, d, end, len(got), len(want))
				}
			}
		}
	}
}

// TestTableDtype finds a fraction behind the records that are sampled.
func TestTableDtype(t *testing.T) {
	rows := strings.Repeat("1,a\n", 3*sampled)
	for _, c := range []struct{ text, want string }{
		{"x,s\n" + rows, "int64"},
		{"x,s\n" + rows + "0.5,a\n", "float64"},
		{"x,s\n" + rows + "1,e\n", "int64"},
		{"x,s\n" + rows + "nan,a\n", "float64"},
	} {
		s := mustOpen(t, write(t, "f.csv", []byte(c.text))+":x", Options{})
		if s.Dtype() != c.want {
			t.Errorf("got %s, want %s", s.Dtype(), c.want)
		}
	}
}

func TestJSONLines(t *testing.T) {
	for _, c := range []struct {
		text, field string
		shape       []int
		dtype       string
		want        []float64
	}{
		{"1\n2\n", "", []int{2}, "int64", []float64{1, 2}},
		{"[1, 2]\n\n[3.5, NaN]\n", "", []int{2, 2}, "float64", []float64{1, 2, 3.5, math.NaN()}},
		{`{"a": {"b": [[1,2],[3,4],[5,6]]}, "c": "]"}`, "a.b", []int{1, 3, 2}, "int64", []float64{1, 2, 3, 4, 5, 6}},
		{`{"c\"": "\\", "x": true}` + "\n" + ` {"x" : false } `, "x", []int{2}, "int64", []float64{1, 0}},
		{`{"m": [{"s": 1}, {"s": 2}]}`, "m.1.s", []int{1}, "int64", []float64{2}},
		{`{"y": "dog"}` + "\n" + `{"y": 0}`, "y", []int{2}, "int64", []float64{1, 0}},
		{`{"y": []}` + "\n" + `{"y": [ ]}`, "y", []int{2, 0}, "int64", nil},
		{`{"y": [-Infinity, 1e2]}`, "y", []int{1, 2}, "float64", []float64{math.Inf(-1), 100}},
	} {
		path := write(t, "f.jsonl", []byte(c.text))
		spec := path
		if c.field != "" {
			spec += ":" + c.field
		}
		s, err := Open(spec, Options{Classes: []string{"cat", "dog"}})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := readAll(t, s); !slices.Equal(s.Shape(), c.shape) || s.Dtype() != c.dtype || !same(got, c.want) {
			t.Errorf("%s: got %v %s %v, want %v %s %v", c.text, s.Shape(), s.Dtype(), got, c.shape, c.dtype, c.want)
		}
		s.Close()
	}
	const rows = 20000
	s := mustOpen(t, write(t, "f.jsonl", jsonBytes(rows, 7))+":x", Options{})
	want := wanted("float32", rows*7)
	if got := readAll(t, s); !same(got, want) {
		t.Error("differs")
	}
	checkRandom(t, s, want)
}

func TestJSONLinesErrors(t *testing.T) {
	for _, c := range []struct{ text, field, want string }{
		{"", "", "f.jsonl: got an empty file, want one JSON value a line"},
		{`{"a": 1, "b": 2}`, "", "f.jsonl: line 1: got an object, want a number or a list; name one of its fields: a, b"},
		{`{"a": 1, "b": 2}`, "c", "f.jsonl: line 1: got no field c, want one of: a, b"},
		{`{"a": {"x": 1}}`, "a.b", "f.jsonl: line 1: got no field a.b, want one of: x"},
		{"{\"a\": [1,2]}\n{\"a\": [1]}", "a", "f.jsonl: line 2, field a: got a list of 1, want 2 as on the first line"},
		{"{\"a\": [1,2]}\n{\"a\": [1,2,3]}", "a", "f.jsonl: line 2, field a: got a list of more than 2, want 2 as on the first line"},
		{"{\"a\": [[1],[2,3]]}", "a", "f.jsonl: line 1, field a: got a list of more than 1, want 1 as on the first line"},
		{"{\"a\": [1,2]}\n{\"a\": null}", "a", "f.jsonl: line 2, byte 7: got \"null}\", want a list of 2"},
		{"{\"a\": 1}\n{\"a\": null}", "a", "f.jsonl: line 2, byte 7: got \"null}\", want a number"},
		{"{\"a\": 1}\n{\"a\": \"x\"}", "a", "f.jsonl: line 2, byte 7: got \"\\\"x\\\"}\", want a number"},
		{"{\"a\": 1}\n{\"a\": [1", "a", "f.jsonl: line 2, byte 7: got \"[1\", want a number"},
		{"{\"a\": 1}\n\"a\"", "a", "f.jsonl: line 2, byte 1: got \"\\\"a\\\"\", want an object"},
		{"[1,2]\n[1,]", "", "f.jsonl: line 2, byte 4: got \"]\", want a number"},
		{"[1,2]\n[1 2]", "", "f.jsonl: line 2, byte 4: got \"2]\", want ',' or ']'"},
		{"[1,2]\n[,2]", "", "f.jsonl: line 2, byte 2: got \",2]\", want a number"},
		{"[1,2]\n[1,2,]", "", "f.jsonl: line 2: got a list of more than 2, want 2 as on the first line"},
		{"[[1,2],[3,4]]\n[[1,2,3],[4]]", "", "f.jsonl: line 2: got a list of more than 2, want 2 as on the first line"},
		{"1 2\n", "", "f.jsonl: line 1, byte 3: got \"2\", want one JSON value a line"},
		{strings.Repeat("[", 1000), "", "f.jsonl: line 1, byte 258: got \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…\", want fewer nested lists"},
	} {
		path := write(t, "f.jsonl", []byte(c.text))
		spec := path
		if c.field != "" {
			spec += ":" + c.field
		}
		checkError(t, openAndRead(spec, Options{}), path, c.want)
	}
}
