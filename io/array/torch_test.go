package array

import (
	"io"
	"path/filepath"
	"testing"
)

// TestHostilePickle wants errors, and no memory, for any broken pickle.
func TestHostilePickle(t *testing.T) {
	for _, data := range []string{
		"", ".", "X\xff\xff\xff\x7f", "\x80\x02}", "(((", "c\n", "cposix\nsystem\n(U\x02lst\x85R.", "]q\x00h\x00a.", "\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
		"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "ccollections\nOrderedDict\n)R]Ns.", "K\x01K\x02R.", "Q.", "NQ.", ")Q.", "h\x00.", "0.", "u.", "b.", "s.",
		"ctorch._utils\n_rebuild_tensor_v2\n)R.", "ctorch._utils\n_rebuild_tensor_v2\n(NNNNtR.",
	} {
		value, err := unpickle("x.pt", []byte(data))
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
		value, err := unpickle("x.pt", data)
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
