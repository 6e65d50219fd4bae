package image

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"strings"
)

// others are formats that are not read, by their first bytes, so that the
// error can name them.
var others = []struct{ name, magic string }{
	{"a GIF", "GIF8"},
	{"a JPEG 2000 picture", "\x00\x00\x00\x0cjP  \r\n"},
	{"a JPEG XL picture", "\xff\x0a"},
	{"a Photoshop file", "8BPS"},
	{"a BigTIFF", "II+\x00"},
	{"a BigTIFF", "MM\x00+"},
}

// other names a format that is not read, "" for none that is known.
func other(head []byte) string {
	for _, f := range others {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name
		}
	}
	if len(head) < 14 {
		return ""
	}
	switch brand := string(head[4:12]); {
	case strings.HasPrefix(brand, "ftypavi"):
		return "an AVIF picture"
	case strings.HasPrefix(brand, "ftyphei"), brand == "ftypmif1":
		return "a HEIF picture"
	case string(head[:2]) == "BM" && string(head[6:10]) == "\x00\x00\x00\x00":
		return "a BMP"
	}
	return ""
}

// pixelsAByte is how many pixels of a format a byte may hold at most, so that
// a small file cannot ask for much memory: deflate writes 1032 bytes of 8
// pixels for one, JPEG a bit for a block of 8×8.
var pixelsAByte = map[string]int64{"png": 8 * 1032, "jpeg": 8 * 64}

// refused says what of a file is not read, "" where all is.
func refused(f *os.File) string {
	head := make([]byte, 32)
	n, _ := f.ReadAt(head, 0)
	head = head[:n]
	if name := other(head); name != "" {
		return name
	}
	switch format(head) {
	case "webp":
		if len(head) > 20 && string(head[12:16]) == "VP8X" && head[20]&2 != 0 {
			return "an animated WebP"
		}
	case "tiff":
		if turned(f, head) {
			return "a TIFF that says it is turned or mirrored (tag Orientation)"
		}
	}
	return ""
}

// turned reports whether the first picture of a TIFF has another orientation
// than 1, which Pillow applies.
func turned(f io.ReaderAt, head []byte) bool {
	if len(head) < 8 {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(head[4:]))
	var count [2]byte
	if _, err := f.ReadAt(count[:], at); err != nil {
		return false
	}
	entries := make([]byte, 12*int(order.Uint16(count[:])))
	n, _ := f.ReadAt(entries, at+2)
	for e := entries[:n/12*12]; len(e) > 0; e = e[12:] {
		if order.Uint16(e) == 274 && order.Uint16(e[8:]) > 1 {
			return true
		}
	}
	return false
}
