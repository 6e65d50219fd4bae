package array

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"lossctl/loss"
)

// typeChars are numpy's codes of the element types.
var typeChars = map[string]string{
	"bool": "b1", "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8",
	"uint8": "u1", "uint16": "u2", "uint32": "u4", "uint64": "u8",
	"float16": "f2", "bfloat16": "V2", "float32": "f4", "float64": "f8",
}

// bits are small values that every type holds: 0 to 7, and 0 or 1 for bool.
func testValue(dtype string, i int) float64 {
	v := float64((i*5 + i/7) % 8)
	if dtype == "bool" {
		return math.Mod(v, 2)
	}
	return v
}

// element encodes a small value.
func element(dtype string, v float64, big bool) []byte {
	var word [8]byte
	size := loss.ItemBytes(dtype)
	x := uint64(v)
	switch dtype {
	case "float64":
		x = math.Float64bits(v)
	case "float32":
		x = uint64(math.Float32bits(float32(v)))
	case "bfloat16":
		x = uint64(math.Float32bits(float32(v)) >> 16)
	case "float16":
		if v != 0 {
			m, e := math.Frexp(v)
			x = uint64(e+14)<<10 | uint64(m*2048)&1023
		}
	}
	binary.LittleEndian.PutUint64(word[:], x)
	b := word[:size]
	if big {
		slices.Reverse(b)
	}
	return b
}

// npyBytes is a .npy file of testValue(i) in C order.
func npyBytes(dtype string, big, fortran bool, shape ...int) []byte {
	order := "<"
	if big {
		order = ">"
	}
	if loss.ItemBytes(dtype) == 1 {
		order = "|"
	}
	b := npyHead(1, fmt.Sprintf("{'descr': '%s%s', 'fortran_order': %s, 'shape': %s, }", order, typeChars[dtype], pyBool(fortran), shapeText(shape)))
	n, _ := product(shape, 1)
	data := make([]byte, n*loss.ItemBytes(dtype))
	index := make([]int, len(shape))
	for i := range n {
		at := i
		if fortran {
			at = 0
			step := 1
			for a, k := range index {
				at += k * step
				step *= shape[a]
			}
		}
		copy(data[at*loss.ItemBytes(dtype):], element(dtype, testValue(dtype, i), big))
		for a := len(shape) - 1; a >= 0; a-- {
			if index[a]++; index[a] < shape[a] {
				break
			}
			index[a] = 0
		}
	}
	return append(b, data...)
}

func npyHead(version byte, dict string) []byte {
	b := []byte(npyMagic)
	b = append(b, version, 0)
	wide := 2
	if version > 1 {
		wide = 4
	}
	pad := 64 - (8+wide+len(dict)+1)%64
	dict += strings.Repeat(" ", pad%64) + "\n"
	var n [4]byte
	binary.LittleEndian.PutUint32(n[:], uint32(len(dict)))
	return append(append(b, n[:wide]...), dict...)
}

func pyBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// write stores a file in a fresh folder.
func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustOpen(t testing.TB, spec string, opt Options) loss.Source {
	t.Helper()
	s, err := Open(spec, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func size(s loss.Source) int {
	n, _ := product(s.Shape(), 1)
	return n
}

// readRange reads the elements [lo, hi) and checks that what the buffer held
// before stays.
func readRange(s loss.Source, lo, hi int) ([]float64, error) {
	buf := &loss.Buffer{}
	if err := s.Fetch(buf, lo, hi); err != nil {
		return nil, err
	}
	dst := make([]float64, hi-lo)
	s.Decode(dst, buf, 0)
	return dst, nil
}

// readAll reads a source in ranges that ascend and touch, of odd lengths.
func readAll(t testing.TB, s loss.Source) []float64 {
	t.Helper()
	n := size(s)
	all := make([]float64, 0, n)
	for lo, step := 0, 1; lo < n; step = step*2 + 1 {
		hi := min(n, lo+step)
		got, err := readRange(s, lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got...)
		lo = hi
	}
	return all
}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool {
		return x == y || math.IsNaN(x) && math.IsNaN(y)
	})
}

// checkRandom compares random ranges, read concurrently into used buffers,
// with the whole.
func checkRandom(t *testing.T, s loss.Source, want []float64) {
	t.Helper()
	if s.Sequential() {
		if err := s.Spool(); err != nil {
			t.Fatal(err)
		}
		if s.Sequential() {
			t.Fatal("got a sequential source behind Spool, want one at random")
		}
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			buf := &loss.Buffer{}
			for range min(25, 4+2000000/(len(want)+1)) {
				buf.Reset()
				mid := rng.IntN(len(want) + 1)
				hi := mid + rng.IntN(len(want)-mid+1)
				lo := rng.IntN(mid + 1)
				if err := s.Fetch(buf, lo, mid); err != nil {
					t.Error(err)
					return
				}
				if err := s.Fetch(buf, mid, hi); err != nil {
					t.Error(err)
					return
				}
				skip := rng.IntN(hi - lo + 1)
				got := make([]float64, hi-lo-skip)
				s.Decode(got, buf, skip)
				if !same(got, want[lo+skip:hi]) {
					t.Errorf("elements %d to %d differ from the whole", lo+skip, hi)
					return
				}
			}
		}()
	}
	wg.Wait()
}

// checkError wants the exact text, DIR standing for the folder of the file.
func checkError(t *testing.T, err error, path, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want %s", want)
	}
	got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), "")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if IsMachine(err) {
		t.Errorf("got a failure of the machine, want one of the input: %v", err)
	}
	if bytes.ContainsAny([]byte(got), "\n\x00") {
		t.Errorf("got more than one line: %q", got)
	}
}

// open and read everything; the error of either.
func openAndRead(spec string, opt Options) error {
	s, err := Open(spec, opt)
	if err != nil {
		return err
	}
	defer s.Close()
	n := size(s)
	for lo := 0; lo < n; lo += 1000 {
		if _, err := readRange(s, lo, min(n, lo+1000)); err != nil {
			return err
		}
	}
	return nil
}

func replaceDir(text, dir string) string { return strings.ReplaceAll(text, "DIR", dir) }
