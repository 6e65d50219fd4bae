package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// files are what lies in a folder.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// open opens and feeds a sink.
func open(t *testing.T, dest, format string, rows int) Sink {
	t.Helper()
	s, err := Open(dest, format, Options{PerSample: true, Samples: rows})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := s.Sample(diceRow(i)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestFileAppearsWhole(t *testing.T) {
	for _, f := range Formats() {
		folder := t.TempDir()
		path := filepath.Join(folder, "out")
		s := open(t, path, f, 10)
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is there before the end", f)
		}
		if err := s.Close(dice()); err != nil {
			t.Fatal(err)
		}
		s.Abort() // does nothing now
		if names := files(t, folder); len(names) != 1 || names[0] != "out" {
			t.Errorf("%s leaves %v", f, names)
		}
		want := write(t, f, Options{PerSample: true, Samples: 10}, dice(), 10, diceRow)
		if got, _ := os.ReadFile(path); string(got) != string(want) {
			t.Errorf("%s: the file is not what stdout gets", f)
		}
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	for _, f := range Formats() {
		folder := t.TempDir()
		path := filepath.Join(folder, "out")
		open(t, path, f, 10).Abort()
		if names := files(t, folder); len(names) != 0 {
			t.Errorf("%s leaves %v", f, names)
		}
		if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		s := open(t, path, f, 10)
		s.Abort()
		s.Abort()
		if got, _ := os.ReadFile(path); string(got) != "old" {
			t.Errorf("%s: the old file is %q", f, got)
		}
	}
}

func TestFileKeepsItsPermission(t *testing.T) {
	folder := t.TempDir()
	path, link := filepath.Join(folder, "out.json"), filepath.Join(folder, "link")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("out.json", link); err != nil {
		t.Fatal(err)
	}
	if err := open(t, link, "json", 1).Close(dice()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 || info.Size() < 10 {
		t.Errorf("the file has %v, %v", info.Mode(), err)
	}
	if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
}

func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	for _, f := range Formats() {
		for _, rows := range []int{0, 20_000} {
			s, err := Open("/dev/full", f, Options{PerSample: rows > 0, Samples: rows})
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < rows && err == nil; i++ {
				err = s.Sample(diceRow(i))
			}
			if err == nil {
				err = s.Close(dice())
			}
			var e *Error
			if !errors.As(err, &e) || !e.Machine || !errors.Is(err, syscall.ENOSPC) || err.Error() != "/dev/full: no space left on device" {
				t.Errorf("%s, %d rows: %v", f, rows, err)
			}
			s.Abort()
		}
	}
}

func TestRefusedDestinations(t *testing.T) {
	folder := t.TempDir()
	plain := filepath.Join(folder, "file")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for dest, want := range map[string]string{
		folder:                              "is a folder",
		filepath.Join(folder, "no/out"):     "folder " + filepath.Join(folder, "no") + " does not exist",
		filepath.Join(plain, "out"):         "not a directory",
		folder + strings.Repeat("/x", 3000): "file name too long",
	} {
		_, err := Open(dest, "json", Options{})
		var e *Error
		if !errors.As(err, &e) || e.Machine || err.Error() != dest+": "+want {
			t.Errorf("%.60s: got %v, want %s", dest, err, want)
		}
	}
	if _, err := Open("", "json", Options{}); err == nil || err.Error() != "output: the name of the file is empty" {
		t.Error(err)
	}
	if _, err := Open("x", "yaml", Options{}); err == nil || !strings.HasPrefix(err.Error(), "--format yaml: not one of table, json, ") {
		t.Error(err)
	}
	if names := files(t, folder); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestPipes(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	read := make(chan string)
	go func() {
		got, _ := os.ReadFile(fifo)
		read <- string(got)
	}()
	if err := open(t, fifo, "value", 2).Close(dice()); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "0\n0.3333333333333333\n" {
		t.Errorf("got %q", got)
	}
	if info, _ := os.Lstat(fifo); info.Mode()&os.ModeNamedPipe == 0 {
		t.Error("the pipe was replaced")
	}

	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	s, _ := Open("-", "json", Options{Stdout: w})
	err = s.Close(dice())
	if !errors.Is(err, syscall.EPIPE) || err.Error() != "standard output: broken pipe" {
		t.Errorf("got %v, want EPIPE", err)
	}
}

func TestDescriptorsAreAppendedTo(t *testing.T) {
	if _, err := os.Stat("/dev/fd"); err != nil {
		t.Skip(err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	io.WriteString(f, "before\n")
	if err := open(t, "/proc/self/fd/"+Float(f.Fd()).String(), "value", 1).Close(dice()); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(f.Name()); string(got) != "before\n0\n" {
		t.Errorf("got %q", got)
	}
}

func TestSinksAtOnce(t *testing.T) {
	var wait sync.WaitGroup
	folder := t.TempDir()
	for i := range 4 {
		for _, f := range Formats() {
			wait.Go(func() {
				s, err := Open(filepath.Join(folder, f+Float(i).String()), f, Options{PerSample: true})
				for i := 0; i < 2000 && err == nil; i++ {
					err = s.Sample(diceRow(i))
				}
				if err == nil {
					err = s.Close(dice())
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wait.Wait()
	if names := files(t, folder); len(names) != 4*len(Formats()) {
		t.Errorf("%d files", len(names))
	}
}

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]string{
		"a.json": "json", "A.JSON": "json", "a.b/c.jsonl": "jsonl", "x.csv": "csv", "x.tsv": "tsv", "x.md": "md", "x.txt": "table", "x.npy": "npy",
		"x": "", "x.parquet": "", "json": "", "a.csv/x": "",
	} {
		if got, ok := FormatOf(path); got != want || ok != (want != "") {
			t.Errorf("FormatOf(%q) = %q, %v", path, got, ok)
		}
	}
}
