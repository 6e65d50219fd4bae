package array

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"lossctl/loss"
)

// maxTensorHeader is the bound of the reference implementation.
const maxTensorHeader = 100_000_000

// A tensor is one entry of a safetensors header; the offsets count from the
// end of the header.
type tensor struct {
	name  string
	Dtype string   `json:"dtype"`
	Shape []int    `json:"shape"`
	Span  [2]int64 `json:"data_offsets"`
}

// tensorTypes maps the names of safetensors to numpy's. All are little-endian.
var tensorTypes = map[string]string{
	"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
	"I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
	"U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}

// readTensors reads the header of a safetensors file: 8 bytes of length,
// little-endian, then JSON {"name": {"dtype", "shape", "data_offsets"}}.
// The tensors must fill the rest of the file without overlap or hole.
// They are returned in the order of the file, with where the data starts.
func readTensors(f *file) (tensors []tensor, data int64, err error) {
	var fix [8]byte
	if f.size < 8 {
		return nil, 0, dataf(f.name, "got %d bytes, want the header of safetensors", f.size)
	}
	if err := f.read(fix[:], 0); err != nil {
		return nil, 0, err
	}
	n := binary.LittleEndian.Uint64(fix[:])
	if n > maxTensorHeader || int64(n) > f.size-8 {
		return nil, 0, dataf(f.name, "got a header of %d bytes, want at most %d", n, min(maxTensorHeader, f.size-8))
	}
	text := make([]byte, n)
	if err := f.read(text, 8); err != nil {
		return nil, 0, err
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimRight(text, " \x00"), &entries); err != nil {
		return nil, 0, dataf(f.name, "broken header: %s", err)
	}
	delete(entries, "__metadata__")
	for name, raw := range entries {
		t := tensor{name: name}
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, 0, dataf(f.name+":"+name, "broken header entry: %s", err)
		}
		tensors = append(tensors, t)
	}
	slices.SortFunc(tensors, func(a, b tensor) int {
		return cmp.Or(cmp.Compare(a.Span[0], b.Span[0]), cmp.Compare(a.Span[1], b.Span[1]), strings.Compare(a.name, b.name))
	})
	at := int64(0)
	for _, t := range tensors {
		if t.Span[0] != at || t.Span[1] < at {
			return nil, 0, dataf(f.name+":"+t.name, "got bytes %d to %d, want them to start at %d, where the tensor before ends", t.Span[0], t.Span[1], at)
		}
		at = t.Span[1]
	}
	if data = 8 + int64(n); at != f.size-data {
		return nil, 0, dataf(f.name, "got %d bytes of data, want %d by the header", f.size-data, at)
	}
	return tensors, data, nil
}

// openTensor makes a source of one tensor; name "" is the only one.
func openTensor(f *file, label, name string) (loss.Source, error) {
	tensors, data, err := readTensors(f)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(tensors))
	for i, t := range tensors {
		names[i] = t.name
	}
	if name == "" {
		if len(names) != 1 {
			if len(names) == 0 {
				return nil, dataf(f.name, "got no tensors, want one")
			}
			return nil, dataf(f.name, "got %d tensors, want one of them by name: %s", len(names), listed(f.name, names))
		}
		name = names[0]
	}
	i := slices.Index(names, name)
	if i < 0 {
		return nil, dataf(f.name, "got no tensor %q, want one of: %s", name, strings.Join(few(names), ", "))
	}
	l, err := tensors[i].layout(label)
	if err != nil {
		return nil, err
	}
	return newDense(l, f.section(label, data+tensors[i].Span[0], l.bytes())), nil
}

// layout checks type and size of one tensor.
func (t *tensor) layout(label string) (*layout, error) {
	dtype := tensorTypes[t.Dtype]
	if dtype == "" {
		return nil, dataf(label, "got dtype %s, want F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 or BOOL; save t.float()", t.Dtype)
	}
	l, err := newLayout(label, dtype, t.Shape, false, false)
	if err != nil {
		return nil, err
	}
	l.format = formatSafetensors
	return l, l.checkBytes(t.Span[1] - t.Span[0])
}
