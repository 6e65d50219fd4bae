package report

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// An output is a destination: standard output, a device or pipe written in
// place, or a file that is written beside its place and renamed.
type output struct {
	*bufio.Writer
	name string   // as the user wrote it
	file *os.File // nil: standard output
	path string   // where the file appears; "": in place
}

// create opens dest, "-" being stdout.
func create(dest string, stdout io.Writer) (*output, error) {
	switch dest {
	case "":
		return nil, wrong("output", errors.New("the name of the file is empty"))
	case "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		if dest == "-" {
			dest = "standard output"
		}
		return &output{Writer: bufio.NewWriterSize(stdout, 1<<16), name: dest}, nil
	}
	o := &output{name: dest}
	var err error
	if o.path, err = place(dest); err != nil {
		return nil, err
	}
	if o.path == "" {
		// appended, so that another's /dev/fd/3 keeps what it holds
		o.file, err = os.OpenFile(dest, os.O_WRONLY|os.O_APPEND, 0)
	} else {
		o.file, err = beside(o.path)
	}
	if err != nil {
		return nil, refused(dest, err)
	}
	o.Writer = bufio.NewWriterSize(o.file, 1<<16)
	return o, nil
}

// place is the path where the file dest shall appear, links followed, or ""
// where dest is to be written in place.
func place(dest string) (string, error) {
	path := dest
	if to, err := filepath.EvalSymlinks(dest); err == nil {
		path = to
	}
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
		return "", wrong(dest, fmt.Errorf("folder %s does not exist", folder))
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return path, nil
	case err != nil:
		return "", refused(dest, err)
	case info.IsDir():
		return "", wrong(dest, errors.New("is a folder"))
	case !info.Mode().IsRegular(), dest == "/dev/stderr",
		strings.HasPrefix(dest, "/dev/fd/"), strings.HasPrefix(dest, "/proc/"):
		return "", nil // open already, and perhaps shared
	}
	return path, nil
}

// beside creates the file that will be renamed to path, with the permission
// of the file that is there now.
func beside(path string) (*os.File, error) {
	mode := os.FileMode(0)
	if old, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
		info, err := old.Stat()
		old.Close()
		if err != nil {
			return nil, err
		}
		mode = info.Mode().Perm()
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, err // it may not be written
	}
	temp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".lossctl-%016x", rand.Uint64()))
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err == nil && mode != 0 {
		if err = f.Chmod(mode); err != nil {
			f.Close()
			os.Remove(temp)
		}
	}
	return f, err
}

// Write passes p on. Its error names the destination.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		err = failed(o.name, err)
	}
	return n, err
}

// folder is where a spool may lie: beside a file, where space is needed
// anyway, else "" for the system's folder.
func (o *output) folder() string {
	if o.path == "" {
		return ""
	}
	return filepath.Dir(o.path)
}

// commit writes out what is buffered and makes the file appear. It removes
// it where that fails.
func (o *output) commit() error {
	err := o.Flush()
	if o.file != nil {
		temp := o.file.Name()
		err = cmp.Or(err, o.file.Close())
		o.file = nil
		if err == nil && o.path != "" {
			err = os.Rename(temp, o.path)
		}
		if err != nil && o.path != "" {
			os.Remove(temp)
		}
	}
	if err != nil {
		return failed(o.name, err)
	}
	return nil
}

// Abort closes and removes what was begun.
func (o *output) Abort() {
	if o.file == nil {
		return
	}
	temp := o.file.Name()
	o.file.Close()
	o.file = nil
	if o.path != "" {
		os.Remove(temp)
	}
}

// put writes a row, and removes what was begun where that fails.
func (o *output) put(row []byte) error {
	_, err := o.Write(row)
	if err != nil {
		o.Abort()
	}
	return err
}
