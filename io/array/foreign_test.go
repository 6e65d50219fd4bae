package array

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestForeign reads what other programs wrote (scripts/array_fixtures.py).
func TestForeign(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "array")
	for _, c := range []struct {
		spec, dtype string
		shape       []int
	}{
		{"f2_big_fortran.npy", "float16", []int{3, 4}},
		{"bfloat16.npy", "bfloat16", []int{3, 4}},
		{"scalar.npy", "float64", []int{}},
		{"version3.npy", "int32", []int{3, 4}},
		{"stored.npz:pred", "float32", []int{3, 4}},
		{"deflated.npz", "float32", []int{3, 4}},
		{"deflated.npz:arr_0", "float32", []int{3, 4}},
		{"zip64.npz:x", "float32", []int{3, 4}},
		{"two.safetensors:w", "float32", []int{3, 4}},
		{"two.safetensors:n", "uint8", []int{3, 4}},
		{"tensor.pt", "float32", []int{3, 4}},
		{"checkpoint.pt:model.fc.weight", "float64", []int{3, 4}},
		{"checkpoint.pt:model.fc.bias", "bfloat16", []int{3, 4}},
		{"checkpoint.pt:view", "float16", []int{3, 4}},
		{"checkpoint.pt:columns", "int64", []int{3, 4}},
		{"checkpoint.pt:wide", "uint16", []int{3, 4}},
		{"checkpoint.pt:list.1", "int32", []int{3, 4}},
		{"grey.png", "uint8", []int{1, 3, 4}},
		{"grey16.png", "uint16", []int{1, 3, 4}},
		{"palette.png", "uint8", []int{1, 3, 4}},
		{"volume.nii.gz", "int16", []int{1, 3, 4}},
		{"volume_big.nii", "float32", []int{1, 3, 4}},
		{"volume2.nii", "uint8", []int{1, 1, 3, 4}},
		{"scaled.nii", "float64", []int{1, 3, 4}},
		{"old.pt", "float32", []int{3, 4}},
		{"legacy.pt:model.fc.weight", "float64", []int{3, 4}},
		{"legacy.pt:model.fc.bias", "bfloat16", []int{3, 4}},
		{"legacy.pt:view", "float16", []int{3, 4}},
		{"legacy.pt:list.1", "int32", []int{3, 4}},
		{"python2.pt:w", "float32", []int{3, 4}},
		{"savetxt.txt", "int64", []int{3, 4}},
		{"pandas.csv:p0-p3", "int64", []int{3, 4}},
		{"pandas.csv:3-6", "int64", []int{3, 4}},
		{"pandas.csv:p*", "int64", []int{3, 4}},
	} {
		s := mustOpen(t, filepath.Join(dir, c.spec), Options{})
		n, _ := product(c.shape, 1)
		if s.Dtype() != c.dtype || !slices.Equal(s.Shape(), c.shape) {
			t.Errorf("%s: got %v %s, want %v %s", c.spec, s.Shape(), s.Dtype(), c.shape, c.dtype)
		} else if got := readAll(t, s); !same(got, wanted("float32", n)) {
			t.Errorf("%s: got %v", c.spec, got)
		}
	}
	bits := wanted("float32", 12)
	for i, x := range bits {
		bits[i] = max(min(x, 4), 3) - 3
	}
	if s := mustOpen(t, filepath.Join(dir, "bits.png"), Options{}); s.Dtype() != "bool" || !same(readAll(t, s), bits) {
		t.Errorf("bits.png: got %s %v", s.Dtype(), readAll(t, s))
	}
	if got := readAll(t, mustOpen(t, filepath.Join(dir, "pandas.jsonl:p1"), Options{})); !same(got, []float64{5, 1, 6}) {
		t.Errorf("got %v", got)
	}
	for spec, want := range map[string][]string{
		"names.npy":         {"cat", "dög", ""},
		"pandas.csv:name":   {"a \"quoted\" id", "with,comma", "with\nbreak"},
		"pandas.jsonl:name": {"a \"quoted\" id", "with,comma", "with\nbreak"},
		"stored.npz:target": {"0", "4", "1"},
	} {
		if got, err := Strings(filepath.Join(dir, spec)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", spec, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"objects.npy":         "objects.npy: got pickled objects, which are never loaded (dtype \"|O\"), want numbers; save a.astype('float32'), or one array a member with np.savez",
		"complex.npy":         "complex.npy: got complex numbers (dtype \"<c8\"), want numbers; save a.real, a.imag or abs(a)",
		"records.npy":         "records.npy: got structured records, want numbers; save one field, np.save(f, a['field'])",
		"names.npy":           "names.npy: got strings (dtype \"<U3\"), want numbers; save class ids, or a .txt file of one name a line",
		"checkpoint.pt:holes": "checkpoint.pt:holes: got a view with strides [4 2] for shape (3, 2), want a tensor without holes; save t.contiguous()",
		"checkpoint.pt:x":     "checkpoint.pt: got no tensor \"x\", want one of: model.fc.weight, model.fc.bias, view, columns, holes, wide, list.0, list.1",
		"colours.png":         "colours.png: got a picture of colours, want one number a pixel: a palette or grey",
		"detached.hdr":        "detached.hdr: got a header whose data are in an .img file, want both in one .nii file",
		"legacy.pt:x":         "legacy.pt: got no tensor \"x\", want one of: model.fc.weight, model.fc.bias, view, columns, holes, wide, list.0, list.1",
		"stored.npz":          "stored.npz: got 2 arrays, want one of them by name: DIR/stored.npz:pred, DIR/stored.npz:target",
	} {
		_, err := Open(filepath.Join(dir, name), Options{})
		if err == nil || err.Error() != dir+"/"+replaceDir(want, dir) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
}
