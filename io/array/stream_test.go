package array

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"lossctl/loss"
)

func gz(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zst(data []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll(data, nil)
}

func wanted(dtype string, n int) []float64 {
	want := make([]float64, n)
	for i := range want {
		want[i] = testValue(dtype, i)
	}
	return want
}

// TestCompressed reads every container through gzip and zstd.
func TestCompressed(t *testing.T) {
	const n = 300000
	want := wanted("float32", n)
	npy := npyBytes("float32", true, false, n/3, 3)
	for _, c := range []struct {
		name       string
		data       []byte
		sequential bool
	}{
		{"a.npy.gz", gz(npy), true},
		{"a.npy.zst", zst(npy), true},
		{"a.npy", gz(npy), true}, // the ending does not matter
		{"a.npy.gz", append(gz(npy[:1000]), gz(npy[1000:])...), true},
		{"f.npy.gz", gz(npyBytes("float32", false, true, n/3, 3)), false},
		{"a.npz.zst:x", zst(npz(t, false, "x", npy)), false},
		{"a.csv.gz", gz(csvBytes(n/3, 3)), false},
	} {
		file, _, _ := strings.Cut(c.name, ":")
		path := write(t, file, c.data)
		s := mustOpen(t, path+strings.TrimPrefix(c.name, file), Options{})
		if s.Sequential() != c.sequential || !slices.Equal(s.Shape(), []int{n / 3, 3}) {
			t.Errorf("%s: got sequential %v shape %v", c.name, s.Sequential(), s.Shape())
		}
		for range 2 { // a compressed file can be read again
			if got := readAll(t, s); !same(got, want) {
				t.Errorf("%s: differs", c.name)
			}
		}
		checkRandom(t, s, want)
		if got := readAll(t, s); !same(got, want) {
			t.Errorf("%s: differs behind Spool", c.name)
		}
	}
}

func TestCompressedErrors(t *testing.T) {
	npy := npyBytes("float32", false, false, 1000)
	packed := gz(npy)
	flipped := slices.Clone(packed)
	flipped[len(flipped)-6] ^= 1
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"a.npy.gz", packed[:len(packed)-20], "a.npy.gz: got 2896 bytes of data, want 4000 for shape (1000,) of float32: the file was cut off"},
		{"a.npy.gz", packed[:4], "a.npy.gz: ends too early"},
		{"a.npy.gz", flipped, "a.npy.gz: broken: gzip: invalid checksum"},
		{"a.npy.gz", gz(append(slices.Clone(npy), 1)), "a.npy.gz: got more than 4000 bytes of data for shape (1000,) of float32: something follows the array (several arrays belong in an .npz)"},
		{"a.npy.gz", gz(npy[:2128]), "a.npy.gz: got 2000 bytes of data, want 4000 for shape (1000,) of float32: the file was cut off"},
		{"a.npy.gz", gz(gz(npy)), "a.npy.gz: got data that was compressed twice, want once"},
	} {
		path := write(t, c.name, c.data)
		checkError(t, openAndRead(path, Options{}), path, c.want)
	}
}

func TestStdin(t *testing.T) {
	const n = 30000
	want := wanted("int16", n)
	npy := npyBytes("int16", false, false, n/3, 3)
	for _, c := range []struct {
		name, spec string
		data       []byte
		sequential bool
	}{
		{"npy", "-", npy, true},
		{"npy.gz", "-", gz(npy), true},
		{"npy.zst", "-", zst(npy), true},
		{"fortran", "-", npyBytes("int16", false, true, n/3, 3), false},
		{"npz", "-", npz(t, true, "x", npy), true},
		{"npz member", "-:x", npz(t, false, "x", npy), false},
		{"csv", "-", csvBytes(n/3, 3), false},
		{"csv columns", "-:1-3", csvBytes(n/3, 3), false},
		{"safetensors", "-:x", tensorFile("x", "I16", npy[128:], n/3, 3), false},
		{"jsonl", "-:x", jsonBytes(n/3, 3), false},
	} {
		s := mustOpen(t, c.spec, Options{Stdin: iotest.OneByteReader(bytes.NewReader(c.data[:len(c.data):len(c.data)]))})
		if s.Sequential() != c.sequential || !slices.Equal(s.Shape(), []int{n / 3, 3}) {
			t.Errorf("%s: got sequential %v shape %v", c.name, s.Sequential(), s.Shape())
		}
		if !c.sequential {
			if got := readAll(t, s); !same(got, want) {
				t.Errorf("%s: differs", c.name)
			}
		}
		checkRandom(t, s, want)
	}
	s := mustOpen(t, "-", Options{Stdin: bytes.NewReader(npy)})
	if got := readAll(t, s); !same(got, want) {
		t.Error("stream differs")
	}
	if err := s.Spool(); err == nil || err.Error() != "standard input: got a pipe that was read up to element 30000, want to read it from the start" {
		t.Errorf("got %v", err)
	}
	_, err := readRange(s, 0, 1)
	checkError(t, err, "-", "standard input: got a pipe that was read up to element 30000, want ranges that ascend")
}

func TestStdinErrors(t *testing.T) {
	npy := npyBytes("int16", false, false, 1000)
	for _, c := range []struct {
		data []byte
		opt  Options
		want string
	}{
		{nil, Options{}, "standard input: got an empty file, want rows of numbers"},
		{npy[:1000], Options{}, "standard input: got 872 bytes of data, want 2000 for shape (1000,) of int16: the file was cut off"},
		{npyBytes("int16", false, true, 1000, 2), Options{MaxSpool: 3999}, "standard input: got 4000 bytes, want at most the 3999 that may be spooled to a temporary file; give an uncompressed file instead"},
		{csvBytes(1000, 1), Options{MaxSpool: 1000}, "standard input: got more than the 1000 bytes that may be spooled to a temporary file; give an uncompressed file instead"},
		{npz(t, false, "x", npy, "y", npy), Options{}, "standard input: got 2 arrays, want one of them by name: -:x, -:y"},
		{[]byte("\xff\xd8\xff\xe0"), Options{}, "standard input: got a JPEG picture, whose numbers are not those that were saved, want .npy, .npz, .csv, .tsv, .jsonl, .safetensors, .pt, .png or .nii"},
		{[]byte("\x01\x00\x02"), Options{}, "standard input: got binary data of an unknown format, want .npy, .npz, .csv, .tsv, .jsonl, .safetensors, .pt, .png or .nii"},
	} {
		c.opt.Stdin = bytes.NewReader(c.data)
		checkError(t, openAndRead("-", c.opt), "-", c.want)
	}
	if _, err := Open("-", Options{}); err == nil || IsMachine(err) {
		t.Errorf("got %v, want an error of the input", err)
	}
}

// TestMachineErrors wants exit code 1 for failures of reading.
func TestMachineErrors(t *testing.T) {
	npy := npyBytes("int16", false, false, 1000)
	broken := io.MultiReader(bytes.NewReader(npy[:600]), iotest.ErrReader(&os.PathError{Op: "read", Path: "x", Err: syscall.EIO}))
	err := openAndRead("-", Options{Stdin: broken})
	if err == nil || !IsMachine(err) || err.Error() != "standard input: input/output error" {
		t.Errorf("got %v, want a failure of the machine", err)
	}
	if IsMachine(errors.New("x")) || IsMachine(nil) {
		t.Error("got a failure of the machine, want none")
	}
	err = openAndRead("-", Options{Stdin: bytes.NewReader(csvBytes(10, 1)), TempDir: t.TempDir() + "/none"})
	if err == nil || !IsMachine(err) {
		t.Errorf("got %v, want a failure of the machine", err)
	}
}

// TestRegularStdin reads redirected files at random.
func TestRegularStdin(t *testing.T) {
	f, err := os.Open(write(t, "a.npy", npyBytes("uint8", false, false, 100)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := Open("-", Options{Stdin: f})
	if err != nil {
		t.Fatal(err)
	}
	if s.Sequential() {
		t.Error("got a sequential source, want one at random")
	}
	checkRandom(t, s, wanted("uint8", 100))
	s.Close()
	if _, err := f.Stat(); err != nil {
		t.Error("Close closed standard input")
	}
}

func TestScaled(t *testing.T) {
	path := write(t, "a.npy", npyBytes("uint8", false, false, 100))
	s := mustOpen(t, path, Options{Scale: 0.5, ZeroPoint: 2})
	if s.Dtype() != "float64" {
		t.Errorf("got %s, want float64", s.Dtype())
	}
	want := wanted("uint8", 100)
	for i := range want {
		want[i] = (want[i] - 2) * 0.5
	}
	checkRandom(t, s, want)
	path = write(t, "a.npy", npyBytes("float32", false, false, 100))
	_, err := Open(path, Options{Scale: 1})
	checkError(t, err, path, "a.npy: got dtype float32 with a scale and zero point, want quantised integers")
}

// TestFetchAppends wants what the buffer held to stay.
func TestFetchAppends(t *testing.T) {
	s := mustOpen(t, write(t, "a.npy", npyBytes("int8", false, false, 10)), Options{})
	buf := &loss.Buffer{Bytes: []byte("old")}
	if err := s.Fetch(buf, 2, 4); err != nil || string(buf.Bytes[:3]) != "old" || len(buf.Bytes) != 5 {
		t.Errorf("got %q, %v", buf.Bytes, err)
	}
}
