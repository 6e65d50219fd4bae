package array

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Pair is one sample whose arrays are files of their own.
type Pair struct {
	ID           string
	Pred, Target string            // specs for Open
	Columns      map[string]string // of the csv file: all but pred and target
}

// PairOptions say how names are matched.
type PairOptions struct {
	// Match is a regular expression on the path below the folder (or on the
	// member's name); its first group is the key, and names that it does not
	// match are left out. "" takes the path without its ending.
	Match string
	// AllowUnmatched counts names that only one side has.
	AllowUnmatched bool
}

// Pairs matches what two places hold by name: folders, with those below them,
// or `f.npz:*`. The pairs come in natural order of the keys. unmatched counts
// the names that only one side has; without AllowUnmatched they are an error.
func Pairs(pred, target string, opt PairOptions) (pairs []Pair, unmatched int, err error) {
	var match *regexp.Regexp
	if opt.Match != "" {
		if match, err = regexp.Compile(opt.Match); err != nil {
			return nil, 0, dataf("--match", "got a broken regular expression: %s", err)
		}
		if match.NumSubexp() < 1 {
			return nil, 0, dataf("--match", "got %q, want a group, (…), around the key", opt.Match)
		}
	}
	a, err := keyedSpecs(pred, match)
	if err != nil {
		return nil, 0, err
	}
	b, err := keyedSpecs(target, match)
	if err != nil {
		return nil, 0, err
	}
	var lonely []string
	where := pred
	for key, spec := range a {
		if other, ok := b[key]; ok {
			pairs = append(pairs, Pair{ID: key, Pred: spec, Target: other})
		} else {
			lonely = append(lonely, key)
		}
	}
	unmatched = len(lonely)
	for key := range b {
		if _, ok := a[key]; !ok {
			unmatched++
			if unmatched == 1 {
				where = target
			}
			if where == target {
				lonely = append(lonely, key)
			}
		}
	}
	if unmatched > 0 && !opt.AllowUnmatched {
		slices.SortFunc(lonely, natural)
		other := target
		if where == target {
			other = pred
		}
		names := "names"
		if len(lonely) == 1 {
			names = "name"
		}
		return nil, unmatched, dataf(where, "got %d %s that %s does not have (%s), want pairs; --allow-unmatched counts them", len(lonely), names, other, strings.Join(few(lonely), ", "))
	}
	if len(pairs) == 0 {
		return nil, unmatched, dataf(pred, "got no name that %s has too, want pairs", target)
	}
	slices.SortFunc(pairs, func(x, y Pair) int { return natural(x.ID, y.ID) })
	return pairs, unmatched, nil
}

// IsPairs reports that a spec names many arrays to be paired by name: a
// folder, or all members of a file.
func IsPairs(spec string) bool {
	if info, err := os.Stat(spec); err == nil {
		return info.IsDir()
	}
	return strings.HasSuffix(spec, ":*") && exists(strings.TrimSuffix(spec, ":*"))
}

// keyedSpecs lists the arrays of one side by key.
func keyedSpecs(place string, match *regexp.Regexp) (map[string]string, error) {
	specs := map[string]string{}
	add := func(name, key, spec string) error {
		if match != nil {
			m := match.FindStringSubmatch(name)
			if m == nil {
				return nil
			}
			key = m[1]
		}
		if old, ok := specs[key]; ok {
			return dataf(spec, "got key %q, which %s has too, want different ones", key, old)
		}
		specs[key] = spec
		return nil
	}
	if file, ok := strings.CutSuffix(place, ":*"); ok && !exists(place) {
		names, err := Members(file)
		if err != nil {
			return nil, err
		}
		if names == nil {
			return nil, dataf(file, "got one array, want an .npz or .safetensors of several")
		}
		for _, name := range names {
			if err := add(name, name, file+":"+name); err != nil {
				return nil, err
			}
		}
		return specs, nil
	}
	info, err := os.Stat(place)
	if err != nil {
		return nil, fileError(place, err)
	}
	if !info.IsDir() {
		return nil, dataf(place, "got a file, want a folder or f.npz:*")
	}
	err = filepath.WalkDir(place, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fileError(path, err)
		}
		if strings.HasPrefix(d.Name(), ".") && path != place {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		name, err := filepath.Rel(place, path)
		if err != nil {
			return fileError(path, err)
		}
		name = filepath.ToSlash(name)
		stem := plainName(name)
		stem = strings.TrimSuffix(stem, filepath.Ext(stem))
		return add(name, stem, path)
	})
	return specs, err
}
