package commands

import (
	"image"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lossctl/io/array"
)

// The mean of the map of SSIM is SSIM.
func TestSpatialSSIM(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("..", "testdata", "perceptual"))
	if err != nil {
		t.Fatal(err)
	}
	for args, shape := range map[string][]int{
		"":                                    {2, 24, 23},
		"--edge reflect":                      {2, 34, 33},
		"--resize 20x16 --crop 15 --window 5": {2, 11, 11},
	} {
		file := filepath.Join(t.TempDir(), "map.npy")
		flags := "perceptual --kind ssim,psnr --pred p.npy --target t.npy -f value --spatial " + file + " " + args
		code, out, errs := lossctl(t, dir, "", strings.Fields(flags)...)
		if code != 0 {
			t.Fatalf("%s: exit %d: %s", args, code, errs)
		}
		want, _ := strconv.ParseFloat(strings.TrimSpace(out), 64)
		src, err := array.Open(file, array.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := src.Shape(); len(got) != 3 || got[0] != shape[0] || got[1] != shape[1] || got[2] != shape[2] {
			t.Errorf("%s: shape %v, want %v", args, got, shape)
		}
		src.Close()
		sum := 0.0
		x := readArray(t, file)
		for _, v := range x {
			sum += v
		}
		if got := sum / float64(len(x)); math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: mean of the map %v, SSIM %v", args, got, want)
		}

	}
}

// A folder holds an array and a picture for every pair, or nothing.
func TestSpatialFolder(t *testing.T) {
	images, err := filepath.Abs(filepath.Join("..", "testdata", "images"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func(args string) (int, string) {
		code, _, errs := lossctl(t, dir, "", append([]string{"perceptual", "-q", "-f", "value"}, strings.Fields(strings.ReplaceAll(args, "DIR", images))...)...)
		return code, errs
	}
	for range 2 { // a new folder, then one that is there
		if code, errs := run("--pairs DIR/pairs.csv --kind ssim --spatial maps"); code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
	}
	arrays, _ := filepath.Glob("maps/*.npy")
	pictures, _ := filepath.Glob("maps/*.png")
	if len(arrays) != 9 || len(pictures) != 9 {
		t.Errorf("got %d arrays and %d pictures, want 9", len(arrays), len(pictures))
	}
	x, img := readArray(t, arrays[0]), grey(t, strings.TrimSuffix(arrays[0], "npy")+"png")
	for i, v := range x {
		if want := math.Round(255 * min(max(v, 0), 1)); math.Abs(float64(img.Pix[i])-want) > 1 {
			t.Fatalf("pixel %d is %d, want %v", i, img.Pix[i], want)
		}
	}
	if code, errs := run("--pred DIR/coffee_sr4.png --target DIR/coffee.png --kind ssim --spatial one.png"); code != 0 || grey(t, "one.png").Rect.Dx() != 118 {
		t.Errorf("exit %d: %s", code, errs)
	}
	for args, want := range map[string]string{
		"--pairs DIR/pairs.csv --kind ssim --spatial maps.npy":                                         "for pairs of files, whose sizes may differ",
		"--pairs DIR/pairs.csv --kind ssim --spatial maps.png":                                         "for 9 pairs of pictures",
		"--pairs DIR/pairs.csv --kind psnr,ssim --spatial none":                                        "got --kind psnr, want lpips or ssim",
		"--pairs DIR/pairs.csv --kind ssim --window 129 --spatial none":                                "want at least 129×129 for ssim",
		"--pairs DIR/pairs.csv --kind ssim --fail-below 2 --strict --spatial no/such/folder":           "does not exist",
		"--pred DIR/coffee.png --target broken.png --kind ssim --spatial none":                         "no such file",
		"--pred DIR/coffee.png --target DIR/coffee.png --kind ssim --spatial one.png/none":             "one.png",
		"--pred DIR/coffee.png --target DIR/coffee.png --kind ssim --grad-out a.npy --spatial ./a.npy": "is also --grad-out",
	} {
		if code, errs := run(args); code != exitUsage || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit %d: %s, want %q", args, code, errs, want)
		}
	}
	left, _ := os.ReadDir(".")
	if len(left) != 2 {
		t.Errorf("got %v, want maps and one.png", left)
	}
}

func grey(t *testing.T, file string) *image.Gray {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.Gray)
}
