package array

// Files lists the files that a spec reads: one, the shards of a pattern, or a
// list and what stands in it. What cannot be listed is left out, as opening
// it says why.
func Files(spec string) []string {
	if spec == "" || spec == "-" {
		return nil
	}
	if spec[0] == '@' && !exists(spec) {
		inside, _ := eachSpec(spec[1:], func(s string) ([]string, error) { return Files(s), nil })
		return append(inside, spec[1:])
	}
	path, _ := splitSpec(spec)
	if !isPattern(path) || exists(path) {
		return []string{path}
	}
	paths, _ := globbed(path)
	return paths
}

// Shards lists the files of a pattern or a list, nil for another spec.
func Shards(spec string) []string {
	path, member := splitSpec(spec)
	switch list := Files(spec); {
	case member != "" || len(list) == 0:
		return nil
	case spec[0] == '@' && !exists(spec):
		return list[:len(list)-1]
	case isPattern(path) && !exists(path):
		return list
	}
	return nil
}

// IsStdin reports whether a spec reads standard input.
func IsStdin(spec string) bool {
	path, _ := splitSpec(spec)
	return path == "-"
}
