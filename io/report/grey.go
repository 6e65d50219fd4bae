package report

import (
	"image"
	"image/png"
	"math"
)

// Grey is a map of numbers being written as a grey PNG.
type Grey struct{ *output }

// OpenGrey begins a picture at dest.
func OpenGrey(dest string) (*Grey, error) {
	out, err := create(dest, nil)
	if err != nil {
		return nil, err
	}
	return &Grey{out}, nil
}

// Put writes numbers of height×width: 0 and below is black, white and above
// is white, or the largest number where white is 0.
func (g *Grey) Put(x []float64, height, width int, white float64) error {
	if white == 0 {
		for _, v := range x {
			white = max(white, v)
		}
	}
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i, v := range x {
		if white > 0 && v > 0 {
			img.Pix[i] = byte(math.Round(255 * min(v/white, 1)))
		}
	}
	if err := png.Encode(g, img); err != nil {
		return failed(g.name, err)
	}
	return nil
}

// Close makes the file appear.
func (g *Grey) Close() error { return g.commit() }
