// Package array reads arrays of numbers from files of many formats as
// loss.Source, a block at a time, and writes .npy.
//
// Memory is bounded by the blocks that are asked for, never by a file.
// Everything that a header promises is checked against the bytes that are
// there before any memory is taken.
package array

import (
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
	s := newStream(l, opt, nil, nil)
	if in.again != nil {
		in.Close()
		s.start = func() (io.ReadCloser, error) {
			r, err := in.again()
			if err != nil {
				return nil, err
			}
			if err := discard(in.name, r, h.length); err != nil {
				r.Close()
				return nil, err
			}
			return r, nil
		}
	} else {
		s.r = struct {
			io.Reader
			io.Closer
		}{in.stream, closer(in.close)}
	}
	return s.inOrder()
}
