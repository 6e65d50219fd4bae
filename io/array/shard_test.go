package array

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// shards writes files of the given rows × 3 and returns their folder.
func shards(t *testing.T, files map[string][]byte) string {
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func cut(rows ...int) map[string][]byte {
	files := map[string][]byte{}
	whole := npyBytes("float32", false, false, 1000, 3)[128:]
	at := 0
	for i, n := range rows {
		head := npyHead(1, fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 3), }", n))
		files[fmt.Sprintf("part-%d.npy", i+1)] = append(head, whole[at:at+12*n]...)
		at += 12 * n
	}
	return files
}

func TestShards(t *testing.T) {
	dir := shards(t, cut(1, 2, 0, 3, 4, 5, 6, 7, 0, 10, 11))
	want := wanted("float32", 49*3)
	s := mustOpen(t, filepath.Join(dir, "part-*.npy"), Options{})
	if !slices.Equal(s.Shape(), []int{49, 3}) || s.Sequential() {
		t.Errorf("got %v", s.Shape())
	}
	if got := readAll(t, s); !same(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	checkRandom(t, s, want)

	os.WriteFile(filepath.Join(dir, "list.txt"), []byte("part-1.npy\r\n\r\npart-2.npy\npart-[3-9].npy\npart-1[01].npy\n"), 0o666)
	s = mustOpen(t, "@"+filepath.Join(dir, "list.txt"), Options{})
	checkRandom(t, s, want)
}

func TestManyShards(t *testing.T) {
	rows := make([]int, 300)
	for i := range rows {
		rows[i] = i % 5
	}
	dir := shards(t, cut(rows...))
	s := mustOpen(t, filepath.Join(dir, "part-*.npy"), Options{})
	checkRandom(t, s, wanted("float32", size(s)))
	if f := s.(*joined).shards[0].(*dense).file.f; f != nil {
		t.Error("got an open file, want it closed while it is not read")
	}
}

func TestMixedShards(t *testing.T) {
	whole := wanted("int16", 60)
	for name, files := range map[string]map[string][]byte{
		"byte orders": {"p1.npy": npyBytes("int16", true, false, 6, 10), "p2.npy": npyBytes("int16", false, false, 6, 10), "p3.npy": npyBytes("int16", true, true, 6, 10)},
		"compressed":  {"p1.npy": npyBytes("int16", true, false, 6, 10), "p2.npy": gz(npyBytes("int16", false, false, 6, 10)), "p3.npy": zst(npyBytes("int16", true, true, 6, 10))},
		"text":        {"p1.csv": csvBytes(6, 10), "p2.csv": csvBytes(6, 10), "p3.csv": csvBytes(6, 10)},
	} {
		s := mustOpen(t, filepath.Join(shards(t, files), "p*"), Options{})
		want := slices.Concat(whole, whole, whole)
		if got := readAll(t, s); !same(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		checkRandom(t, s, want)
	}
	s := mustOpen(t, filepath.Join(shards(t, map[string][]byte{"p1.csv": []byte("x,y\n1,a\n"), "p2.csv": []byte("x,y\n0.5,a\n")}), "p*.csv")+":x", Options{})
	if got := readAll(t, s); s.Dtype() != "float64" || !same(got, []float64{1, 0.5}) {
		t.Errorf("got %s %v", s.Dtype(), got)
	}
}

func TestShardErrors(t *testing.T) {
	for _, c := range []struct {
		a, b []byte
		want string
	}{
		{npyBytes("int16", false, false, 6, 10), npyBytes("int32", false, false, 6, 10), "p2: got dtype int32, want int16 as DIR/p1 has"},
		{npyBytes("int16", false, false, 6, 10), npyBytes("int16", false, false, 6, 9), "p2: got shape (6, 9), want (6, 10) but for axis 0, as DIR/p1 has"},
		{npyBytes("int16", false, false), npyBytes("int16", false, false), "p1: got a scalar, want shards with an axis 0"},
		{npyBytes("float64", false, false, 6, 10), csvBytes(6, 10), "p2: got text, want binary data as DIR/p1 is"},
	} {
		dir := shards(t, map[string][]byte{"p1": c.a, "p2": c.b})
		_, err := Open(dir+"/p*", Options{})
		if err == nil {
			t.Fatalf("got no error, want %s", c.want)
		}
		want := dir + "/" + c.want
		if got := err.Error(); got != dir+"/"+replaceDir(c.want, dir) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for text, want := range map[string]string{"": "list.txt: got an empty list, want one file a line", "none.npy\n": "none.npy: no such file", "@x\n": "list.txt: got \"@x\", want files"} {
		path := write(t, "list.txt", []byte(text))
		_, err := Open("@"+path, Options{})
		if err != nil && err.Error()[0] == '@' {
			want = "@" + want
		}
		checkError(t, err, path, want)
	}
}

func TestNatural(t *testing.T) {
	names := []string{"part-10", "part-2", "part-1", "a", "part-02", "part-", "part-2b", "b10c2", "b10c10", "b9"}
	slices.SortFunc(names, natural)
	want := []string{"a", "b9", "b10c2", "b10c10", "part-", "part-1", "part-02", "part-2", "part-2b", "part-10"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}
