package commands

import (
	"fmt"
	"os"
	"strings"

	"lossctl/io/array"
	"lossctl/loss"
)

// special reports a folder, a device or a pipe: what is not a regular file.
func special(file string) bool {
	st, err := os.Stat(file)
	return err == nil && !st.Mode().IsRegular()
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// listOrFile is a list parameter whose numbers may stand in a file.
type listOrFile struct {
	loss.Value
	name  string
	files map[string]string
}

// tokensFile is a vocabulary, which stands in a file.
type tokensFile struct {
	loss.Value
	name  string
	files map[string]string
}

func (v tokensFile) Set(s string) error {
	if s == "none" {
		delete(v.files, v.name)
		return v.Value.Set(s)
	}
	if !exists(s) {
		return fmt.Errorf("got %q, want a file that exists", s)
	}
	v.files[v.name] = s
	return nil
}

func (v listOrFile) Set(s string) error {
	err := v.Value.Set(s)
	if err == nil {
		delete(v.files, v.name)
		return nil
	}
	if files := array.Files(s); len(files) > 0 && exists(files[0]) {
		v.files[v.name] = s
		return nil
	}
	if strings.ContainsAny(s, "./:") && !strings.Contains(s, ",") {
		return fmt.Errorf("got %q, want a number, a list of numbers or a file that exists", s)
	}
	return err
}
