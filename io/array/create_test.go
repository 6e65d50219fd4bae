package array

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/sbinet/npyio"

	"lossctl/loss"
)

func TestCreate(t *testing.T) {
	for _, dtype := range []string{"float32", "float64"} {
		for _, shape := range [][]int{{}, {0}, {5}, {100000}, {300, 70, 3}} {
			path := filepath.Join(t.TempDir(), "out.npy")
			w, err := Create(path, dtype, shape)
			if err != nil {
				t.Fatal(err)
			}
			n, _ := product(shape, 1)
			want := make([]float64, n)
			for i := range want {
				want[i] = float64(float32(math.Sin(float64(i))))
			}
			var wg sync.WaitGroup
			for lo := 0; lo < n; lo += 17000 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					if err := w.WriteAt(want[lo:min(n, lo+17000)], lo); err != nil {
						t.Error(err)
					}
				}()
			}
			wg.Wait()
			if _, err := os.Stat(path); err == nil {
				t.Error("got the file before Commit")
			}
			if err := w.Commit(); err != nil {
				t.Fatal(err)
			}
			w.Abort()
			s := mustOpen(t, path, Options{})
			if s.Dtype() != dtype || !slices.Equal(s.Shape(), shape) || !same(readAll(t, s), want) {
				t.Errorf("%s %v: differs", dtype, shape)
			}
			if off := s.(*dense).file.base; off%64 != 0 {
				t.Errorf("got data at %d, want a multiple of 64", off)
			}
			entries, _ := os.ReadDir(filepath.Dir(path))
			if len(entries) != 1 {
				t.Errorf("got %v beside the file", entries)
			}
			if dtype == "float64" && len(shape) == 1 && n > 0 {
				var back []float64
				file, _ := os.ReadFile(path)
				if err := npyio.Read(bytes.NewReader(file), &back); err != nil || !same(back, want) {
					t.Errorf("npyio: %v", err)
				}
			}
		}
	}
}

func TestAbort(t *testing.T) {
	path := write(t, "out.npy", []byte("old"))
	w, err := Create(path, "float32", []int{3})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append([]float64{1, 2}); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err == nil || err.Error() != path+": got 2 elements to write, want 3" {
		t.Errorf("got %v", err)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if data, _ := os.ReadFile(path); string(data) != "old" || len(entries) != 1 {
		t.Errorf("got %q and %v, want the old file alone", data, entries)
	}
	if err := w.WriteAt([]float64{1}, 3); err == nil {
		t.Error("got no error beyond the end")
	}
}

func TestCreateErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Create(dir+"/none/x.npy", "float32", nil)
	checkError(t, err, dir+"/x", "none/x.npy: got a folder that does not exist, want one to write to")
	_, err = Create(dir, "float32", nil)
	checkError(t, err, dir, filepath.Base(dir)+": got a directory, want a file to write")
	_, err = Create(dir+"/x.npy", "int8", nil)
	checkError(t, err, dir+"/x", "x.npy: got dtype int8 to write, want float32, float64 or int64")
	if _, err := os.Stat("/dev/full"); err == nil {
		_, err = Create("/dev/full", "float32", []int{1})
		if err == nil || !IsMachine(err) || err.Error() != "/dev/full: no space left on device" {
			t.Errorf("got %v", err)
		}
	}
}

func TestCreateInPlace(t *testing.T) {
	w, err := Create(os.DevNull, "float64", []int{3})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteAt([]float64{1, 2, 3}, 0); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestCreateThroughLink(t *testing.T) {
	path := write(t, "real.npy", nil)
	os.Chmod(path, 0o600)
	link := filepath.Join(t.TempDir(), "link.npy")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	w, err := Create(link, "float32", []int{1})
	if err != nil {
		t.Fatal(err)
	}
	w.Append([]float64{1})
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	real, _ := os.Stat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || real.Size() != 132 || real.Mode().Perm() != 0o600 {
		t.Error(fmt.Sprint("got another file in place of the link: ", info.Mode(), real.Size(), real.Mode()))
	}
}

func TestCreateGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pairs.npy")
	w, err := Create(path, "int64", []int{-1, 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]float64{{0, 1, 2}, {1 << 40, -1, 5, 7, 8, 9}} {
		if err := w.Append(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	src, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var buf loss.Buffer
	if err := src.Fetch(&buf, 0, 9); err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 9)
	src.Decode(x, &buf, 0)
	want := []float64{0, 1, 2, 1 << 40, -1, 5, 7, 8, 9}
	if !slices.Equal(src.Shape(), []int{3, 3}) || src.Dtype() != "int64" || !slices.Equal(x, want) {
		t.Errorf("got %s %v %v, want int64 [3 3] %v", src.Dtype(), src.Shape(), x, want)
	}
}

func TestLabels(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string][]string{"who\nann\nbob\nann\n": {"ann", "bob", "ann"}, "id\n3\n1\n3\n": nil} {
		path := filepath.Join(dir, "labels.csv")
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := Labels(path)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}
