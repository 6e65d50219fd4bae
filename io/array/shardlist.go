package array

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"lossctl/loss"
)

// openPattern joins the files that a pattern matches, in natural order.
func openPattern(pattern, member string, opt Options) (loss.Source, error) {
	paths, err := globbed(pattern)
	if err != nil {
		return nil, err
	}
	sources := make([]loss.Source, 0, len(paths))
	for _, path := range paths {
		s, err := openOne(path, member, opt)
		if err != nil {
			closeAll(sources)
			return nil, err
		}
		sources = keep(sources, s, len(paths))
	}
	return join(label(pattern, member), sources)
}

// globbed is what a pattern matches, in natural order, at least one file.
func globbed(pattern string) ([]string, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, dataf(pattern, "got a broken pattern, want *, ? and [a-z]")
	}
	if len(paths) == 0 {
		return nil, dataf(pattern, "no file matches the pattern")
	}
	slices.SortFunc(paths, natural)
	return paths, nil
}

// openList joins the specs of a list.
func openList(list string, opt Options) (loss.Source, error) {
	n := 0
	sources, err := eachSpec(list, func(spec string) ([]loss.Source, error) {
		s, err := open(spec, opt)
		if err != nil {
			return nil, err
		}
		n++
		return keep(nil, s, n), nil
	})
	if err != nil {
		closeAll(sources)
		return nil, err
	}
	return join("@"+list, sources)
}

// eachSpec calls fn with the specs of a list, one a line, relative to the
// folder of the list and in its order; a spec may be a pattern. On an error
// it returns what it has.
func eachSpec[T any](list string, fn func(spec string) ([]T, error)) ([]T, error) {
	names, err := readNames(list, Options{})
	if err != nil {
		return nil, err
	}
	var all []T
	for _, spec := range names {
		if spec == "" {
			continue
		}
		if spec[0] == '@' || spec == "-" {
			return all, dataf("@"+list, "got %q, want files", spec)
		}
		if !filepath.IsAbs(spec) {
			spec = filepath.Join(filepath.Dir(list), spec)
		}
		some, err := fn(spec)
		if err != nil {
			return all, err
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil, dataf("@"+list, "got an empty list, want one file a line")
	}
	return all, nil
}

// natural compares names with runs of digits as numbers: part-2, part-10.
func natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		i, k := digits(x), digits(y)
		if i > 0 && k > 0 {
			m, n := strings.TrimLeft(x[:i], "0"), strings.TrimLeft(y[:k], "0")
			if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
				return c
			}
			x, y = x[i:], y[k:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// digits is the length of the number that s starts with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
