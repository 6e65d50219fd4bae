package array

import (
	"bytes"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow bounds the memory of a decoder; zstd --long needs up to 128 MiB.
const maxZstdWindow = 128 << 20

// compression recognises gzip and zstd by the first bytes; "" is neither.
func compression(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	case len(head) >= 4 && head[0]&0xf0 == 0x50 && head[1] == 0x2a && head[2] == 0x4d && head[3] == 0x18:
		return "zstd" // a skippable frame comes first
	}
	return ""
}

// zstdAhead is how many blocks of at most 128 KiB a decoder holds: it works in
// goroutines of its own, ahead of the caller.
const zstdAhead = 8

// decompress reads r as it was before compression, about 1 MiB ahead of the
// caller. Closing closes under too.
func decompress(name, method string, r io.Reader, under io.Closer) (io.ReadCloser, error) {
	if method == "zstd" {
		d, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderConcurrency(zstdAhead))
		if err != nil {
			return nil, fileError(name, err)
		}
		return &zstdReader{d, under}, nil
	}
	d, err := gzip.NewReader(r)
	if err != nil {
		return nil, fileError(name, err)
	}
	return newAhead(d, under.Close), nil
}

type zstdReader struct {
	*zstd.Decoder
	under io.Closer
}

func (z *zstdReader) Close() error {
	z.Decoder.Close()
	return z.under.Close()
}

// plainName is the name without the ending of a compressor.
func plainName(name string) string {
	for _, end := range []string{".gz", ".zst", ".zstd"} {
		if n := len(name) - len(end); n > 0 && strings.EqualFold(name[n:], end) {
			return name[:n]
		}
	}
	return name
}
