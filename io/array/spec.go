package array

import (
	"os"
	"path/filepath"
	"strings"
)

// splitSpec parts `file:member`. An existing file of the whole name wins,
// then the longest part before a ':' that exists or is a pattern that
// matches; where nothing exists, the ending of a known format.
func splitSpec(spec string) (path, member string) {
	if spec == "-" || exists(spec) {
		return spec, ""
	}
	if rest, ok := strings.CutPrefix(spec, "-:"); ok {
		return "-", rest
	}
	for i := len(spec) - 1; i > 0; i-- {
		if spec[i] == ':' && exists(spec[:i]) {
			return spec[:i], spec[i+1:]
		}
	}
	if matches(spec) {
		return spec, ""
	}
	for i := len(spec) - 1; i > 0; i-- {
		if spec[i] == ':' && matches(spec[:i]) {
			return spec[:i], spec[i+1:]
		}
	}
	for i := 1; i < len(spec); i++ {
		if spec[i] == ':' && known(spec[:i]) {
			return spec[:i], spec[i+1:]
		}
	}
	return spec, ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func isPattern(path string) bool { return strings.ContainsAny(path, "*?[") }

func matches(pattern string) bool {
	if !isPattern(pattern) {
		return false
	}
	found, err := filepath.Glob(pattern)
	return err == nil && len(found) > 0
}

// known reports a name that ends like a format with members.
func known(path string) bool {
	switch strings.ToLower(filepath.Ext(plainName(path))) {
	case ".npy", ".npz", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".safetensors", ".pt", ".pth", ".png", ".nii":
		return true
	}
	return false
}

// label is what messages call a file and its member.
func label(path, member string) string {
	if member == "" {
		return path
	}
	return path + ":" + member
}
