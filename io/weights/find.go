package weights

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Find returns the file with the weights of that name, one of Published. It looks
// into $LOSSCTL_WEIGHTS, the folder of Pull, the cache of torch.hub and that of the
// Hugging Face hub, in this order. Where there is none, the error says how to get it.
func Find(name string) (path string, err error) {
	e, err := entry(name)
	if err != nil {
		return "", err
	}
	if path := e.find(); path != "" {
		return path, nil
	}
	return "", dataf(name, "got no weights in %s, want them there: lossctl weights pull %s downloads them (%g MB), or name a file", strings.Join(folders(), ", "), name, e.MB)
}

// An Item is an entry and where it was found, "" for nowhere.
type Item struct {
	Entry
	Path string
}

// List looks for all that is published.
func List() (items []Item) {
	for _, e := range Published {
		items = append(items, Item{e, e.find()})
	}
	return items
}

func (e *Entry) find() string {
	for _, dir := range folders() {
		for _, pattern := range append([]string{e.File}, e.Patterns...) {
			if path := first(filepath.Join(quoted(dir), pattern)); path != "" {
				return path
			}
		}
	}
	if e.Repo != "" && hub() != "" {
		repo := "models--" + strings.ReplaceAll(e.Repo, "/", "--")
		return first(filepath.Join(quoted(hub()), repo, "snapshots", "*", "model.safetensors"))
	}
	return ""
}

// quoted escapes what would be a pattern.
func quoted(dir string) string {
	if filepath.Separator != '/' { // no escapes on Windows
		return dir
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// first is the file that matches a pattern and is first by the length of its name,
// then by the name: the plainest.
func first(pattern string) string {
	found, _ := filepath.Glob(pattern)
	found = slices.DeleteFunc(found, func(path string) bool {
		info, err := os.Stat(path)
		ends := slices.Contains([]string{".safetensors", ".pth", ".pt", ".npz"}, filepath.Ext(path))
		return err != nil || !info.Mode().IsRegular() || !ends || strings.Contains(filepath.Base(path), "amdegroot")
	})
	if len(found) == 0 {
		return ""
	}
	return slices.MinFunc(found, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
}

// Folder is where Pull keeps files unless told: $LOSSCTL_WEIGHTS, else a folder of
// the user's cache; "" where there is neither.
func Folder() string {
	if dir := os.Getenv("LOSSCTL_WEIGHTS"); dir != "" {
		return dir
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "lossctl", "weights")
	}
	return ""
}

// folders are those where files lie side by side.
func folders() (dirs []string) {
	if dir := os.Getenv("LOSSCTL_WEIGHTS"); dir != "" {
		dirs = append(dirs, dir)
	}
	if dir, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(dir, "lossctl", "weights"))
	}
	torch := os.Getenv("TORCH_HOME")
	if torch == "" {
		if cache := cache(); cache != "" {
			torch = filepath.Join(cache, "torch")
		}
	}
	if torch != "" {
		dirs = append(dirs, filepath.Join(torch, "hub", "checkpoints"))
	}
	return dirs
}

// hub is the cache of the Hugging Face hub, "" where its place is unknown.
func hub() string {
	if dir := os.Getenv("HF_HUB_CACHE"); dir != "" {
		return dir
	}
	if home := os.Getenv("HF_HOME"); home != "" {
		return filepath.Join(home, "hub")
	}
	if cache := cache(); cache != "" {
		return filepath.Join(cache, "huggingface", "hub")
	}
	return ""
}

// cache is where Python's libraries keep theirs, on all systems.
func cache() string {
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return dir
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".cache")
	}
	return ""
}
