package array

import (
	"encoding/binary"
	"io"
	"strings"

	"lossctl/loss"
)

// npyMagic starts every .npy file.
const npyMagic = "\x93NUMPY"

// maxHeader bounds the header of .npy: an array of 64 axes needs 2 KiB.
const maxHeader = 1 << 20

// An npyHeader is what the first bytes of a .npy file promise.
type npyHeader struct {
	version string // "1.0"
	length  int64  // where the data starts
	descr   string // numpy's typestr, "<f4"; "[" for a structured type
	fortran bool
	shape   []int
}

// readNpyHeader reads the header of .npy format 1, 2 or 3: the magic, two
// version bytes, the header's length (2 bytes, or 4 from version 2), and a
// Python dict of descr, fortran_order and shape. Only what is checked first
// is allocated.
func readNpyHeader(name string, r io.Reader) (*npyHeader, error) {
	var fix [12]byte
	if err := readHead(name, r, fix[:8]); err != nil {
		return nil, err
	}
	if string(fix[:6]) != npyMagic {
		return nil, dataf(name, "got %q as first bytes, want the magic of .npy", fix[:6])
	}
	major, wide := fix[6], 2
	switch {
	case major == 1:
	case major == 2 || major == 3:
		wide = 4
	default:
		return nil, dataf(name, "got .npy version %d.%d, want 1.0, 2.0 or 3.0", major, fix[7])
	}
	if err := readHead(name, r, fix[8:8+wide]); err != nil {
		return nil, err
	}
	n := uint32(binary.LittleEndian.Uint16(fix[8:]))
	if wide == 4 {
		n = binary.LittleEndian.Uint32(fix[8:])
	}
	if n > maxHeader {
		return nil, dataf(name, "got a header of %d bytes, want at most %d", n, maxHeader)
	}
	text := make([]byte, n)
	if err := readHead(name, r, text); err != nil {
		return nil, err
	}
	h, err := parseNpyDict(name, string(text))
	if err != nil {
		return nil, err
	}
	h.version = string([]byte{'0' + major, '.', '0' + fix[7]%10})
	h.length = int64(8+wide) + int64(n)
	return h, nil
}

func readHead(name string, r io.Reader, p []byte) error {
	n, err := io.ReadFull(r, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return dataf(name, "got %d bytes, want %d more of the .npy header", n, len(p)-n)
	}
	if err != nil {
		return fileError(name, err)
	}
	return nil
}

// layout turns the header into a layout of numbers. bfloat16 is what
// ml_dtypes saves, '<V2' (two bytes of no type to numpy), or its plain name.
func (h *npyHeader) layout(name string) (*layout, error) {
	dtype, big, err := dtypeOf(name, h.descr)
	if err != nil {
		return nil, err
	}
	l, err := newLayout(name, dtype, h.shape, big, h.fortran)
	if err != nil {
		return nil, err
	}
	l.format, l.version = formatNpy, h.version
	return l, nil
}

// dtypeOf reads numpy's typestr. Types that hold no real numbers are refused
// with how to save them instead.
func dtypeOf(name, descr string) (dtype string, big bool, err error) {
	kind := strings.TrimLeft(descr, "<>=|")
	big = strings.HasPrefix(descr, ">")
	switch kind {
	case "b1", "?", "bool":
		return "bool", false, nil
	case "i1", "i2", "i4", "i8":
		return map[byte]string{'1': "int8", '2': "int16", '4': "int32", '8': "int64"}[kind[1]], big, nil
	case "u1", "u2", "u4", "u8":
		return map[byte]string{'1': "uint8", '2': "uint16", '4': "uint32", '8': "uint64"}[kind[1]], big, nil
	case "f2", "f4", "f8":
		return map[byte]string{'2': "float16", '4': "float32", '8': "float64"}[kind[1]], big, nil
	case "V2", "bfloat16":
		return "bfloat16", big, nil
	}
	if n := loss.ItemBytes(kind); n > 0 {
		return kind, big, nil
	}
	refuse := func(what, instead string) error {
		return dataf(name, "got %s (dtype %q), want numbers; save %s", what, descr, instead)
	}
	if kind == "" {
		return "", false, dataf(name, "got dtype %q, want a bool, integer or float type", descr)
	}
	switch kind[0] {
	case '[', '{':
		return "", false, dataf(name, "got structured records, want numbers; save one field, np.save(f, a['field'])")
	case 'c':
		return "", false, refuse("complex numbers", "a.real, a.imag or abs(a)")
	case 'U', 'S', 'a':
		return "", false, refuse("strings", "class ids, or a .txt file of one name a line")
	case 'O':
		return "", false, refuse("pickled objects, which are never loaded", "a.astype('float32'), or one array a member with np.savez")
	case 'M', 'm':
		return "", false, refuse("dates", "a.astype('int64')")
	case 'f', 'g':
		return "", false, refuse("extended floats", "a.astype('float64')")
	case 'V':
		return "", false, refuse("raw bytes", "a.astype('float32')")
	}
	return "", false, dataf(name, "got dtype %q, want a bool, integer or float type", descr)
}
