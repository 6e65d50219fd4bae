package image

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Files that end too early are errors of one line, in every format.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"rgb.png", "rgb420.jpg", "progressive.jpg", "lossy.webp", "lossless.webp", "alpha_lossy.webp", "tiff_lzw.tiff"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		step := max(len(data)/40, 1)
		for n := 12; n < len(data)-12; n += step {
			_, _, _, err := numbers(file(t, name, data[:n]), Drop)
			if err == nil && name != "tiff_lzw.tiff" || err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %d of %d bytes: got %v, want an error of one line", name, n, len(data), err)
			}
		}
	}
}

// pngOf is a PNG with the size changed and the checksum right.
func pngOf(data []byte, w, h uint32) []byte {
	data = slices.Clone(data)
	binary.BigEndian.PutUint32(data[16:], w)
	binary.BigEndian.PutUint32(data[20:], h)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// What a header promises takes no memory that the file cannot fill.
func TestBombs(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	png, jpg := read("rgb.png"), slices.Clone(read("rgb444.jpg"))
	sof := bytes.Index(jpg, []byte{0xff, 0xc0})
	copy(jpg[sof+5:], []byte{0x1f, 0xff, 0x1f, 0xff})
	crc := slices.Clone(png)
	crc[29]++
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"pixels.png":   {pngOf(png, 70000, 70000), "want at most 67108864"},
		"promise.png":  {pngOf(png, 8000, 8000), "ends too early: got "},
		"smaller.png":  {pngOf(png, 600, 600), "not enough pixel data"},
		"nothing.png":  {pngOf(png, 0, 4), ""},
		"checksum.png": {crc, "broken: png: invalid format: invalid checksum"},
		"promise.jpg":  {jpg, "ends too early: got "},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _, err := numbers(file(t, name, c.data), Drop)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
			t.Errorf("%s: took %d MiB", name, took>>20)
		}
	}
}

// A TIFF whose tags promise more than there is takes no memory either.
func TestTIFFTags(t *testing.T) {
	data, err := os.ReadFile("testdata/packbits.tiff")
	if err != nil {
		t.Fatal(err)
	}
	order := binary.LittleEndian
	dir := int(order.Uint32(data[4:]))
	for e := range int(order.Uint16(data[dir:])) {
		for _, count := range []uint32{0, 1 << 16, 1 << 30, 1<<32 - 1} {
			broken := slices.Clone(data)
			order.PutUint32(broken[dir+2+12*e+4:], count)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, _, err := numbers(file(t, "a.tiff", broken), Drop)
			runtime.ReadMemStats(&after)
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("tag %d: got %v, want one line", e, err)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
				t.Errorf("tag %d of %d numbers: took %d MiB", e, count, took>>20)
			}
		}
	}
}
