package array

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// utf32Bytes is a .npy file of '<U3' strings.
func utf32Bytes(order string, names ...string) []byte {
	b := npyHead(1, fmt.Sprintf("{'descr': '%sU3', 'fortran_order': False, 'shape': (%d,), }", order, len(names)))
	for _, name := range names {
		runes := append([]rune(name), 0, 0, 0)[:3]
		for _, r := range runes {
			word := []byte{byte(r), byte(r >> 8), byte(r >> 16), 0}
			if order == ">" {
				slices.Reverse(word)
			}
			b = append(b, word...)
		}
	}
	return b
}

func TestStrings(t *testing.T) {
	ascii := append(npyHead(1, "{'descr': '|S3', 'fortran_order': False, 'shape': (2,), }"), "ab\x00xyz"...)
	for _, c := range []struct {
		name string
		data []byte
		want []string
	}{
		{"f.txt", []byte("a b\r\n\r\nc,d\n\n"), []string{"a b", "", "c,d"}},
		{"f", []byte("\ufeffx\n1\n"), []string{"x", "1"}},
		{"f.txt.gz", gz([]byte("a\nb\n")), []string{"a", "b"}},
		{"f.csv:id", []byte("id,x\n\"a,\nb\",1\nc,2\n"), []string{"a,\nb", "c"}},
		{"f.csv:1", []byte("id,x\n07,1\nc,2\n"), []string{"07", "c"}},
		{"f.csv", []byte("id\na\nb\n"), []string{"a", "b"}},
		{"f.jsonl:id", []byte("{\"id\": \"a\\n\"}\n{\"id\": 7}\n"), []string{"a\n", "7"}},
		{"f.npy", npyBytes("int64", true, false, 3), []string{"0", "5", "2"}},
		{"f.npy", npyBytes("uint8", false, false, 0), []string{}},
		{"f.npy", utf32Bytes("<", "ab", "äöü", ""), []string{"ab", "äöü", ""}},
		{"f.npy", utf32Bytes(">", "ab", "\U0001f600"), []string{"ab", "\U0001f600"}},
		{"f.npy", ascii, []string{"ab", "xyz"}},
		{"f.npz:n", npz(t, true, "m", ascii, "n", utf32Bytes("<", "x")), []string{"x"}},
	} {
		file, _, _ := strings.Cut(c.name, ":")
		path := write(t, file, c.data)
		got, err := Strings(path + strings.TrimPrefix(c.name, file))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	dir := shards(t, map[string][]byte{"n-2.txt": []byte("b\n"), "n-10.txt": []byte("c\n"), "n-1.txt": []byte("a\n"), "list": []byte("n-10.txt\nn-1.txt\n")})
	if got, err := Strings(dir + "/n-*.txt"); err != nil || !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := Strings("@" + dir + "/list"); err != nil || !slices.Equal(got, []string{"c", "a"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestStringsErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"f.csv", []byte("id,x\na,1\n"), "f.csv: got 2 columns, want one of them: id, x"},
		{"f.csv:y", []byte("id,x\na,1\n"), "f.csv:y: got no column \"y\", want one of: id, x"},
		{"f.npy", npyBytes("int8", false, false, 3, 1), "f.npy: got shape (3, 1), want one axis"},
		{"f.npy", utf32Bytes("<", "a", "b")[:150], "f.npy: got 22 bytes of data, want shape (2,) of <U3"},
		{"f.npy", npyHead(1, "{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,), }"), "f.npy: got dtype \"<U0\", want strings of 1 to 1048576 characters"},
		{"f.npy", npyHead(1, "{'descr': '<U9', 'fortran_order': False, 'shape': (4611686018427387904,), }"), "f.npy: got 0 bytes of data, want shape (4611686018427387904,) of <U9"},
		{"f.jsonl:id", []byte("{\"id\": null}\n"), "f.jsonl: line 1, byte 1: got \"null\", want a string or a number"},
		{"f.txt", []byte("a\nb\x00c\n"), "f.txt: got binary data of an unknown format, want .npy, .npz, .csv, .tsv, .jsonl, .safetensors, .pt, .png or .nii"},
	} {
		file, _, _ := strings.Cut(c.name, ":")
		path := write(t, file, c.data)
		_, err := Strings(path + strings.TrimPrefix(c.name, file))
		checkError(t, err, path, c.want)
	}
	_, err := Strings("-")
	if err == nil || IsMachine(err) {
		t.Errorf("got %v, want an error of the input", err)
	}
}

func TestPairs(t *testing.T) {
	pred := shards(t, map[string][]byte{"a-10.npy": nil, "a-2.npy.gz": nil, "a.b.npy": nil, ".hidden": nil})
	target := shards(t, map[string][]byte{"a-10.png": nil, "a-2.npy": nil, "a.b.npz": nil})
	os.MkdirAll(pred+"/sub", 0o777)
	os.MkdirAll(target+"/sub", 0o777)
	os.WriteFile(pred+"/sub/a-2.npy", nil, 0o666)
	os.WriteFile(target+"/sub/a-2.csv", nil, 0o666)
	pairs, unmatched, err := Pairs(pred, target, PairOptions{})
	if err != nil || unmatched != 0 {
		t.Fatal(unmatched, err)
	}
	var ids []string
	for _, p := range pairs {
		ids = append(ids, p.ID)
	}
	if !slices.Equal(ids, []string{"a-2", "a-10", "a.b", "sub/a-2"}) || pairs[1].Pred != pred+"/a-10.npy" || pairs[1].Target != target+"/a-10.png" {
		t.Errorf("got %v", pairs)
	}
	pairs, unmatched, err = Pairs(pred, target, PairOptions{Match: `^a-(\d+)`})
	if err != nil || unmatched != 0 || len(pairs) != 2 || pairs[0].ID != "2" {
		t.Errorf("got %v %d %v", pairs, unmatched, err)
	}

	os.WriteFile(target+"/z.npy", nil, 0o666)
	_, _, err = Pairs(pred, target, PairOptions{})
	want := target + ": got 1 name that " + pred + " does not have (z), want pairs; --allow-unmatched counts them"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	pairs, unmatched, err = Pairs(pred, target, PairOptions{AllowUnmatched: true})
	if err != nil || unmatched != 1 || len(pairs) != 4 {
		t.Errorf("got %d pairs, %d unmatched, %v", len(pairs), unmatched, err)
	}
	os.WriteFile(pred+"/a-10.csv", nil, 0o666)
	if _, _, err = Pairs(pred, target, PairOptions{}); err == nil || !strings.Contains(err.Error(), "got key \"a-10\", which") {
		t.Errorf("got %v, want a key that occurs twice", err)
	}
	for match, want := range map[string]string{"(": "--match: got a broken regular expression", "a": "--match: got \"a\", want a group"} {
		if _, _, err = Pairs(pred, target, PairOptions{Match: match}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestPairsOfMembers(t *testing.T) {
	one := npyBytes("int8", false, false, 3)
	a := write(t, "a.npz", npz(t, false, "x", one, "y", one))
	b := write(t, "b.npz", npz(t, true, "y", one, "x", one))
	pairs, _, err := Pairs(a+":*", b+":*", PairOptions{})
	if err != nil || len(pairs) != 2 || pairs[0].Pred != a+":x" || pairs[0].Target != b+":x" {
		t.Errorf("got %v, %v", pairs, err)
	}
	if !IsPairs(a+":*") || !IsPairs(filepath.Dir(a)) || IsPairs(a) || IsPairs("none") {
		t.Error("IsPairs is wrong")
	}
}

func TestReadPairs(t *testing.T) {
	path := write(t, "p.csv", []byte("id,pred,target,weight\ns1,p/1.npy,/abs/1.npy,0.5\ns2,p.npz:x,t.npz:x,1\n"))
	dir := filepath.Dir(path)
	pairs, err := ReadPairs(path)
	if err != nil || len(pairs) != 2 {
		t.Fatal(pairs, err)
	}
	p := pairs[0]
	if p.ID != "s1" || p.Pred != dir+"/p/1.npy" || p.Target != "/abs/1.npy" || p.Columns["weight"] != "0.5" || pairs[1].Pred != dir+"/p.npz:x" {
		t.Errorf("got %v", pairs)
	}
	for text, want := range map[string]string{
		"pred,x\na,b\n":     "p.csv: got columns pred, x, want pred and target",
		"pred,target\na,\n": "p.csv: line 2, column target: got an empty cell, want a file",
		"pred,target\na\n":  "p.csv: line 2: got 1 columns, want 2",
		"pred,target\n\n\n": "p.csv: got no rows, want one a pair",
	} {
		path := write(t, "p.csv", []byte(text))
		_, err := ReadPairs(path)
		checkError(t, err, path, want)
	}
}

func TestKeyed(t *testing.T) {
	pred := write(t, "p.csv", []byte("id,a,b\nx,1,2\ny,3,4\nz,5,6.5\n"))
	for _, rows := range []string{"z,2\nx,0\ny,1\n", "x,0\ny,1\nz,2\n"} {
		target := write(t, "t.csv", []byte("name,id,label\nN,"+strings.ReplaceAll(strings.TrimSpace(rows), "\n", "\nN,")+"\n"))
		p, s, ids, err := OpenKeyed(pred, target+":label", "id", Options{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, p); !slices.Equal(ids, []string{"x", "y", "z"}) || !same(got, []float64{1, 2, 3, 4, 5, 6.5}) {
			t.Errorf("got %v %v", ids, got)
		}
		if got := readAll(t, s); s.Dtype() != "int64" || !slices.Equal(s.Shape(), []int{3}) || !same(got, []float64{0, 1, 2}) {
			t.Errorf("got %s %v %v", s.Dtype(), s.Shape(), got)
		}
		checkRandom(t, s, []float64{0, 1, 2})
		p.Close()
		s.Close()
	}
	for text, want := range map[string]string{
		"id,y\nx,1\ny,2\n":           "t.csv: got no row of id \"z\", which PRED has",
		"id,y\nx,1\ny,2\nz,3\nw,4\n": "t.csv: got id \"w\", which PRED does not have",
		"id,y\nx,1\nx,2\nz,3\n":      "t.csv: got id \"x\" in rows 1 and 2 of column id, want it once",
		"key,y\nx,1\n":               "t.csv: got no column \"id\", want one of: key, y",
		"id\nx\n":                    "t.csv: got no column but the key id, want data",
	} {
		path := write(t, "t.csv", []byte(text))
		_, _, _, err := OpenKeyed(pred, path, "id", Options{}, Options{})
		checkError(t, err, path, strings.ReplaceAll(want, "PRED", pred))
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"a.npy", npyBytes("float32", true, true, 3, 4), "(3, 4) float32, npy 1.0, F order, big-endian"},
		{"a.npz", npz(t, false, "x", npyBytes("uint8", false, false, 3)), "(3,) uint8, npz 1.0, C order"},
		{"a.npz", npz(t, true, "x", npyBytes("uint16", false, false, 3)), "(3,) uint16, npz 1.0, C order, little-endian"},
		{"a.csv", csvBytes(3, 2), "(3, 2) int64, csv"},
		{"a.jsonl:x", jsonBytes(3, 2), "(3, 2) int64, jsonl"},
		{"a.safetensors", tensorFile("x", "F16", make([]byte, 12), 6), "(6,) float16, safetensors, C order, little-endian"},
	} {
		file, _, _ := strings.Cut(c.name, ":")
		path := write(t, file, c.data)
		info := Describe(mustOpen(t, path+strings.TrimPrefix(c.name, file), Options{}))
		if info.String() != c.want {
			t.Errorf("got %s, want %s", info, c.want)
		}
	}
	path := write(t, "a.npz", npz(t, false, "x", []byte{}, "y/z", []byte{}))
	if names, err := Members(path); err != nil || !slices.Equal(names, []string{"x", "y/z"}) {
		t.Errorf("got %v, %v", names, err)
	}
	path = write(t, "a.csv", csvBytes(3, 2))
	if names, err := Members(path); err != nil || names != nil {
		t.Errorf("got %v, %v", names, err)
	}
}
