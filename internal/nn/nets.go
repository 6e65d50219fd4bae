package nn

import (
	"fmt"
	"strconv"
)

// New returns a network without weights: squeezenet (version 1.1), alexnet, vgg16
// or vgg19, also called squeeze, alex and vgg, as torchvision has them up to the
// last feature layer. Layers are named
//
//	vgg         conv1_1 relu1_1 conv1_2 relu1_2 pool1 … conv5_4 relu5_4 pool5
//	alexnet     conv1 relu1 pool1 … conv5 relu5 pool5
//	squeezenet  conv1 relu1 pool1 fire2 fire3 pool3 … fire9
//
// conv is before the ReLU; fire is the output of a module, as SqueezeNet's paper
// counts them.
func New(name string) (*Network, error) {
	switch name {
	case "squeezenet", "squeeze":
		return squeezeNet(), nil
	case "alexnet", "alex":
		return alexNet(), nil
	case "vgg16", "vgg":
		return vgg("vgg16", 2, 2, 3, 3, 3), nil
	case "vgg19":
		return vgg("vgg19", 2, 2, 4, 4, 4), nil
	}
	return nil, fmt.Errorf("got network %q, want squeezenet|alexnet|vgg16|vgg19", name)
}

// A builder counts layers as torch.nn.Sequential does.
type builder struct {
	layers   []layer
	index    int
	channels int
}

func (b *builder) conv(name string, out, size, stride, pad int) {
	c := &conv{name: strconv.Itoa(b.index), in: b.channels, out: out, size: size, stride: stride, pad: pad}
	b.layers = append(b.layers, &convReLU{c, "conv" + name, "relu" + name})
	b.index, b.channels = b.index+2, out
}

func (b *builder) pool(name string, size int, ceil bool) {
	b.layers = append(b.layers, &maxPool{"pool" + name, size, 2, ceil})
	b.index++
}

func (b *builder) fire(name string, squeeze, expand int) {
	part := func(name string, in, out, size int) *conv {
		return &conv{name: strconv.Itoa(b.index) + "." + name, in: in, out: out, size: size, stride: 1, pad: size / 2}
	}
	b.layers = append(b.layers, &fire{
		"fire" + name,
		part("squeeze", b.channels, squeeze, 1), part("expand1x1", squeeze, expand, 1), part("expand3x3", squeeze, expand, 3),
	})
	b.index, b.channels = b.index+1, 2*expand
}

// vgg is Simonyan & Zisserman, arXiv:1409.1556, with so many convolutions before
// each pooling.
func vgg(name string, depths ...int) *Network {
	b := builder{channels: 3}
	for i, depth := range depths {
		for j := range depth {
			b.conv(fmt.Sprintf("%d_%d", i+1, j+1), min(64<<i, 512), 3, 1, 1)
		}
		b.pool(strconv.Itoa(i+1), 2, false)
	}
	return &Network{name: name, layers: b.layers, taps: []string{"relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"}}
}

// alexNet is torchvision's, after Krizhevsky, arXiv:1404.5997.
func alexNet() *Network {
	b := builder{channels: 3}
	b.conv("1", 64, 11, 4, 2)
	b.pool("1", 3, false)
	b.conv("2", 192, 5, 1, 2)
	b.pool("2", 3, false)
	b.conv("3", 384, 3, 1, 1)
	b.conv("4", 256, 3, 1, 1)
	b.conv("5", 256, 3, 1, 1)
	b.pool("5", 3, false)
	return &Network{name: "alexnet", layers: b.layers, taps: []string{"relu1", "relu2", "relu3", "relu4", "relu5"}}
}

// squeezeNet is version 1.1 of Iandola et al., arXiv:1602.07360.
func squeezeNet() *Network {
	b := builder{channels: 3}
	b.conv("1", 64, 3, 2, 0)
	b.pool("1", 3, true)
	b.fire("2", 16, 64)
	b.fire("3", 16, 64)
	b.pool("3", 3, true)
	b.fire("4", 32, 128)
	b.fire("5", 32, 128)
	b.pool("5", 3, true)
	b.fire("6", 48, 192)
	b.fire("7", 48, 192)
	b.fire("8", 64, 256)
	b.fire("9", 64, 256)
	return &Network{
		name: "squeezenet", layers: b.layers,
		taps: []string{"relu1", "fire3", "fire5", "fire6", "fire7", "fire8", "fire9"},
	}
}
