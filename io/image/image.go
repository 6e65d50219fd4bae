// Package image reads pictures as arrays: PNG, JPEG, WebP and TIFF as a
// loss.Source of shape H W 3. Pixels are those that Pillow's Image.open gives:
// as they are stored, whatever EXIF says of the camera, and the first where a
// file has several.
package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // the formats that are read
	_ "image/png"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"lossctl/internal/vec"
	"lossctl/io/array"
	"lossctl/loss"
)

// Policies of Alpha.
const (
	Refuse = "refuse" // a picture that is not opaque is an error
	Drop   = "drop"   // the colours as they are stored
	White  = "white"  // over a white ground
	Black  = "black"
)

// maxPixels bounds the memory of a picture that a header promises.
const maxPixels = 1 << 26

func dataf(name, format string, args ...any) error {
	return &array.Error{Name: name, Msg: fmt.Sprintf(format, args...)}
}

// formats are known by their first bytes.
var formats = []struct{ name, magic string }{
	{"png", "\x89PNG\r\n\x1a\n"},
	{"jpeg", "\xff\xd8\xff"},
	{"tiff", "II*\x00"},
	{"tiff", "MM\x00*"},
}

// Is reports whether a file is a picture, also of a format that Open refuses.
func Is(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 16)
	n, _ := io.ReadFull(f, head)
	return format(head[:n]) != "" || other(head[:n]) != ""
}

func format(head []byte) string {
	for _, f := range formats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name
		}
	}
	if len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP" {
		return "webp"
	}
	return ""
}

// A picture is a file whose header is read; its pixels are decoded when they
// are asked for.
type picture struct {
	name   string
	kind   string
	alpha  string
	shape  []int
	deep   bool // 16 bits a number
	decode func(dst []float64, src []byte) (lo, hi float64)

	once sync.Once
	raw  []byte
	err  error
}

// Open reads the header of a picture. Grey pictures have three equal channels;
// numbers are uint8, or uint16 where the file stores more than 8 bits.
func Open(path, alpha string) (loss.Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	if what := refused(f); what != "" {
		return nil, dataf(path, "got %s, want one picture as PNG, JPEG, WebP or TIFF", what)
	}
	var c image.Config
	var kind string
	if err := guarded(func() (err error) { c, kind, err = image.DecodeConfig(f); return err }); err != nil {
		return nil, fileError(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, fileError(path, err)
	}
	switch {
	case c.Width < 1 || c.Height < 1:
		return nil, dataf(path, "got a picture of %d×%d pixels, want at least one", c.Width, c.Height)
	case int64(c.Width)*int64(c.Height) > maxPixels:
		return nil, dataf(path, "got a picture of %d×%d pixels, want at most %d", c.Width, c.Height, maxPixels)
	case pixelsAByte[kind] > 0 && int64(c.Width)*int64(c.Height)/pixelsAByte[kind] > info.Size():
		return nil, dataf(path, "ends too early: got %d bytes for a picture of %d×%d pixels", info.Size(), c.Width, c.Height)
	}
	p := &picture{name: path, kind: kind, alpha: alpha, shape: []int{c.Height, c.Width, 3}}
	switch c.ColorModel {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		p.deep = true
	case color.CMYKModel:
		return nil, dataf(path, "got a %s in CMYK, want RGB or grey", kind)
	}
	p.decode = vec.Converter(p.Dtype(), false)
	return p, nil
}

// fileError classifies an error of the operating system or of a decoder.
func fileError(path string, err error) error {
	var system *fs.PathError
	wrap := func(msg string, machine bool) error {
		return &array.Error{Name: path, Msg: msg, Machine: machine, Err: err}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wrap("no such file", false)
	case errors.Is(err, fs.ErrPermission):
		return wrap("permission denied", false)
	case errors.As(err, &system):
		return wrap(system.Err.Error(), true)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return wrap("ends too early", false)
	}
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	if strings.Contains(text, "unsupported") {
		return wrap("cannot be read here: "+text+"; save it as PNG", false)
	}
	return wrap("broken: "+text, false)
}

// guarded makes an error of a panic of a decoder, which broken files may cause.
func guarded(decode func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the decoder fails: %v", r)
		}
	}()
	return decode()
}

func (p *picture) Name() string     { return p.name }
func (p *picture) Format() string   { return p.kind } // as array.Describe asks for it
func (p *picture) Shape() []int     { return p.shape }
func (p *picture) Sequential() bool { return false }
func (p *picture) Spool() error     { return nil }
func (p *picture) Close() error     { return nil }

func (p *picture) Dtype() string {
	if p.deep {
		return "uint16"
	}
	return "uint8"
}

// Fetch decodes the picture when it is first called.
func (p *picture) Fetch(buf *loss.Buffer, lo, hi int) error {
	p.once.Do(func() { p.raw, p.err = p.read() })
	if p.err != nil {
		return p.err
	}
	w := loss.ItemBytes(p.Dtype())
	buf.Bytes = append(buf.Bytes, p.raw[lo*w:hi*w]...)
	return nil
}

func (p *picture) Decode(dst []float64, buf *loss.Buffer, pos int) (lo, hi float64) {
	w := loss.ItemBytes(p.Dtype())
	return p.decode(dst, buf.Bytes[pos*w:(pos+len(dst))*w])
}

// read decodes the pixels.
func (p *picture) read() ([]byte, error) {
	f, err := os.Open(p.name)
	if err != nil {
		return nil, fileError(p.name, err)
	}
	defer f.Close()
	var img image.Image
	var kind string
	if err := guarded(func() (err error) { img, kind, err = image.Decode(f); return err }); err != nil {
		return nil, fileError(p.name, err)
	}
	by := libjpeg
	if kind == "webp" {
		by = libwebp
	}
	b := img.Bounds()
	if b.Dy() != p.shape[0] || b.Dx() != p.shape[1] {
		return nil, dataf(p.name, "got %d×%d pixels, want %d×%d as in the header", b.Dx(), b.Dy(), p.shape[1], p.shape[0])
	}
	if opaque, ok := img.(interface{ Opaque() bool }); p.alpha == Refuse && ok && !opaque.Opaque() {
		return nil, dataf(p.name, "got a picture that is not opaque, want --alpha drop, white or black to say what is behind it")
	}
	raw := make([]byte, 0, 3*b.Dx()*b.Dy()*loss.ItemBytes(p.Dtype()))
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			raw = p.pixel(raw, at(img, by, x, y))
		}
	}
	return raw, nil
}

// at is the colour of a pixel, not scaled by its opacity. The stored bytes are
// taken as they are, as by way of color.Color they would be rounded.
func at(img image.Image, by *chroma, x, y int) color.NRGBA64 {
	wide := func(r, g, b, a uint8) color.NRGBA64 {
		return color.NRGBA64{R: 257 * uint16(r), G: 257 * uint16(g), B: 257 * uint16(b), A: 257 * uint16(a)}
	}
	switch img := img.(type) {
	case *image.NRGBA:
		c := img.NRGBAAt(x, y)
		return wide(c.R, c.G, c.B, c.A)
	case *image.NRGBA64:
		return img.NRGBA64At(x, y)
	case *image.Gray:
		v := img.GrayAt(x, y).Y
		return wide(v, v, v, 0xff)
	case *image.YCbCr:
		return by.at(img, x, y)
	case *image.NYCbCrA:
		c := by.at(&img.YCbCr, x, y)
		c.A = 257 * uint16(img.A[img.AOffset(x, y)])
		return c
	case *image.RGBA:
		if c := img.RGBAAt(x, y); c.A == 0xff {
			return wide(c.R, c.G, c.B, c.A)
		}
	case *image.Paletted:
		if c, ok := img.At(x, y).(color.NRGBA); ok {
			return wide(c.R, c.G, c.B, c.A)
		}
	}
	return color.NRGBA64Model.Convert(img.At(x, y)).(color.NRGBA64)
}

// pixel appends the three numbers of a pixel.
func (p *picture) pixel(to []byte, c color.NRGBA64) []byte {
	for _, v := range [3]uint16{c.R, c.G, c.B} {
		x, a, ground := int(v), int(c.A), 0
		if p.alpha == White {
			ground = 0xffff
		}
		if p.alpha == White || p.alpha == Black {
			x = (x*a + ground*(0xffff-a) + 0x7fff) / 0xffff
		}
		if p.deep {
			to = binary.LittleEndian.AppendUint16(to, uint16(x))
		} else {
			to = append(to, byte((x+128)/257))
		}
	}
	return to
}
