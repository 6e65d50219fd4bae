//go:build unix

package array

import (
	"io"
	"os"
	"syscall"
	"testing"
)

func TestNamedPipe(t *testing.T) {
	path := t.TempDir() + "/pipe"
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	go func() {
		if f, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			f.Write(npyBytes("uint8", false, false, 200000))
			f.Close()
		}
	}()
	s := mustOpen(t, path, Options{})
	if !s.Sequential() {
		t.Error("got a source at random, want a sequential one")
	}
	if got := readAll(t, s); !same(got, wanted("uint8", 200000)) {
		t.Error("differs")
	}
}

// TestCreatePipe writes pieces that come out of order.
func TestCreatePipe(t *testing.T) {
	path := t.TempDir() + "/pipe"
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	got := make(chan []byte)
	go func() {
		f, _ := os.Open(path)
		data, _ := io.ReadAll(f)
		got <- data
	}()
	w, err := Create(path, "float32", []int{50000})
	if err != nil {
		t.Fatal(err)
	}
	want := wanted("float32", 50000)
	for _, lo := range []int{40000, 10000, 0, 20000, 30000} { // out of order
		if err := w.WriteAt(want[lo:lo+10000], lo); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, write(t, "a.npy", <-got), Options{})
	if !same(readAll(t, s), want) {
		t.Error("differs")
	}
}
