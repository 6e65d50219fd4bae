package loss

// perceptualConventions are the libraries that people compare with.
var perceptualConventions = []Convention{
	{
		Name: "lpips",
		Doc:  "the lpips package, LPIPS() with net alex, version 0.1: the default; its pictures are -1-1 unless normalize=True",
		Set:  []Setting{{"kind", "lpips"}, {"input-norm", "lpips"}},
	},
	{
		Name: "piq",
		Doc:  "piq 0.8: LPIPS is VGG16 with pictures scaled as ImageNet; content sums over channels the mean over pixels of d², style has Gram matrices that nothing divides, both at relu3_3 of VGG16; ssim shrinks pictures whose shorter side is 384 and more; ms-ssim repeats the first row and column of odd scales; psnr adds 1e-8 to the mean squared difference; tv is √(Σdx² + Σdy²)",
		Set: []Setting{
			{"net", "vgg16"},
			{"input-norm", "imagenet"},
			{"channel-sum", "true"},
			{"gram", "none"},
			{"style-layers", "relu3_3=1"},
			{"shrink", "true"},
			{"odd", frontOdd},
			{"psnr-eps", "1e-8"},
			{"tv-norm", "l2"},
			{"tv-sum", "true"},
		},
	},
	{
		Name: "torchmetrics",
		Doc:  "torchmetrics 1.9 with data_range: LPIPS has 1e-8 within the root of the norms; SSIM has a window around every pixel, reflected at the edges; ms-ssim leaves out odd rows and columns and takes the powers of the means over channels; tv is Σ|dx| + Σ|dy|",
		Set:  []Setting{{"root-eps", "1e-8"}, {"edge", "reflect"}, {"odd", dropOdd}, {"ms-channels", "together"}, {"tv-sum", "true"}},
	},
	{
		Name: "basicsr",
		Doc:  "BasicSR: PerceptualLoss is VGG19 with l1, style with l1 of Gram matrices ÷ C·H·W; total is content alone, as its style_weight is 0; its fro is of the whole batch, here of a pair; ssim and psnr on --color y with --crop-border as the scale where its options say test_y_channel; tv is mean |dx| + mean |dy|",
		Set: []Setting{
			{"auto-net", "vgg19"},
			{"content-norm", "l1"},
			{"gram", "chw"},
			{"style-norm", "l1"},
			{"style-weight", "0"},
			{"tv-weight", "0"},
			{"tv-norm", "l1"},
			{"tv-sum", "false"},
		},
	},
	{
		Name: "mmagic",
		Doc:  "mmagic's PerceptualLoss: VGG19, l1 of features and of Gram matrices ÷ C·H·W, the two losses side by side; total adds them; its pictures are -1-1 with norm_img: say --range -1-1 for arrays of these",
		Set: []Setting{
			{"kind", "content,style"}, {"auto-net", "vgg19"}, {"content-norm", "l1"}, {"gram", "chw"}, {"style-norm", "l1"}, {"tv-weight", "0"},
		},
	},
	{
		Name: "pix2pixhd",
		Doc:  "VGGLoss of pix2pixHD: l1 at relu1_1 to relu5_1 of VGG19, weights 1/32 to 1, pictures scaled to -1-1 and no further; feature matching is the sum over the layers of a discriminator; its factor of 10 is the caller's",
		Set: []Setting{
			{"kind", "content"}, {"auto-net", "vgg19"}, {"layers", "pix2pixhd"}, {"content-norm", "l1"}, {"input-norm", "signed"}, {"over-layers", "sum"},
		},
	},
	{
		Name: "johnson",
		Doc:  "fast-neural-style: relu3_3 for content, Gram matrices ÷ C·H·W of four layers of VGG16 with weight 5, total variation of 1e-6·½Σd²; its network is Caffe's, on pixels of 0 to 255, whose weights differ from torchvision's; its tv leaves out the differences along the last row and column",
		Set: []Setting{
			{"kind", "total"},
			{"auto-net", "vgg16"},
			{"layers", "johnson"},
			{"content-norm", "mse"},
			{"gram", "chw"},
			{"style-norm", "mse"},
			{"style-weight", "5"},
			{"tv-weight", "5e-7"},
			{"tv-norm", "l2-squared"},
			{"tv-sum", "true"},
		},
	},
	{
		Name: "gatys",
		Doc:  "Gatys et al.: ½Σ(F−P)² at relu4_2, Σ(G−A)² / (4 C² (H·W)²) at relu1_1 to relu5_1 of VGG19, weights 1/5, α/β = 1e-3; the average pooling that the paper prefers is not reproduced",
		Set: []Setting{
			{"kind", "total"},
			{"auto-net", "vgg19"},
			{"layers", "gatys"},
			{"content-norm", "gatys"},
			{"gram", "gatys"},
			{"style-norm", "mse"},
			{"style-weight", "1000"},
			{"tv-weight", "0"},
		},
	},
}
