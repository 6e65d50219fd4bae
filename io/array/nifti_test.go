package array

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A volume is a .nii file to be written, of testValue in the order of the file.
type volume struct {
	second       bool // version 2
	order        binary.AppendByteOrder
	dtype        string
	dims         []int // x first
	slope, inter float64
	extension    int // bytes between header and data
}

func (v *volume) encode() []byte {
	code := 0
	for c, dtype := range niftiTypes {
		if dtype == v.dtype {
			code = c
		}
	}
	size, offset := 348, 352+v.extension
	if v.second {
		size, offset = 540, 544+v.extension
	}
	b := make([]byte, size)
	put := func(at int, x []byte) { copy(b[at:], x) }
	dims := append([]int{len(v.dims)}, v.dims...)
	put(0, v.order.AppendUint32(nil, uint32(size)))
	short := func(x int) []byte { return v.order.AppendUint16(nil, uint16(x)) }
	if v.second {
		put(4, []byte("n+2\x00\r\n\x1a\n"))
		put(12, short(code))
		for i, d := range dims {
			put(16+8*i, v.order.AppendUint64(nil, uint64(d)))
		}
		put(168, v.order.AppendUint64(nil, uint64(offset)))
		put(176, v.order.AppendUint64(nil, math.Float64bits(v.slope)))
		put(184, v.order.AppendUint64(nil, math.Float64bits(v.inter)))
	} else {
		put(344, []byte("n+1\x00"))
		put(70, short(code))
		for i, d := range dims {
			put(40+2*i, short(d))
		}
		for at, x := range map[int]float64{108: float64(offset), 112: v.slope, 116: v.inter} {
			put(at, v.order.AppendUint32(nil, math.Float32bits(float32(x))))
		}
	}
	b = append(b, make([]byte, 4+v.extension)...)
	n, _ := product(v.dims, 1)
	big := v.order.String() == "BigEndian"
	for i := range n {
		b = append(b, element(v.dtype, testValue(v.dtype, i), big)...)
	}
	return b
}

// TestNifti reads every type in both versions and byte orders, as file,
// compressed and as a stream.
func TestNifti(t *testing.T) {
	for code, dtype := range niftiTypes {
		for _, second := range []bool{false, true} {
			for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
				v := &volume{second, order, dtype, []int{5, 4, 3}, 1, 0, 16}
				data := v.encode()
				want := wanted(dtype, 60)
				path := write(t, "v.nii", data)
				s := mustOpen(t, path, Options{})
				if s.Dtype() != dtype || !slices.Equal(s.Shape(), []int{1, 3, 4, 5}) || s.Sequential() || !IsSample(s) {
					t.Errorf("%d: got %s %v", code, s.Dtype(), s.Shape())
				}
				checkRandom(t, s, want)
				for name, s := range map[string]string{"v.nii.gz": string(gz(data)), "volume": string(data)} {
					x := mustOpen(t, write(t, name, []byte(s)), Options{})
					for range 2 {
						if got := readAll(t, x); !same(got, want) {
							t.Errorf("%s of %s differs", name, dtype)
						}
					}
				}
				pipe := mustOpen(t, "-", Options{Stdin: bytes.NewReader(data)})
				if got := readAll(t, pipe); !same(got, want) {
					t.Errorf("stream of %s differs", dtype)
				}
			}
		}
	}
}

// TestNiftiShape has the axes in C order.
func TestNiftiShape(t *testing.T) {
	for _, c := range []struct{ dims, want []int }{
		{[]int{7}, []int{1, 7}},
		{[]int{2, 3, 4, 5}, []int{1, 5, 4, 3, 2}},
		{[]int{2, 3, 4, 1, 3}, []int{1, 3, 1, 4, 3, 2}},
	} {
		v := &volume{false, binary.LittleEndian, "uint8", c.dims, 0, 0, 0}
		if s := mustOpen(t, write(t, "v.nii", v.encode()), Options{}); !slices.Equal(s.Shape(), c.want) {
			t.Errorf("%v: got %v, want %v", c.dims, s.Shape(), c.want)
		}
	}
}

// TestNiftiScaling has slope·q + intercept, and not where the slope says no.
func TestNiftiScaling(t *testing.T) {
	for _, c := range []struct {
		slope, inter float64
		scaled       bool
	}{{0.5, -1, true}, {1, 3, true}, {0, 5, false}, {1, 0, false}, {math.NaN(), 1, false}, {math.Inf(1), 1, false}} {
		for _, second := range []bool{false, true} {
			v := &volume{second, binary.BigEndian, "int16", []int{10, 10}, c.slope, c.inter, 0}
			want, dtype := wanted("int16", 100), "int16"
			if c.scaled {
				dtype = "float64"
				for i := range want {
					want[i] = want[i]*c.slope + c.inter
				}
			}
			s := mustOpen(t, write(t, "v.nii.gz", gz(v.encode())), Options{})
			if got := readAll(t, s); !same(got, want) || s.Dtype() != dtype {
				t.Errorf("slope %v, intercept %v: got %s %v, want %s %v", c.slope, c.inter, s.Dtype(), got, dtype, want)
			}
		}
	}
	v := &volume{false, binary.LittleEndian, "uint8", []int{2, 2}, 0.5, 1, 0}
	if info := Describe(mustOpen(t, write(t, "v.nii", v.encode()), Options{})); info.Format != "nii" || info.Version != "1 uint8 ×0.5 +1" || info.Dtype != "float64" {
		t.Errorf("got %v", info)
	}
}

// TestNiftiShards joins volumes to a batch, in both byte orders.
func TestNiftiShards(t *testing.T) {
	a := &volume{false, binary.LittleEndian, "int16", []int{4, 3, 2}, 0.5, 1, 0}
	b := &volume{true, binary.BigEndian, "int16", []int{4, 3, 2}, 0.5, 1, 8}
	dir := shards(t, map[string][]byte{"v-1.nii": a.encode(), "v-2.nii": b.encode(), "v-3.nii.gz": gz(a.encode())})
	want := wanted("int16", 24)
	for i := range want {
		want[i] = want[i]*0.5 + 1
	}
	s := mustOpen(t, filepath.Join(dir, "v-*"), Options{})
	if !slices.Equal(s.Shape(), []int{3, 2, 3, 4}) || IsSample(s) {
		t.Errorf("got shape %v", s.Shape())
	}
	checkRandom(t, s, slices.Concat(want, want, want))

	a.slope = 2
	if err := os.WriteFile(filepath.Join(dir, "v-2.nii"), a.encode(), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Open(filepath.Join(dir, "v-*"), Options{})
	checkError(t, err, filepath.Join(dir, "x"), "v-2.nii: got values of int16 ×2 +1, want int16 ×0.5 +1 as v-1.nii has")
}

func TestNiftiErrors(t *testing.T) {
	v := &volume{false, binary.LittleEndian, "int16", []int{10, 3}, 1, 0, 0}
	with := func(at int, bytes string) []byte {
		b := v.encode()
		copy(b[at:], bytes)
		return b
	}
	float := func(x float32) string { return string(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x))) }
	data := v.encode()
	second := (&volume{true, binary.LittleEndian, "int16", []int{10, 3}, 1, 0, 0}).encode()
	copy(second[24:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f})
	for _, c := range []struct {
		data []byte
		want string
	}{
		{data[:len(data)-1], "v.nii: got 59 bytes of data, want 60 for shape (1, 3, 10) of int16: the file was cut off"},
		{append(slices.Clone(data), 0), "v.nii: got 61 bytes of data, want 60 for shape (1, 3, 10) of int16: something follows the array (several arrays belong in an .npz)"},
		{data[:347], "v.nii: got an Analyze header, want .npy, .npz, .csv, .tsv, .jsonl, .safetensors, .pt, .png or .nii"},
		{data[:350], "v.nii: got 350 bytes, want data from byte 352 on"},
		{second[:400], "v.nii: got 400 bytes, want 540 of a NIfTI header"},
		{second, "v.nii: got shape (1, 3, 4611686018427387903) of int16, want fewer bytes than a file can hold"},
		{with(344, "ni1\x00"), "v.nii: got a header whose data are in an .img file, want both in one .nii file"},
		{with(344, "xxxx"), "v.nii: got an Analyze header, want .npy, .npz, .csv, .tsv, .jsonl, .safetensors, .pt, .png or .nii"},
		{[]byte("x"), "v.nii: got \"x\" as first bytes, want those of .nii"},
		{with(40, "\x00\x00"), "v.nii: got 0 axes, want 1 to 7"},
		{with(40, "\x08\x00"), "v.nii: got 8 axes, want 1 to 7"},
		{with(44, "\xff\xff"), "v.nii: got -1 for the length of axis 1, want at least 1"},
		{with(44, "\x00\x00"), "v.nii: got 0 for the length of axis 1, want at least 1"},
		{with(70, " "), "v.nii: got complex numbers (data type 32), want real numbers"},
		{with(70, "\x80"), "v.nii: got colours (data type 128), want real numbers"},
		{with(70, "\x03"), "v.nii: got data type 3, want one of NIfTI"},
		{with(108, float(348)), "v.nii: got data at byte 348, want at least 352"},
		{with(108, float(352.5)), "v.nii: got data at byte 352.5, want at least 352"},
		{with(108, float(float32(math.NaN()))), "v.nii: got data at byte NaN, want at least 352"},
		{with(108, float(1e30)), "v.nii: got data at byte 1.0000000150474662e+30, want at least 352"},
		{with(116, float(float32(math.Inf(1)))), "v.nii: got intercept +Inf beside slope 1, want a number"},
	} {
		path := write(t, "v.nii", c.data)
		checkError(t, openAndRead(path, Options{}), path, c.want)
	}
	path := write(t, "v.nii.gz", gz(data[:len(data)-7]))
	checkError(t, openAndRead(path, Options{}), path, "v.nii.gz: got 53 bytes of data, want 60 for shape (1, 3, 10) of int16: the file was cut off")
	path = write(t, "v.nii", data)
	_, err := Open(path+":x", Options{})
	checkError(t, err, path, "v.nii: got member \"x\", want none: a .nii file holds one array")
}

// FuzzNifti opens any bytes as a file and as a stream: no panic, no memory
// beyond the data, the same answer from both.
func FuzzNifti(f *testing.F) {
	for _, second := range []bool{false, true} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			f.Add((&volume{second, order, "int16", []int{3, 2, 2}, 0.5, 1, 0}).encode())
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if niftiVersion(data) == nil {
			return
		}
		path := filepath.Join(t.TempDir(), "v.nii")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		a, err := Open(path, Options{})
		checkKind(t, err)
		b, other := Open("-", Options{Stdin: bytes.NewReader(data)})
		checkKind(t, other)
		if err != nil {
			if other == nil {
				if _, again := values(b, 0, min(size(b), 1<<16)); again == nil && size(b) < 1<<16 {
					t.Fatalf("got an array from a stream, and from a file %v", err)
				}
				b.Close()
			}
			return
		}
		defer a.Close()
		if other != nil {
			t.Fatalf("got an array from a file, and from a stream %v", other)
		}
		defer b.Close()
		x, err := wholeOf(a)
		y, other := wholeOf(b)
		if err != nil || other != nil || !same(x, y) {
			t.Fatalf("file: %v %v, stream: %v %v", x, err, y, other)
		}
	})
}
