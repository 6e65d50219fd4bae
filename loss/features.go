package loss

import (
	"fmt"
	"slices"
)

// features holds the parameters of the losses of feature maps, and scratch
// memory.
type features struct {
	known      []featureKind
	kinds      []string
	layers     layerList
	overLayers string
	compare    comparison
	frame      *Frame
	made       []float64
}

// A featureKind is one of --kind: of the maps x and y of a layer, with a
// weight for every channel or nil.
type featureKind struct {
	name string
	mean bool // over the layers, unless --over-layers says the sum
	eval func(b *Block, weights []float64, x, y channels[float64]) float64
	grad func(b *Block, dst []float64, weights []float64, up float64, x, y channels[float64])
}

// The inputs of features beside pred and target.
const channelWeights = 2

// table lists the kinds in the order of their terms.
func (f *features) table() []featureKind {
	c := &f.compare
	return []featureKind{
		{
			name: "content",
			eval: func(_ *Block, _ []float64, x, y channels[float64]) float64 { return content(c, x, y) },
			grad: func(_ *Block, dst, _ []float64, up float64, x, y channels[float64]) { contentGrad(c, dst, up, x, y) },
		},
		{
			name: "style",
			eval: func(b *Block, _ []float64, x, y channels[float64]) float64 { return style(c, b, x, y) },
			grad: func(b *Block, dst, _ []float64, up float64, x, y channels[float64]) {
				e := farExponent(x.x, y.x)
				c.grams[1] = gramOf(c, b, c.grams[1], y, e)
				styleGrad(c, b, dst, up, x, e, c.grams[1])
			},
		},
		{
			name: "lpips",
			eval: func(_ *Block, weights []float64, x, y channels[float64]) float64 {
				return unitDistance(c, weights, x, y)
			},
			grad: func(_ *Block, dst, weights []float64, up float64, x, y channels[float64]) {
				unitDistanceGrad(c, dst, weights, up, x, y)
			},
		},
		{
			name: "feature-matching", mean: true,
			eval: func(_ *Block, _ []float64, x, y channels[float64]) float64 {
				return apart("l1", float64(len(x.x)), x.x, y.x)
			},
			grad: func(_ *Block, dst, _ []float64, up float64, x, y channels[float64]) {
				apartGrad(dst, "l1", float64(len(x.x)), up, x.x, y.x)
			},
		},
	}
}

// PerceptualFeatures compares feature maps.
func PerceptualFeatures() *Loss {
	f := &features{
		kinds: []string{"content"}, layers: layerList{word: "auto"}, overLayers: "mean",
		compare: comparison{norm: "mse", gram: "chw", styleNorm: "mse"},
	}
	f.known = f.table()
	var names []string
	for _, k := range f.known {
		names = append(names, k.name)
	}
	l := &Loss{
		Name:    "perceptual features",
		Summary: "content, style, LPIPS-like and matching losses of feature maps that a network of yours has saved",
		Formula: "content: Σ_layers w mean (x − y)²; style: Σ_layers w mean_ij (G_ij(x) − G_ij(y))², G_ij = Σ_pixels x_i x_j / (C·H·W); lpips: Σ_layers w mean_pixels Σ_c w_c (x_c/‖x‖ − y_c/‖y‖)²",
		Details: featuresDetails,
		Source:  "Gatys et al. 2015, style (arXiv 1508.06576); Johnson et al. 2016, perceptual losses (1603.08155); Zhang et al. 2018, LPIPS (1801.03924); Wang et al. 2018, feature matching of pix2pixHD (1711.11585)",
		Inputs: []Input{
			{Name: "pred", Shape: "N C *", Doc: "feature maps: an array, or an .npz of several, one a layer", Grad: true, Layers: LayersOfSamples},
			{Name: "target", Shape: "as pred", Doc: "the feature maps that they should be", Grad: true, Layers: LayersOfSamples},
			{Name: "channel-weights", Shape: "C", Doc: "weights of the channels in lpips, an array or an .npz of several, by layer; else 1", Optional: true, Layers: LayersWhole},
		},
		Params: []Param{
			{Name: "kind", Main: true, Value: List(&f.kinds, names...), Doc: "what is computed, one or a list; the value is the first, all are components"},
			{Name: "layers", Value: layersOf(&f.layers, "auto"), Doc: "names of arrays with their weights, as relu2_2=1,conv5_4=0.1; auto: all, with weights of 1"},
			{Name: "content-norm", Value: Choice(&f.compare.norm, "l1", "mse", "fro", "gatys"), Doc: "distance of features: mean |d|, mean d², √Σd², ½Σd²"},
			{Name: "gram", Value: Choice(&f.compare.gram, "hw", "chw", "gatys", "none"), Doc: "Gram matrices are sums over pixels ÷ H·W, ÷ C·H·W, ÷ 2·H·W, or the sums"},
			{Name: "style-norm", Value: Choice(&f.compare.styleNorm, "l1", "mse", "fro"), Doc: "distance of Gram matrices: mean |d|, mean d² over C×C, √Σd²"},
			{Name: "over-layers", Value: Choice(&f.overLayers, "mean", "sum"), Doc: "how feature-matching combines its layers"},
			{Name: "channel-sum", Hidden: true, Value: Bool(&f.compare.channelSum), Doc: "content is the mean over pixels, summed over channels"},
			{Name: "root-eps", Hidden: true, Value: Float(&f.compare.root, 0, 1), Doc: "is within the root of the norms of lpips, not 1e-10 beside it"},
		},
		Reductions:  []Reduction{Mean, SumOf, BatchMean, None},
		Conventions: featuresConventions,
		Prepare:     func(fr *Frame) { f.frame = fr },
		Eval:        f.eval,
		Grad:        f.grad,
		Row:         f.row,
		Components: func(r *Reduction, all *Totals, _ []Totals) []Component {
			var list []Component
			part := 1 + len(f.known)
			for _, name := range f.kinds {
				list = append(list, Component{snake(name), all.Terms[1+f.at(name)] / r.Den(all)})
				for _, l := range f.layers.list {
					list = append(list, Component{snake(name) + "_" + l.name, all.Terms[part] / r.Den(all)})
					part++
				}
			}
			return list
		},
	}
	l.Frame = func(r *Request) (*Frame, error) {
		l.Columns = kindColumns(f.kinds)
		return f.lineUp(r)
	}
	l.Columns = kindColumns(f.kinds)
	l.Terms = []Term{{Name: "loss"}}
	for _, name := range names {
		l.Terms = append(l.Terms, Term{Name: name, When: func(*Reduction) bool { return slices.Contains(f.kinds, name) }})
	}
	for k := range len(f.known) * mostLayers {
		l.Terms = append(l.Terms, Term{Name: fmt.Sprintf("part-%d", k+1), When: func(*Reduction) bool { return k < len(f.kinds)*len(f.layers.list) }})
	}
	return l
}

// row is the kinds of a sample.
func (f *features) row(dst []float64, all *Totals) {
	for i := range dst {
		dst[i] = all.Terms[1+f.at(f.kinds[i])] / float64(all.Count)
	}
}

const featuresDetails = `A position is a pair of samples, of one layer or of several. All is computed in float64.

content           Σ w·mean (x − y)², or another --content-norm; fro is of every pair
style             Σ w·mean (G(x) − G(y))² over the C×C numbers of the Gram matrices. With --gram
                  gatys it is Σ (G − A)² / (4 C² (H·W)²) of the sums
lpips             channels divided by ‖·‖ + 1e-10, squared differences weighed by
                  --channel-weights, the mean over pixels, the sum over layers
feature-matching  the mean over layers of w·mean |x − y|, as of the layers of a discriminator

Axis 0 of every array is the samples, axis 1 the channels, the rest are pixels; an array (N, C)
has one. An .npz or .safetensors of several arrays is read as layers by their names. Layers are
components, times their weights: they add up to the kind. --grad-out wants one layer,
a.npz:relu2_2: the gradient by each is that of its own part.`

// featuresConventions are the libraries that people compare with.
var featuresConventions = []Convention{
	{Name: "lpips", Doc: "the lpips package, between its network and its linear layers", Set: []Setting{{"kind", "lpips"}}},
	{Name: "piq", Doc: "piq 0.8: content sums over channels the mean over pixels of d²; Gram matrices that nothing divides", Set: []Setting{{"channel-sum", "true"}, {"gram", "none"}}},
	{Name: "torchmetrics", Doc: "torchmetrics 1.9: LPIPS has 1e-8 within the root of the norms", Set: []Setting{{"kind", "lpips"}, {"root-eps", "1e-8"}}},
	{Name: "basicsr", Doc: "BasicSR's PerceptualLoss: l1 of features and of Gram matrices ÷ C·H·W; its fro is of the whole batch, here of a pair", Set: []Setting{{"content-norm", "l1"}, {"gram", "chw"}, {"style-norm", "l1"}}},
	{Name: "mmagic", Doc: "mmagic's PerceptualLoss: as basicsr, both kinds side by side", Set: []Setting{{"kind", "content,style"}, {"content-norm", "l1"}, {"gram", "chw"}, {"style-norm", "l1"}}},
	{Name: "pix2pixhd", Doc: "feature matching of pix2pixHD: of one discriminator of three layers, the sum of mean |d|; its factor of 10 and the mean over discriminators are the caller's", Set: []Setting{{"kind", "feature-matching"}, {"over-layers", "sum"}}},
	{Name: "johnson", Doc: "fast-neural-style: mean d² of features, and of Gram matrices ÷ C·H·W", Set: []Setting{{"content-norm", "mse"}, {"gram", "chw"}, {"style-norm", "mse"}}},
	{Name: "gatys", Doc: "Gatys et al.: ½Σ(F−P)², and Σ(G−A)² / (4 C² (H·W)²)", Set: []Setting{{"content-norm", "gatys"}, {"gram", "gatys"}, {"style-norm", "mse"}}},
}

// at is the place of a kind in the table.
func (f *features) at(name string) int {
	return slices.IndexFunc(f.known, func(k featureKind) bool { return k.name == name })
}

// maps are those of a layer in a sample of an input.
func (f *features) maps(b *Block, input int, m *MapLayer) channels[float64] {
	at := m.At[input]
	return channels[float64]{m.Channels, m.Numbers, b.In[input][at : at+m.Channels*m.Numbers]}
}

// weightsOf are those of the channels of a layer, nil without.
func (f *features) weightsOf(b *Block, m *MapLayer) []float64 {
	if b.In[channelWeights] == nil {
		return nil
	}
	return b.In[channelWeights][m.At[channelWeights]:][:m.Channels]
}

func (f *features) across(kind *featureKind) float64 {
	if kind.mean && f.overLayers == "mean" {
		return float64(len(f.layers.list))
	}
	return 1
}

func (f *features) eval(out *Out, b *Block) {
	for _, t := range out.Terms {
		clear(t)
	}
	if b.N == 0 || b.Left != nil && b.Left[0] {
		return
	}
	set := func(term int, v float64) {
		if t := out.Terms[term]; t != nil {
			t[0] = v
		}
	}
	layers := f.layers.list
	f.made = resized(f.made, len(layers))
	part := 1 + len(f.known)
	for i, name := range f.kinds {
		kind := &f.known[f.at(name)]
		v := weighed(layers, f.made, func(i int) float64 {
			m := &f.frame.Maps[i]
			return kind.eval(b, f.weightsOf(b, m), f.maps(b, 0, m), f.maps(b, 1, m)) / f.across(kind)
		})
		set(1+f.at(name), v)
		for _, x := range f.made {
			set(part, x)
			part++
		}
		if i == 0 {
			set(0, v)
		}
	}
}

// grad is the gradient of the first kind: the other terms have none.
func (f *features) grad(grad, up [][]float64, b *Block) {
	if b.N == 0 || up[0] == nil || up[0][0] == 0 {
		return
	}
	kind := &f.known[f.at(f.kinds[0])]
	for k, g := range grad {
		if g == nil {
			continue
		}
		for i, l := range f.layers.list {
			m := &f.frame.Maps[i]
			if l.weight > 0 {
				dst := g[m.At[k]:][:m.Channels*m.Numbers]
				kind.grad(b, dst, f.weightsOf(b, m), up[0][0]*l.weight/f.across(kind), f.maps(b, k, m), f.maps(b, 1-k, m))
			}
		}
	}
}
