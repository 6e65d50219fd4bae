package commands

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lossctl/internal/vec"
	"lossctl/loss"
)

// drawnNoise draws n numbers in [−1, 1) as scripts/reference/nn.py does.
func drawnNoise(seed uint64, n int, scale float64) []float32 {
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

// A drawnTensor is a tensor of noise.
type drawnTensor struct {
	name  string
	shape []int
	data  []float32
}

// drawnNet are weights of noise, in the order of torchvision's parameters.
func drawnNet(net string) (list []drawnTensor) {
	seed := uint64(1)
	conv := func(name string, out, in, size int) {
		inputs := in * size * size
		list = append(list,
			drawnTensor{"features." + name + ".weight", []int{out, in, size, size}, drawnNoise(seed, out*inputs, math.Sqrt(6/float64(inputs)))},
			drawnTensor{"features." + name + ".bias", []int{out}, drawnNoise(seed+1, out, 0.125)})
		seed += 2
	}
	depths := map[string][]int{"vgg16": {2, 2, 3, 3, 3}, "vgg19": {2, 2, 4, 4, 4}}[net]
	switch net {
	case "alexnet":
		for _, c := range [][4]int{{0, 64, 3, 11}, {3, 192, 64, 5}, {6, 384, 192, 3}, {8, 256, 384, 3}, {10, 256, 256, 3}} {
			conv(fmt.Sprint(c[0]), c[1], c[2], c[3])
		}
	case "squeezenet":
		conv("0", 64, 3, 3)
		in := 64
		for _, c := range [][3]int{{3, 16, 64}, {4, 16, 64}, {6, 32, 128}, {7, 32, 128}, {9, 48, 192}, {10, 48, 192}, {11, 64, 256}, {12, 64, 256}} {
			name := fmt.Sprint(c[0])
			conv(name+".squeeze", c[1], in, 1)
			conv(name+".expand1x1", c[2], c[1], 1)
			conv(name+".expand3x3", c[2], c[1], 3)
			in = 2 * c[2]
		}
	default:
		at, in := 0, 3
		for block, depth := range depths {
			for range depth {
				out := min(64<<block, 512)
				conv(fmt.Sprint(at), out, in, 3)
				at, in = at+2, out
			}
			at++
		}
	}
	return list
}

// drawnHeads are linear layers of |noise|.
func drawnHeads(channels ...int) (list []drawnTensor) {
	for k, c := range channels {
		x := drawnNoise(uint64(500+k), c, 1)
		for i, v := range x {
			x[i] = max(v, -v)
		}
		list = append(list, drawnTensor{fmt.Sprintf("lin%d.model.1.weight", k), []int{1, c, 1, 1}, x})
	}
	return list
}

// writeTensors writes a safetensors file.
func writeTensors(t *testing.T, path string, list []drawnTensor) {
	t.Helper()
	type entry struct {
		Dtype   string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	header, at := map[string]entry{}, 0
	var data []byte
	for _, x := range list {
		header[x.name] = entry{"F32", x.shape, [2]int{at, at + 4*len(x.data)}}
		at += 4 * len(x.data)
		for _, v := range x.data {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
	}
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	file := slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(h))), h, data)
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
}

// drawnWeights is a folder of networks with weights of noise.
func drawnWeights(t *testing.T, nets ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, net := range nets {
		writeTensors(t, filepath.Join(dir, net+".safetensors"), drawnNet(net))
	}
	writeTensors(t, filepath.Join(dir, "lpips_v0.1_alex_lin.safetensors"), drawnHeads(64, 192, 384, 256, 256))
	writeTensors(t, filepath.Join(dir, "lpips_v0.1_vgg_lin.safetensors"), drawnHeads(64, 128, 256, 512, 512))
	t.Setenv("LOSSCTL_WEIGHTS", dir)
	return dir
}

func readCases(t *testing.T, file string) []refCase {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var ref struct{ Cases []refCase }
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	return ref.Cases
}

// Kinds that go through a network, with weights of noise: values, components
// and gradients are those of torch in float64, and of the libraries.
func TestPerceptualNet(t *testing.T) {
	dir, err := filepath.Abs("../testdata/perceptual_net")
	if err != nil {
		t.Fatal(err)
	}
	drawnWeights(t, "alexnet", "squeezenet", "vgg16", "vgg19")
	for i, c := range readCases(t, filepath.Join(dir, "reference.json")) {
		small := slices.ContainsFunc(c.Args, func(s string) bool { return s == "alexnet" || strings.HasPrefix(s, "squeeze") })
		if rows, _ := vec.Tile(); testing.Short() && i%6 != 0 || rows == 4 && !small { // plain Go takes a hundred times as long
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			c.gradTolerance = 1e-4 // networks compute in float32
			c.run(t, dir, []string{"perceptual"})
		})
	}
}

// The same with the weights that have learnt, where they are found.
func TestPerceptualPretrained(t *testing.T) {
	realWeights(t)
	dir, err := filepath.Abs("../testdata/perceptual_net")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range readCases(t, filepath.Join(dir, "pretrained.json")) {
		t.Run(c.Name, func(t *testing.T) { c.run(t, dir, []string{"perceptual"}) })
	}
}

// Layers that are not there, networks that do not go together.
func TestPerceptualNetErrors(t *testing.T) {
	drawnWeights(t, "alexnet", "squeezenet")
	dir, err := filepath.Abs("../testdata/perceptual_net")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"--kind content --net alex --layers relu9", `--layers: got layer "relu9", want one of alexnet: conv1, relu1`},
		{"--kind content --net alex --layers relu1=x", `--layers: got "x" for layer relu1, want a number`},
		{"--kind content --net alex --layers relu1=-1", "--layers: got relu1=-1, want a weight of at least 0"},
		{"--kind style --net alex --layers relu1,relu1", "--layers: got layer relu1 twice, want it once"},
		{"--kind lpips --net vgg19", "--net: got vgg19 with --kind lpips, want alexnet|squeezenet|vgg16"},
		{"--kind lpips,content --net-weights x.pth", "--net-weights: got x.pth with --kind lpips,content, which want alexnet and vgg16; --net says one for all"},
		{"--kind content", "--net-weights: vgg16: got no weights in"},
		{"--kind content --net alex --style style.npy", "--style: got style.npy with --kind content, want style or total"},
		{"--kind style --net alex --style p.npy", "p.npy: got 2 pictures, want 1"},
		{"--kind content --net alex --layers pool5 --crop-border 8", "p.npy: got a picture of 17×16, want at least"},
	} {
		code, _, errs := lossctl(t, dir, "", append(strings.Fields("perceptual --pred p.npy --target t.npy"), strings.Fields(c.args)...)...)
		if code != exitUsage || !strings.Contains(errs, c.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit %d: %s, want %s", c.args, code, errs, c.want)
		}
	}
}

// What --layers takes and does not.
func TestLayersValue(t *testing.T) {
	l := loss.Perceptual()
	v := l.Param("layers").Value
	if err := v.Set("relu2_2,conv5_4=0.1"); err != nil || v.String() != "relu2_2=1,conv5_4=0.1" {
		t.Errorf("got %s, %v", v, err)
	}
	for _, bad := range []string{"", "a,,b", "=1", "a=", "a=nan", "a b"} {
		if err := v.Set(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
