package loss

import (
	"fmt"
	"slices"
	"strings"
)

// A layerWeight is a layer of a network and what its distance is weighed with.
type layerWeight struct {
	name   string
	weight float64
}

// layerList is the value of --layers: a word, or a list.
type layerList struct {
	word string // "" for a list
	list []layerWeight
}

// A preset is the layers of a paper or program: of content and of style, and
// the network that they are of.
type preset struct {
	name, net      string
	content, style []layerWeight
}

// presets are what people train and transfer with: ESRGAN's and SRGAN's
// configurations of BasicSR, Real-ESRGAN's, VGGLoss of pix2pixHD, Johnson's
// fast-neural-style, Gatys's image style transfer.
var presets = []preset{
	{name: "srgan", net: "vgg19", content: []layerWeight{{"conv5_4", 1}}},
	{name: "esrgan", net: "vgg19", content: []layerWeight{{"conv5_4", 1}}},
	{name: "real-esrgan", net: "vgg19", content: []layerWeight{{"conv1_2", 0.1}, {"conv2_2", 0.1}, {"conv3_4", 1}, {"conv4_4", 1}, {"conv5_4", 1}}},
	{name: "pix2pixhd", net: "vgg19", content: []layerWeight{{"relu1_1", 1. / 32}, {"relu2_1", 1. / 16}, {"relu3_1", 1. / 8}, {"relu4_1", 1. / 4}, {"relu5_1", 1}}},
	{
		name: "johnson", net: "vgg16", content: []layerWeight{{"relu3_3", 1}},
		style: []layerWeight{{"relu1_2", 1}, {"relu2_2", 1}, {"relu3_3", 1}, {"relu4_3", 1}},
	},
	{
		name: "gatys", net: "vgg19", content: []layerWeight{{"relu4_2", 1}},
		style: []layerWeight{{"relu1_1", 0.2}, {"relu2_1", 0.2}, {"relu3_1", 0.2}, {"relu4_1", 0.2}, {"relu5_1", 0.2}},
	},
}

// preset is the one of the word, nil for none.
func (l *layerList) preset() *preset {
	at := slices.IndexFunc(presets, func(p preset) bool { return p.name == l.word })
	if at < 0 {
		return nil
	}
	return &presets[at]
}

func presetNames() (names []string) {
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

// Layers are names with weights, relu2_2=1,conv5_4=0.1, a weight of 1 needing
// no number; or one of the words.
func layersOf(p *layerList, words ...string) Value { return &layersValue{p, words} }

type layersValue struct {
	p     *layerList
	words []string
}

func (v *layersValue) Set(text string) error {
	if slices.Contains(v.words, text) {
		*v.p = layerList{word: text}
		return nil
	}
	var list []layerWeight
	for _, s := range strings.Split(text, ",") {
		name, number, given := strings.Cut(s, "=")
		weight := 1.0
		if given {
			var err error
			if weight, err = parseFloat(number); err != nil {
				return fmt.Errorf("got %q for layer %s, want a number", number, name)
			}
		}
		switch {
		case name == "" || strings.ContainsAny(name, " \t"):
			return fmt.Errorf("got %q, want %s", s, v.Kind())
		case weight < 0:
			return fmt.Errorf("got %s, want a weight of at least 0", s)
		case slices.ContainsFunc(list, func(l layerWeight) bool { return l.name == name }):
			return fmt.Errorf("got layer %s twice, want it once", name)
		}
		list = append(list, layerWeight{name, weight})
	}
	if len(list) > mostLayers {
		return fmt.Errorf("got %d layers, want at most %d", len(list), mostLayers)
	}
	*v.p = layerList{list: list}
	return nil
}

// mostLayers is how many layers are compared at most.
const mostLayers = 64

func (v *layersValue) String() string {
	if v.p.word != "" {
		return v.p.word
	}
	return layersText(v.p.list)
}

func layersText(list []layerWeight) string {
	text := make([]string, len(list))
	for i, l := range list {
		text[i] = l.name + "=" + formatFloat(l.weight)
	}
	return strings.Join(text, ",")
}

func (v *layersValue) JSON() any { return v.String() }
func (v *layersValue) Kind() string {
	return strings.Join(append(slices.Clone(v.words), "LAYER=WEIGHT,…"), "|")
}
func (v *layersValue) Copy(from Value) { *v.p = *from.(*layersValue).p }

// weighed is the sum of distances times weights; parts are the products. A
// layer of weight 0 is not looked at.
func weighed(layers []layerWeight, parts []float64, distance func(at int) float64) float64 {
	sum := 0.0
	for i, l := range layers {
		parts[i] = 0
		if l.weight > 0 {
			parts[i] = l.weight * distance(i)
		}
		sum += parts[i]
	}
	return sum
}
