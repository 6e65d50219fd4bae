package weights

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lossctl/io/array"
)

// Pull downloads what is published under a name into a folder, which it makes, and
// returns its path. A file that is there already is left as it is, once its
// checksum was proved. What an earlier call left unfinished, in file.part, is
// continued. The file has its name only once it is whole and its SHA-256 is right.
// progress, which may be nil, gets the bytes that are there and those of the whole
// file, −1 where the server does not say.
func Pull(ctx context.Context, name, dir string, progress func(done, total int64)) (path string, err error) {
	e, err := entry(name)
	if err != nil {
		return "", err
	}
	return e.pull(ctx, dir, progress)
}

func (e *Entry) pull(ctx context.Context, dir string, progress func(done, total int64)) (path string, err error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", machine(dir, err)
	}
	path = filepath.Join(dir, e.File)
	if sum, _, err := sumOf(path); err == nil {
		return path, e.verify(path, sum)
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", machine(path, err)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return "", machine(part, err)
	}
	defer f.Close()
	sum := sha256.New()
	done, err := io.Copy(sum, f) // what is there already
	if err != nil {
		return "", machine(part, err)
	}
	if err := e.fetch(ctx, f, sum, done, progress); err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", machine(part, err)
	}
	if err := e.verify(e.URL, sum); err != nil {
		os.Remove(part)
		return "", err
	}
	if err := os.Rename(part, path); err != nil {
		return "", machine(path, err)
	}
	return path, nil
}

// fetch appends the rest of the file, or all of it where the server does not
// continue.
func (e *Entry) fetch(ctx context.Context, f *os.File, sum hash.Hash, done int64, progress func(done, total int64)) error {
	r, err := e.ask(ctx, done)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	switch {
	case r.StatusCode == http.StatusRequestedRangeNotSatisfiable && done > 0:
		if total(r) == done {
			return nil // all of it was there
		}
		return e.again(ctx, f, sum, progress)
	case r.StatusCode == http.StatusPartialContent && !strings.HasPrefix(r.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", done)):
		return e.again(ctx, f, sum, progress)
	case r.StatusCode == http.StatusOK && done > 0:
		if err := restart(f, sum); err != nil {
			return machine(f.Name(), err)
		}
		done = 0
	case r.StatusCode != http.StatusOK && r.StatusCode != http.StatusPartialContent:
		return &array.Error{Name: e.URL, Msg: "got " + r.Status + ", want the file", Machine: true}
	}
	whole := int64(-1)
	if r.ContentLength >= 0 {
		whole = done + r.ContentLength
	}
	buf := make([]byte, 128<<10)
	for {
		progress(done, whole)
		n, err := r.Body.Read(buf)
		sum.Write(buf[:n])
		if _, err := f.Write(buf[:n]); err != nil {
			return machine(f.Name(), err)
		}
		done += int64(n)
		if err == io.EOF {
			progress(done, whole)
			return nil
		}
		if err != nil {
			return &array.Error{Name: e.URL, Msg: fmt.Sprintf("broke off after %d bytes (%s); the same command continues", done, err), Machine: true, Err: err}
		}
	}
}

// again fetches all of the file.
func (e *Entry) again(ctx context.Context, f *os.File, sum hash.Hash, progress func(done, total int64)) error {
	if err := restart(f, sum); err != nil {
		return machine(f.Name(), err)
	}
	return e.fetch(ctx, f, sum, 0, progress)
}

func restart(f *os.File, sum hash.Hash) error {
	sum.Reset()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f.Truncate(0)
}

// client waits for an answer, but not for the end of a large file.
var client = &http.Client{Transport: &http.Transport{
	Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
	TLSHandshakeTimeout: 30 * time.Second, ResponseHeaderTimeout: time.Minute,
}}

func (e *Entry) ask(ctx context.Context, from int64) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL, nil)
	if err != nil {
		return nil, machine(e.URL, err)
	}
	if from > 0 {
		q.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	r, err := client.Do(q)
	if err != nil {
		var cause interface{ Unwrap() error }
		if errors.As(err, &cause) { // without "Get URL", which stands in front
			err = cause.Unwrap()
		}
		return nil, machine(e.URL, err)
	}
	return r, nil
}

// total is the length that a server gives where nothing is left: "bytes */n".
func total(r *http.Response) (n int64) {
	if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes */%d", &n); err != nil {
		return -1
	}
	return n
}

func sumOf(path string) (sum hash.Hash, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	sum = sha256.New()
	n, err = io.Copy(sum, f)
	return sum, n, err
}

func (e *Entry) verify(name string, sum hash.Hash) error {
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.HasPrefix(got, e.SHA256) {
		return dataf(name, "got SHA-256 %s, want %s", got[:max(8, len(e.SHA256))], e.SHA256)
	}
	return nil
}

func machine(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return &array.Error{Name: name, Msg: path.Err.Error(), Machine: true, Err: err}
	}
	return &array.Error{Name: name, Msg: err.Error(), Machine: true, Err: err}
}
