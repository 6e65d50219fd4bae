package weights

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"lossctl/io/array"
)

// checkOne wants an error of one line about the input, or none.
func checkOne(t *testing.T, err error) {
	t.Helper()
	var e *array.Error
	if err != nil && (!errors.As(err, &e) || e.Machine || strings.Contains(err.Error(), "\n")) {
		t.Fatalf("got %q, want one line about the input", err)
	}
}

// readAll reads every tensor of a file, and the file as heads.
func readAll(t *testing.T, path string) error {
	t.Helper()
	_, err := Heads(path, []int{2, 3})
	checkOne(t, err)
	f, err := Open(path)
	checkOne(t, err)
	if err != nil {
		return err
	}
	for _, name := range f.Names() {
		_, _, other := f.Tensor(name)
		checkOne(t, other)
		if err == nil {
			err = other
		}
	}
	return err
}

// FuzzOpen reads any bytes as weights: no panic, no memory for tensors that
// are not there, errors of one line.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"legacy.pt", "checkpoint.pt", "old.pt"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "array", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, text := range []string{
		`{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}`,
		`{"a":{"dtype":"F16","shape":[4611686018427387904,4],"data_offsets":[0,24]}}`,
	} {
		f.Add(safetensors(text, 24))
	}
	f.Add(npz(f, "a.npy", npy("(2, 3)", 24)))
	f.Add(npz(f, "archive/data.pkl", []byte("\x80\x02}.")))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		readAll(t, path)
	})
}

func safetensors(header string, n int) []byte {
	b := make([]byte, 8, 8+len(header)+n)
	b[0], b[1] = byte(len(header)), byte(len(header)>>8)
	return append(append(b, header...), make([]byte, n)...)
}

func npy(shape string, n int) []byte {
	head := "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }"
	head += strings.Repeat(" ", 117-len(head)) + "\n"
	return append(append([]byte("\x93NUMPY\x01\x00\x76\x00"), head...), make([]byte, n)...)
}

func npz(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Weights that promise more than they hold, or code, are refused in one line,
// and take no memory.
func TestHostile(t *testing.T) {
	legacy, err := os.ReadFile(filepath.Join("..", "..", "testdata", "array", "legacy.pt"))
	if err != nil {
		t.Fatal(err)
	}
	name, _ := json.Marshal(strings.Repeat("x", 300))
	code := "\x80\x02cposix\nsystem\nU\x09touch pwn\x85R."
	for title, c := range map[string]struct {
		data []byte
		want string
	}{
		"truncated.pth":       {legacy[:len(legacy)-9], "ends too early"},
		"code.pth":            {npz(t, "archive/data.pkl", []byte(code)), "got a PyTorch file without tensors"},
		"module.pth":          {npz(t, "archive/data.pkl", []byte("\x80\x02i")), "got opcode 0x69"},
		"program.pth":         {npz(t, "archive/data.pkl", []byte("\x80\x02(X\xff\xff\xff\x7f.")), "an argument beyond its end"},
		"header.safetensors":  {append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, '{', '}'), ""},
		"shape.safetensors":   {safetensors(`{"a":{"dtype":"F32","shape":[1073741824,1073741824],"data_offsets":[0,8]}}`, 8), ""},
		"offsets.safetensors": {safetensors(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8000000000]}}`, 8), "want 8000000000 by the header"},
		"nothing.safetensors": {safetensors(`{`+string(name)+`:{"dtype":"F32","shape":[2],"data_offsets":[4,8]}}`, 8), "want them to start at 0"},
		"shape.npz":           {npz(t, "a.npy", npy("(1099511627776, 4)", 8)), ""},
		"truncated.npz":       {npz(t, "a.npy", npy("(2, 3)", 24))[:90], ""},
		"text.pth":            {[]byte("not weights"), ""},
		"empty.pth":           {nil, ""},
	} {
		path := filepath.Join(t.TempDir(), title)
		if err := os.WriteFile(path, c.data, 0o666); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := readAll(t, path)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", title, err, c.want)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
			t.Errorf("%s: took %d MiB", title, took>>20)
		}
	}
	if _, err := os.Stat("pwn"); err == nil {
		t.Error("the code of a pickle ran")
	}
}
