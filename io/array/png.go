package array

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/zlib"

	"lossctl/loss"
)

// pngMagic starts every .png file.
const pngMagic = "\x89PNG\r\n\x1a\n"

// Bounds of the memory that rows take, whatever the header says.
const (
	maxPNGWidth   = 1 << 20
	maxInterlaced = 1 << 26 // pixels of a picture whose rows come in seven passes
)

// A pngHeader is what the first chunk says of a picture of one number a
// pixel: a mask or a label map.
type pngHeader struct {
	width, height int
	bits          int // of a pixel
	palette       bool
	interlaced    bool
}

// pngHeaderLength is that of the magic and the first chunk, IHDR.
const pngHeaderLength = 8 + 25

// openPNG makes a source of shape (1, height, width). The numbers are those
// that PIL's arrays hold: palette indices, not their colours; greys of 8 and
// 16 bits; greys of 2 and 4 bits times 85 and 17, which makes white 255; and
// 0 and 1 of one bit.
func (in *input) openPNG(opt Options) (loss.Source, error) {
	head := make([]byte, pngHeaderLength)
	if err := in.readHead(head, "a PNG header"); err != nil {
		return nil, err
	}
	h, err := readPNGHeader(in.name, head)
	if err != nil {
		return nil, err
	}
	dtype, version := "uint8", "grey"
	switch {
	case h.palette:
		version = "palette"
	case h.bits == 1:
		dtype = "bool"
	case h.bits == 16:
		dtype = "uint16"
	}
	l, err := newLayout(in.name, dtype, []int{1, h.height, h.width}, true, false)
	if err != nil {
		return nil, err
	}
	l.format, l.version, l.sample = formatPNG, version, true
	return in.ordered(l, pngHeaderLength, func(r io.Reader) io.Reader { return newPNGRows(in.name, h, r) }, opt)
}

func readPNGHeader(name string, head []byte) (*pngHeader, error) {
	data := head[16:29]
	if string(head[:16]) != pngMagic+"\x00\x00\x00\x0dIHDR" || crc32.ChecksumIEEE(head[12:29]) != binary.BigEndian.Uint32(head[29:]) {
		return nil, dataf(name, "broken: got no PNG header")
	}
	width, height := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
	bits, colour := int(data[8]), data[9]
	kind := map[byte]string{2: "colours", 4: "grey and alpha", 6: "colours and alpha"}[colour]
	switch {
	case kind != "":
		return nil, dataf(name, "got a picture of %s, want one number a pixel: a palette or grey", kind)
	case width == 0 || height == 0 || width > maxPNGWidth || height > 1<<31-1:
		return nil, dataf(name, "got a picture of %d×%d pixels, want rows of 1 to %d", width, height, maxPNGWidth)
	case colour != 0 && colour != 3, !slices.Contains([]int{1, 2, 4, 8, 16}, bits), colour == 3 && bits == 16, data[10] != 0, data[11] != 0, data[12] > 1:
		return nil, dataf(name, "broken: got a PNG header of %d bits, colour type %d, methods %d %d %d", bits, colour, data[10], data[11], data[12])
	}
	h := &pngHeader{width: int(width), height: int(height), bits: bits, palette: colour == 3, interlaced: data[12] == 1}
	if n := h.width * h.height; h.interlaced && n > maxInterlaced {
		return nil, dataf(name, "got an interlaced picture of %d pixels, want at most %d, or one that is not interlaced", n, maxInterlaced)
	}
	return h, nil
}

// pixelBytes is the number of bytes of a pixel as it is read.
func (h *pngHeader) pixelBytes() int { return max(h.bits/8, 1) }

// pngRows reads the pixels, row by row, from behind the header. io.EOF comes
// when everything was checked.
type pngRows struct {
	name   string
	h      *pngHeader
	chunks *pngChunks
	packed io.ReadCloser // the compressed stream in the chunks; nil before the first row
	row    []byte        // filter and samples, as stored
	before []byte        // the row above
	pixels []byte        // of the row, or of the picture where it is interlaced
	rest   []byte        // pixels that were not given yet
	y      int
}

func newPNGRows(name string, h *pngHeader, r io.Reader) *pngRows {
	return &pngRows{name: name, h: h, chunks: &pngChunks{r: r, crc: crc32.NewIEEE(), palette: h.palette}}
}

func (p *pngRows) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		switch err := p.more(); err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return 0, err
		default:
			return 0, fileError(p.name, err)
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// more decodes the next row, or the whole of an interlaced picture.
func (p *pngRows) more() (err error) {
	if p.packed == nil {
		if p.packed, err = zlib.NewReader(p.chunks); err != nil {
			return midway(err)
		}
	}
	switch {
	case p.y == p.h.height:
		return p.end()
	case p.h.interlaced:
		p.y = p.h.height
		p.rest, err = p.passes()
		return err
	}
	p.y++
	p.start(p.h.width)
	p.rest, err = p.next(p.h.width)
	return err
}

// midway makes an end inside the picture io.ErrUnexpectedEOF.
func midway(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// end looks at what follows the last row.
func (p *pngRows) end() error {
	var one [1]byte
	n, err := io.ReadFull(p.packed, one[:])
	if n > 0 {
		return dataf(p.name, "broken: got more pixels than %d×%d", p.h.width, p.h.height)
	}
	if err != io.EOF {
		return err
	}
	return p.chunks.end()
}

// start makes room for rows of a width, the first of a pass or of all.
func (p *pngRows) start(width int) {
	n := 1 + (width*p.h.bits+7)/8
	if len(p.row) != n {
		p.row, p.before = make([]byte, n), make([]byte, n)
	}
}

// next reads a row and returns its pixels, which stay until the next call.
func (p *pngRows) next(width int) ([]byte, error) {
	p.row, p.before = p.before, p.row
	if _, err := io.ReadFull(p.packed, p.row); err != nil {
		return nil, midway(err)
	}
	if err := unfilter(p.row[0], p.row[1:], p.before[1:], p.h.pixelBytes()); err != nil {
		return nil, err
	}
	if p.h.bits >= 8 {
		return p.row[1:], nil
	}
	p.pixels = slices.Grow(p.pixels[:0], width)[:width]
	unpackBits(p.pixels, p.row[1:], p.h.bits, p.h.palette)
	return p.pixels, nil
}

// unpackBits writes pixels of less than 8 bits, the first in the high bits of
// a byte, as PIL does.
func unpackBits(dst, src []byte, bits int, palette bool) {
	scale := byte(1)
	if !palette && bits > 1 {
		scale = 255 / (1<<bits - 1)
	}
	per := 8 / bits
	for i := range dst {
		dst[i] = src[i/per] >> (8 - bits - i%per*bits) & (1<<bits - 1) * scale
	}
}

// passes decodes an interlaced picture (Adam7): seven pictures of every so
// manieth pixel.
func (p *pngRows) passes() ([]byte, error) {
	size := p.h.pixelBytes()
	all := make([]byte, p.h.width*p.h.height*size)
	for _, a := range []struct{ x, y, dx, dy int }{
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	} {
		width := (p.h.width - a.x + a.dx - 1) / a.dx
		if width <= 0 {
			continue
		}
		p.start(width)
		clear(p.row)
		for y := a.y; y < p.h.height; y += a.dy {
			pixels, err := p.next(width)
			if err != nil {
				return nil, err
			}
			for i := range width {
				copy(all[(y*p.h.width+a.x+i*a.dx)*size:], pixels[i*size:(i+1)*size])
			}
		}
	}
	return all, nil
}

// unfilter adds to the bytes of a row what its filter says of the pixel to
// the left, n bytes before, and of the row above.
func unfilter(filter byte, row, above []byte, n int) error {
	above = above[:len(row)]
	switch filter {
	case 0:
	case 1:
		for i := n; i < len(row); i++ {
			row[i] += row[i-n]
		}
	case 2:
		for i, b := range above {
			row[i] += b
		}
	case 3:
		for i, b := range above {
			left := 0
			if i >= n {
				left = int(row[i-n])
			}
			row[i] += byte((left + int(b)) / 2)
		}
	case 4:
		for i, b := range above {
			if i < n {
				row[i] += b
			} else {
				row[i] += paeth(row[i-n], b, above[i-n])
			}
		}
	default:
		return fmt.Errorf("got row filter %d, want 0 to 4", filter)
	}
	return nil
}

// paeth is what is nearest to left + above − corner.
func paeth(left, above, corner byte) byte {
	a, b := int(above)-int(corner), int(left)-int(corner)
	c := a + b
	a, b, c = max(a, -a), max(b, -b), max(c, -c)
	switch {
	case a <= b && a <= c:
		return left
	case b <= c:
		return above
	}
	return corner
}

// pngChunks reads the data of the IDAT chunks, one after the other, and checks
// the sums of all.
type pngChunks struct {
	r       io.Reader
	crc     hash.Hash32
	left    int64 // bytes of the chunk that were not read yet
	kind    string
	palette bool // one is needed, and was not seen yet
}

func (c *pngChunks) Read(b []byte) (int, error) {
	for c.kind != "IDAT" || c.left == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
		if c.kind == "IEND" {
			return 0, io.ErrUnexpectedEOF
		}
	}
	n, err := c.r.Read(b[:min(int64(len(b)), c.left)])
	c.crc.Write(b[:n])
	c.left -= int64(n)
	return n, midway(err)
}

// next ends a chunk and reads the head of the one behind it.
func (c *pngChunks) next() error {
	if err := c.finish(); err != nil {
		return err
	}
	var head [8]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return midway(err)
	}
	c.left, c.kind = int64(binary.BigEndian.Uint32(head[:])), string(head[4:])
	c.crc.Reset()
	c.crc.Write(head[4:])
	switch {
	case c.kind == "PLTE":
		c.palette = false
	case c.kind == "IDAT" && c.palette:
		return errors.New("got no palette")
	case c.kind != "IDAT" && c.kind != "IEND" && head[4]&0x20 == 0:
		return fmt.Errorf("got chunk %q, want IDAT", c.kind)
	}
	return nil
}

// finish passes over what is left of a chunk and compares its checksum.
func (c *pngChunks) finish() error {
	if c.kind == "" {
		return nil
	}
	if _, err := io.CopyN(c.crc, c.r, c.left); err != nil {
		return midway(err)
	}
	var sum [4]byte
	if _, err := io.ReadFull(c.r, sum[:]); err != nil {
		return midway(err)
	}
	if binary.BigEndian.Uint32(sum[:]) != c.crc.Sum32() {
		return fmt.Errorf("got chunk %q with another checksum", c.kind)
	}
	return nil
}

// end goes on to the end of the last chunk and returns io.EOF.
func (c *pngChunks) end() error {
	for c.kind != "IEND" {
		if err := c.next(); err != nil {
			return err
		}
	}
	if err := c.finish(); err != nil {
		return err
	}
	return io.EOF
}
