package image

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lossctl/loss"
)

func write(t *testing.T, img image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return file(t, "a.png", b.Bytes())
}

func file(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// numbers reads all of a picture.
func numbers(path, alpha string) (shape []int, dtype string, x []float64, err error) {
	src, err := Open(path, alpha)
	if err != nil {
		return nil, "", nil, err
	}
	n := loss.Volume(src.Shape())
	var buf loss.Buffer
	for at := 0; at < n; at += 5 { // in pieces
		if err := src.Fetch(&buf, at, min(at+5, n)); err != nil {
			return nil, "", nil, err
		}
	}
	x = make([]float64, n)
	src.Decode(x[:2], &buf, 0)
	src.Decode(x[2:], &buf, 2)
	return src.Shape(), src.Dtype(), x, nil
}

func TestColours(t *testing.T) {
	r := image.Rect(0, 0, 2, 1)
	set := func(img interface {
		image.Image
		Set(x, y int, c color.Color)
	}, a, b color.Color,
	) image.Image {
		img.Set(0, 0, a)
		img.Set(1, 0, b)
		return img
	}
	red, dim := color.NRGBA{255, 1, 2, 255}, color.NRGBA{10, 20, 30, 255}
	for name, c := range map[string]struct {
		img   image.Image
		dtype string
		want  []float64
	}{
		"rgb":     {set(image.NewNRGBA(r), red, dim), "uint8", []float64{255, 1, 2, 10, 20, 30}},
		"grey":    {set(image.NewGray(r), color.Gray{7}, color.Gray{200}), "uint8", []float64{7, 7, 7, 200, 200, 200}},
		"grey16":  {set(image.NewGray16(r), color.Gray16{700}, color.Gray16{65535}), "uint16", []float64{700, 700, 700, 65535, 65535, 65535}},
		"rgb16":   {set(image.NewNRGBA64(r), color.NRGBA64{1, 2, 3, 65535}, color.NRGBA64{40000, 5, 6, 65535}), "uint16", []float64{1, 2, 3, 40000, 5, 6}},
		"palette": {set(image.NewPaletted(r, color.Palette{dim, red}), red, dim), "uint8", []float64{255, 1, 2, 10, 20, 30}},
	} {
		shape, dtype, x, err := numbers(write(t, c.img), Refuse)
		if err != nil || !slices.Equal(shape, []int{1, 2, 3}) || dtype != c.dtype || !slices.Equal(x, c.want) {
			t.Errorf("%s: got %v %s %v %v, want %s %v", name, shape, dtype, x, err, c.dtype, c.want)
		}
	}
}

func TestAlpha(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	img.SetNRGBA(0, 0, color.NRGBA{200, 100, 0, 51}) // a fifth
	path := write(t, img)
	if _, _, _, err := numbers(path, Refuse); err == nil || !strings.Contains(err.Error(), "want --alpha drop") {
		t.Errorf("got %v, want a refusal", err)
	}
	for alpha, want := range map[string][]float64{Drop: {200, 100, 0}, White: {244, 224, 204}, Black: {40, 20, 0}} {
		if _, _, x, err := numbers(path, alpha); err != nil || !slices.Equal(x, want) {
			t.Errorf("%s: got %v %v, want %v", alpha, x, err, want)
		}
	}
}

func TestJPEG(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 16, 8))
	for i := range img.Pix {
		img.Pix[i] = 128
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	path := file(t, "a.jpg", b.Bytes())
	shape, _, x, err := numbers(path, Refuse)
	if err != nil || !slices.Equal(shape, []int{8, 16, 3}) || slices.Min(x) < 127 || slices.Max(x) > 129 {
		t.Errorf("got %v %v %v", shape, x, err)
	}
	if !Is(path) || Is(file(t, "a.txt", []byte("text"))) || Is("none") {
		t.Error("Is is wrong")
	}
}

func TestBroken(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() {
		if _, _, _, err := numbers(file(t, "a.png", b.Bytes()[:n]), Drop); err == nil {
			t.Fatalf("the first %d of %d bytes are a picture", n, b.Len())
		} else if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "a.png: ") {
			t.Fatalf("got %q, want one line that names the file", err)
		}
	}
	huge := slices.Clone(b.Bytes())
	copy(huge[16:], []byte{0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff}) // width, height
	if _, err := Open(file(t, "a.png", huge), Drop); err == nil {
		t.Error("a huge picture is taken")
	}
}
