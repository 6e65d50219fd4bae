package report

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// A Folder is files being written: in a folder beside the place, whose files
// appear there together.
type Folder struct {
	name  string // as the user wrote it
	path  string
	stage string
	seen  map[string]bool
}

// OpenFolder begins files in dest, a folder or the name of a new one.
func OpenFolder(dest string) (*Folder, error) {
	f := &Folder{name: dest, path: filepath.Clean(dest), seen: map[string]bool{}}
	if to, err := filepath.EvalSymlinks(dest); err == nil {
		f.path = to
	}
	if info, err := os.Stat(f.path); err == nil && !info.IsDir() {
		return nil, wrong(dest, errors.New("is a file, want a folder, or a name that ends in .npy or .png"))
	}
	above, base := filepath.Split(f.path)
	f.stage = filepath.Join(above, fmt.Sprintf(".lossctl-%s-%016x", base, rand.Uint64()))
	if err := os.Mkdir(f.stage, 0o777); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, wrong(dest, fmt.Errorf("folder %s does not exist", filepath.Dir(f.path)))
		}
		return nil, refused(dest, err)
	}
	return f, nil
}

// File is the path of a file to be written now, named by a path below the
// folder.
func (f *Folder) File(name string) (string, error) {
	if !filepath.IsLocal(name) {
		return "", wrong(f.name, fmt.Errorf("got the name %q for a file, want one within the folder", name))
	}
	if f.seen[name] {
		return "", wrong(f.name, fmt.Errorf("got two files of the name %s, want different ids", name))
	}
	f.seen[name] = true
	path := filepath.Join(f.stage, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", refused(f.name, err)
	}
	return path, nil
}

// Close makes the files appear.
func (f *Folder) Close() error {
	defer f.Abort()
	if os.Rename(f.stage, f.path) == nil { // a new folder, or an empty one
		f.stage = ""
		return nil
	}
	for name := range f.seen {
		to := filepath.Join(f.path, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return failed(f.name, err)
		}
		if err := os.Rename(filepath.Join(f.stage, name), to); err != nil {
			return failed(f.name, err)
		}
	}
	return nil
}

// Abort removes what was begun. Behind Close it does nothing.
func (f *Folder) Abort() {
	if f.stage != "" {
		os.RemoveAll(f.stage)
		f.stage = ""
	}
}
