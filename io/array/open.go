// Package array reads arrays of numbers from files of many formats as
// loss.Source, a block at a time, and writes .npy.
//
// Memory is bounded by the blocks that are asked for, never by a file.
// Everything that a header promises is checked against the bytes that are
// there before any memory is taken.
package array

import (
	"bufio"
	"io"

	"lossctl/loss"
)

// Options say how to read what a spec names.
type Options struct {
	Stdin   io.Reader // for "-", which may be used once
	Classes []string  // names that text cells may hold instead of class ids
	// Scale and ZeroPoint dequantise integers, (q - ZeroPoint) * Scale;
	// Scale 0 is off. The source then says dtype float64.
	Scale, ZeroPoint float64
	TempDir          string // of spooled copies; "" is the system's
	MaxSpool         int64  // bytes of one spooled copy; 0 is 16 GiB
}

// Open opens what spec names:
//
//	f.npy                    numpy's format 1 to 3
//	f.npz:member             the member may be left out where there is one
//	f.csv:columns            names, numbers from 1, ranges 2-11, patterns logit_*, lists of these
//	f.jsonl:field.path       numbers or nested lists, one object a line
//	f.safetensors:name
//	f.pt:key                 tensors that torch.save wrote, without running code
//	f.png                    a mask or label map, as one sample: (1, height, width)
//	f.nii                    a volume, as one sample: (1, z, y, x)
//	part-*.npy, @list.txt    shards, joined on axis 0
//	-                        standard input
//
// each also compressed by gzip or zstd. The format is recognised by the first
// bytes, text by the ending. Errors are *Error.
func Open(spec string, opt Options) (loss.Source, error) {
	s, err := open(spec, opt)
	if err != nil {
		return nil, err
	}
	scaled, err := scale(s, opt)
	if err != nil {
		s.Close()
		return nil, err
	}
	return scaled, nil
}

func open(spec string, opt Options) (loss.Source, error) {
	if len(spec) > 1 && spec[0] == '@' && !exists(spec) {
		return openList(spec[1:], opt)
	}
	path, member := splitSpec(spec)
	if path != "-" && isPattern(path) && !exists(path) {
		return openPattern(path, member, opt)
	}
	return openOne(path, member, opt)
}

// openOne opens a single file.
func openOne(path, member string, opt Options) (loss.Source, error) {
	in, err := openInput(path, opt)
	if err != nil {
		return nil, err
	}
	s, err := in.source(member, opt)
	if err != nil {
		in.Close()
	}
	return s, err
}

// source reads the input in the format that it has. What cannot be read in
// order is spooled.
func (in *input) source(member string, opt Options) (loss.Source, error) {
	kind, err := sniff(in.name, in.plain, in.head)
	if err != nil {
		return nil, err
	}
	name := label(in.name, member)
	if kind == formatNpy {
		if member != "" {
			return nil, dataf(in.name, "got member %q, want none: .npy holds one array", member)
		}
		if in.stream != nil {
			return in.npyStream(opt)
		}
		s, _, err := openNpy(in.file, formatNpy)
		return s, err
	}
	if kind == formatPNG || kind == formatNifti {
		if member != "" {
			return nil, dataf(in.name, "got member %q, want none: a .%s file holds one array", member, kind)
		}
		if kind == formatPNG {
			return in.openPNG(opt)
		}
		return in.openNifti(opt)
	}
	if err := in.spooled(opt); err != nil {
		return nil, err
	}
	switch kind {
	case formatZip:
		a, err := openArchive(in.file)
		if err != nil {
			return nil, err
		}
		if _, ok := a.torchPrefix(); ok {
			return a.openTorch(name, member)
		}
		s, _, err := a.open(name, member, opt)
		return s, err
	case formatSafetensors:
		return openTensor(in.file, name, member)
	case formatLegacy:
		return openLegacy(in.file, name, member)
	case formatLines:
		return openJSONLines(in.file, name, member, opt)
	default:
		return openTable(in.file, in.plain, member, opt)
	}
}

// npyStream reads .npy out of a pipe or a compressed file. Fortran order
// needs a spooled copy.
func (in *input) npyStream(opt Options) (loss.Source, error) {
	h, err := readNpyHeader(in.name, in.stream)
	if err != nil {
		return nil, err
	}
	l, err := h.layout(in.name)
	if err != nil {
		return nil, err
	}
	return in.ordered(l, h.length, nil, opt)
}

// readHead reads the first bytes.
func (in *input) readHead(p []byte, of string) error {
	var r io.Reader = in.stream
	if in.file != nil {
		r = io.NewSectionReader(in.file, 0, in.file.size)
	}
	switch n, err := io.ReadFull(r, p); err {
	case nil:
		return nil
	case io.EOF, io.ErrUnexpectedEOF:
		return dataf(in.name, "got %d bytes, want %d of %s", n, len(p), of)
	default:
		return fileError(in.name, err)
	}
}

// ordered is the source of an array whose bytes, or what decode makes them
// from, come in order behind the first skip bytes, which were read from a
// stream before.
func (in *input) ordered(l *layout, skip int64, decode func(io.Reader) io.Reader, opt Options) (loss.Source, error) {
	reader := func(r io.Reader, c io.Closer) io.ReadCloser {
		if decode != nil {
			r = decode(r)
		}
		return struct {
			io.Reader
			io.Closer
		}{r, c}
	}
	s := newStream(l, opt, nil, nil)
	switch {
	case in.file != nil:
		f := in.file
		s.under = f
		s.start = func() (io.ReadCloser, error) {
			return reader(bufio.NewReaderSize(io.NewSectionReader(f, skip, f.size-skip), 64<<10), io.NopCloser(nil)), nil
		}
	case in.again != nil:
		in.Close()
		s.start = func() (io.ReadCloser, error) {
			r, err := in.again()
			if err != nil {
				return nil, err
			}
			if err := discard(in.name, r, skip); err != nil {
				r.Close()
				return nil, err
			}
			return reader(r, r), nil
		}
	default:
		s.r = reader(in.stream, closer(in.close))
	}
	return s.inOrder()
}
