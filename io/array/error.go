package array

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"unicode"
)

// An Error says what is wrong with one input or output.
// Its text is `name: msg`, one line: control characters of names are escaped.
type Error struct {
	Name string // file, with member, column or field
	Msg  string // got and want
	// Machine is true where reading or writing itself failed (exit code 1),
	// false where what was given is wrong (exit code 2).
	Machine bool
	Err     error // the cause, where there is one
}

func (e *Error) Error() string { return oneLine(e.Name + ": " + e.Msg) }

// oneLine escapes control characters.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// IsMachine reports that err, or an error it wraps, is a failure of the
// machine (exit code 1) and not of the input (exit code 2).
func IsMachine(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Machine
}

// dataf is an error of the input.
func dataf(name, format string, args ...any) error {
	return &Error{Name: name, Msg: fmt.Sprintf(format, args...)}
}

// fileError classifies an error of the operating system or of a
// decompressor: a path that cannot be used and broken contents are errors
// of the input, the rest is the machine's.
func fileError(name string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	usage := func(msg string) error { return &Error{Name: name, Msg: msg, Err: err} }
	var errno syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage("no such file")
	case errors.Is(err, fs.ErrPermission):
		return usage("permission denied")
	case errors.Is(err, syscall.EISDIR):
		return usage("got a directory, want a file")
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP),
		errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EINVAL),
		errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV):
		return usage("cannot be opened: " + cause(err))
	case errors.As(err, &errno):
		return &Error{Name: name, Msg: cause(err), Machine: true, Err: err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return usage("ends too early")
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return &Error{Name: name, Msg: cause(err), Machine: true, Err: err}
	}
	return usage("broken: " + err.Error())
}

// cause strips the path from an error of the operating system.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
