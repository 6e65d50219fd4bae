package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// A tensor is one of a network's weights.
type tensor struct {
	name  string
	shape []int
}

// networks are the files of weights that are made: those of torchvision's networks
// in shape, and of the linear layers of LPIPS.
var networks = map[string]func() []tensor{
	"squeezenet.safetensors": func() []tensor {
		w := convolution("features.0", 64, 3, 3)
		in := 64
		for _, m := range []struct{ index, squeeze, expand int }{{3, 16, 64}, {4, 16, 64}, {6, 32, 128}, {7, 32, 128}, {9, 48, 192}, {10, 48, 192}, {11, 64, 256}, {12, 64, 256}} {
			name := fmt.Sprintf("features.%d.", m.index)
			w = append(w, convolution(name+"squeeze", m.squeeze, in, 1)...)
			w = append(w, convolution(name+"expand1x1", m.expand, m.squeeze, 1)...)
			w = append(w, convolution(name+"expand3x3", m.expand, m.squeeze, 3)...)
			in = 2 * m.expand
		}
		return w
	},
	"vgg16.safetensors": func() (w []tensor) {
		in, index := 3, 0
		for i, depth := range []int{2, 2, 3, 3, 3} {
			for range depth {
				out := min(64<<i, 512)
				w = append(w, convolution(fmt.Sprintf("features.%d", index), out, in, 3)...)
				in, index = out, index+2
			}
			index++ // the pooling
		}
		return w
	},
	"squeezenet_heads.safetensors": func() []tensor { return heads(64, 128, 256, 384, 384, 512, 512) },
	"vgg16_heads.safetensors":      func() []tensor { return heads(64, 128, 256, 512, 512) },
}

func convolution(name string, out, in, size int) []tensor {
	return []tensor{{name + ".weight", []int{out, in, size, size}}, {name + ".bias", []int{out}}}
}

func heads(channels ...int) (w []tensor) {
	for i, c := range channels {
		w = append(w, tensor{fmt.Sprintf("lin%d.model.1.weight", i), []int{1, c, 1, 1}})
	}
	return w
}

// next draws a number: Kaiming's normal for a kernel, small ones for biases,
// those of heads are not negative.
func (t tensor) next(r *rand.Rand) float64 {
	switch {
	case len(t.shape) == 1:
		return 0.1 * r.NormFloat64()
	case strings.HasPrefix(t.name, "lin"):
		return r.Float64()
	}
	return math.Sqrt(2/float64(volume(t.shape[1:]))) * r.NormFloat64()
}

func volume(shape []int) int {
	n := 1
	for _, side := range shape {
		n *= side
	}
	return n
}

// writeTensors writes safetensors: the length of a JSON header, the header, numbers.
func writeTensors(w *bufio.Writer, r *rand.Rand, tensors []tensor) error {
	type entry struct {
		Dtype   string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	header, at := map[string]entry{}, 0
	for _, t := range tensors {
		end := at + 4*volume(t.shape)
		header[t.name] = entry{"F32", t.shape, [2]int{at, end}}
		at = end
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
	w.Write(text)
	encode, number := encoders["<f4"], []byte(nil)
	for _, t := range tensors {
		for range volume(t.shape) {
			number = encode(number[:0], t.next(r))
			w.Write(number)
		}
	}
	return nil
}
