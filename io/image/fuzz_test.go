package image

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lossctl/io/array"
	"lossctl/loss"
)

// FuzzOpen opens any bytes as a picture: no panic, no memory for pixels that
// are not there, errors of one line.
func FuzzOpen(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatal("no pictures in testdata", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		if !Is(path) {
			return
		}
		src, err := Open(path, White)
		if err == nil {
			n := loss.Volume(src.Shape())
			if n > 1<<22 {
				return // such sizes take long
			}
			var buf loss.Buffer
			err = src.Fetch(&buf, 0, n)
		}
		var e *array.Error
		if err != nil && (!errors.As(err, &e) || e.Machine || strings.Contains(err.Error(), "\n")) {
			t.Fatalf("got %q, want one line about the input", err)
		}
	})
}
