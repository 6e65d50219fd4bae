package nn

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"lossctl/internal/vec"
)

// noise draws n numbers in [−1, 1) as scripts/reference/nn.py does.
func noise(seed uint64, n int, scale float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		z := (seed<<32 + uint64(i)) * 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		x[i] = float32((float64(z>>40)/0x1p23 - 1) * scale)
	}
	return x
}

// drawn is a network with weights of noise.
func drawn(t testing.TB, name string) *Network {
	t.Helper()
	n, err := New(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Load(tensors(n)); err != nil {
		t.Fatal(err)
	}
	return n
}

func tensors(n *Network) func(name string) ([]float32, []int, bool) {
	type tensor struct {
		data  []float32
		shape []int
	}
	all := map[string]tensor{}
	seed := uint64(1)
	for _, l := range n.layers {
		for _, c := range l.convs() {
			inputs := c.in * c.area()
			all["features."+c.name+".weight"] = tensor{noise(seed, c.out*inputs, math.Sqrt(6/float64(inputs))), []int{c.out, c.in, c.size, c.size}}
			all["features."+c.name+".bias"] = tensor{noise(seed+1, c.out, 0.125), []int{c.out}}
			seed += 2
		}
	}
	return func(name string) ([]float32, []int, bool) {
		t, ok := all[name]
		return t.data, t.shape, ok
	}
}

func picture(seed uint64, h, w int) Tensor { return Tensor{3, h, w, noise(seed, 3*h*w, 2)} }

// A summary is what is compared of many numbers.
type summary struct {
	Norm, Product float64
	Samples       []float64
}

func (s *summary) check(t *testing.T, what string, x, direction []float32, tolerance float64) {
	t.Helper()
	norm, product := 0.0, 0.0
	for i, v := range x {
		norm += float64(v) * float64(v)
		product += float64(v) * float64(direction[i])
	}
	scale := s.Norm / math.Sqrt(float64(len(x)))
	check := func(kind string, got, want, scale float64) {
		if !(math.Abs(got-want) <= tolerance*scale) {
			t.Errorf("%s: %s %.9g, want %.9g", what, kind, got, want)
		}
	}
	check("norm", math.Sqrt(norm), s.Norm, s.Norm)
	check("product", product, s.Product, s.Norm)
	for i, want := range s.Samples {
		check("number", float64(x[i*len(x)/len(s.Samples)]), want, math.Abs(want)+scale)
	}
}

// slow is where products are computed in plain Go, which takes a hundred times as long.
var slow = func() bool { rows, _ := vec.Tile(); return rows == 4 }()

// TestReference compares each layer and the gradient with torchvision.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("../../testdata/nn/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Cases []struct {
			Net     string
			H, W    int
			Picture uint64
			Outputs []struct {
				Name  string
				Shape []int
				summary
			}
			Gradient summary
		}
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	for i, c := range reference.Cases {
		if testing.Short() && i%2 == 1 || slow && strings.HasPrefix(c.Net, "vgg") {
			continue
		}
		n := drawn(t, c.Net)
		var names []string
		for _, o := range c.Outputs {
			names = append(names, o.Name)
		}
		if !slices.Equal(names, n.Outputs()) {
			t.Errorf("%s: layers %v, want %v", c.Net, n.Outputs(), names)
		}
		results, tape := n.Forward(picture(c.Picture, c.H, c.W), names, true, 2)
		grads := make([]Tensor, len(results))
		for i, y := range results {
			o := c.Outputs[i]
			if shape := []int{y.C, y.H, y.W}; !slices.Equal(shape, o.Shape) {
				t.Fatalf("%s %s: shape %v, want %v", c.Net, o.Name, shape, o.Shape)
			}
			o.check(t, c.Net+" "+o.Name, y.Data, noise(uint64(2000+i), len(y.Data), 1), 1e-5)
			grads[i] = Tensor{y.C, y.H, y.W, noise(uint64(2000+i), len(y.Data), 1/math.Sqrt(float64(len(y.Data))))}
		}
		g := tape.Backward(grads)
		c.Gradient.check(t, c.Net+" gradient", g.Data, noise(3000, len(g.Data), 1), 1e-5)
		tape.Release()
	}
}
