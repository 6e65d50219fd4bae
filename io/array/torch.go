package array

import (
	"archive/zip"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/nlpodyssey/gopickle/types"

	"lossctl/loss"
)

// maxPickle bounds data.pkl, which holds names and shapes but no numbers.
const maxPickle = 8 << 20

// torchPrefix is the folder within the archive of a file that torch.save
// wrote; ok is false for another archive.
func (a *archive) torchPrefix() (prefix string, ok bool) {
	for _, m := range a.zip.File {
		if prefix, ok = strings.CutSuffix(m.Name, "data.pkl"); ok && strings.Count(m.Name, "/") <= 1 {
			return prefix, true
		}
	}
	return "", false
}

// tensors reads the tensors of a PyTorch file by name: keys of dicts and
// places in lists, joined by points; a bare tensor has the name "".
func (a *archive) tensors() (names []string, tensors map[string]*torchTensor, err error) {
	prefix, _ := a.torchPrefix()
	name := a.file.name
	if a.find(prefix+"constants.pkl") != nil {
		return nil, nil, dataf(name, "got a TorchScript program, want tensors; save model.state_dict()")
	}
	m := a.find(prefix + "data.pkl")
	if m.UncompressedSize64 > maxPickle {
		return nil, nil, dataf(name, "got a pickle of %d bytes, want at most %d", m.UncompressedSize64, maxPickle)
	}
	r, err := m.Open()
	if err != nil {
		return nil, nil, fileError(name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxPickle))
	if err != nil && err != zip.ErrChecksum { // torch may leave out checksums
		return nil, nil, fileError(name, err)
	}
	value, _, err := unpickle(name, data)
	if err != nil {
		return nil, nil, err
	}
	return named(name, value)
}

// named lists the tensors in what was unpickled.
func named(file string, value any) (names []string, tensors map[string]*torchTensor, err error) {
	tensors = map[string]*torchTensor{}
	collect(value, func(key string, t *torchTensor) {
		if _, ok := tensors[key]; !ok {
			names = append(names, key)
			tensors[key] = t
		}
	})
	if len(names) == 0 {
		return nil, nil, dataf(file, "got a PyTorch file without tensors, want one; save tensors in a dict")
	}
	return names, tensors, nil
}

// collect finds the tensors in nested containers. A container may hold
// itself, so the depth and the number of values are bounded.
func collect(value any, found func(string, *torchTensor)) {
	left := maxPickle
	var visit func(value any, key string, depth int)
	visit = func(value any, key string, depth int) {
		if left--; depth > 16 || left < 0 {
			return
		}
		sub := func(name any, v any) {
			text, ok := name.(string)
			if n, isInt := name.(int); isInt {
				text, ok = strconv.Itoa(n), true
			}
			if key != "" {
				text = key + "." + text
			}
			if ok {
				visit(v, text, depth+1)
			}
		}
		switch v := value.(type) {
		case *torchTensor:
			found(key, v)
		case *types.Dict:
			for _, e := range *v {
				sub(e.Key, e.Value)
			}
		case *types.OrderedDict:
			for e := v.List.Front(); e != nil; e = e.Next() {
				entry := e.Value.(*types.OrderedDictEntry)
				sub(entry.Key, entry.Value)
			}
		case *types.List:
			for i, e := range *v {
				sub(i, e)
			}
		case *types.Tuple:
			for i, e := range *v {
				sub(i, e)
			}
		}
	}
	visit(value, "", 0)
}

func (a *archive) find(name string) *zip.File {
	for _, m := range a.zip.File {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// openTorch makes a source of one tensor and takes over the file; name "" is
// the only one. The storage is read in place; its checksum is not proved.
func (a *archive) openTorch(label, name string) (loss.Source, error) {
	names, tensors, err := a.tensors()
	if err != nil {
		return nil, err
	}
	t, err := choose(a.file.name, names, tensors, name)
	if err != nil {
		return nil, err
	}
	big := false
	prefix, _ := a.torchPrefix()
	if m := a.find(prefix + "byteorder"); m != nil && m.UncompressedSize64 == 3 {
		big = true // "big", not "little"
	}
	m := a.find(prefix + "data/" + t.storage.key)
	if m == nil || m.Method != zip.Store {
		return nil, dataf(label, "got no storage data/%s, want it stored in the archive", t.storage.key)
	}
	off, err := m.DataOffset()
	size := int64(m.UncompressedSize64)
	if err != nil || m.CompressedSize64 != m.UncompressedSize64 || off+size > a.file.size || size < 0 || off+size < 0 {
		return nil, dataf(label, "got a storage that reaches beyond the end of the archive")
	}
	return t.source(label, big, a.file.section(label, off, size))
}

// choose finds a tensor by name; "" is the only one.
func choose(file string, names []string, tensors map[string]*torchTensor, name string) (*torchTensor, error) {
	t := tensors[name]
	if t == nil && name == "" {
		if len(names) > 1 {
			return nil, dataf(file, "got %d tensors, want one of them by name: %s", len(names), listed(file, names))
		}
		t = tensors[names[0]]
	}
	if t == nil {
		return nil, dataf(file, "got no tensor %q, want one of: %s", name, strings.Join(few(names), ", "))
	}
	return t, nil
}

// source makes a source of a tensor whose storage is the run of bytes f.
func (t *torchTensor) source(label string, big bool, f *file) (loss.Source, error) {
	fortran, ok := t.order()
	if !ok {
		return nil, dataf(label, "got a view with strides %v for shape %s, want a tensor without holes; save t.contiguous()", t.stride, shapeText(t.shape))
	}
	l, err := newLayout(label, t.dtype, t.shape, big, fortran)
	if err != nil {
		return nil, err
	}
	l.format = formatTorch
	if at := int64(t.offset); at < 0 || at > f.size/int64(l.size) || l.bytes() > f.size-at*int64(l.size) {
		return nil, dataf(label, "got a storage of %d bytes, want %d from element %d on for shape %s of %s", f.size, l.bytes(), at, shapeText(l.shape), l.dtype)
	}
	return newDense(l, f.section(label, int64(t.offset)*int64(l.size), l.bytes())), nil
}

// order tells C from Fortran order; ok is false for other strides. Axes of
// length 1 may have any stride.
func (t *torchTensor) order() (fortran, ok bool) {
	if slices.Contains(t.shape, 0) {
		return false, true
	}
	n := len(t.shape)
	follows := func(at func(i int) int) bool {
		step := 1
		for i := range n {
			k := at(i)
			if t.shape[k] != 1 && t.stride[k] != step {
				return false
			}
			step *= t.shape[k]
		}
		return true
	}
	if follows(func(i int) int { return n - 1 - i }) {
		return false, true
	}
	return true, follows(func(i int) int { return i })
}
