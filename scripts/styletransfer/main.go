// Command styletransfer paints a picture with the style of another: Gatys et al.
// 2015, by gradient descent (Adam) on what lossctl writes with --grad-out.
//
//	go build -o lossctl . && go run ./scripts/styletransfer \
//	    -content testdata/images/coffee.png -style testdata/images/chelsea.png -o out.png \
//	    -- --net squeezenet --style-weight 1e4
//
// What stands behind -- goes to lossctl perceptual, whose --kind is total unless
// that says another.
package main

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"lossctl/io/array"
	pictures "lossctl/io/image"
	"lossctl/loss"
)

func main() {
	t := transfer{}
	flag.StringVar(&t.binary, "lossctl", "./lossctl", "the program")
	flag.StringVar(&t.content, "content", "", "picture that is painted")
	flag.StringVar(&t.style, "style", "", "picture whose style is wanted")
	flag.StringVar(&t.out, "o", "out.png", "the result")
	flag.IntVar(&t.steps, "steps", 100, "steps of gradient descent")
	flag.Float64Var(&t.rate, "rate", 0.02, "length of a step; white is 1")
	flag.Parse()
	t.flags = flag.Args()
	if err := t.run(os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "styletransfer:", err)
		os.Exit(1)
	}
}

// A transfer is what the flags say.
type transfer struct {
	binary, content, style, out string
	steps                       int
	rate                        float64
	flags                       []string
}

// run begins with the content and takes the steps.
func (t *transfer) run(log io.Writer) error {
	dir, err := os.MkdirTemp("", "styletransfer")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	x, shape, err := read(pictures.Open(t.content, "drop"))
	if err != nil {
		return err
	}
	for i := range x {
		x[i] /= 255
	}
	var a adam
	for step := range t.steps {
		value, grad, err := t.gradient(dir, x, shape)
		if err != nil {
			return err
		}
		if step%10 == 0 || step == t.steps-1 {
			fmt.Fprintf(log, "step %d: %v\n", step, value)
		}
		a.step(x, grad, t.rate)
	}
	return save(t.out, x, shape)
}

// gradient asks lossctl for the loss of x and its gradient.
func (t *transfer) gradient(dir string, x []float64, shape []int) (value float64, grad []float64, err error) {
	pred, out := filepath.Join(dir, "pred.npy"), filepath.Join(dir, "grad.npy")
	w, err := array.Create(pred, "float32", shape)
	if err != nil {
		return 0, nil, err
	}
	if err := errors.Join(w.WriteAt(x, 0), w.Commit()); err != nil {
		return 0, nil, err
	}
	args := []string{"perceptual", "--kind", "total", "--pred", pred, "--target", t.content, "--grad-out", out, "-f", "value", "-q"}
	if t.style != "" {
		args = append(args, "--style", t.style)
	}
	c := exec.Command(t.binary, append(args, t.flags...)...)
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", t.binary, err)
	}
	if value, err = strconv.ParseFloat(strings.TrimSpace(string(text)), 64); err != nil {
		return 0, nil, err
	}
	grad, _, err = read(array.Open(out, array.Options{}))
	return value, grad, err
}

// read takes all numbers of a source.
func read(s loss.Source, err error) ([]float64, []int, error) {
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	n := loss.Volume(s.Shape())
	var buf loss.Buffer
	if err := s.Fetch(&buf, 0, n); err != nil {
		return nil, nil, err
	}
	x := make([]float64, n)
	s.Decode(x, &buf, 0)
	return x, s.Shape(), nil
}

// adam is Kingma and Ba, arXiv:1412.6980.
type adam struct {
	m, v []float64
	n    float64
}

// step changes x, which stays between black and white.
func (a *adam) step(x, grad []float64, rate float64) {
	if a.m == nil {
		a.m, a.v = make([]float64, len(x)), make([]float64, len(x))
	}
	a.n++
	for i, g := range grad {
		a.m[i] = 0.9*a.m[i] + 0.1*g
		a.v[i] = 0.999*a.v[i] + 0.001*g*g
		m, v := a.m[i]/(1-math.Pow(0.9, a.n)), a.v[i]/(1-math.Pow(0.999, a.n))
		x[i] = min(max(x[i]-rate*m/(math.Sqrt(v)+1e-12), 0), 1)
	}
}

// save writes a PNG of H × W × 3 numbers.
func save(file string, x []float64, shape []int) error {
	h, w := shape[len(shape)-3], shape[len(shape)-2]
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range h * w {
		at := func(c int) uint8 { return uint8(math.Round(255 * x[3*i+c])) }
		img.SetNRGBA(i%w, i/w, color.NRGBA{at(0), at(1), at(2), 255})
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, img), f.Close())
}
