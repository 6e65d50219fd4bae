package loss

import (
	"fmt"
	"math"
	"slices"
)

// perceptual holds the parameters of the losses of pictures, and a pair.
type perceptual struct {
	geometry
	video
	known        []pictureKind
	kinds        []string
	span         string // the range of the stored numbers
	color        string
	window       int
	sigma        float64
	k1, k2       float64
	shrink       bool // before ssim
	edge         string
	odd          string
	joint        string // whether channels are averaged before or behind the powers
	variation    string
	floor        float64 // is added to the mean squared difference of psnr
	variationSum bool    // the sum of the differences, not their means

	net      string // "auto"
	autoNet  string // what auto is, but for lpips
	netFile  string
	headFile string
	nets     networks
	heads    [][]float32
	scaling  string // of pictures, for the network
	layers   layerList
	styles   layerList // of style

	contentWeight, styleWeight, tvWeight float64
	overLayers                           string
	compare                              comparison
	deep                                 deep
	views                                []deepView // of the pictures of a pair; nil: not made

	frame  *Frame
	lens   lens
	pair   [2]pixels // in the colours asked for
	by     pixels    // gradient by one of them
	single []perChannel
	small  [2]pixels // of ssim, after shrinking
	levels [2]pyramid
	score  scores
	made   []float64 // the parts of a kind
	maps   []*Map    // of the pictures of the block
	widen  resizer
}

// perChannel is what a goroutine needs for a channel.
type perChannel struct{ similarity similarity }

// Terms of perceptual: the loss, a number for every kind, and from there on
// one for every part of these.
const pictureLoss = 0

// Perceptual compares pictures.
func Perceptual() *Loss {
	p := &perceptual{
		kinds: []string{"lpips"}, net: "auto", span: "auto", color: "rgb", window: 11, sigma: 1.5, k1: 0.01, k2: 0.03,
		edge: "inside", odd: repeatOdd, joint: "channel", variation: "l1", geometry: geometry{antialias: true}, video: video{weight: 1},
		autoNet: "vgg16", scaling: "auto", layers: layerList{word: "auto"}, styles: layerList{word: "auto"},
		contentWeight: 1, styleWeight: 1, tvWeight: 1, overLayers: "mean",
		compare: comparison{norm: "mse", gram: "chw", styleNorm: "mse"},
	}
	p.known = p.table()
	inf := math.Inf(1)
	l := &Loss{
		Name:    "perceptual",
		Summary: "pictures as the eye or a network compares them: LPIPS, content, style, SSIM, PSNR, total variation",
		Formula: "lpips: Σ_layers mean_pixels Σ_c w_c (x_c/‖x‖ − y_c/‖y‖)²; ssim: mean (2μxμy + C1)(2σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2))",
		Details: perceptualDetails,
		Source:  "Zhang et al. 2018, LPIPS (arXiv 1801.03924), version 0.1; Wang et al. 2004, image quality assessment (IEEE TIP 13); Wang, Simoncelli and Bovik 2003, multiscale structural similarity (Asilomar); Rudin, Osher and Fatemi 1992, total variation; Gatys et al. 2015, style (1508.06576); Johnson et al. 2016, perceptual losses (1603.08155); Wang et al. 2018, feature matching of pix2pixHD (1711.11585)",
		Inputs: []Input{
			{Name: "pred", Shape: "picture, or N 3 H W, N H W 3", Doc: "pictures: PNG, JPEG, WebP, TIFF, an array, or a folder", Grad: true, Picture: true},
			{Name: "target", Shape: "as pred", Doc: "the pictures that they should be; --kind tv, which looks at pred alone, does without", Optional: true, Grad: true, Picture: true},
			{Name: "style", Shape: "a picture of any size", Doc: "the picture whose style is wanted, of all pairs; else the style is that of target", Optional: true, Picture: true},
		},
		Params: []Param{
			{Name: "kind", Main: true, Value: List(&p.kinds, kindNames(p.known)...), Doc: "what is computed, one or a list; the value is the first, all are components"},
			{Name: "net", Value: Choice(&p.net, "auto", "squeezenet", "squeeze", "alexnet", "alex", "vgg16", "vgg", "vgg19"), Doc: "the network; auto: alexnet for lpips, else that of the paper of --layers or --style-layers, else vgg16"},
			{Name: "net-weights", Value: File(&p.netFile, &p.nets), Doc: "weights of the network: .pth, .safetensors or .npz"},
			{Name: "lpips-weights", Value: File(&p.headFile, &p.heads), Doc: "weights of the linear layers of LPIPS 0.1"},
			{Name: "input-norm", Value: Choice(&p.scaling, "auto", "imagenet", "lpips", "signed", "none"), Doc: "how pictures are scaled for the network: (v − mean) / deviation of ImageNet, by LPIPS's constants, to −1–1 alone, not at all; auto: lpips for lpips, else imagenet"},
			{Name: "layers", Value: layersOf(&p.layers, append([]string{"auto"}, presetNames()...)...), Doc: "layers of content, total and feature-matching with their weights, as relu2_2=1,conv5_4=0.1, or those of a paper"},
			{Name: "style-layers", Value: layersOf(&p.styles, append([]string{"auto"}, presetNames()...)...), Doc: "layers of style and total; auto: as --layers, where that is given"},
			{Name: "content-norm", Value: Choice(&p.compare.norm, "l1", "mse", "fro", "gatys"), Doc: "distance of features: mean |d|, mean d², √Σd², ½Σd²"},
			{Name: "gram", Value: Choice(&p.compare.gram, "hw", "chw", "gatys", "none"), Doc: "Gram matrices are sums over pixels ÷ H·W, ÷ C·H·W, ÷ 2·H·W, or the sums"},
			{Name: "style-norm", Value: Choice(&p.compare.styleNorm, "l1", "mse", "fro"), Doc: "distance of Gram matrices: mean |d|, mean d² over C×C, √Σd²"},
			{Name: "content-weight", Value: Float(&p.contentWeight, 0, inf), Doc: "factor of content in total"},
			{Name: "style-weight", Value: Float(&p.styleWeight, 0, inf), Doc: "factor of style in total"},
			{Name: "tv-weight", Value: Float(&p.tvWeight, 0, inf), Doc: "factor of tv in total"},
			{Name: "over-layers", Value: Choice(&p.overLayers, "mean", "sum"), Doc: "how feature-matching combines its layers"},
			{Name: "range", Value: Choice(&p.span, "auto", "0-1", "-1-1", "255", "65535", "raw"), Doc: "what the numbers mean; auto: uint8 0 to 255, uint16 0 to 65535, floats 0 to 1; raw: as 0-1, and any number is as good"},
			{Name: "resize", Value: sizeValue(&p.resize), Doc: "resize pictures first: the shorter side, or width x height; bilinear"},
			{Name: "antialias", Value: Bool(&p.antialias), Doc: "--resize averages over what a pixel becomes, as torchvision and Pillow; false: two neighbours, as torch's interpolate"},
			{Name: "crop", Value: sizeValue(&p.crop), Doc: "the middle of the resized picture: of both sides, or width x height"},
			{Name: "color", Value: Choice(&p.color, "rgb", "y"), Doc: "compare the channels, or the luma of BT.601"},
			{Name: "crop-border", Value: Int(&p.border, 0), Doc: "pixels that are left out at every side"},
			{Name: "temporal", Value: Bool(&p.temporal), Doc: "the pictures are the frames of a video: add how much more pred changes between them than target, L1"},
			{Name: "temporal-weight", Value: Float(&p.weight, 0, inf), Doc: "factor of what --temporal adds"},
			{Name: "window", Value: Int(&p.window, 1), Doc: "side of the windows of ssim and ms-ssim"},
			{Name: "sigma", Value: Float(&p.sigma, math.SmallestNonzeroFloat64, inf), Doc: "standard deviation of the Gaussian weights in a window"},
			{Name: "k1", Value: Float(&p.k1, 0, inf), Doc: "C1 = K1², as white is 1"},
			{Name: "k2", Value: Float(&p.k2, 0, inf), Doc: "C2 = K2²"},
			{Name: "shrink", Value: Bool(&p.shrink), Doc: "average squares of pixels before ssim, so that the shorter side is about 256"},
			{Name: "edge", Value: Choice(&p.edge, "inside", "reflect"), Doc: "windows of SSIM that lie inside the picture, or one around every pixel, reflected at the edges"},
			{Name: "tv-norm", Value: Choice(&p.variation, "l1", "l2", "l2-squared"), Doc: "Σ|d|, √Σd² or Σd² of the differences of neighbours"},
			{Name: "tv-sum", Value: Bool(&p.variationSum), Doc: "the sum of the differences, not the mean of those along each axis"},
			{Name: "auto-net", Hidden: true, Value: Choice(&p.autoNet, "vgg16", "vgg19"), Doc: "what --net auto is, but for lpips and presets"},
			{Name: "channel-sum", Hidden: true, Value: Bool(&p.compare.channelSum), Doc: "content is the mean over pixels, summed over channels"},
			{Name: "root-eps", Hidden: true, Value: Float(&p.compare.root, 0, 1), Doc: "is within the root of the norms of lpips, not 1e-10 beside it"},
			{Name: "psnr-eps", Hidden: true, Value: Float(&p.floor, 0, inf), Doc: "is added to the mean squared difference"},
			{Name: "odd", Hidden: true, Value: Choice(&p.odd, repeatOdd, dropOdd, frontOdd), Doc: "the odd row and column of a scale of ms-ssim"},
			{Name: "ms-channels", Hidden: true, Value: Choice(&p.joint, "channel", "together"), Doc: "the powers of ms-ssim are those of a channel, or of the mean of the channels"},
		},
		Reductions:  []Reduction{Mean, SumOf, BatchMean, None},
		Conventions: perceptualConventions,
		Weights:     p.weights,
		Prepare:     p.prepare,
		Eval:        p.sequence,
		Grad:        p.sequenceGrad,
		Value:       p.videoValue,
		Slope:       p.videoSlope,
		Valued:      func() bool { return p.temporal },
		Joins:       func() bool { return p.temporal },
		Map:         func(i int) *Map { return p.maps[i] },
		NoMap:       p.noMap,
		Score:       p.isScore,
		Row:         p.row,
		Components: func(r *Reduction, all *Totals, _ []Totals) []Component {
			var list []Component
			part := 1 + len(p.known)
			p.asked(func(at int, kind *pictureKind) {
				list = append(list, Component{snake(kind.name), all.Terms[1+at] / r.Den(all)})
				if kind.parts == nil {
					return
				}
				for _, name := range kind.parts() {
					list = append(list, Component{snake(kind.name) + "_" + name, all.Terms[part] / r.Den(all)})
					part++
				}
			})
			if p.temporal {
				list = append(list, Component{"temporal", p.changes(r, all)})
			}
			return list
		},
	}
	l.Frame = func(r *Request) (*Frame, error) {
		l.Columns = kindColumns(p.kinds)
		return p.lineUp(r)
	}
	l.Columns = kindColumns(p.kinds)
	l.Terms = []Term{{Name: "loss"}}
	for _, kind := range p.known {
		l.Terms = append(l.Terms, Term{Name: kind.name, When: func(*Reduction) bool { return slices.Contains(p.kinds, kind.name) }})
	}
	for k := range mostParts {
		l.Terms = append(l.Terms, Term{Name: fmt.Sprintf("part-%d", k+1), When: func(*Reduction) bool { return k < len(p.parts()) }})
	}
	asked := func(*Reduction) bool { return p.temporal }
	l.Terms = append(l.Terms, Term{Name: "temporal", When: asked}, Term{Name: "temporal-pairs", Plain: true, When: asked})
	p.terms = len(l.Terms)
	return l
}

const perceptualDetails = `A position is a pair of pictures; numbers are scaled so that black is 0 and white is 1.
ssim, ms-ssim and psnr are scores: more is better, 1 (of psnr: ∞) where the pictures are the same.

lpips    features of a network trained on ImageNet, their channels divided by ‖·‖ + 1e-10,
         squared differences weighed by LPIPS 0.1, the mean over pixels, the sum over layers,
         which are components too; pictures are scaled to −1–1 and by the constants of LPIPS.
         The networks compute in float32, as everybody's
content  Σ w·mean (x − y)² of the layers of --layers, or another --content-norm; a layer is
         conv5_4 before the ReLU, relu5_4 behind it, pool5; for want of layers relu3_3, or the
         third that LPIPS takes of another network. Pictures are scaled by the mean and the
         deviation of ImageNet. fro is of every pair, not of the batch
style    Σ w·mean (G(x) − G(y))² over the C×C numbers of the Gram matrices of --style-layers, for
         want of which the first four layers that LPIPS takes. y is --style, a picture of any
         size, or target. With --gram gatys it is Σ (G − A)² / (4 C² (H·W)²) of the sums
total    content, style and tv times --content-weight, --style-weight and --tv-weight, which are
         parts, as are their layers
feature-matching
         the mean over layers of w·mean |x − y|, of all layers that LPIPS takes for want of others
ssim     windows of 11×11 pixels with Gaussian weights, σ 1.5, that lie inside the picture;
         variances divide by the sum of the weights, which is 1; K 0.01 and 0.03; the mean
         over windows, then channels
ms-ssim  Π max(cs, 0)^w over four scales, each the means of 2×2 pixels of the one before,
         times max(SSIM, 0)^w of the fifth, by channel; an odd last row or column is its own
         neighbour; w 0.0448, 0.2856, 0.3001, 0.2363,
         0.1333; needs sides of 161 pixels
psnr     −10·log10 of the mean squared difference, in dB
tv       of pred alone: mean |pred[y+1] − pred[y]| + mean |pred[x+1] − pred[x]|

Layers of papers, for --layers and --style-layers, which bring their network, the former first:
  srgan, esrgan   conv5_4 of VGG19, as BasicSR's configurations have it
  real-esrgan     0.1·conv1_2, 0.1·conv2_2, conv3_4, conv4_4, conv5_4 of VGG19
  pix2pixhd       relu1_1 to relu5_1 of VGG19, weights 1/32, 1/16, 1/8, 1/4, 1
  johnson         content relu3_3, style relu1_2, relu2_2, relu3_3, relu4_3 of VGG16
  gatys           content relu4_2, style relu1_1 to relu5_1 of VGG19, weights 1/5
Layers are components, times their weights: they add up to the kind.

Files have the pixels that Pillow's Image.open gives: EXIF orientation is not applied, of several
pages or frames the first is taken, 16 bits stay 16 bits; what is not opaque wants --alpha.
Pictures are resized (--resize: pixel i of n lies at (i + ½)·N/n − ½ of N, bilinear, the edges
repeated; --antialias widens the triangle to what a pixel becomes), then their middle is taken
(--crop), then the border left out (--crop-border), then the colours taken (--color). One number
of --resize is the shorter side; the longer one keeps the shape, rounded down.
--temporal takes the pictures for the frames of a video and adds --temporal-weight times the mean
over neighbours of mean |(pred[t] − pred[t−1]) − (target[t] − target[t−1])|, of pixels as they are
compared; two folders are a video then, in the order of the names. All frames are in memory.
--spatial writes a number a pixel of what is compared, of the first kind: of lpips the distances
of the layers, each resized to the picture (bilinear), and their sum, as spatial=True of the lpips
library; of ssim that of every window, the mean of the channels. In a PNG black is 0 and white the
largest number of the map, of ssim 1.
--grad-out is by the numbers as they are stored: of a PNG, H×W×3, by those of 0 to 255.
--color y is the luma of BT.601, 16/255 for black and 235/255 for white, as papers on super
resolution compare it; networks see colours. With several kinds the value is the first one.`

// snake is the name of a component.
func snake(kind string) string {
	b := []byte(kind)
	for i, c := range b {
		if c == '-' {
			b[i] = '_'
		}
	}
	return string(b)
}

// isScore reports whether more is better.
func (p *perceptual) isScore() (score bool) {
	p.asked(func(_ int, kind *pictureKind) { score = score || kind.name == p.kinds[0] && kind.score })
	return score
}

// lineUp lines up the pictures.
func (p *perceptual) lineUp(r *Request) (*Frame, error) {
	f := &Frame{Groups: 1, Inner: 1, Classes: 1, Unit: "pair", Batch: 1}
	for k, name := range []string{"pred", "target"} {
		a := r.Inputs[name]
		if a == nil && name == "target" {
			if p.temporal || !slices.Equal(p.kinds, []string{"tv"}) {
				return nil, fmt.Errorf("--target: got nothing, want a file: the pictures that pred should be; only --kind tv does without")
			}
			f.Unit = "picture"
			f.Views = append(f.Views, View{})
			continue
		}
		n, pic, warning, err := pictureOf(a, r.NoBatch)
		if err != nil {
			return nil, err
		}
		if err := pic.span(a, p.span); err != nil {
			return nil, err
		}
		if warning != "" {
			f.Warnings = append(f.Warnings, warning)
		}
		if err := p.geometry.fits(a.Name, pic.Height, pic.Width); err != nil {
			return nil, err
		}
		if _, h, w := p.eye().size(pic); h < 1 || w < 1 {
			return nil, fmt.Errorf("--crop-border: got %d, want less than half of the %d×%d pixels of %s", p.border, w+2*p.border, h+2*p.border, a.Name)
		}
		if k == 0 {
			f.Samples, f.Shape = n, []int{n}
		} else if err := p.sameSize(r, f, n, pic); err != nil {
			return nil, err
		}
		f.Pictures = append(f.Pictures, pic)
		f.Views = append(f.Views, View{Role: Real, Planes: pic.Channels * pic.Height * pic.Width, Spread: 1})
	}
	if p.edge == "reflect" && p.window%2 == 0 {
		return nil, fmt.Errorf("--window: got %d, want an odd number with --edge reflect", p.window)
	}
	pic := f.Pictures[0]
	f.Layout = pic.describe(f.Samples)
	_, h, w := p.eye().size(pic)
	if h != pic.Height || w != pic.Width {
		f.Layout += fmt.Sprintf(", compared as %d×%d", w, h)
	}
	if err := p.addStyle(f, r); err != nil {
		return nil, err
	}
	p.frame = f
	if err := p.reach(r.Inputs["pred"].Name, h, w, 0); err != nil {
		return nil, err
	}
	if err := p.frames(f, r.Inputs["pred"].Name); err != nil {
		return nil, err
	}
	if p.noMap() == "" {
		f.Map = p.mapSize(h, w)
	}
	return f, p.largeEnough(r.Inputs["pred"].Name, pic)
}

// sameSize refuses pictures that are not those of pred, as they are compared.
func (p *perceptual) sameSize(r *Request, f *Frame, n int, pic Picture) error {
	first, a, b := f.Pictures[0], r.Inputs["target"], r.Inputs["pred"]
	if n != f.Samples || pic.Channels != first.Channels {
		return fmt.Errorf("%s: got %s, want %s as in %s", a.Name, pic.describe(n), first.describe(f.Samples), b.Name)
	}
	h, w, _, _ := p.seen(pic.Height, pic.Width)
	fh, fw, _, _ := p.seen(first.Height, first.Width)
	if h == fh && w == fw {
		return nil
	}
	way := "--resize WxH makes them one size"
	if p.resize.w > 0 {
		way = fmt.Sprintf("they are %d×%d and %d×%d behind --resize and --crop; --resize WxH makes them one size", w, h, fw, fh)
	}
	return fmt.Errorf("%s: got %s, want %s as in %s; %s", a.Name, pic.describe(n), first.describe(f.Samples), b.Name, way)
}

// describe says what is compared.
func (p Picture) describe(n int) string {
	what := "grey"
	if p.Channels == 3 {
		what = "RGB"
	}
	return fmt.Sprintf("%s of %d×%d %s", count(n, "picture"), p.Width, p.Height, what)
}

// largeEnough refuses pictures that are too small for what is computed.
func (p *perceptual) largeEnough(name string, pic Picture) error {
	_, h, w := p.eye().size(pic)
	least, why := 1, "at all"
	need := func(n int, kind string) {
		if slices.Contains(p.kinds, kind) && n > least {
			least, why = n, "for "+kind
		}
	}
	need(p.window, "ssim")
	need(smallest(p.window, p.odd), "ms-ssim")
	need(2, "tv")
	if p.tvWeight > 0 {
		need(2, "total")
	}
	if p.shrink && slices.Contains(p.kinds, "ssim") {
		least = max(least, p.window*shrinking(h, w))
	}
	if h >= least && w >= least {
		return nil
	}
	left := ""
	if p.border > 0 {
		left = fmt.Sprintf(" within --crop-border %d", p.border)
	}
	return fmt.Errorf("%s: got %d×%d pixels%s, want at least %d×%d %s", name, w, h, left, least, least, why)
}

func (p *perceptual) eye() *lens {
	p.lens.luma, p.lens.geometry = p.color == "y", p.geometry
	return &p.lens
}

// prepare makes the memory that a pair needs.
func (p *perceptual) prepare(f *Frame) {
	p.frame, p.deep.grams = f, nil
	p.eye()
	for i := range p.single {
		p.single[i].similarity.prepare(p.window, p.sigma, p.k1, p.k2, p.edge == "reflect")
	}
}

// workers gives every goroutine that may take a channel its memory.
func (p *perceptual) workers(b *Block) {
	for len(p.single) < b.Workers {
		var c perChannel
		c.similarity.prepare(p.window, p.sigma, p.k1, p.k2, p.edge == "reflect")
		p.single = append(p.single, c)
	}
}

// load takes the pictures out of the block.
func (p *perceptual) load(b *Block) {
	for k := range p.pair {
		if b.In[k] != nil {
			p.lens.take(&p.pair[k], p.frame.Pictures[k], b.In[k])
		}
	}
	p.workers(b)
}

func (p *perceptual) eval(out *Out, b *Block) {
	for _, t := range out.Terms {
		clear(t)
	}
	left := b.Left != nil && b.Left[0]
	p.newMap(b, left)
	if b.N == 0 || left {
		return
	}
	for k, pic := range p.frame.Pictures {
		pic.look(out, k, b.In[k])
	}
	p.load(b)
	defer p.forget()
	part := 1 + len(p.known)
	p.asked(func(at int, kind *pictureKind) {
		n := 0
		if kind.parts != nil {
			n = len(kind.parts())
		}
		p.made = resized(p.made, n)
		v := kind.eval(b, p.made)
		for i, x := range append([]float64{v}, p.made...) {
			to := part + i - 1
			if i == 0 {
				to = 1 + at
			}
			if t := out.Terms[to]; t != nil {
				t[0] = x
			}
		}
		part += n
		if t := out.Terms[pictureLoss]; kind.name == p.kinds[0] && t != nil {
			t[0] = v
		}
	})
}

// grad is the gradient of the first kind: the other terms have none.
func (p *perceptual) grad(grad, up [][]float64, b *Block) {
	if b.N == 0 || up[pictureLoss] == nil || up[pictureLoss][0] == 0 {
		return
	}
	p.asked(func(_ int, kind *pictureKind) {
		for k, g := range grad {
			if g != nil && kind.name == p.kinds[0] {
				kind.grad(g, k, up[pictureLoss][0], b)
			}
		}
	})
}
