package array

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"lossctl/loss"
)

// A niftiForm is how the header of a version of NIfTI lies.
type niftiForm struct {
	version    string
	size       int // of the header, which stands in its first four bytes
	order      binary.ByteOrder
	magic      string
	magicAt    int
	detached   bool // the data are in a file of their own
	dims, wide int  // where the lengths are, and their bytes
	dtype      int
	offset     int
	slope      int // and the intercept behind it
}

// niftiTypes maps the codes of NIfTI to numpy's names.
var niftiTypes = map[int]string{
	2: "uint8", 4: "int16", 8: "int32", 16: "float32", 64: "float64",
	256: "int8", 512: "uint16", 768: "uint32", 1024: "int64", 1280: "uint64",
}

// niftiRefused are those that hold something else.
var niftiRefused = map[int]string{
	1: "single bits", 32: "complex numbers", 128: "colours", 1536: "extended floats", 1792: "complex numbers",
	2048: "complex numbers", 2304: "colours",
}

// niftiVersion recognises a header by its size, in either byte order, and by
// its magic; nil is none.
func niftiVersion(head []byte) *niftiForm {
	for _, f := range []niftiForm{
		{version: "1", size: 348, magic: "n+1\x00", magicAt: 344, dims: 40, wide: 2, dtype: 70, offset: 108, slope: 112},
		{version: "1", size: 348, magic: "ni1\x00", magicAt: 344, detached: true},
		{version: "2", size: 540, magic: "n+2\x00", magicAt: 4, dims: 16, wide: 8, dtype: 12, offset: 168, slope: 176},
		{version: "2", size: 540, magic: "ni2\x00", magicAt: 4, detached: true},
	} {
		if len(head) < f.magicAt+4 || string(head[f.magicAt:f.magicAt+4]) != f.magic {
			continue
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if int(order.Uint32(head)) == f.size {
				f.order = order
				return &f
			}
		}
	}
	return nil
}

// openNifti makes a source of one volume, or of a series or a field of
// vectors, as one sample: the axes in the order of the file, x fastest, are
// (1, …, t, z, y, x) in C order, which is what SimpleITK shows; nibabel shows
// (x, y, z, t, …). Numbers are scaled by the header's slope and intercept, as
// nibabel's get_fdata does, unless the slope is 0.
func (in *input) openNifti(opt Options) (loss.Source, error) {
	f := niftiVersion(in.head)
	if f.detached {
		return nil, dataf(in.name, "got a header whose data are in an .img file, want both in one .nii file")
	}
	head := make([]byte, f.size)
	if err := in.readHead(head, "a NIfTI header"); err != nil {
		return nil, err
	}
	l, err := f.layout(in.name, head)
	if err != nil {
		return nil, err
	}
	offset, err := f.dataOffset(in.name, head)
	if err != nil {
		return nil, err
	}
	if in.file == nil {
		if in.again == nil {
			if err := discard(in.name, in.stream, offset-int64(f.size)); err != nil {
				return nil, err
			}
		}
		return in.ordered(l, offset, nil, opt)
	}
	if in.file.size < offset {
		return nil, dataf(in.name, "got %d bytes, want data from byte %d on", in.file.size, offset)
	}
	if err := l.checkBytes(in.file.size - offset); err != nil {
		return nil, err
	}
	return newDense(l, in.file.section(in.name, offset, l.bytes())), nil
}

// number is element i of an array of whole numbers of that many bytes.
func (f *niftiForm) number(head []byte, at, wide int) int64 {
	if wide == 2 {
		return int64(int16(f.order.Uint16(head[at:])))
	}
	return int64(f.order.Uint64(head[at:]))
}

// float is a number of four bytes in version 1, of eight in version 2.
func (f *niftiForm) float(head []byte, at, i int) float64 {
	if f.version == "1" {
		return float64(math.Float32frombits(f.order.Uint32(head[at+4*i:])))
	}
	return math.Float64frombits(f.order.Uint64(head[at+8*i:]))
}

// dataOffset is where the data start.
func (f *niftiForm) dataOffset(name string, head []byte) (int64, error) {
	least := int64(f.size) + 4
	at := f.number(head, f.offset, 8)
	if f.version == "1" {
		x := f.float(head, f.offset, 0)
		if x != math.Trunc(x) || math.Abs(x) > 1<<31 || x != x {
			return 0, dataf(name, "got data at byte %v, want at least %d", x, least)
		}
		at = int64(x)
	}
	if at < least || at > math.MaxInt64/2 {
		return 0, dataf(name, "got data at byte %d, want at least %d", at, least)
	}
	return at, nil
}

func (f *niftiForm) layout(name string, head []byte) (*layout, error) {
	n := f.number(head, f.dims, f.wide)
	if n < 1 || n > 7 {
		return nil, dataf(name, "got %d axes, want 1 to 7", n)
	}
	shape := []int{}
	for k := range int(n) {
		d := f.number(head, f.dims+(k+1)*f.wide, f.wide)
		if d < 1 || d > math.MaxInt {
			return nil, dataf(name, "got %d for the length of axis %d, want at least 1", d, k)
		}
		shape = append(shape, int(d))
	}
	slices.Reverse(shape)
	code := int(f.number(head, f.dtype, 2))
	dtype := niftiTypes[code]
	if what := niftiRefused[code]; what != "" {
		return nil, dataf(name, "got %s (data type %d), want real numbers", what, code)
	}
	if dtype == "" {
		return nil, dataf(name, "got data type %d, want one of NIfTI", code)
	}
	l, err := newLayout(name, dtype, append([]int{1}, shape...), f.order == binary.BigEndian, false)
	if err != nil {
		return nil, err
	}
	l.format, l.version, l.sample = formatNifti, f.version, true
	return l, f.scale(l, head)
}

// scale puts the slope and the intercept into the conversion.
func (f *niftiForm) scale(l *layout, head []byte) error {
	slope, inter := f.float(head, f.slope, 0), f.float(head, f.slope, 1)
	if slope == 0 || math.IsNaN(slope) || math.IsInf(slope, 0) || slope == 1 && inter == 0 {
		return nil
	}
	if math.IsNaN(inter) || math.IsInf(inter, 0) {
		return dataf(l.name, "got intercept %v beside slope %v, want a number", inter, slope)
	}
	stored := l.convert
	l.convert = func(dst []float64, src []byte) (lo, hi float64) {
		stored(dst, src)
		for i, q := range dst {
			dst[i] = float64(slope*q) + inter
		}
		return loss.Unknown()
	}
	l.scaling = fmt.Sprintf("×%g %+g", slope, inter)
	return nil
}
