package array

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A picture is a PNG to be written, of one number a pixel.
type picture struct {
	width, height, bits int
	colour              byte // 0 grey, 3 palette
	interlaced          bool
	filter              func(y int) byte
	pixels              []int
}

// testPicture has pixels of all values; filter 5 is each filter in turn.
func testPicture(width, height, bits int, colour byte, interlaced bool, filter byte) *picture {
	p := &picture{width: width, height: height, bits: bits, colour: colour, interlaced: interlaced}
	p.filter = func(y int) byte {
		if filter == 5 {
			return byte(y % 5)
		}
		return filter
	}
	for i := range width * height {
		p.pixels = append(p.pixels, (i*i/3+i*7+i/width*911)%(1<<bits))
	}
	return p
}

// rows are the filtered rows of every dx-th pixel from x on of every dy-th row
// from y on.
func (p *picture) rows(x, y, dx, dy int) []byte {
	width := (p.width - x + dx - 1) / dx
	if width <= 0 {
		return nil
	}
	var out []byte
	n := (width*p.bits + 7) / 8
	before := make([]byte, n)
	for at := y; at < p.height; at += dy {
		row := make([]byte, n)
		for i := range width {
			v := p.pixels[at*p.width+x+i*dx]
			if p.bits == 16 {
				row[2*i], row[2*i+1] = byte(v>>8), byte(v)
			} else {
				row[i*p.bits/8] |= byte(v << (8 - p.bits - i*p.bits%8))
			}
		}
		f, size := p.filter(at), max(p.bits/8, 1)
		out = append(out, f)
		for i, b := range row {
			var left, corner byte
			if i >= size {
				left, corner = row[i-size], before[i-size]
			}
			switch f {
			case 1:
				b -= left
			case 2:
				b -= before[i]
			case 3:
				b -= byte((int(left) + int(before[i])) / 2)
			case 4:
				b -= paeth(left, before[i], corner)
			}
			out = append(out, b)
		}
		before = row
	}
	return out
}

func pngChunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func pngHead(width, height uint32, bits, colour, interlaced byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, width)
	b = binary.BigEndian.AppendUint32(b, height)
	return append([]byte(pngMagic), pngChunk("IHDR", append(b, bits, colour, 0, 0, interlaced))...)
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// encode writes the file, the data in chunks of 100 bytes and between others.
func (p *picture) encode() []byte {
	data := p.rows(0, 0, 1, 1)
	interlaced := byte(0)
	if p.interlaced {
		interlaced = 1
		data = slices.Concat(p.rows(0, 0, 8, 8), p.rows(4, 0, 8, 8), p.rows(0, 4, 4, 8), p.rows(2, 0, 4, 4), p.rows(0, 2, 2, 4), p.rows(1, 0, 2, 2), p.rows(0, 1, 1, 2))
	}
	return p.around(interlaced, deflated(data))
}

func (p *picture) around(interlaced byte, packed []byte) []byte {
	b := pngHead(uint32(p.width), uint32(p.height), byte(p.bits), p.colour, interlaced)
	if p.colour == 3 {
		b = append(b, pngChunk("PLTE", bytes.Repeat([]byte{1, 2, 3}, 1<<p.bits))...)
	}
	b = append(b, pngChunk("tEXt", []byte("Title\x00mask"))...)
	for part := range slices.Chunk(packed, 100) {
		b = append(b, pngChunk("IDAT", part)...)
	}
	b = append(b, pngChunk("tIME", make([]byte, 7))...)
	return append(b, pngChunk("IEND", nil)...)
}

// decodedPNG is what the standard library makes of a file.
func decodedPNG(data []byte) ([]float64, error) {
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var x []float64
	for y := range m.Bounds().Dy() {
		for i := range m.Bounds().Dx() {
			switch m := m.(type) {
			case *image.Gray:
				x = append(x, float64(m.GrayAt(i, y).Y))
			case *image.Gray16:
				x = append(x, float64(m.Gray16At(i, y).Y))
			case *image.Paletted:
				x = append(x, float64(m.ColorIndexAt(i, y)))
			default:
				return nil, fmt.Errorf("got %T", m)
			}
		}
	}
	return x, nil
}

// TestPNG compares with the standard library.
func TestPNG(t *testing.T) {
	dir := t.TempDir()
	for _, size := range [][2]int{{1, 1}, {5, 3}, {3, 1}, {9, 17}, {200, 70}} {
		for _, bits := range []int{1, 2, 4, 8, 16} {
			for _, colour := range []byte{0, 3} {
				for filter := range byte(6) {
					for _, interlaced := range []bool{false, true} {
						if colour == 3 && bits == 16 {
							continue
						}
						name := fmt.Sprintf("%v of %d bits, colour type %d, filter %d, interlaced %v", size, bits, colour, filter, interlaced)
						data := testPicture(size[0], size[1], bits, colour, interlaced, filter).encode()
						want, err := decodedPNG(data)
						if err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						dtype := map[int]string{1: "bool", 16: "uint16"}[bits]
						if dtype == "" || colour == 3 {
							dtype = "uint8"
						}
						if dtype == "bool" {
							for i := range want {
								want[i] /= 255
							}
						}
						path := filepath.Join(dir, "m.png")
						if err := os.WriteFile(path, data, 0o666); err != nil {
							t.Fatal(err)
						}
						s := mustOpen(t, path, Options{})
						if got := readAll(t, s); !same(got, want) || s.Dtype() != dtype || !slices.Equal(s.Shape(), []int{1, size[1], size[0]}) {
							t.Errorf("%s: got %s %v %v, want %s %v", name, s.Dtype(), s.Shape(), got, dtype, want)
						}
						if !IsSample(s) {
							t.Errorf("%s: got no sample", name)
						}
						s.Close()
					}
				}
			}
		}
	}
}

// TestPNGWays reads one picture as file, stream, compressed, and as shards.
func TestPNGWays(t *testing.T) {
	for _, interlaced := range []bool{false, true} {
		data := testPicture(100, 60, 16, 0, interlaced, 5).encode()
		want, err := decodedPNG(data)
		if err != nil {
			t.Fatal(err)
		}
		dir := shards(t, map[string][]byte{"m-1.png": data, "m-2.png": data, "m.png.gz": gz(data), "m.PNG": data, "m": data})
		for _, name := range []string{"m-1.png", "m.png.gz", "m.PNG", "m"} {
			s := mustOpen(t, filepath.Join(dir, name), Options{})
			for range 2 { // it can be read again
				if got := readAll(t, s); !same(got, want) {
					t.Fatalf("%s: differs", name)
				}
			}
			checkRandom(t, s, want)
		}
		s := mustOpen(t, "-", Options{Stdin: bytes.NewReader(data)})
		if got := readAll(t, s); !same(got, want) {
			t.Error("stream differs")
		}
		s = mustOpen(t, "-", Options{Stdin: bytes.NewReader(data)})
		checkRandom(t, s, want)
		s = mustOpen(t, filepath.Join(dir, "m-*.png"), Options{})
		if !slices.Equal(s.Shape(), []int{2, 60, 100}) || IsSample(s) {
			t.Errorf("shards: got shape %v", s.Shape())
		}
		checkRandom(t, s, slices.Concat(want, want))
		s = mustOpen(t, filepath.Join(dir, "m-1.png"), Options{})
		if info := Describe(s); info.Format != "png" || info.Version != "grey" || info.Endian != "big" {
			t.Errorf("got %v", info)
		}
	}
}

func TestPNGErrors(t *testing.T) {
	p := testPicture(20, 10, 8, 0, false, 5)
	data := p.encode()
	flipped := slices.Clone(data)
	flipped[len(flipped)-18]++
	rows := p.rows(0, 0, 1, 1)
	filter9 := slices.Clone(rows)
	filter9[42] = 9
	palette := testPicture(20, 10, 8, 3, false, 0)
	for _, c := range []struct {
		data []byte
		want string
	}{
		{pngHead(4, 4, 8, 2, 0), "m.png: got a picture of colours, want one number a pixel: a palette or grey"},
		{pngHead(4, 4, 8, 6, 0), "m.png: got a picture of colours and alpha, want one number a pixel: a palette or grey"},
		{pngHead(4, 4, 16, 4, 0), "m.png: got a picture of grey and alpha, want one number a pixel: a palette or grey"},
		{pngHead(4, 4, 3, 0, 0), "m.png: broken: got a PNG header of 3 bits, colour type 0, methods 0 0 0"},
		{pngHead(4, 4, 16, 3, 0), "m.png: broken: got a PNG header of 16 bits, colour type 3, methods 0 0 0"},
		{pngHead(0, 4, 8, 0, 0), "m.png: got a picture of 0×4 pixels, want rows of 1 to 1048576"},
		{pngHead(1<<31, 4, 8, 0, 0), "m.png: got a picture of 2147483648×4 pixels, want rows of 1 to 1048576"},
		{pngHead(1<<20, 1<<20, 8, 0, 1), "m.png: got an interlaced picture of 1099511627776 pixels, want at most 67108864, or one that is not interlaced"},
		{[]byte(pngMagic), "m.png: got 8 bytes, want 33 of a PNG header"},
		{[]byte("\x89PNG\n\n"), "m.png: got \"\\x89PNG\\n\\n\" as first bytes, want those of .png"},
		{append([]byte(pngMagic), make([]byte, 25)...), "m.png: broken: got no PNG header"},
		{data[:40], "m.png: got 0 bytes of data, want 200 for shape (1, 10, 20) of uint8: the file was cut off"},
		{data[:len(data)-14], "m.png: ends too early"},
		{data[:200], "m.png: got 100 bytes of data, want 200 for shape (1, 10, 20) of uint8: the file was cut off"},
		{flipped, "m.png: broken: got chunk \"tIME\" with another checksum"},
		{p.around(0, deflated(rows[:21*9])), "m.png: got 180 bytes of data, want 200 for shape (1, 10, 20) of uint8: the file was cut off"},
		{p.around(0, deflated(append(slices.Clone(rows), 0))), "m.png: broken: got more pixels than 20×10"},
		{p.around(0, deflated(filter9)), "m.png: broken: got row filter 9, want 0 to 4"},
		{p.around(0, []byte("no zlib")), "m.png: broken: zlib: invalid header"},
		{p.around(0, nil), "m.png: got 0 bytes of data, want 200 for shape (1, 10, 20) of uint8: the file was cut off"},
		{bytes.Replace(palette.encode(), []byte("PLTE"), []byte("pLTE"), 1), "m.png: broken: got chunk \"pLTE\" with another checksum"},
		{append(pngHead(20, 10, 8, 3, 0), pngChunk("IDAT", deflated(rows))...), "m.png: broken: got no palette"},
		{append(pngHead(20, 10, 8, 0, 0), pngChunk("IDAX", deflated(rows))...), "m.png: broken: got chunk \"IDAX\", want IDAT"},
	} {
		path := write(t, "m.png", c.data)
		checkError(t, openAndRead(path, Options{}), path, c.want)
	}
	path := write(t, "m.png", data)
	_, err := Open(path+":mask", Options{})
	checkError(t, err, path, "m.png: got member \"mask\", want none: a .png file holds one array")
	for n := range data {
		if err := openAndRead(write(t, "m.png", data[:n]), Options{}); n > 8 {
			checkKind(t, err)
			if err == nil {
				t.Errorf("got no error for the first %d bytes", n)
			}
		}
	}
}

// FuzzPNG compares with the standard library wherever both read the file.
func FuzzPNG(f *testing.F) {
	for _, bits := range []int{1, 2, 4, 8, 16} {
		f.Add(testPicture(9, 5, bits, 0, false, 5).encode())
		f.Add(testPicture(9, 5, min(bits, 8), 3, true, 5).encode())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.HasPrefix(data, []byte(pngMagic)) {
			return
		}
		path := filepath.Join(t.TempDir(), "m.png")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, Options{})
		checkKind(t, err)
		if err != nil {
			return
		}
		defer s.Close()
		if size(s) > 1<<20 {
			_, err := values(s, 0, 1)
			checkKind(t, err)
			return
		}
		got, err := wholeOf(s)
		checkKind(t, err)
		want, other := decodedPNG(data)
		if other != nil {
			return
		}
		if s.Dtype() == "bool" {
			for i := range want {
				want[i] /= 255
			}
		}
		if err != nil || !same(got, want) {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})
}
