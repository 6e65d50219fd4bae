package loss

import (
	"fmt"
	"math"
	"slices"

	"lossctl/internal/nn"
)

// perceptual holds the parameters of the losses of pictures, and a pair.
type perceptual struct {
	geometry
	video
	kinds     []string
	span      string // the range of the stored numbers
	color     string
	window    int
	sigma     float64
	k1, k2    float64
	shrink    bool // before ssim
	edge      string
	odd       string
	joint     string // whether channels are averaged before or behind the powers
	variation string
	floor     float64 // is added to the mean squared difference of psnr
	total     bool    // the sum of the differences, not their means

	net      string // "auto"
	netFile  string
	headFile string
	network  *nn.Network
	heads    [][]float32
	deep     deep

	frame  *Frame
	lens   lens
	pair   [2]pixels // in the colours asked for
	by     pixels    // gradient by one of them
	single []perChannel
	small  [2]pixels // of ssim, after shrinking
	levels [2]pyramid
	score  scores
	maps   []*Map // of the pictures of the block
	widen  resizer
}

// perChannel is what a goroutine needs for a channel.
type perChannel struct{ similarity similarity }

// Terms of perceptual: the loss, then a number for every kind.
const (
	pictureLoss = iota
	pictureSSIM
	pictureMSSSIM
	picturePSNR
	pictureTV
	pictureLPIPS
	pictureTaps // one term for every layer of lpips
)

// mostTaps is how many layers LPIPS compares at most, those of SqueezeNet.
const mostTaps = 7

// pictureKinds are the kinds in the order of their terms.
var pictureKinds = []string{"ssim", "ms-ssim", "psnr", "tv", "lpips"}

// Perceptual compares pictures.
func Perceptual() *Loss {
	p := &perceptual{
		kinds: []string{"lpips"}, net: "auto", span: "auto", color: "rgb", window: 11, sigma: 1.5, k1: 0.01, k2: 0.03,
		edge: "inside", odd: repeatOdd, joint: "channel", variation: "l1", geometry: geometry{antialias: true}, video: video{weight: 1},
	}
	inf := math.Inf(1)
	l := &Loss{
		Name:    "perceptual",
		Summary: "pictures as the eye compares them: LPIPS, SSIM, MS-SSIM, PSNR, total variation",
		Formula: "lpips: Σ_layers mean_pixels Σ_c w_c (x_c/‖x‖ − y_c/‖y‖)²; ssim: mean (2μxμy + C1)(2σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2))",
		Details: perceptualDetails,
		Source:  "Zhang et al. 2018, LPIPS (arXiv 1801.03924), version 0.1; Wang et al. 2004, image quality assessment (IEEE TIP 13); Wang, Simoncelli and Bovik 2003, multiscale structural similarity (Asilomar); Rudin, Osher and Fatemi 1992, total variation",
		Inputs: []Input{
			{Name: "pred", Shape: "picture, or N 3 H W, N H W 3", Doc: "pictures: PNG, JPEG, WebP, TIFF, an array, or a folder", Grad: true, Picture: true},
			{Name: "target", Shape: "as pred", Doc: "the pictures that they should be", Grad: true, Picture: true},
		},
		Params: []Param{
			{Name: "kind", Main: true, Value: List(&p.kinds, pictureKinds...), Doc: "what is computed, one or a list; the value is the first, all are components"},
			{Name: "net", Value: Choice(&p.net, "auto", "squeezenet", "squeeze", "alexnet", "alex", "vgg16", "vgg"), Doc: "the network of lpips; auto: alexnet"},
			{Name: "net-weights", Value: File(&p.netFile, &p.network), Doc: "weights of the network: .pth, .safetensors or .npz"},
			{Name: "lpips-weights", Value: File(&p.headFile, &p.heads), Doc: "weights of the linear layers of LPIPS 0.1"},
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
			{Name: "tv-sum", Value: Bool(&p.total), Doc: "the sum of the differences, not the mean of those along each axis"},
			{Name: "psnr-eps", Hidden: true, Value: Float(&p.floor, 0, inf), Doc: "is added to the mean squared difference"},
			{Name: "odd", Hidden: true, Value: Choice(&p.odd, repeatOdd, dropOdd, frontOdd), Doc: "the odd row and column of a scale of ms-ssim"},
			{Name: "ms-channels", Hidden: true, Value: Choice(&p.joint, "channel", "together"), Doc: "the powers of ms-ssim are those of a channel, or of the mean of the channels"},
		},
		Reductions:  []Reduction{Mean, SumOf, BatchMean, None},
		Conventions: perceptualConventions,
		Weights:     p.weights,
		Frame:       p.lineUp,
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
		Components: func(r *Reduction, all *Totals, _ []Totals) []Component {
			var list []Component
			for _, kind := range p.kinds {
				list = append(list, Component{snake(kind), all.Terms[1+slices.Index(pictureKinds, kind)] / r.Den(all)})
				if kind != "lpips" {
					continue
				}
				for k, tap := range p.taps() {
					list = append(list, Component{"lpips_" + tap, all.Terms[pictureTaps+k] / r.Den(all)})
				}
			}
			if p.temporal {
				list = append(list, Component{"temporal", p.changes(r, all)})
			}
			return list
		},
	}
	l.Terms = []Term{{Name: "loss"}}
	for _, kind := range pictureKinds {
		l.Terms = append(l.Terms, Term{Name: kind, When: func(*Reduction) bool { return slices.Contains(p.kinds, kind) }})
	}
	for k := range mostTaps {
		l.Terms = append(l.Terms, Term{Name: fmt.Sprintf("lpips-%d", k+1), When: func(*Reduction) bool {
			return slices.Contains(p.kinds, "lpips") && k < len(p.taps())
		}})
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
ssim     windows of 11×11 pixels with Gaussian weights, σ 1.5, that lie inside the picture;
         variances divide by the sum of the weights, which is 1; K 0.01 and 0.03; the mean
         over windows, then channels
ms-ssim  Π max(cs, 0)^w over four scales, each the means of 2×2 pixels of the one before,
         times max(SSIM, 0)^w of the fifth, by channel; an odd last row or column is its own
         neighbour; w 0.0448, 0.2856, 0.3001, 0.2363,
         0.1333; needs sides of 161 pixels
psnr     −10·log10 of the mean squared difference, in dB
tv       of pred alone: mean |pred[y+1] − pred[y]| + mean |pred[x+1] − pred[x]|

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
resolution compare it. With several kinds the value is the first one.`

// perceptualConventions are the libraries that people compare with.
var perceptualConventions = []Convention{
	{
		Name: "piq",
		Doc:  "piq 0.8: ssim shrinks pictures whose shorter side is 384 and more; ms-ssim repeats the first row and column of odd scales; psnr adds 1e-8 to the mean squared difference; tv is √(Σdx² + Σdy²)",
		Set:  []Setting{{"shrink", "true"}, {"odd", frontOdd}, {"psnr-eps", "1e-8"}, {"tv-norm", "l2"}, {"tv-sum", "true"}},
	},
	{
		Name: "torchmetrics",
		Doc:  "torchmetrics 1.9 with data_range: SSIM has a window around every pixel, reflected at the edges; ms-ssim leaves out odd rows and columns and takes the powers of the means over channels; tv is Σ|dx| + Σ|dy|",
		Set:  []Setting{{"edge", "reflect"}, {"odd", dropOdd}, {"ms-channels", "together"}, {"tv-sum", "true"}},
	},
	{
		Name: "basicsr",
		Doc:  "BasicSR: ssim and psnr on --color y with --crop-border as the scale where its options say test_y_channel; tv is mean |dx| + mean |dy|",
		Set:  []Setting{{"tv-norm", "l1"}, {"tv-sum", "false"}},
	},
}

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
func (p *perceptual) isScore() bool {
	return slices.Contains([]string{"ssim", "ms-ssim", "psnr"}, p.kinds[0])
}

// lineUp lines up the pictures.
func (p *perceptual) lineUp(r *Request) (*Frame, error) {
	f := &Frame{Groups: 1, Inner: 1, Classes: 1, Unit: "pair", Batch: 1}
	for k, name := range []string{"pred", "target"} {
		a := r.Inputs[name]
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
	if slices.Contains(p.kinds, "lpips") {
		for _, tap := range p.taps() {
			if _, _, _, err := p.network.Shape(tap, h, w); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Inputs["pred"].Name, err)
			}
		}
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
	p.frame = f
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
		p.lens.take(&p.pair[k], p.frame.Pictures[k], b.In[k])
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
	for k, x := range b.In {
		p.frame.Pictures[k].look(out, k, x)
	}
	p.load(b)
	for _, kind := range p.kinds {
		var v float64
		switch kind {
		case "ssim":
			v = p.ssim(b)
			p.ssimMap(b)
		case "ms-ssim":
			v = p.msssim(b)
		case "psnr":
			v = p.psnr()
		case "tv":
			v = p.tv()
		case "lpips":
			v = p.lpips(out, b)
		}
		if t := out.Terms[1+slices.Index(pictureKinds, kind)]; t != nil {
			t[0] = v
		}
		if kind == p.kinds[0] && out.Terms[pictureLoss] != nil {
			out.Terms[pictureLoss][0] = v
		}
	}
}

// grad is the gradient of the first kind: the other terms have none.
func (p *perceptual) grad(grad, up [][]float64, b *Block) {
	if b.N == 0 || up[pictureLoss] == nil || up[pictureLoss][0] == 0 {
		return
	}
	if p.kinds[0] == "lpips" {
		p.lpipsGrad(grad, up[pictureLoss][0], b)
		return
	}
	p.load(b)
	for k, g := range grad {
		if g == nil {
			continue
		}
		x, y := &p.pair[k], &p.pair[1-k]
		p.by.resize(x.c, x.h, x.w)
		clear(p.by.x)
		factor := up[pictureLoss][0]
		switch p.kinds[0] {
		case "ssim":
			p.ssimGrad(b, x, y, factor)
		case "ms-ssim":
			p.msssimGrad(b, x, y, factor)
		case "psnr":
			p.psnrGrad(x, y, factor)
		case "tv":
			if k == 0 {
				p.tvGrad(factor)
			}
		}
		p.lens.back(g, p.frame.Pictures[k], &p.by)
	}
}
