package array

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
)

// A format is how the bytes of a file are to be read.
type format string

const (
	formatNpy         format = "npy"
	formatZip         format = "npz"
	formatSafetensors format = "safetensors"
	formatTorch       format = "pt"  // a zip archive too
	formatLegacy      format = "pth" // PyTorch before 1.6
	formatTable       format = "csv"
	formatLines       format = "jsonl"
	formatPNG         format = "png"
	formatNifti       format = "nii"
)

// readable are the endings of what can be read.
const readable = ".npy, .npz, .csv, .tsv, .jsonl, .safetensors, .pt, .png or .nii"

// sniffLength is how many first bytes decide.
const sniffLength = 512

// sniff recognises a format by its first bytes, text by the ending of plain,
// which is name without that of a compressor.
func sniff(name, plain string, head []byte) (format, error) {
	switch {
	case bytes.HasPrefix(head, []byte(npyMagic)):
		return formatNpy, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return formatZip, nil
	case len(head) >= 9 && head[8] == '{' && binary.LittleEndian.Uint64(head) <= maxTensorHeader:
		return formatSafetensors, nil
	case bytes.HasPrefix(head, []byte(pngMagic)):
		return formatPNG, nil
	case niftiVersion(head) != nil:
		return formatNifti, nil
	case bytes.HasPrefix(head, []byte(legacyMagic)):
		return formatLegacy, nil
	}
	if what := foreign(head); what != "" {
		return "", dataf(name, "got %s, want %s", what, readable)
	}
	end := strings.ToLower(filepath.Ext(plain))
	switch end {
	case ".npy":
		return formatNpy, nil // whose reader says what is wrong
	case ".png", ".nii":
		return "", dataf(name, "got %q as first bytes, want those of %s", head[:min(8, len(head))], end)
	case ".npz":
		return "", dataf(name, "got %q as first bytes, want a zip archive", head[:min(4, len(head))])
	case ".safetensors":
		return formatSafetensors, nil
	case ".jsonl", ".ndjson":
		return formatLines, nil
	case ".csv", ".tsv":
		return formatTable, nil
	}
	if i := bytes.IndexByte(head, 0); i >= 0 {
		return "", dataf(name, "got binary data of an unknown format, want %s", readable)
	}
	text := bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n")
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return formatLines, nil
	}
	return formatTable, nil
}

// foreign names formats that are met by mistake.
func foreign(head []byte) string {
	for _, f := range []struct{ magic, what string }{
		{"\xff\xfe", "UTF-16 text"},
		{"\xfe\xff", "UTF-16 text"},
		{"\xff\xd8\xff", "a JPEG picture, whose numbers are not those that were saved"},
		{"II*\x00", "a TIFF picture"},
		{"MM\x00*", "a TIFF picture"},
		{"\x5c\x01\x00\x00", "an Analyze header"},
		{"\x00\x00\x01\x5c", "an Analyze header"},
		{"\x89HDF", "an HDF5 file"},
		{"PAR1", "a parquet file"},
		{"ARROW1", "an Arrow file"},
		{"\x80\x02", "a pickle, which is never loaded"},
		{"\x80\x03", "a pickle, which is never loaded"},
		{"\x80\x04", "a pickle, which is never loaded"},
		{"\x80\x05", "a pickle, which is never loaded"},
		{"BZh", "bzip2 data"},
		{"\xfd7zXZ", "xz data"},
		{"MATLAB", "a MATLAB file"},
		{"%PDF", "a PDF"},
	} {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.what
		}
	}
	return ""
}
