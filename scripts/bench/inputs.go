package main

import (
	"math"
	"math/rand/v2"
)

// A kind is what the numbers of an input are.
type kind struct {
	classes int // of class ids, 0: not ids
	binary  bool
	sides   bool // centres and sides of boxes: 100 to 200
	unit    bool // numbers of pictures, 0 to 1
	zeros   bool // a sparse file
}

// An input is a file made from a seed. The first axis is scaled; the ending
// of the name says how it is stored.
type input struct {
	name  string
	dtype string // of numpy, little-endian
	shape []int
	kind
}

var inputs = []input{
	{"scores.npy", "<f4", []int{1e8}, kind{}},
	{"binary.npy", "<f4", []int{1e8}, kind{binary: true}},
	{"scores_f2.npy", "<f2", []int{1e8}, kind{}},
	{"binary_u1.npy", "|u1", []int{1e8}, kind{binary: true}},
	{"rows.npy", "<f4", []int{50000, 1000}, kind{}},
	{"rows_ids.npy", "<i8", []int{50000}, kind{classes: 1000}},
	{"rows_b.npy", "<f4", []int{50000, 1000}, kind{}},
	{"vocabulary.npy", "<f4", []int{400, 128000}, kind{}},
	{"vocabulary_b.npy", "<f4", []int{400, 128000}, kind{}},
	{"narrow.npy", "<f4", []int{1e7, 10}, kind{}},
	{"narrow_b.npy", "<f4", []int{1e7, 10}, kind{}},
	{"narrow_ids.npy", "<i8", []int{1e7}, kind{classes: 10}},
	{"planes.npy", "<f4", []int{80, 19, 256, 256}, kind{}},
	{"planes_ids.npy", "|u1", []int{80, 256, 256}, kind{classes: 19}},
	{"tokens_tuned.npy", "<f4", []int{256, 8, 32000}, kind{}},
	{"tokens_base.npy", "<f4", []int{256, 8, 32000}, kind{}},
	{"boxes.npy", "<f4", []int{5e6, 4}, kind{sides: true}},
	{"boxes_b.npy", "<f4", []int{5e6, 4}, kind{sides: true}},
	{"means.npy", "<f4", []int{200000, 256}, kind{}},
	{"logvars.npy", "<f4", []int{200000, 256}, kind{}},
	{"frames.npy", "<f4", []int{64, 500, 5000}, kind{}},
	{"texts.npy", "<i8", []int{64, 100}, kind{classes: 4999}},
	{"letters.npy", "<f4", []int{2000, 200, 30}, kind{}},
	{"words.npy", "<i8", []int{2000, 40}, kind{classes: 29}},
	{"anchors.npy", "<f4", []int{1e6, 128}, kind{}},
	{"positives.npy", "<f4", []int{1e6, 128}, kind{}},
	{"negatives.npy", "<f4", []int{1e6, 128}, kind{}},
	{"embeddings.npy", "<f4", []int{20000, 256}, kind{}},
	{"embeddings_b.npy", "<f4", []int{20000, 256}, kind{}},
	{"maps.npy", "<f4", []int{64, 256, 56, 56}, kind{}},
	{"maps_b.npy", "<f4", []int{64, 256, 56, 56}, kind{}},
	{"people.npy", "<i8", []int{20000}, kind{classes: 1000}},
	{"scores.csv", "", []int{5e6}, kind{}},
	{"scores.npy.gz", "<f4", []int{1e7}, kind{}},
	{"binary.npy.gz", "<f4", []int{1e7}, kind{binary: true}},
	{"scores.npy.zst", "<f4", []int{1e7}, kind{}},
	{"binary.npy.zst", "<f4", []int{1e7}, kind{binary: true}},
	{"zeros_rows_a.npy", "<f4", []int{25e5, 1000}, kind{zeros: true}},
	{"zeros_rows_b.npy", "<f4", []int{25e5, 1000}, kind{zeros: true}},
	{"real.npy", "<f4", []int{5e7}, kind{}},
	{"fake.npy", "<f4", []int{5e7}, kind{}},
	{"zeros_a.npy", "<f4", []int{25e8}, kind{zeros: true}},
	{"zeros_b.npy", "<f4", []int{25e8}, kind{zeros: true}},
	{"zeros_frames.npy", "<f4", []int{1000, 500, 5000}, kind{zeros: true}},
	{"zeros_texts.npy", "<f4", []int{1000, 50}, kind{zeros: true}},
	{"zeros_tokens_a.npy", "<f4", []int{500, 40, 125000}, kind{zeros: true}},
	{"pictures.npy", "<f4", []int{400, 3, 224, 224}, kind{unit: true}},
	{"pictures_b.npy", "<f4", []int{400, 3, 224, 224}, kind{unit: true}},
	{"few_pictures.npy", "<f4", []int{32, 3, 224, 224}, kind{unit: true}},
	{"few_pictures_b.npy", "<f4", []int{32, 3, 224, 224}, kind{unit: true}},
	{"squeezenet.safetensors", "", []int{1}, kind{}},
	{"squeezenet_heads.safetensors", "", []int{1}, kind{}},
	{"vgg16.safetensors", "", []int{1}, kind{}},
	{"vgg16_heads.safetensors", "", []int{1}, kind{}},
	{"volumes.npy", "<f4", []int{100, 1000, 1000}, kind{}},
	{"masks.npy", "|u1", []int{100, 1000, 1000}, kind{binary: true}},
	{"zeros_tokens_b.npy", "<f4", []int{500, 40, 125000}, kind{zeros: true}},
}

func findInput(name string) *input {
	for i := range inputs {
		if inputs[i].name == name {
			return &inputs[i]
		}
	}
	return nil
}

// scaled is the shape with its first axis scaled; sparse files keep theirs.
func (in *input) scaled(scale float64) []int {
	shape := append([]int(nil), in.shape...)
	if !in.zeros {
		shape[0] = max(1, int(math.Round(float64(shape[0])*scale)))
	}
	return shape
}

// next draws a number: a class id, 0 or 1 (three in ten), a number of a box or
// of a picture, or a logit of standard deviation 3.
func (k kind) next(r *rand.Rand) float64 {
	switch {
	case k.classes > 0:
		return float64(r.IntN(k.classes))
	case k.binary:
		if r.Uint32() < math.MaxUint32/10*3 {
			return 1
		}
		return 0
	case k.unit:
		return r.Float64()
	case k.sides:
		return 100 + 100*r.Float64()
	}
	return 3 * r.NormFloat64()
}
