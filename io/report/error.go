package report

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// An Error is a destination that cannot be written: `out.json: no space left
// on device`. errors.Is(err, syscall.EPIPE) tells that the reader of a pipe
// has gone, which is no failure of the program. (For standard output the Go
// runtime turns that into SIGPIPE, unless the signal is ignored or caught.)
type Error struct {
	Name    string // destination as the user wrote it, or the flag
	Err     error
	Machine bool // a failed write, a full disk: exit 1; else what was given is wrong: exit 2
}

func (e *Error) Error() string { return e.Name + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// wrong blames what was given.
func wrong(name string, err error) error { return &Error{Name: name, Err: err} }

// failed blames the machine.
func failed(name string, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return &Error{Name: name, Err: cause(err), Machine: true}
}

// refused sorts an error of opening name: a path that cannot be is wrong, all
// else is the machine's.
func refused(name string, err error) error {
	for _, e := range []error{fs.ErrNotExist, syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG, syscall.ELOOP, syscall.EINVAL} {
		if errors.Is(err, e) {
			return wrong(name, cause(err))
		}
	}
	return failed(name, err)
}

// cause is err without the path that os puts into it, which may be that of a
// temporary file.
func cause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return link.Err
	}
	return err
}
