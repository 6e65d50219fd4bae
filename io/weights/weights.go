// Package weights finds, downloads and reads the weights of networks: tensors by
// name from .safetensors, .npz and PyTorch's .pth of either form, whose pickles are
// read but never executed.
package weights

import (
	"fmt"
	"slices"
	"strings"

	"lossctl/internal/nn"
	"lossctl/io/array"
	"lossctl/loss"
)

// A File is the tensors of a file by name. They are read when they are asked for.
type File struct {
	path  string
	names []string
	err   error
}

// Open lists the tensors of a file. Errors are *array.Error.
func Open(path string) (*File, error) {
	names, err := array.Members(path)
	if err != nil {
		return nil, err
	}
	if names == nil {
		return nil, dataf(path, "got a file of one array, want tensors by name: .safetensors, .npz or .pth")
	}
	return &File{path: path, names: names}, nil
}

// Names lists the tensors in the order of the file.
func (f *File) Names() []string { return f.names }

// Shape is read from the header.
func (f *File) Shape(name string) ([]int, error) {
	s, err := array.Open(f.path+":"+name, array.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Shape(), nil
}

// Tensor reads a tensor, in C order, as float32. What is stored as float64 is
// rounded; integers are refused.
func (f *File) Tensor(name string) (data []float32, shape []int, err error) {
	s, err := array.Open(f.path+":"+name, array.Options{})
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	if !strings.Contains(s.Dtype(), "float") {
		return nil, nil, dataf(s.Name(), "got dtype %s, want a float type", s.Dtype())
	}
	if err := s.Spool(); err != nil {
		return nil, nil, err
	}
	n := 1
	for _, length := range s.Shape() {
		n *= length
	}
	var buf loss.Buffer
	const block = 1 << 16
	wide := make([]float64, min(block, n))
	data = make([]float32, 0, n)
	for lo := 0; lo < n; lo += block {
		hi := min(lo+block, n)
		buf.Reset()
		if err := s.Fetch(&buf, lo, hi); err != nil {
			return nil, nil, err
		}
		s.Decode(wide[:hi-lo], &buf, 0)
		for _, v := range wide[:hi-lo] {
			data = append(data, float32(v))
		}
	}
	return data, s.Shape(), nil
}

// Get is Tensor for nn.Network.Load; its first error is Err.
func (f *File) Get(name string) (data []float32, shape []int, ok bool) {
	if f.err != nil || !slices.Contains(f.names, name) {
		return nil, nil, false
	}
	data, shape, err := f.Tensor(name)
	if err != nil {
		f.err = err
		return nil, nil, false
	}
	return data, shape, true
}

// Err is the first error of Get.
func (f *File) Err() error { return f.err }

// Load gives a network the weights of a file.
func Load(n *nn.Network, path string) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	err = n.Load(f.Get)
	switch {
	case f.Err() != nil:
		return f.Err()
	case err != nil:
		return dataf(path, "%s", err)
	}
	return nil
}

// Heads reads the weights of LPIPS's linear layers, one number a channel for each
// layer that it compares: linN.model.1.weight of shape (1, C, 1, 1).
func Heads(path string, channels []int) ([][]float32, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	heads := make([][]float32, len(channels))
	for i, c := range channels {
		name := fmt.Sprintf("lin%d.model.1.weight", i)
		if !slices.Contains(f.names, name) {
			return nil, dataf(path, "got no tensor %s, want LPIPS's linear layers lin0 to lin%d", name, len(channels)-1)
		}
		data, shape, err := f.Tensor(name)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(shape, []int{1, c, 1, 1}) {
			return nil, dataf(path, "got %s of shape %v, want [1 %d 1 1]; it is another network's", name, shape, c)
		}
		for _, v := range data {
			if v-v != 0 {
				return nil, dataf(path, "got %s with %g in it, want finite numbers", name, v)
			}
		}
		heads[i] = data
	}
	if next := fmt.Sprintf("lin%d.model.1.weight", len(channels)); slices.Contains(f.names, next) {
		return nil, dataf(path, "got a tensor %s, want %d layers; it is another network's", next, len(channels))
	}
	return heads, nil
}

func dataf(name, format string, args ...any) error {
	return &array.Error{Name: name, Msg: fmt.Sprintf(format, args...)}
}
