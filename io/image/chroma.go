package image

import (
	"image"
	"image/color"
)

// A chroma says how the colours of a format with luma and chroma are made: of
// JPEG as libjpeg does it, of WebP as libwebp. Both interpolate the chroma of
// pixels between samples; Go's own does not, and takes WebP's range for JPEG's.
type chroma struct {
	// between is the chroma of a pixel: 9/16 of the nearest sample, 3/16 of
	// those beside and above or below it, 1/16 of the diagonal one.
	between func(near, beside, above, diagonal int, x int) int
	// halves is the same where samples lie between pixels of one axis only:
	// 3/4 of the nearest, 1/4 of the next; odd tells which half.
	halves func(near, next int, odd bool) int
	rgb    func(y, cb, cr int) color.NRGBA64
	narrow int // so many samples in a row, or fewer, are not interpolated
}

var libjpeg = &chroma{
	between: func(near, beside, above, diagonal, x int) int {
		return (9*near + 3*beside + 3*above + diagonal + 8 - x&1) >> 4
	},
	halves: func(near, next int, odd bool) int {
		if odd {
			return (3*near + next + 2) >> 2
		}
		return (3*near + next + 1) >> 2
	},
	// BT.601 of 0–255: R = Y + 1.402 Cr and so on, in 16 bits.
	rgb: func(y, cb, cr int) color.NRGBA64 {
		const half = 1 << 15
		cb, cr = cb-128, cr-128
		return opaque(y+(91881*cr+half)>>16, y+(-22554*cb-46802*cr+half)>>16, y+(116130*cb+half)>>16)
	},
	narrow: 2,
}

var libwebp = &chroma{
	between: func(near, beside, above, diagonal, _ int) int {
		all := near + beside + above + diagonal + 8
		return ((all+2*(beside+above))>>3 + near) >> 1
	},
	// BT.601 of 16–235 and 16–240, in 14 bits, of which 6 are kept until the end.
	rgb: func(y, cb, cr int) color.NRGBA64 {
		y = y * 19077 >> 8
		return opaque((y+cr*26149>>8-14234)>>6, (y-cb*6419>>8-cr*13320>>8+8708)>>6, (y+cb*33050>>8-17685)>>6)
	},
}

// opaque is a colour of 8 bits, clipped.
func opaque(r, g, b int) color.NRGBA64 {
	wide := func(v int) uint16 { return 257 * uint16(min(max(v, 0), 255)) }
	return color.NRGBA64{R: wide(r), G: wide(g), B: wide(b), A: 0xffff}
}

// at is the colour of a pixel.
func (c *chroma) at(img *image.YCbCr, x, y int) color.NRGBA64 {
	across, down := 1, 1
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		across, down = 2, 2
	case image.YCbCrSubsampleRatio422:
		across = 2
	case image.YCbCrSubsampleRatio440:
		down = 2
	}
	luma := int(img.Y[img.YOffset(x, y)])
	b := img.Rect
	w, h := (b.Dx()+across-1)/across, (b.Dy()+down-1)/down
	if across*down == 1 || across == 2 && w <= c.narrow || b.Min.X|b.Min.Y != 0 {
		k := img.COffset(x, y)
		return c.rgb(luma, int(img.Cb[k]), int(img.Cr[k]))
	}
	next := func(at, step, n int) int { // the sample on the other side of the pixel
		if step == 1 {
			return at
		}
		return min(max(at/2+at%2*2-1, 0), n-1)
	}
	x0, y0, x1, y1 := x/across, y/down, next(x, across, w), next(y, down, h)
	sample := func(plane []byte) int {
		v := func(x, y int) int { return int(plane[y*img.CStride+x]) }
		switch {
		case down == 1 && x1 == x0: // the edge
			return v(x0, y0)
		case down == 1:
			return c.halves(v(x0, y0), v(x1, y0), x%2 == 1)
		case across == 1:
			return c.halves(v(x0, y0), v(x0, y1), y%2 == 1)
		}
		return c.between(v(x0, y0), v(x1, y0), v(x0, y1), v(x1, y1), x)
	}
	return c.rgb(luma, sample(img.Cb), sample(img.Cr))
}
