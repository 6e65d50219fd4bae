package array

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/sbinet/npyio"
)

var testShapes = [][]int{{}, {1}, {7}, {0}, {3, 0, 2}, {5, 4}, {1, 9}, {9, 1}, {2, 3, 4}, {3, 1, 2, 5}, {2, 1, 3, 2, 2}}

func TestNpy(t *testing.T) {
	for dtype := range typeChars {
		for _, big := range []bool{false, true} {
			for _, fortran := range []bool{false, true} {
				for _, shape := range testShapes {
					path := write(t, "a.npy", npyBytes(dtype, big, fortran, shape...))
					s := mustOpen(t, path, Options{})
					if s.Dtype() != dtype || !slices.Equal(s.Shape(), shape) || s.Name() != path {
						t.Fatalf("got %s %v %s, want %s %v %s", s.Name(), s.Shape(), s.Dtype(), path, shape, dtype)
					}
					n := size(s)
					want := make([]float64, n)
					for i := range want {
						want[i] = testValue(dtype, i)
					}
					if got := readAll(t, s); !same(got, want) {
						t.Errorf("%s big %v fortran %v %v: got %v, want %v", dtype, big, fortran, shape, got, want)
					}
					checkRandom(t, s, want)
				}
			}
		}
	}
}

func TestNpyAgainstNpyio(t *testing.T) {
	data := make([]float32, 1000)
	for i := range data {
		data[i] = float32(i) / 7
	}
	var b bytes.Buffer
	if err := npyio.Write(&b, data); err != nil {
		t.Fatal(err)
	}
	got := readAll(t, mustOpen(t, write(t, "a.npy", b.Bytes()), Options{}))
	for i := range data {
		if got[i] != float64(data[i]) {
			t.Fatalf("element %d: got %v, want %v", i, got[i], data[i])
		}
	}
	for _, dtype := range []string{"int64", "float64"} {
		file := npyBytes(dtype, true, false, 6, 5)
		var want []float64
		var ints []int64
		var err error
		if dtype == "int64" {
			err = npyio.Read(bytes.NewReader(file), &ints)
			for _, v := range ints {
				want = append(want, float64(v))
			}
		} else {
			err = npyio.Read(bytes.NewReader(file), &want)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, mustOpen(t, write(t, "b.npy", file), Options{})); !same(got, want) {
			t.Errorf("got %v, npyio %v", got, want)
		}
	}
}

func TestNpyHeaderForms(t *testing.T) {
	for _, dict := range []string{
		"{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}",
		"{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":(2,3)}",
		" { 'descr' : '<f4' ,\n 'shape' : ( 2 , 3 , ) , 'fortran_order' : False , } ",
		"{'descr': '=f4', 'fortran_order': False, 'shape': (2L, 3L), }",
		"{'descr': 'float32', 'fortran_order': False, 'shape': (2, 3), }",
	} {
		for _, version := range []byte{1, 2, 3} {
			file := append(npyHead(version, dict), npyBytes("float32", false, false, 6)[128:]...)
			s := mustOpen(t, write(t, "a.npy", file), Options{})
			if !slices.Equal(s.Shape(), []int{2, 3}) || s.Dtype() != "float32" {
				t.Errorf("%s: got %v %s", dict, s.Shape(), s.Dtype())
			}
			if got := readAll(t, s); got[1] != testValue("float32", 1) {
				t.Errorf("%s: got %v", dict, got)
			}
		}
	}
}

func TestNpyErrors(t *testing.T) {
	good := npyBytes("float32", false, false, 3, 4)
	head := func(dict string) []byte { return append(npyHead(1, dict), make([]byte, 48)...) }
	typed := func(descr string) []byte {
		return head("{'descr': " + descr + ", 'fortran_order': False, 'shape': (3, 4), }")
	}
	shaped := func(shape string) []byte {
		return head("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }")
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, "a.npy: got 0 bytes, want 8 more of the .npy header"},
		{good[:5], "a.npy: got 5 bytes, want 3 more of the .npy header"},
		{good[:9], "a.npy: got 1 bytes, want 1 more of the .npy header"},
		{good[:100], "a.npy: got 90 bytes, want 28 more of the .npy header"},
		{good[:len(good)-1], "a.npy: got 47 bytes of data, want 48 for shape (3, 4) of float32: the file was cut off"},
		{append(slices.Clone(good), 0), "a.npy: got 49 bytes of data, want 48 for shape (3, 4) of float32: something follows the array (several arrays belong in an .npz)"},
		{append(slices.Clone(good), good...), "a.npy: got 224 bytes of data, want 48 for shape (3, 4) of float32: something follows the array (several arrays belong in an .npz)"},
		{append([]byte("\x93NUMPY\x04\x00"), good[8:]...), "a.npy: got .npy version 4.0, want 1.0, 2.0 or 3.0"},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"), "a.npy: got a header of 4294967295 bytes, want at most 1048576"},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\x0f\x00{}"), "a.npy: got 2 bytes, want 1048573 more of the .npy header"},
		{[]byte("hello world"), "a.npy: got \"hello \" as first bytes, want the magic of .npy"},
		{shaped("(1000000, 1000000)"), "a.npy: got 48 bytes of data, want 4000000000000 for shape (1000000, 1000000) of float32: the file was cut off"},
		{shaped("(4611686018427387904, 4611686018427387904)"), "a.npy: got shape (4611686018427387904, 4611686018427387904) of float32, want fewer bytes than a file can hold"},
		{shaped("(4611686018427387904, 4611686018427387904, 0)"), "a.npy: got shape (4611686018427387904, 4611686018427387904, 0) of float32, want fewer bytes than a file can hold"},
		{shaped("(-3, 4)"), "a.npy: got \"-3, 4), }           \" at byte 51 of the .npy header, want a tuple of lengths from 0 to 2^62"},
		{shaped("(99999999999999999999,)"), "a.npy: got \"99999999999999999999\" at byte 51 of the .npy header, want a tuple of lengths from 0 to 2^62"},
		{shaped("(12)"), "a.npy: got \"), }                \" at byte 53 of the .npy header, want a tuple of lengths from 0 to 2^62"},
		{head("{'descr': '<f4', 'fortran_order': False}"), "a.npy: got a .npy header without shape, want descr, fortran_order and shape"},
		{head("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}"), "a.npy: got key \"descr\" twice in the .npy header, want it once"},
		{head("{'descr': '<f4', 'x': 1}"), "a.npy: got key \"x\" in the .npy header, want descr, fortran_order and shape"},
		{head("__import__('os')"), "a.npy: got \"__import__('os')    \" at byte 0 of the .npy header, want a dict"},
		{typed("'<c8'"), "a.npy: got complex numbers (dtype \"<c8\"), want numbers; save a.real, a.imag or abs(a)"},
		{typed("'<U5'"), "a.npy: got strings (dtype \"<U5\"), want numbers; save class ids, or a .txt file of one name a line"},
		{typed("'|O'"), "a.npy: got pickled objects, which are never loaded (dtype \"|O\"), want numbers; save a.astype('float32'), or one array a member with np.savez"},
		{typed("'<M8[ns]'"), "a.npy: got dates (dtype \"<M8[ns]\"), want numbers; save a.astype('int64')"},
		{typed("'<f16'"), "a.npy: got extended floats (dtype \"<f16\"), want numbers; save a.astype('float64')"},
		{typed("'|V1'"), "a.npy: got raw bytes (dtype \"|V1\"), want numbers; save a.astype('float32')"},
		{typed("[('x', '<f4'), ('y', '<f4', (2,))]"), "a.npy: got structured records, want numbers; save one field, np.save(f, a['field'])"},
		{typed("'<x4'"), "a.npy: got dtype \"<x4\", want a bool, integer or float type"},
		{typed("''"), "a.npy: got dtype \"\", want a bool, integer or float type"},
	} {
		path := write(t, "a.npy", c.data)
		_, err := Open(path, Options{})
		checkError(t, err, path, c.want)
	}
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir, Options{})
	checkError(t, err, dir, fmt.Sprintf("%s: got a directory, want a file", dir[len(dir)-3:]))
	_, err = Open(dir+"/none.npy", Options{})
	checkError(t, err, dir+"/x", "none.npy: no such file")
	_, err = Open(dir+"/none.npz:m", Options{})
	checkError(t, err, dir+"/x", "none.npz: no such file")
	_, err = Open(dir+"/none-*.npy", Options{})
	checkError(t, err, dir+"/x", "none-*.npy: no file matches the pattern")
	if os.Getuid() != 0 {
		path := write(t, "a.npy", nil)
		os.Chmod(path, 0)
		_, err = Open(path, Options{})
		checkError(t, err, path, "a.npy: permission denied")
	}
}

func TestShrunk(t *testing.T) {
	path := write(t, "a.npy", npyBytes("float64", false, false, 1000))
	s := mustOpen(t, path, Options{})
	os.Truncate(path, 4128)
	if _, err := readRange(s, 0, 500); err != nil {
		t.Fatal(err)
	}
	_, err := readRange(s, 400, 600)
	checkError(t, err, path, "a.npy: got 800 bytes at 3328, want 1600: the file became shorter while it was read")
}

func TestNameWithColon(t *testing.T) {
	path := write(t, "a:b.npy", npyBytes("int8", false, false, 3))
	if got := size(mustOpen(t, path, Options{})); got != 3 {
		t.Errorf("got %d elements, want 3", got)
	}
}

func TestNpyMember(t *testing.T) {
	path := write(t, "a.npy", npyBytes("int8", false, false, 3))
	_, err := Open(path+":x", Options{})
	checkError(t, err, path, "a.npy: got member \"x\", want none: .npy holds one array")
}

// TestFortranLarge reads across windows of 1 MiB.
func TestFortranLarge(t *testing.T) {
	for _, shape := range [][]int{{3, 200000}, {200000, 3}, {700, 700}, {2, 300, 400}, {3000, 2, 50}, {1, 600000}, {40, 5, 3, 700}} {
		for _, dtype := range []string{"uint8", "float16", "float64"} {
			path := write(t, "a.npy", npyBytes(dtype, false, true, shape...))
			s := mustOpen(t, path, Options{})
			want := make([]float64, size(s))
			for i := range want {
				want[i] = testValue(dtype, i)
			}
			if got := readAll(t, s); !same(got, want) {
				t.Errorf("%v: differs", shape)
			}
			checkRandom(t, s, want)
		}
	}
}
