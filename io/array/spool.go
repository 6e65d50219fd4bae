package array

import (
	"io"
	"os"
	"runtime"
)

// defaultSpool is the bound of a temporary file where Options.MaxSpool is 0.
const defaultSpool = 16 << 30

// spool copies what comes to a temporary file, which holds no name in its
// folder from the start where the system allows it (so nothing is left
// behind by a crash). More than Options.MaxSpool bytes are an error of the
// input, a full disk is one of the machine.
func spool(name string, r io.Reader, opt Options) (*file, error) {
	bound := opt.MaxSpool
	if bound <= 0 {
		bound = defaultSpool
	}
	tmp, err := os.CreateTemp(opt.TempDir, "lossctl-*.spool")
	if err != nil {
		return nil, &Error{Name: name, Msg: "no temporary file: " + cause(err), Machine: true, Err: err}
	}
	if runtime.GOOS != "windows" {
		os.Remove(tmp.Name())
	}
	buf := make([]byte, 1<<20)
	var size int64
	for {
		n, readErr := fill(r, buf)
		if size+int64(n) > bound {
			tmp.Close()
			return nil, dataf(name, "got more than the %d bytes that may be spooled to a temporary file; give an uncompressed file instead", bound)
		}
		if _, err := tmp.WriteAt(buf[:n], size); err != nil {
			tmp.Close()
			return nil, &Error{Name: name, Msg: "temporary file: " + cause(err), Machine: true, Err: err}
		}
		size += int64(n)
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			tmp.Close()
			return nil, fileError(name, readErr)
		}
	}
	return &file{name: name, f: tmp, size: size}, nil
}

// fill reads until p is full. Unlike io.ReadFull it leaves io.EOF as it is,
// so that a clean end differs from a compressed stream that was cut off,
// which decompressors report as io.ErrUnexpectedEOF.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	if n == len(p) {
		err = nil
	}
	return n, err
}
