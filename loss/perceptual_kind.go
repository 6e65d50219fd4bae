package loss

import "slices"

// A pictureKind is one of --kind: a number of a pair of pictures.
type pictureKind struct {
	name  string
	score bool // more is better
	// parts are what the number is made of, components by these names; nil:
	// of nothing.
	parts func() []string
	eval  func(b *Block, parts []float64) float64
	// grad adds up times the gradient by input k, as the block holds it.
	grad func(grad []float64, k int, up float64, b *Block)
}

// mostParts is how many parts the kinds of a run have at most.
const mostParts = 8 + 3 + 5*mostLayers

// table lists the kinds in the order of their terms.
func (p *perceptual) table() []pictureKind {
	return []pictureKind{
		{name: "ssim", score: true, eval: p.ssim, grad: p.byPixels(p.ssimGrad)},
		{name: "ms-ssim", score: true, eval: p.msssim, grad: p.byPixels(p.msssimGrad)},
		{name: "psnr", score: true, eval: p.psnr, grad: p.byPixels(p.psnrGrad)},
		{name: "tv", eval: p.tv, grad: p.byPixels(p.tvGrad)},
		{name: "lpips", parts: p.taps, eval: p.lpips, grad: p.lpipsGrad},
		{name: "content", parts: func() []string { return layerNames(p.contentLayers()) }, eval: p.content, grad: p.throughNet("content", p.contentSlopes)},
		{name: "style", parts: func() []string { return layerNames(p.styleLayers()) }, eval: p.style, grad: p.throughNet("style", p.styleSlopes)},
		{name: "total", parts: p.totalParts, eval: p.total, grad: p.totalGrad},
		{name: "feature-matching", parts: func() []string { return layerNames(p.matchingLayers()) }, eval: p.matching, grad: p.throughNet("feature-matching", p.matchingSlopes)},
	}
}

// kindNames are the names of a table.
func kindNames(table []pictureKind) (names []string) {
	for _, k := range table {
		names = append(names, k.name)
	}
	return names
}

// asked are the kinds that are computed, with their places in the table.
func (p *perceptual) asked(do func(at int, kind *pictureKind)) {
	for _, name := range p.kinds {
		at := slices.IndexFunc(p.known, func(k pictureKind) bool { return k.name == name })
		do(at, &p.known[at])
	}
}

// kindColumns are what a row shows: every kind where there are several.
func kindColumns(kinds []string) (names []string) {
	if len(kinds) < 2 {
		return nil
	}
	for _, name := range kinds {
		names = append(names, snake(name))
	}
	return names
}

// row is the kinds of a pair.
func (p *perceptual) row(dst []float64, all *Totals) {
	i := 0
	p.asked(func(at int, _ *pictureKind) {
		dst[i] = all.Terms[1+at] / float64(all.Count)
		i++
	})
}

// parts are the names of the parts of all kinds that are computed, in the
// order of their terms.
func (p *perceptual) parts() (names []string) {
	p.asked(func(_ int, kind *pictureKind) {
		if kind.parts == nil {
			return
		}
		for _, part := range kind.parts() {
			names = append(names, snake(kind.name)+"_"+part)
		}
	})
	return names
}

// byPixels is the gradient of a kind that compares the pixels: f adds to p.by.
func (p *perceptual) byPixels(f func(b *Block, k int, up float64)) func([]float64, int, float64, *Block) {
	return func(grad []float64, k int, up float64, b *Block) {
		p.load(b)
		x := &p.pair[k]
		p.by.resize(x.c, x.h, x.w)
		clear(p.by.x)
		f(b, k, up)
		p.lens.back(grad, p.frame.Pictures[k], &p.by)
	}
}
