package weights

// An Entry is a file of weights that its authors publish.
type Entry struct {
	Name   string // what Find and Pull take
	File   string
	URL    string
	SHA256 string // or its first digits, which is what torchvision gives
	MB     float64
	// Patterns match other files of the same weights, by name.
	Patterns []string
	// Repo is the repository on the Hugging Face hub that has them too; "" for none.
	Repo string
}

const (
	torchvision = "https://download.pytorch.org/models/"
	lpips       = "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/"
)

// Published lists what can be found and downloaded: the networks, trained on
// ImageNet, and the linear layers of LPIPS 0.1.
//
// torchvision's vgg16_features-amdegroot is not among them: it wants pictures
// scaled in another way.
var Published = []Entry{
	{
		Name: "squeezenet", File: "squeezenet1_1-b8a52dc0.pth", URL: torchvision + "squeezenet1_1-b8a52dc0.pth", SHA256: "b8a52dc0", MB: 4.7,
		Patterns: []string{"squeezenet1_1-*", "squeezenet1_1.*", "squeezenet1_1_features*", "squeezenet.*"},
	},
	{
		Name: "alexnet", File: "alexnet-owt-7be5be79.pth", URL: torchvision + "alexnet-owt-7be5be79.pth", SHA256: "7be5be79", MB: 233,
		Patterns: []string{"alexnet-owt-*", "alexnet.*", "alexnet_features*"},
	},
	{
		Name: "vgg16", File: "vgg16-397923af.pth", URL: torchvision + "vgg16-397923af.pth", SHA256: "397923af", MB: 528,
		Patterns: []string{"vgg16-*", "vgg16.*", "vgg16_features.*", "vgg16_features_*"}, Repo: "timm/vgg16.tv_in1k",
	},
	{
		Name: "vgg19", File: "vgg19-dcbb9e9d.pth", URL: torchvision + "vgg19-dcbb9e9d.pth", SHA256: "dcbb9e9d", MB: 548,
		Patterns: []string{"vgg19-*", "vgg19.*", "vgg19_features.*", "vgg19_features_*"}, Repo: "timm/vgg19.tv_in1k",
	},
	{
		Name: "lpips-squeezenet", File: "lpips-squeezenet.pth", URL: lpips + "squeeze.pth", MB: 0.011,
		SHA256:   "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76",
		Patterns: []string{"lpips_v0.1_squeeze_lin.*", "squeeze.pth"},
	},
	{
		Name: "lpips-alexnet", File: "lpips-alexnet.pth", URL: lpips + "alex.pth", MB: 0.006,
		SHA256:   "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
		Patterns: []string{"lpips_v0.1_alex_lin.*", "alex.pth"},
	},
	{
		Name: "lpips-vgg16", File: "lpips-vgg16.pth", URL: lpips + "vgg.pth", MB: 0.007,
		SHA256:   "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
		Patterns: []string{"lpips_v0.1_vgg_lin.*", "vgg.pth"},
	},
}

// entry finds what is published under a name.
func entry(name string) (Entry, error) {
	names := ""
	for i, e := range Published {
		if e.Name == name {
			return e, nil
		}
		if i > 0 {
			names += "|"
		}
		names += e.Name
	}
	return Entry{}, dataf(name, "no such weights, want %s", names)
}
