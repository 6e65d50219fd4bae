package array

import (
	"bufio"
	"io"
	"os"
)

// An input is one opened file, before its format is known. Exactly one of
// file and stream is set.
type input struct {
	name   string // for messages
	plain  string // whose ending says the format
	file   *file  // regular: read at random
	stream *bufio.Reader
	close  func() error // of stream
	head   []byte
	// again opens the stream anew; nil for a pipe.
	again func() (io.ReadCloser, error)
	// packed is "gzip" or "zstd" where the file was compressed.
	packed string
}

// stdinName is what errors call standard input.
const stdinName = "standard input"

// openInput opens path, "-" being standard input, and unpacks compression.
func openInput(path string, opt Options) (*input, error) {
	in := &input{name: path, plain: path}
	var h *os.File
	if path == "-" {
		in.name = stdinName
		if opt.Stdin == nil {
			return nil, dataf(in.name, "got no standard input, want a file")
		}
		h, _ = opt.Stdin.(*os.File)
	} else {
		var err error
		if h, err = os.Open(path); err != nil {
			return nil, fileError(in.name, err)
		}
	}
	if h != nil {
		if err := in.regular(h, path); err != nil {
			return nil, err
		}
	}
	if in.file != nil {
		in.head = make([]byte, min(sniffLength, in.file.size))
		if err := in.file.read(in.head, 0); err != nil {
			in.Close()
			return nil, err
		}
	} else if in.stream == nil {
		in.setStream(io.NopCloser(opt.Stdin))
	}
	if err := in.peek(); err != nil {
		in.Close()
		return nil, err
	}
	return in, in.unpack()
}

// regular takes an open file: at random where it is a regular one that was
// not read before, as a stream else.
func (in *input) regular(h *os.File, path string) error {
	info, err := h.Stat()
	if err != nil {
		return fileError(in.name, err)
	}
	if info.IsDir() {
		h.Close()
		return dataf(in.name, "got a directory, want a file")
	}
	at := int64(-1)
	if info.Mode().IsRegular() {
		if at, err = h.Seek(0, io.SeekCurrent); err != nil {
			at = -1
		}
	}
	if at == 0 {
		in.file = &file{name: in.name, path: path, f: h, size: info.Size(), mod: info.ModTime(), keep: path == "-"}
		return nil
	}
	if path == "-" {
		in.setStream(io.NopCloser(h))
	} else {
		in.setStream(h)
	}
	return nil
}

func (in *input) setStream(r io.ReadCloser) {
	in.stream, in.close = bufio.NewReaderSize(r, 64<<10), r.Close
}

// peek looks at the first bytes of a stream.
func (in *input) peek() error {
	if in.stream == nil {
		return nil
	}
	head, err := in.stream.Peek(sniffLength)
	in.head = head
	if err != nil && err != io.EOF {
		return fileError(in.name, err)
	}
	return nil
}

// unpack puts a decompressor before a compressed input.
func (in *input) unpack() error {
	in.packed = compression(in.head)
	if in.packed == "" {
		return nil
	}
	in.plain = plainName(in.name)
	if f := in.file; f != nil {
		in.again = func() (io.ReadCloser, error) { return f.unpack(in.packed) }
		f.release()
		r, err := in.again()
		if err != nil {
			in.Close()
			return err
		}
		in.setStream(r)
		in.file = nil
	} else {
		r, err := decompress(in.name, in.packed, in.stream, closer(in.close))
		if err != nil {
			in.Close()
			return err
		}
		in.setStream(r)
	}
	err := in.peek()
	if err == nil && compression(in.head) != "" {
		err = dataf(in.name, "got data that was compressed twice, want once")
	}
	if err != nil {
		in.Close()
	}
	return err
}

// spooled makes the input one that is read at random.
func (in *input) spooled(opt Options) error {
	if in.file != nil {
		return nil
	}
	f, err := spool(in.name, in.stream, opt)
	in.Close()
	if err != nil {
		return err
	}
	in.file, in.stream = f, nil
	return nil
}

func (in *input) Close() error {
	if in.stream != nil {
		return in.close()
	}
	if in.file != nil {
		return in.file.Close()
	}
	return nil
}

// unpack reads the file as it was before compression, from the start.
func (f *file) unpack(method string) (io.ReadCloser, error) {
	if f.keep {
		return decompress(f.name, method, io.NewSectionReader(f, 0, f.size), io.NopCloser(nil))
	}
	h, err := f.reopen()
	if err != nil {
		return nil, fileError(f.name, err)
	}
	r, err := decompress(f.name, method, bufio.NewReaderSize(h, 256<<10), h)
	if err != nil {
		h.Close()
	}
	return r, err
}

// closer makes a function a Closer.
type closer func() error

func (c closer) Close() error { return c() }
