package main

// A benchCase is one measurement of a loss on files. An argument that begins
// with @ is an input of inputs.go.
type benchCase struct {
	name  string
	args  []string
	torch string // the formula of torch_side.py; "" where torch has none
	// full adds the table, one thread, lesser instruction sets and the
	// gradient to the value.
	full bool
	// encoded inputs are parsed, unpacked or sorted, which reading is no measure of.
	encoded bool
	// pictures go through a network, so many in full size, which onnx compares.
	pictures int
	onnx     bool
}

// A family is what is measured of one loss.
type family struct {
	small []string // flags of a small input, for the start-up
	big   []string // flags of the sparse inputs, for memory
	cases []benchCase
}

// families are the cases of each loss, by its name. Adding a loss is adding
// rows.
var families = map[string]family{
	"ctc": {
		small: []string{"--pred", "testdata/reader/logits.npy", "--target", "testdata/reader/targets.npy"},
		big:   []string{"--pred", "@zeros_frames.npy", "--target", "@zeros_texts.npy"},
		cases: []benchCase{
			{name: "64×500×5,000, 100 labels, f4 + i8", args: []string{"--pred", "@frames.npy", "--target", "@texts.npy", "--blank", "last"}, torch: "ctc", full: true},
			{name: "2,000×200×30, 40 labels, f4 + i8", args: []string{"--pred", "@letters.npy", "--target", "@words.npy", "--blank", "last"}, torch: "ctc"},
		},
	},
	"dice": {
		small: []string{"--pred", "testdata/seg/logits.npy", "--target", "testdata/seg/labels.npy"},
		cases: []benchCase{
			{name: "sigmoid, 100×1,000×1,000 f4 + u1", args: []string{"--pred", "@volumes.npy", "--target", "@masks.npy", "--binary"}, torch: "dice_sigmoid", full: true},
			{name: "softmax, 80×19×256×256 f4 + u1", args: []string{"--pred", "@planes.npy", "--target", "@planes_ids.npy"}, torch: "dice_softmax", full: true},
		},
	},
	"iou": {
		small: []string{"--pred", "testdata/seg/logits.npy", "--target", "testdata/seg/labels.npy"},
		cases: []benchCase{
			{name: "sigmoid, 100×1,000×1,000 f4 + u1", args: []string{"--pred", "@volumes.npy", "--target", "@masks.npy", "--binary"}, torch: "iou_sigmoid", full: true},
			{name: "lovasz, 80×19×256×256 f4 + u1", args: []string{"--kind", "lovasz", "--pred", "@planes.npy", "--target", "@planes_ids.npy"}, torch: "lovasz_softmax", encoded: true},
			{name: "lovasz, sigmoid, 100×1,000×1,000 f4 + u1", args: []string{"--kind", "lovasz", "--pred", "@volumes.npy", "--target", "@masks.npy", "--binary"}, torch: "lovasz_sigmoid", encoded: true},
		},
	},
	"perceptual features": {
		small: []string{"--kind", "style", "--pred", "testdata/perceptual_features/p.npz", "--target", "testdata/perceptual_features/t.npz"},
		cases: []benchCase{
			{name: "content, 64×256×56×56 f4 + f4", args: []string{"--kind", "content", "--pred", "@maps.npy", "--target", "@maps_b.npy"}, torch: "content"},
			{name: "style, 64×256×56×56 f4 + f4", args: []string{"--kind", "style", "--pred", "@maps.npy", "--target", "@maps_b.npy"}, torch: "style"},
		},
	},
	"perceptual": {
		small: []string{"--kind", "ssim", "--pred", "testdata/perceptual/p.npy", "--target", "testdata/perceptual/t.npy"},
		cases: []benchCase{
			{
				name:  "lpips squeezenet, 400 pairs 3×224×224 f4",
				args:  []string{"--net", "squeezenet", "--pred", "@pictures.npy", "--target", "@pictures_b.npy", "--net-weights", "@squeezenet.safetensors", "--lpips-weights", "@squeezenet_heads.safetensors"},
				torch: "lpips_squeezenet", onnx: true, pictures: 800,
			},
			{
				name:  "lpips vgg16, 32 pairs 3×224×224 f4",
				args:  []string{"--net", "vgg16", "--pred", "@few_pictures.npy", "--target", "@few_pictures_b.npy", "--net-weights", "@vgg16.safetensors", "--lpips-weights", "@vgg16_heads.safetensors"},
				torch: "lpips_vgg16", onnx: true, pictures: 64,
			},
		},
	},
	"focal": {
		small: []string{"--pred", "testdata/digits/student_logits.npy", "--target", "testdata/digits/labels.npy"},
		big:   []string{"--pred", "@zeros_a.npy", "--target", "@zeros_b.npy"},
		cases: []benchCase{
			{name: "sigmoid, 1e8 f4 + f4", args: []string{"--pred", "@scores.npy", "--target", "@binary.npy"}, torch: "focal_sigmoid", full: true},
			{name: "softmax, 50,000×1,000 f4 + i8", args: []string{"--pred", "@rows.npy", "--target", "@rows_ids.npy"}, torch: "focal_softmax", full: true},
			{name: "softmax, 1e7×10 f4 + i8", args: []string{"--pred", "@narrow.npy", "--target", "@narrow_ids.npy"}, torch: "focal_softmax", full: true},
			{name: "softmax, 80×19×256×256 f4 + u1", args: []string{"--pred", "@planes.npy", "--target", "@planes_ids.npy"}, torch: "focal_softmax", full: true},
			{name: "sigmoid, 1e8 f2 + u1", args: []string{"--pred", "@scores_f2.npy", "--target", "@binary_u1.npy"}, torch: "focal_sigmoid"},
			{name: "sigmoid, 5e6 rows of csv", args: []string{"--pred", "@scores.csv:logit", "--target", "@scores.csv:label"}, encoded: true},
			{name: "sigmoid, 1e7 npy.gz", args: []string{"--pred", "@scores.npy.gz", "--target", "@binary.npy.gz"}, encoded: true},
			{name: "sigmoid, 1e7 npy.zst", args: []string{"--pred", "@scores.npy.zst", "--target", "@binary.npy.zst"}, encoded: true},
		},
	},
	"kl": {
		small: []string{"--pred", "testdata/digits/student_logits.npy", "--target", "testdata/digits/teacher_logits.npy"},
		big:   []string{"--pred", "@zeros_rows_a.npy", "--target", "@zeros_rows_b.npy"},
		cases: []benchCase{
			{name: "T 4, 50,000×1,000 f4 + f4", args: []string{"--pred", "@rows.npy", "--target", "@rows_b.npy", "--temperature", "4"}, torch: "kl", full: true},
			{name: "T 4, 1e7×10 f4 + f4", args: []string{"--pred", "@narrow.npy", "--target", "@narrow_b.npy", "--temperature", "4"}, torch: "kl"},
			{name: "T 4, 400×128,000 f4 + f4", args: []string{"--pred", "@vocabulary.npy", "--target", "@vocabulary_b.npy", "--temperature", "4"}, torch: "kl"},
		},
	},
	"kl distill": {
		small: []string{"--pred", "testdata/digits/student_logits.npy", "--target", "testdata/digits/teacher_logits.npy", "--labels", "testdata/digits/labels.npy"},
		big:   []string{"--pred", "@zeros_rows_a.npy", "--target", "@zeros_rows_b.npy"},
		cases: []benchCase{
			{name: "labels, 50,000×1,000 f4 + f4 + i8", args: []string{"--pred", "@rows.npy", "--target", "@rows_b.npy", "--labels", "@rows_ids.npy"}, torch: "kl_distill", full: true},
		},
	},
	"kl gaussian": {
		small: []string{"--mu", "testdata/vae/mu.npy", "--logvar", "testdata/vae/logvar.npy"},
		big:   []string{"--mu", "@zeros_a.npy", "--logvar", "@zeros_b.npy"},
		cases: []benchCase{
			// torch's mean is over the dimensions too.
			{name: "diagonal, 200,000×256 f4 + f4", args: []string{"--mu", "@means.npy", "--logvar", "@logvars.npy", "--convention", "torch"}, torch: "kl_gaussian", full: true},
		},
	},
	"kl align": {
		small: []string{"--pred", "testdata/align/left.npy", "--target", "testdata/align/right.npy"},
		cases: []benchCase{
			{name: "clip-soft, 20,000×256 f4 + f4 in batches of 1,000", args: []string{"--pred", "@embeddings.npy", "--target", "@embeddings_b.npy", "--kind", "clip-soft", "--batch-size", "1000"}, torch: "kl_align"},
		},
	},
	"kl policy": {
		small: []string{"--pred", "testdata/policy/new_logits.npy", "--target", "testdata/policy/old_logits.npy"},
		cases: []benchCase{
			{name: "discrete, 1e7×10 f4 + f4", args: []string{"--pred", "@narrow.npy", "--target", "@narrow_b.npy"}, torch: "kl_policy"},
		},
	},
	"kl tokens": {
		small: []string{"--pred", "testdata/lm/finetuned_logits.npy", "--target", "testdata/lm/pretrained_logits.npy"},
		big:   []string{"--pred", "@zeros_tokens_a.npy", "--target", "@zeros_tokens_b.npy"},
		cases: []benchCase{
			{name: "256×8 tokens × 32,000 f4 + f4", args: []string{"--pred", "@tokens_tuned.npy", "--target", "@tokens_base.npy"}, torch: "kl_tokens", full: true},
		},
	},
	"iou boxes": {
		small: []string{"--pred", "testdata/boxes/pred.npy", "--target", "testdata/boxes/target.npy"},
		cases: []benchCase{
			{name: "giou, 5e6 boxes f4 + f4", args: []string{"--pred", "@boxes.npy", "--target", "@boxes_b.npy", "--kind", "giou", "--box-format", "cxcywh"}, torch: "boxes_giou", full: true},
		},
	},
	"gan penalty": {
		small: []string{"--grad", "testdata/gan/grad_interp.npy"},
		cases: []benchCase{
			{name: "gp, 50,000×1,000 f4", args: []string{"--grad", "@rows.npy"}, torch: "gan_penalty", full: true},
		},
	},
	"gan": {
		small: []string{"--real", "testdata/gan/real.npy", "--fake", "testdata/gan/fake.npy"},
		big:   []string{"--real", "@zeros_a.npy", "--fake", "@zeros_b.npy"},
		cases: []benchCase{
			{name: "vanilla, 5e7 + 5e7 f4", args: []string{"--real", "@real.npy", "--fake", "@fake.npy"}, torch: "gan_vanilla", full: true},
			{name: "wgan, 5e7 + 5e7 f4", args: []string{"--kind", "wgan", "--real", "@real.npy", "--fake", "@fake.npy"}, torch: "gan_wgan"},
			{name: "average, 5e7 + 5e7 f4", args: []string{"--relativistic", "average", "--real", "@real.npy", "--fake", "@fake.npy"}, torch: "gan_average"},
		},
	},
	"triplet": {
		small: []string{"--anchor", "testdata/embeddings/anchor.npy", "--positive", "testdata/embeddings/positive.npy", "--negative", "testdata/embeddings/negative.npy"},
		big:   []string{"--anchor", "@zeros_rows_a.npy", "--positive", "@zeros_rows_b.npy", "--negative", "@zeros_rows_b.npy"},
		cases: []benchCase{
			{name: "l2, 1e6×128 f4 × 3", args: []string{"--anchor", "@anchors.npy", "--positive", "@positives.npy", "--negative", "@negatives.npy"}, torch: "triplet", full: true},
		},
	},
	"triplet mine": {
		small: []string{"--embeddings", "testdata/embeddings/embeddings.npy", "--labels", "testdata/embeddings/labels.npy"},
		cases: []benchCase{
			{name: "batch-hard, 20,000×256 f4", args: []string{"--embeddings", "@embeddings.npy", "--labels", "@people.npy"}, torch: "triplet_mine"},
		},
	},
}
