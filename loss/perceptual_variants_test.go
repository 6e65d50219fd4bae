package loss_test

import (
	"math"
	"math/rand/v2"
	"strings"

	"lossctl/loss"
)

// Settings of perceptual. The numbers of pictures lie between black and white.
func perceptualVariants() []variant {
	var list []variant
	add := func(v variant) {
		if v.fill == nil {
			v.fill = coloured
		}
		list = append(list, v)
	}
	first, last := [][]int{{3, 3, 9, 8}, {3, 3, 9, 8}}, [][]int{{2, 7, 8, 3}, {2, 7, 8, 3}}
	grey, large := [][]int{{2, 1, 7, 6}, {2, 7, 6, 1}}, [][]int{{1, 3, 18, 17}, {1, 3, 18, 17}}
	add(variant{name: "ssim", set: "kind=ssim window=5", shapes: first})
	add(variant{name: "ssim, channels last, luma", set: "kind=ssim window=4 color=y", shapes: last, weight: []int{2}})
	add(variant{name: "ssim, grey, border", set: "kind=ssim window=3 sigma=0.7 crop-border=1", shapes: grey, mask: []int{2}})
	add(variant{name: "ssim, constants", set: "kind=ssim window=3 k1=0.1 k2=0.2", shapes: first, reduction: "sum"})
	add(variant{name: "ssim, reflected", set: "kind=ssim window=5 edge=reflect", shapes: grey})
	add(variant{name: "ms-ssim", set: "kind=ms-ssim window=2", shapes: large})
	add(variant{name: "ms-ssim, piq", convention: "piq", set: "kind=ms-ssim window=2 color=y", shapes: [][]int{{1, 3, 19, 18}, {1, 3, 19, 18}}})
	add(variant{name: "ms-ssim, torchmetrics", convention: "torchmetrics", set: "kind=ms-ssim window=3", shapes: [][]int{{1, 3, 48, 49}, {1, 3, 48, 49}}})
	add(variant{name: "psnr", set: "kind=psnr", shapes: first})
	add(variant{name: "psnr, luma, border", set: "kind=psnr color=y crop-border=2", shapes: first, mask: []int{3}})
	add(variant{name: "tv", set: "kind=tv", shapes: first})
	add(variant{name: "tv of one row, border", set: "kind=tv crop-border=1 tv-norm=l2-squared", shapes: [][]int{{2, 3, 4, 5}, {2, 3, 4, 5}}})
	add(variant{name: "tv, l2", set: "kind=tv tv-norm=l2", shapes: last, reduction: "batchmean"})
	add(variant{name: "tv, piq", convention: "piq", set: "kind=tv", shapes: last, reduction: "none"})
	add(variant{name: "tv, torchmetrics", convention: "torchmetrics", set: "kind=tv", shapes: last})
	add(variant{name: "several kinds, basicsr", convention: "basicsr", set: "kind=psnr,ssim,tv window=3", shapes: first})
	add(variant{name: "raw numbers", set: "kind=ssim,psnr,tv window=3 range=raw", shapes: first})
	add(variant{name: "resized", set: "kind=ssim window=3 resize=6x7", shapes: [][]int{{2, 3, 9, 8}, {2, 3, 11, 5}}})
	add(variant{name: "resized, two neighbours, luma", set: "kind=psnr resize=4 antialias=false color=y", shapes: last})
	add(variant{name: "resized, cropped, border", set: "kind=psnr resize=12x11 crop=9 crop-border=1", shapes: [][]int{{2, 7, 8, 3}, {2, 3, 9, 10}}, mask: []int{2}})
	add(variant{name: "cropped", set: "kind=tv,psnr crop=5x4", shapes: first})
	add(variant{name: "temporal", set: "kind=tv temporal=true temporal-weight=3", shapes: first})
	add(variant{name: "temporal, luma, resized, masked", set: "kind=tv temporal=true resize=5 crop-border=1 color=y", shapes: [][]int{{4, 7, 8, 3}, {4, 3, 9, 8}}, mask: []int{4}, weight: []int{4}})
	add(variant{name: "temporal, sum", set: "kind=tv,psnr temporal=true", shapes: last, reduction: "sum"})
	// A network computes in float32, too coarse for finite differences.
	add(variant{name: "lpips", set: "kind=lpips", shapes: [][]int{{2, 3, 33, 34}, {2, 3, 33, 34}}, load: randomWeights, noGrad: true})
	add(variant{name: "lpips, grey, border, with ssim", set: "kind=lpips,ssim net=alex crop-border=1 range=raw", shapes: [][]int{{2, 1, 35, 36}, {2, 35, 36, 1}}, load: randomWeights, noGrad: true})
	small, tall := [][]int{{2, 3, 33, 34}, {2, 3, 33, 34}}, [][]int{{2, 1, 35, 36}, {2, 35, 36, 1}}
	deep := func(v variant) {
		v.load, v.noGrad, v.set = randomWeights, true, v.set+" net=alex"
		add(v)
	}
	deep(variant{name: "content", set: "kind=content", shapes: small})
	deep(variant{name: "content, l1, before the ReLU", set: "kind=content content-norm=l1 layers=conv2=0.5,relu3,pool2=0", shapes: tall, weight: []int{2}})
	deep(variant{name: "style of a picture", set: "kind=style gram=hw crop-border=1", shapes: [][]int{{2, 3, 35, 36}, {2, 3, 35, 36}, {40, 34, 3}}, mask: []int{2}})
	deep(variant{name: "style, sums, fro", set: "kind=style gram=none style-norm=fro style-layers=relu1,relu2=2", shapes: tall, reduction: "sum"})
	deep(variant{name: "total", set: "kind=total style-weight=10 content-norm=fro", shapes: small})
	deep(variant{name: "total of gatys, of a picture", convention: "gatys", set: "layers=relu2 style-layers=conv1=0.2,relu2", shapes: [][]int{{2, 3, 33, 34}, {2, 3, 33, 34}, {1, 1, 33, 35}}})
	deep(variant{name: "feature matching, with others", set: "kind=feature-matching,total,lpips,tv", shapes: small, reduction: "none"})
	deep(variant{name: "total of a video, of a picture, resized", set: "kind=total temporal=true resize=33x34", shapes: [][]int{{3, 3, 36, 35}, {3, 3, 40, 37}, {35, 33, 3}}})
	deep(variant{name: "lpips, torchmetrics", convention: "torchmetrics", set: "kind=lpips", shapes: small})
	return list
}

// randomWeights are those of an AlexNet that has not learnt.
func randomWeights(l *loss.Loss) error {
	list, err := l.Weights()
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(7, 8))
	shapes := map[string][]int{
		"features.0": {64, 3, 11, 11}, "features.3": {192, 64, 5, 5}, "features.6": {384, 192, 3, 3},
		"features.8": {256, 384, 3, 3}, "features.10": {256, 256, 3, 3},
	}
	for _, w := range list {
		if w.Network != nil {
			err = w.Network.Load(func(name string) ([]float32, []int, bool) {
				layer, kind, _ := strings.Cut(strings.TrimPrefix(name, "features."), ".")
				shape, ok := shapes["features."+layer]
				if !ok {
					return nil, nil, false
				}
				scale := math.Sqrt(2 / float64(shape[1]*shape[2]*shape[3]))
				if kind == "bias" {
					shape = shape[:1]
				}
				x := make([]float32, loss.Volume(shape))
				for i := range x {
					x[i] = float32(scale * rng.NormFloat64())
				}
				return x, shape, true
			})
			if err != nil {
				return err
			}
			continue
		}
		*w.Heads = nil
		for _, c := range []int{64, 192, 384, 256, 256} {
			head := make([]float32, c)
			for i := range head {
				head[i] = rng.Float32()
			}
			*w.Heads = append(*w.Heads, head)
		}
	}
	return nil
}

var perceptualLayouts = []variant{
	{name: "many small pictures", set: "kind=psnr,ssim,tv", shapes: [][]int{{31, 3, 17, 20}, {31, 3, 17, 20}}, weight: []int{31}, fill: coloured},
	{name: "one picture, channels last", set: "kind=ssim", shapes: [][]int{{1, 64, 70, 3}, {1, 64, 70, 3}}, fill: coloured},
	{name: "all scales", set: "kind=ms-ssim,ssim", shapes: [][]int{{2, 1, 162, 163}, {2, 1, 162, 163}}, fill: coloured},
	{name: "all scales of one picture", set: "kind=ms-ssim", shapes: [][]int{{1, 3, 161, 161}, {1, 3, 161, 161}}, fill: coloured},
	{name: "a video", set: "kind=tv,psnr temporal=true", shapes: [][]int{{21, 3, 17, 20}, {21, 3, 17, 20}}, weight: []int{21}, fill: coloured},
	{name: "shrunk", set: "kind=ssim shrink=true", shapes: [][]int{{1, 3, 385, 390}, {1, 3, 385, 390}}, fill: coloured},
}

// coloured makes numbers of any size those of pictures.
func coloured(input int, _ *loss.Frame, x []float64) {
	if input > 2 {
		return
	}
	for i, v := range x {
		x[i] = 1 / (1 + math.Exp(-max(min(v, 40), -40)))
	}
}
