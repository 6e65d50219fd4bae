package array

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestHostilePickle wants errors, and no memory, for any broken pickle.
func TestHostilePickle(t *testing.T) {
	for _, data := range []string{
		"", ".", "X\xff\xff\xff\x7f", "\x80\x02}", "(((", "c\n", "cposix\nsystem\n(U\x02lst\x85R.", "]q\x00h\x00a.", "\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
		"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "ccollections\nOrderedDict\n)R]Ns.", "K\x01K\x02R.", "Q.", "NQ.", ")Q.", "h\x00.", "0.", "u.", "b.", "s.",
		"ctorch._utils\n_rebuild_tensor_v2\n)R.", "ctorch._utils\n_rebuild_tensor_v2\n(NNNNtR.",
	} {
		value, _, err := unpickle("x.pt", []byte(data))
		checkKind(t, err)
		if err == nil {
			collect(value, func(key string, _ *torchTensor) { t.Errorf("%q: got a tensor %q", data, key) })
		}
	}
}

// FuzzPickle reads any bytes as the structure of a PyTorch file.
func FuzzPickle(f *testing.F) {
	for _, name := range []string{"tensor.pt", "checkpoint.pt"} {
		in, err := openInput(filepath.Join("..", "..", "testdata", "array", name), Options{})
		if err != nil {
			f.Fatal(err)
		}
		a, err := openArchive(in.file)
		if err != nil {
			f.Fatal(err)
		}
		prefix, _ := a.torchPrefix()
		r, err := a.find(prefix + "data.pkl").Open()
		if err != nil {
			f.Fatal(err)
		}
		data, _ := io.ReadAll(r)
		f.Add(data)
		in.Close()
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, _, err := unpickle("x.pt", data)
		checkKind(t, err)
		if err != nil {
			return
		}
		collect(value, func(_ string, x *torchTensor) {
			x.order()
			_, err := newLayout("x.pt", x.dtype, x.shape, false, false)
			checkKind(t, err)
		})
	})
}

// legacyFiles are files in the form before PyTorch 1.6.
func legacyFiles(t testing.TB) (files [][]byte) {
	t.Helper()
	for _, name := range []string{"old.pt", "legacy.pt", "python2.pt"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "array", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, data)
	}
	return files
}

// readLegacyBytes reads all tensors of a file.
func readLegacyBytes(t *testing.T, data []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.pth")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	names, err := Members(path)
	checkKind(t, err)
	for _, name := range names {
		s, other := Open(path+":"+name, Options{})
		checkKind(t, other)
		if other == nil {
			_, other = wholeOf(s)
			checkKind(t, other)
			s.Close()
		}
	}
	return err
}

// TestBrokenLegacy wants an error for a file of any other length.
func TestBrokenLegacy(t *testing.T) {
	for _, data := range legacyFiles(t) {
		if err := readLegacyBytes(t, data); err != nil {
			t.Fatal(err)
		}
		if err := readLegacyBytes(t, append(slices.Clip(data), 0)); err == nil {
			t.Error("got no error for a byte too many")
		}
		for n := len(legacyMagic); n < len(data); n += 1 + n%7 {
			if err := readLegacyBytes(t, data[:n]); err == nil {
				t.Errorf("got no error for %d of %d bytes", n, len(data))
			}
		}
	}
}

// FuzzLegacy reads any bytes after the magic number.
func FuzzLegacy(f *testing.F) {
	for _, data := range legacyFiles(f) {
		f.Add(data[len(legacyMagic):])
	}
	f.Fuzz(func(t *testing.T, data []byte) { readLegacyBytes(t, append([]byte(legacyMagic), data...)) })
}
