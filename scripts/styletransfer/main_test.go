package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	pictures "lossctl/io/image"
)

// A few steps down the total variation, which needs no network, leave less of it.
func TestTransfer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	binary := filepath.Join(t.TempDir(), "lossctl")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content := filepath.Join("..", "..", "testdata", "images", "coffee_noise.png")
	tr := transfer{binary: binary, content: content, out: filepath.Join(t.TempDir(), "out.png"), steps: 5, rate: 0.02, flags: []string{"--kind", "tv"}}
	if err := tr.run(io.Discard); err != nil {
		t.Fatal(err)
	}
	var variation [2]float64
	for k, file := range []string{content, tr.out} {
		x, shape, err := read(pictures.Open(file, "drop"))
		if err != nil {
			t.Fatal(err)
		}
		for i := 3; i < shape[0]*shape[1]*3; i++ {
			d := x[i] - x[i-3]
			variation[k] += max(d, -d)
		}
	}
	if variation[1] >= 0.8*variation[0] {
		t.Errorf("variation went from %v to %v, want much less", variation[0], variation[1])
	}
}
