package array

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"lossctl/loss"
)

// npz is an archive of members given as name, data, name, data.
func npz(t testing.TB, deflate bool, pairs ...any) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		method := zip.Store
		if deflate {
			method = zip.Deflate
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: pairs[i].(string) + ".npy", Method: method})
		if err != nil {
			t.Fatal(err)
		}
		f.Write(pairs[i+1].([]byte))
	}
	w.Close()
	return b.Bytes()
}

func TestNpz(t *testing.T) {
	for _, deflate := range []bool{false, true} {
		for _, fortran := range []bool{false, true} {
			data := npz(t, deflate, "a", npyBytes("float32", false, fortran, 50, 4), "sub/b:0", npyBytes("int64", true, fortran, 500000, 2))
			path := write(t, "f.npz", data)
			for name, n := range map[string]int{"a": 200, "a.npy": 200, "sub/b:0": 1000000} {
				s := mustOpen(t, path+":"+name, Options{})
				if s.Name() != path+":"+name || s.Sequential() != (deflate && !fortran) {
					t.Errorf("%s: got %s, sequential %v", name, s.Name(), s.Sequential())
				}
				want := wanted("int64", n)
				for range 2 {
					if got := readAll(t, s); !same(got, want) {
						t.Errorf("%s deflate %v fortran %v: differs", name, deflate, fortran)
					}
				}
				checkRandom(t, s, want)
			}
		}
	}
}

func TestNpzErrors(t *testing.T) {
	one := npyBytes("float32", false, false, 3)
	big := npyBytes("float64", false, false, 1<<20)
	flip := func(data []byte) []byte {
		data = slices.Clone(data)
		data[len(data)/2] ^= 1
		return data
	}
	for _, c := range []struct {
		member string
		data   []byte
		want   string
	}{
		{"", npz(t, false, "a", one, "b", one), "f.npz: got 2 arrays, want one of them by name: f.npz:a, f.npz:b"},
		{"c", npz(t, false, "a", one, "b", one), "f.npz: got no member \"c\", want one of: a, b"},
		{"", npz(t, false), "f.npz: got a zip archive of no arrays, want .npy members"},
		{"a", npz(t, false, "a", one, "a", one), "f.npz: got two members \"a.npy\", want one"},
		{"a", npz(t, false, "a", one[:130]), "f.npz:a: got 2 bytes of data, want 12 for shape (3,) of float32: the file was cut off"},
		{"a", npz(t, true, "a", one[:130]), "f.npz:a: got 2 bytes of data, want 12 for shape (3,) of float32: the file was cut off"},
		{"a", npz(t, false, "a", big)[:4000], "f.npz: broken zip archive: not a valid zip file"},
		{"", []byte("PK\x07\x08"), "f.npz: got \"PK\\a\\b\" as first bytes, want a zip archive"},
	} {
		path := write(t, "f.npz", c.data)
		spec := path
		if c.member != "" {
			spec += ":" + c.member
		}
		checkError(t, openAndRead(spec, Options{}), path, c.want)
	}
	for _, n := range []int{1000, 1 << 20} { // checked at once, and with the last read
		path := write(t, "f.npz", flip(npz(t, false, "a", npyBytes("float64", false, false, n))))
		err := openAndRead(path, Options{})
		if err == nil || !strings.HasSuffix(err.Error(), ": the member is damaged") {
			t.Errorf("got %v, want a damaged member", err)
		}
	}
	path := write(t, "f.npz", flip(npz(t, true, "a", npyBytes("float64", false, false, 1000))))
	if err := openAndRead(path, Options{}); err == nil || IsMachine(err) {
		t.Errorf("got %v, want a broken member", err)
	}
}

// TestChecksum proves a member that is read in pieces of any order.
func TestChecksum(t *testing.T) {
	path := write(t, "f.npz", npz(t, false, "a", npyBytes("float64", false, false, 1<<20)))
	s := mustOpen(t, path, Options{})
	d := s.(*dense)
	buf := &loss.Buffer{}
	const step = 1 << 17
	for _, lo := range []int{3, 1, 1, 0, 7, 5, 6, 2, 4} {
		if d.sum.done {
			t.Fatal("got a proof before everything was read")
		}
		buf.Reset()
		if err := s.Fetch(buf, lo*step, (lo+1)*step); err != nil {
			t.Fatal(err)
		}
	}
	if !d.sum.done {
		t.Error("got no proof, want one")
	}
}

// tensorFile is a safetensors file of one tensor.
func tensorFile(name, dtype string, data []byte, shape ...int) []byte {
	head, _ := json.Marshal(map[string]any{
		"__metadata__": map[string]string{"format": "pt"},
		name:           map[string]any{"dtype": dtype, "shape": shape, "data_offsets": []int{0, len(data)}},
	})
	return rawTensors(string(head), data)
}

func rawTensors(head string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return append(append(b, head...), data...)
}

func TestSafetensors(t *testing.T) {
	for code, dtype := range tensorTypes {
		npy := npyBytes(dtype, false, false, 4, 5)
		path := write(t, "f.safetensors", tensorFile("a.w", code, npy[len(npy)-20*loss.ItemBytes(dtype):], 4, 5))
		for _, spec := range []string{path, path + ":a.w"} {
			s := mustOpen(t, spec, Options{})
			if s.Dtype() != dtype || !slices.Equal(s.Shape(), []int{4, 5}) {
				t.Errorf("got %s %v, want %s", s.Dtype(), s.Shape(), dtype)
			}
			checkRandom(t, s, wanted(dtype, 20))
		}
	}
}

func TestSafetensorsErrors(t *testing.T) {
	data := make([]byte, 16)
	entry := func(name, dtype, shape, span string) string {
		return `"` + name + `":{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":` + span + `}`
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{[]byte("abc"), "f.safetensors: got 3 bytes, want the header of safetensors"},
		{rawTensors("{"+strings.Repeat(" ", 20), nil)[:20], "f.safetensors: got a header of 21 bytes, want at most 12"},
		{rawTensors("{nonsense}", data), "f.safetensors: broken header: invalid character 'n' looking for beginning of object key string"},
		{rawTensors("{"+entry("a", "F32", "[5]", "[0,16]")+"}", data), "f.safetensors: got 16 bytes of data, want 20 for shape (5,) of float32: the file was cut off"},
		{rawTensors("{"+entry("a", "F32", "[4]", "[0,16]")+"}", data[:10]), "f.safetensors: got 10 bytes of data, want 16 by the header"},
		{rawTensors("{"+entry("a", "F32", "[2]", "[0,8]")+","+entry("b", "F32", "[2]", "[4,12]")+"}", data), "f.safetensors:b: got bytes 4 to 12, want them to start at 8, where the tensor before ends"},
		{rawTensors("{"+entry("a", "F32", "[2]", "[8,16]")+"}", data), "f.safetensors:a: got bytes 8 to 16, want them to start at 0, where the tensor before ends"},
		{rawTensors("{"+entry("a", "F8_E4M3", "[16]", "[0,16]")+"}", data), "f.safetensors: got dtype F8_E4M3, want F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 or BOOL; save t.float()"},
		{rawTensors("{"+entry("a", "F32", "[-4]", "[0,16]")+"}", data), "f.safetensors: got shape (-4,) of float32, want fewer bytes than a file can hold"},
		{rawTensors("{"+entry("a", "F32", "[2]", "[0,8]")+","+entry("b", "F32", "[2]", "[8,16]")+"}", data), "f.safetensors: got 2 tensors, want one of them by name: f.safetensors:a, f.safetensors:b"},
	} {
		path := write(t, "f.safetensors", c.data)
		_, err := Open(path, Options{})
		checkError(t, err, path, c.want)
	}
	path := write(t, "f.safetensors", tensorFile("a", "U8", data, 16))
	_, err := Open(path+":b", Options{})
	checkError(t, err, path, "f.safetensors: got no tensor \"b\", want one of: a")
}
