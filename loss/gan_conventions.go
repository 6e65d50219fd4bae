package loss

// ganConventions are the libraries whose numbers gan reproduces. The kind is
// left to the flag where the library leaves it to an argument.
var ganConventions = []Convention{
	{
		Name: "cyclegan",
		Doc:  "GANLoss and the models of pytorch-CycleGAN-and-pix2pix: d_loss is half the sum; labels act on g_loss too; its gan_mode vanilla, lsgan or wgangp is --kind vanilla, lsgan or wgan",
		Set:  []Setting{{"d-factor", "0.5"}, {"generator-label", "true"}},
	},
	{
		Name: "pix2pixhd",
		Doc:  "GANLoss of pix2pixHD: scales are summed, d_loss is half the sum, lsgan, labels act on g_loss too",
		Set:  []Setting{{"kind", "lsgan"}, {"scales", "sum"}, {"d-factor", "0.5"}, {"generator-label", "true"}},
	},
	{
		Name: "basicsr",
		Doc:  "GANLoss and MultiScaleGANLoss: labels act on g_loss too, and with --relativistic, as ESRGANModel has it, lsgan compares differences with the labels; loss_weight is the caller's; its wgan_softplus is --kind softplus; its relativistic g_loss of hinge, which is 0, is not reproduced",
		Set:  []Setting{{"generator-label", "true"}, {"plain-labels", "true"}},
	},
	{
		Name: "mmagic",
		Doc:  "GANLoss: labels act on g_loss too; loss_weight is the caller's; smgan, which blurs a mask, is not reproduced",
		Set:  []Setting{{"generator-label", "true"}},
	},
	{
		Name: "mimicry",
		Doc:  "torch_mimicry: g_loss is −mean log(σ(fake) + 1e-8) with vanilla, at most 18.42",
		Set:  []Setting{{"eps", "1e-8"}},
	},
	{
		Name: "monai",
		Doc:  "PatchAdversarialLoss: tanh before hinge, whose g_loss is max(1−fake, 0) too, LeakyReLU of slope 0.05 before lsgan; its criterion is --kind vanilla, lsgan or hinge; that sum leaves hinge a mean, and that logarithms of vanilla stop at −100, is not reproduced",
		Set:  []Setting{{"squash", "true"}, {"generator", "hinge"}},
	},
	{
		Name: "taming",
		Doc:  "VQLPIPSWithDiscriminator of taming-transformers: d_loss is half the sum, g_loss is −mean(fake) for vanilla and hinge; its adaptive weight is the caller's",
		Set:  []Setting{{"d-factor", "0.5"}, {"generator", "linear"}},
	},
	{
		Name: "stylegan2",
		Doc:  "StyleGAN2Loss of stylegan2-ada-pytorch: softplus, one score a sample; path length and R1 are penalties",
		Set:  []Setting{{"kind", "softplus"}},
	},
	{
		Name: "r3gan",
		Doc:  "R3GAN: softplus of paired differences; R1 and R2 are penalties",
		Set:  []Setting{{"kind", "softplus"}, {"relativistic", "paired"}},
	},
}
