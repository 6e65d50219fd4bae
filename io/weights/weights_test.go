package weights

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lossctl/internal/nn"
	"lossctl/io/array"
)

// real is a file of pretrained weights, which are not part of the repository: they
// are looked for in $LOSSCTL_WEIGHTS and beside it.
func real(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("LOSSCTL_WEIGHTS"), "../../../shared/weights"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); dir != "" && err == nil {
			return path
		}
	}
	t.Skipf("no %s in $LOSSCTL_WEIGHTS or ../shared/weights", name)
	return ""
}

func network(t *testing.T, name string) *nn.Network {
	t.Helper()
	n, err := nn.New(name)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func mustOpen(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestPretrained compares the layers of real networks with torchvision's.
func TestPretrained(t *testing.T) {
	text, err := os.ReadFile("../../testdata/nn/pretrained.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Cases []struct {
			File, Net string
			Outputs   []struct {
				Name    string
				Norm    float64
				Samples []float64
			}
		}
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	x := nn.Tensor{C: 3, H: 64, W: 64, Data: make([]float32, 3*64*64)}
	for i := range x.Data {
		x.Data[i] = float32(float64(i*7919%1000)/250 - 2)
	}
	for _, c := range reference.Cases {
		t.Run(c.File, func(t *testing.T) {
			n := network(t, c.Net)
			if err := Load(n, real(t, c.File)); err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, o := range c.Outputs {
				names = append(names, o.Name)
			}
			if !slices.Equal(names, n.Layers()) {
				t.Fatalf("layers %v, want %v", n.Layers(), names)
			}
			results, tape := n.Forward(x, names, false, 2)
			defer tape.Release()
			for i, o := range c.Outputs {
				sum, y := 0.0, results[i].Data
				for _, v := range y {
					sum += float64(v) * float64(v)
				}
				scale := o.Norm / math.Sqrt(float64(len(y)))
				if got := math.Sqrt(sum); math.Abs(got-o.Norm) > 1e-6*o.Norm {
					t.Errorf("%s: norm %.9g, want %.9g", o.Name, got, o.Norm)
				}
				for k, want := range o.Samples {
					if got := float64(y[k*len(y)/len(o.Samples)]); math.Abs(got-want) > 1e-5*(scale+math.Abs(want)) {
						t.Errorf("%s: number %d is %.9g, want %.9g", o.Name, k, got, want)
					}
				}
			}
		})
	}
}

// TestForms wants the same tensors from files of different forms.
func TestForms(t *testing.T) {
	old := mustOpen(t, real(t, "squeezenet1_1_features.pth"))
	plain := mustOpen(t, real(t, "squeezenet1_1_features.safetensors"))
	half := mustOpen(t, real(t, "squeezenet1_1_features_f16.safetensors"))
	if len(old.Names()) != 50 || len(plain.Names()) != 50 || len(half.Names()) != 50 {
		t.Fatalf("got %d, %d and %d tensors, want 50", len(old.Names()), len(plain.Names()), len(half.Names()))
	}
	for _, name := range plain.Names() {
		want, shape, err := plain.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		short, _ := strings.CutPrefix(name, "features.")
		if got, other, err := old.Tensor(short); err != nil || !slices.Equal(got, want) || !slices.Equal(shape, other) {
			t.Errorf("%s of .pth is another tensor (%v)", name, err)
		}
		got, _, err := half.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if math.Abs(float64(v-want[i])) > 1e-3*math.Abs(float64(want[i]))+1e-6 {
				t.Errorf("%s: number %d as float16 is %g, want %g", name, i, v, want[i])
				break
			}
		}
	}
	for _, name := range []string{"squeezenet1_1_features.pth", "squeezenet1_1_features_f16.safetensors"} {
		if err := Load(network(t, "squeezenet"), real(t, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestHeads(t *testing.T) {
	for name, channels := range map[string][]int{
		"alex": {64, 192, 384, 256, 256}, "squeeze": {64, 128, 256, 384, 384, 512, 512}, "vgg": {64, 128, 256, 512, 512},
	} {
		old, err := Heads(real(t, name+".pth"), channels)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := Heads(real(t, "lpips_v0.1_"+name+"_lin.safetensors"), channels)
		if err != nil || !slices.EqualFunc(old, plain, slices.Equal) {
			t.Errorf("%s: the two files differ (%v)", name, err)
		}
		for i, c := range channels {
			if len(old[i]) != c {
				t.Errorf("%s: layer %d has %d numbers, want %d", name, i, len(old[i]), c)
			}
		}
	}
	path := real(t, "squeeze.pth")
	for want, channels := range map[string][]int{
		"got lin1.model.1.weight of shape [1 128 1 1], want [1 192 1 1]; it is another network's": {64, 192, 384, 256, 256},
		"got a tensor lin5.model.1.weight, want 5 layers; it is another network's":                {64, 128, 256, 384, 384},
	} {
		if _, err := Heads(path, channels); err == nil || err.Error() != path+": "+want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	path = real(t, "vgg16_features_to_relu2_2.safetensors")
	if _, err := Heads(path, []int{64}); err == nil || err.Error() != path+": got no tensor lin0.model.1.weight, want LPIPS's linear layers lin0 to lin0" {
		t.Errorf("got %v", err)
	}
}

// TestTensors reads the fixtures of io/array, all of which hold the same numbers.
func TestTensors(t *testing.T) {
	dir := "../../testdata/array/"
	for _, c := range []struct{ file, name string }{
		{"stored.npz", "pred"},
		{"deflated.npz", "arr_0"},
		{"two.safetensors", "w"},
		{"checkpoint.pt", "model.fc.weight"},
		{"checkpoint.pt", "columns"},
		{"checkpoint.pt", "model.fc.bias"},
		{"legacy.pt", "view"},
		{"python2.pt", "w"},
		{"two.safetensors", "n"},
		{"stored.npz", "none"},
	} {
		f := mustOpen(t, dir+c.file)
		data, shape, err := f.Tensor(c.name)
		switch c.name {
		case "columns":
			if err == nil || err.Error() != dir+"checkpoint.pt:columns: got dtype int64, want a float type" {
				t.Errorf("got %v", err)
			}
		case "n":
			if err == nil || err.Error() != dir+"two.safetensors:n: got dtype uint8, want a float type" {
				t.Errorf("got %v", err)
			}
		case "none":
			if err == nil || f.Err() != nil {
				t.Errorf("got %v, and %v of Get", err, f.Err())
			}
		default:
			if err != nil || !slices.Equal(shape, []int{3, 4}) {
				t.Fatalf("%s %s: shape %v, %v", c.file, c.name, shape, err)
			}
			for i, v := range data {
				if v != float32((i*5+i/7)%8) {
					t.Errorf("%s %s: number %d is %g", c.file, c.name, i, v)
				}
			}
		}
	}
	if _, err := Open(dir + "scalar.npy"); err == nil || err.Error() != dir+"scalar.npy: got a file of one array, want tensors by name: .safetensors, .npz or .pth" {
		t.Errorf("got %v", err)
	}
	if _, err := Open(dir + "absent.pth"); err == nil || err.Error() != dir+"absent.pth: no such file" {
		t.Errorf("got %v", err)
	}
	var e *array.Error
	err := Load(network(t, "vgg16"), dir+"two.safetensors")
	if !errors.As(err, &e) || e.Machine || err.Error() != dir+"two.safetensors: got no tensor features.0.weight, want the weights of vgg16" {
		t.Errorf("got %v", err)
	}
}
